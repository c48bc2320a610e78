"""etcdctl.env: `set -a; . etcdctl.env; etcdctl member list` works from the operator's machine."""

from __future__ import annotations

import shlex
from pathlib import Path

from etcd_tui.spec.model import ClusterSpec


def client_env(spec: ClusterSpec, client_dir: Path) -> str:
    """Return the text of `etcdctl.env`; the certificate files lie in `client_dir`."""
    endpoints = ",".join(node.client_url for node in spec.nodes)
    settings = {
        "ETCDCTL_ENDPOINTS": endpoints,
        "ETCDCTL_CACERT": str(client_dir / "ca.crt"),
        "ETCDCTL_CERT": str(client_dir / "client.crt"),
        "ETCDCTL_KEY": str(client_dir / "client.key"),
    }
    lines = [f"# etcd-tui: client environment of cluster {spec.cluster.name}."]
    lines += [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    return "\n".join(lines) + "\n"
