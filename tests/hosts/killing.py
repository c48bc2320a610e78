"""Killing: a cluster's life, from bare hosts to bare hosts, with the tool killed on the way."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.hosts.cluster import TOOL, Cluster, Run
from tests.hosts.evidence import ON_HOST, assert_members_agree, unit
from tests.hosts.moment import Moment
from tests.hosts.tree import Tree, difference, folder_tree, host_tree
from tests.lab import Lab, LabHost

PURGE = ("--purge-data", "--confirm", "prod")
_LEFT_OUT = ("var/log", "run", "tmp")
# Logs, and etcd's own; where the runs are kept there are two now instead of one.
_NOT_OURS = re.compile("var/log/|var/lib/etcd/member/|var/tmp/systemd-private-|runs/")
_MANIFEST = "var/lib/etcd-tui/manifest"
_CONF = "etc/etcd/etcd.conf"
_CA, _CERTIFICATE, _KEY = (f"etc/etcd/{name}" for name in ON_HOST["cfssl"])


@dataclass(frozen=True, slots=True)
class Bare:
    """A host before the tool came: what is in its image, and what its boot has written."""

    image: Tree
    written: Tree


@dataclass(frozen=True, slots=True)
class Ground:
    """A lab to live in, and what its hosts' disks hold when they are as new."""

    lab: Lab
    images: dict[str, Tree]

    @classmethod
    def of(cls, lab: Lab) -> Ground:
        """Look at the disks of a lab that was just made."""
        return cls(lab, {host.name: host_tree(host) for host in lab.hosts})

    def cleared(self) -> dict[str, Bare]:
        """Make all disks as new, and return how the hosts look after that boot."""
        self.lab.reset_disks()
        return {host.name: Bare(self.images[host.name], _written(host)) for host in self.lab.hosts}


@dataclass(frozen=True, slots=True)
class Footprint:
    """What an install leaves: names and modes on each host and in the state folder, manifests."""

    modes: dict[str, str]
    manifests: dict[str, list[str]]

    @classmethod
    def of(cls, cluster: Cluster) -> Footprint:
        """Look at all places where the tool writes, but not into etcd's own data and the runs'."""
        places = {host.name: host.upper for host in cluster.hosts}
        places["operator"] = cluster.state
        modes = {
            f"{place}:{path.relative_to(root)}": stat.filemode(path.lstat().st_mode)
            for place, root in places.items()
            for path in root.rglob("*")
            if not _NOT_OURS.match(str(path.relative_to(root)))
        }
        manifests = {
            host.name: sorted((host.root / _MANIFEST).read_text().splitlines())
            for host in cluster.hosts
        }
        return cls(modes, manifests)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run must find and keep: once chosen or started, there is no second one."""

    authorities: frozenset[str]
    """SHA-256 of the authority in the store and on the hosts."""
    tokens: frozenset[str]
    members: dict[str, str]
    """The process of each member that runs, by host."""

    @classmethod
    def of(cls, cluster: Cluster) -> Settled:
        """Look at store and hosts; what is not there yet is left out."""
        roots = [host.root for host in cluster.hosts]
        authorities = [cluster.state / "pki/ca.pem", *(root / _CA for root in roots)]
        confs = [root / _CONF for root in roots]
        tokens = [re.findall("^ETCD_INITIAL_CLUSTER_TOKEN=(.*)$", _text(f), re.M) for f in confs]
        tokens.append(_text(cluster.state / "token").split())
        processes = {host.name: unit(host)["MainPID"] for host in cluster.hosts}
        return cls(
            frozenset(_fingerprint(file) for file in authorities if file.exists()),
            frozenset(token for found in tokens for token in found),
            {name: pid for name, pid in processes.items() if pid != "0"},
        )


def run_killed(cluster: Cluster, moment: Moment, verb: str, *options: str) -> None:
    """Run the tool until it is killed at `moment`; AssertionError if that does not come."""
    words = cluster.command(verb, *options)[len(TOOL) :]
    command = [sys.executable, "-m", "tests.hosts.killed_run", str(moment), *words]
    done = cluster.lab.run_operator(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    said = f"{done.stdout}{done.stderr}"[-2000:]
    assert done.returncode == -signal.SIGKILL, f"the moment did not come: {said}"


def assert_finished(cluster: Cluster, run: Run, before: Settled, expected: Footprint) -> None:
    """`run` ended proven: one authority, one token, all pairs whole, nothing astray."""
    assert run.exit == 0, cluster.told(run)
    assert run.report()["proven"] is True
    assert_members_agree(cluster)
    after = Settled.of(cluster)
    assert len(after.authorities) == 1
    assert before.authorities <= after.authorities, "the authority was made anew"
    assert len(after.tokens) == 1
    assert before.tokens <= after.tokens, "the token was chosen anew"
    assert before.members.items() <= after.members.items(), "a member was restarted"
    _assert_pairs(cluster)
    found = Footprint.of(cluster)
    assert found.modes.items() ^ expected.modes.items() == set()
    assert found.manifests == expected.manifests


def assert_bare(cluster: Cluster, run: Run, bare: dict[str, Bare]) -> None:
    """`run` ended well and left the hosts as they were, but for logs."""
    assert run.exit == 0, cluster.told(run)
    for host in cluster.hosts:
        was = {**bare[host.name].image, **bare[host.name].written}
        written = _written(host)
        # What is deleted from the image shows as a device.
        after = {path: entry for path, entry in written.items() if not entry[0].startswith("c")}
        touched = {*written, *bare[host.name].written}
        before = {path: was[path] for path in touched if path in was}
        assert difference(before, after) == [], host.name


def _written(host: LabHost) -> Tree:
    """What the host has written since its disk was new."""
    return folder_tree(host.upper, _LEFT_OUT)


def _assert_pairs(cluster: Cluster) -> None:
    """Every certificate has its key beside it and is the authority's, in the store and on hosts."""
    pki, client = cluster.state / "pki", cluster.state / "client"
    authority = _certificate(pki / "ca.pem")
    pairs = [(pki / "ca.pem", pki / "ca-key.pem"), (client / "client.crt", client / "client.key")]
    pairs += [(pki / f"{name}.pem", pki / f"{name}-key.pem") for name in cluster.members]
    pairs += [(host.root / _CERTIFICATE, host.root / _KEY) for host in cluster.hosts]
    for certificate, key in pairs:
        found = _certificate(certificate)
        found.verify_directly_issued_by(authority)
        own = load_pem_private_key(key.read_bytes(), None).public_key()
        assert own == found.public_key(), f"{key} is not the key of {certificate}"
    for member in cluster.members:
        on_host = cluster.host_of(member).root / _CERTIFICATE
        assert _certificate(on_host) == _certificate(pki / f"{member}.pem")


def _certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def _fingerprint(file: Path) -> str:
    return _certificate(file).fingerprint(hashes.SHA256()).hex()


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
