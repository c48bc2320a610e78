"""etcd.conf: one member's environment file, in the order of the guide.

A running etcd can't reload it, so "needs a restart" is a comparison of this text with the
environment of the running process; `RESTART_WHEN_CHANGED` brings into that comparison what the
environment does not show (the unit file and the etcd release).
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from etcd_tui.content.unit import unit_file
from etcd_tui.pki.profile import PROFILES
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.spec.releases import release

TOKEN_PLACEHOLDER = "CHOSEN-AT-INSTALL"  # noqa: S105 - stands where the token will stand
RESTART_KEY = "RESTART_WHEN_CHANGED"
_GATES = "ETCD_FEATURE_GATES"

# Read only when a member has no WAL yet (etcd: "identity from WAL"), so never worth a restart.
BOOTSTRAP_KEYS = frozenset(
    {
        "ETCD_INITIAL_CLUSTER_STATE",
        "ETCD_INITIAL_CLUSTER_TOKEN",
        "ETCD_INITIAL_CLUSTER",
        "ETCD_INITIAL_ADVERTISE_PEER_URLS",
    }
)
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")

State = Literal["new", "existing"]


def environment(
    spec: ClusterSpec, node: Node, token: str, state: State, architecture: str = "amd64"
) -> dict[str, str]:
    """Return the settings of `node`, name to value, in the order in which they are written."""
    names = PROFILES[spec.certificates.profile].on_host
    ca, certificate, key = (
        f"{spec.paths.config}/{name}" for name in (names.authority, names.certificate, names.key)
    )
    tuning = spec.tuning
    settings = {
        "ETCD_NAME": node.name,
        "ETCD_LISTEN_PEER_URLS": node.peer_url,
        "ETCD_LISTEN_CLIENT_URLS": node.client_url,
        "ETCD_INITIAL_CLUSTER_TOKEN": token,
        "ETCD_INITIAL_CLUSTER_STATE": state,
        "ETCD_INITIAL_CLUSTER": spec.initial_cluster,
        "ETCD_INITIAL_ADVERTISE_PEER_URLS": node.peer_url,
        "ETCD_ADVERTISE_CLIENT_URLS": node.client_url,
        "ETCD_TRUSTED_CA_FILE": ca,
        "ETCD_CERT_FILE": certificate,
        "ETCD_KEY_FILE": key,
        # The CA alone already demands certificates; audits (CIS 2.2, 2.5) look for these two.
        "ETCD_CLIENT_CERT_AUTH": "true",
        "ETCD_PEER_CLIENT_CERT_AUTH": "true",
        "ETCD_PEER_TRUSTED_CA_FILE": ca,
        "ETCD_PEER_KEY_FILE": key,
        "ETCD_PEER_CERT_FILE": certificate,
        "ETCD_DATA_DIR": spec.paths.data,
        "ETCD_HEARTBEAT_INTERVAL": str(tuning.heartbeat_interval),
        "ETCD_ELECTION_TIMEOUT": str(tuning.election_timeout),
        "ETCD_QUOTA_BACKEND_BYTES": str(tuning.quota_backend_bytes),
        "ETCD_AUTO_COMPACTION_MODE": tuning.auto_compaction_mode,
        "ETCD_AUTO_COMPACTION_RETENTION": tuning.auto_compaction_retention,
        "ETCD_LOG_LEVEL": tuning.log_level,
    }
    if tuning.snapshot_count is not None:
        settings["ETCD_SNAPSHOT_COUNT"] = str(tuning.snapshot_count)
    about = release(spec.cluster.etcd)
    if about.line == "3.4":
        # 3.4 logs unstructured text unless told otherwise; the diagnosis reads JSON.
        settings["ETCD_LOGGER"] = "zap"
        settings["ETCD_LOG_OUTPUTS"] = "stderr"
    if about.needs_unsupported_arch(architecture):
        settings["ETCD_UNSUPPORTED_ARCH"] = architecture
    ours = dict(about.corruption_check_environment())
    settings.update(ours)
    settings.update(tuning.environment)
    if _GATES in ours:
        settings[_GATES] = _merged_gates(ours[_GATES], settings[_GATES])
    settings[RESTART_KEY] = _restart_digest(spec)
    return settings


def _merged_gates(ours: str, wanted: str) -> str:
    """Return the gates of both, the operator's choice where they disagree."""
    gates = dict(gate.partition("=")[::2] for gate in f"{ours},{wanted}".split(",") if gate)
    return ",".join(f"{name}={value}" for name, value in gates.items())


def _restart_digest(spec: ClusterSpec) -> str:
    text = f"{unit_file(spec)}\0{spec.cluster.etcd}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def etcd_conf(
    spec: ClusterSpec, node: Node, token: str, state: State, architecture: str = "amd64"
) -> str:
    """Return the text of `etcd.conf`; `token` may be `TOKEN_PLACEHOLDER` while none is chosen."""
    lines = [
        f"# etcd-tui: member {node.name} of cluster {spec.cluster.name}.",
        "# Written by etcd-tui install; change the answers file and run it again.",
    ]
    for name, value in environment(spec, node, token, state, architecture).items():
        lines.append(f"{name}={value}" if _PLAIN.fullmatch(value) else f'{name}="{value}"')
    return "\n".join(lines) + "\n"


def parse_environment(text: str) -> dict[str, str]:
    """Read an environment file back: name to value, quotes removed; comments are skipped.

    Reads what `etcd_conf` writes, and what an operator's hand plausibly made of it.
    """
    settings = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            settings[name.strip()] = value
    return settings


def needs_restart(wanted: dict[str, str], running: dict[str, str]) -> tuple[str, ...]:
    """Return the names whose value in the `running` process differs from what is `wanted`."""
    relevant = {
        name
        for name in wanted.keys() | running.keys()
        if (name.startswith("ETCD_") or name == RESTART_KEY) and name not in BOOTSTRAP_KEYS
    }
    return tuple(sorted(n for n in relevant if wanted.get(n) != running.get(n)))
