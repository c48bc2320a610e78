"""The hosts as the runbook takes them to be: with systemd and SSH, and nothing of etcd on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from etcd_tui.content.client_env import client_env
from etcd_tui.content.firewall_by_hand import USUAL_NFTABLES
from etcd_tui.content.hosts_block import with_block
from etcd_tui.observe.facts import Firewall, HostFacts, Manifest, PathFact
from etcd_tui.observe.situation import LocalFacts, Situation
from etcd_tui.pki.facts import AuthorityFacts, CertificateFacts, FileDigest, StoreFacts
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.plan.prepare import HOSTS_FILE
from etcd_tui.spec.model import ClusterSpec

FIREWALLS = ("firewalld", "ufw", "nftables", "iptables")
_HOSTS = "127.0.0.1 localhost\n"
# What every distribution has; any other folder is made.
_THERE = frozenset(
    {
        *("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"),
        *("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"),
    }
)


def bare_situation(
    spec: ClusterSpec,
    folder: Path,
    architecture: str,
    *,
    firewall: str = "none",
    selinux: str = "",
) -> Situation:
    """Return what a look at bare hosts and an empty state folder would find."""
    folders = [p for p in (spec.paths.binaries, spec.paths.units) if p in _THERE]
    paths = (
        PathFact(HOSTS_FILE, "file", "644", "root", "root"),
        *(PathFact(path, "dir", "755", "root", "root") for path in folders),
    )
    hosts = tuple(
        HostFacts(
            name=node.name,
            architecture=architecture,
            init="systemd",
            paths=paths,
            texts=((HOSTS_FILE, _HOSTS),),
            firewall=_firewall(firewall),
            selinux=selinux,
            selinux_config=selinux.lower(),
        )
        for node in spec.nodes
    )
    return Situation(hosts, _nothing_here(spec, folder))


def installed_situation(
    spec: ClusterSpec, folder: Path, architecture: str, record: str, *, firewall: str = "none"
) -> Situation:
    """Return what a look would find after the runbook, with `record` as every host's manifest."""
    entries = [line.partition(" ")[::2] for line in record.splitlines()]
    if firewall != "none":
        entries.append(("firewall", firewall))
        if spec.host.firewall == "disable":
            entries.append(("firewall-off", firewall))
    hosts = tuple(
        HostFacts(
            name=node.name,
            architecture=architecture,
            init="systemd",
            paths=(PathFact(HOSTS_FILE, "file", "644", "root", "root", _sum_of(spec)),),
            texts=((HOSTS_FILE, with_block(_HOSTS, spec) if spec.host.hosts_file else _HOSTS),),
            data_entries=("member",),
            has_wal=True,
            firewall=_firewall(firewall),
            manifest=Manifest(tuple(entries)),
        )
        for node in spec.nodes
    )
    return Situation(hosts, _nothing_here(spec, folder))


def _firewall(kind: str) -> Firewall:
    detail = USUAL_NFTABLES if kind == "nftables" else ()
    return Firewall(kind, enabled=True, detail=detail)  # type: ignore[arg-type]


def _sum_of(spec: ClusterSpec) -> str:
    return hashlib.sha256(with_block(_HOSTS, spec).encode()).hexdigest()


def _nothing_here(spec: ClusterSpec, folder: Path) -> LocalFacts:
    names = PROFILES[spec.certificates.profile].on_host
    digests = (
        FileDigest(names.authority, "", 0o644, secret=False),
        FileDigest(names.certificate, "", 0o644, secret=False),
        FileDigest(names.key, "", 0o600, secret=True),
    )
    store = StoreFacts(
        AuthorityFacts("absent", own=spec.certificates.ca is not None),
        tuple(CertificateFacts(wanted, "missing") for wanted in wanted_certificates(spec)),
        tuple((node.name, digests) for node in spec.nodes),
    )
    return LocalFacts(store, wanted_client_environment=client_env(spec, folder / "client"))
