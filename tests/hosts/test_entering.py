"""Hosts that cannot be reached, trusted or entered end the run with exit 4, nothing changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.tree import difference, host_tree
from tests.lab import HostOptions, Lab, LabHost

pytestmark = pytest.mark.lab


@contextmanager
def untouched(*hosts: LabHost) -> Iterator[None]:
    """Whatever happens inside, the hosts' file trees stay as they are."""
    before = [host_tree(host) for host in hosts]
    yield
    for tree, host in zip(before, hosts, strict=True):
        assert difference(tree, host_tree(host)) == []


def kinds(run: Run) -> dict[str, str]:
    """The kind of each host's failure."""
    return {event["host"]: event["kind"] for event in run.of("host_failed")}


def fingerprints(host: LabHost) -> set[str]:
    """The SHA-256 fingerprints of the host's keys, as ssh-keygen prints them."""
    keys = (host.root / "etc/ssh").glob("ssh_host_*_key.pub")
    shown = [
        subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True)
        for key in keys
    ]
    return {done.stdout.split()[1] for done in shown}


@pytest.mark.fault(
    5,
    injected="empty known_hosts",
    seen="exit 4 with each fingerprint as ssh-keygen prints it; --accept-new-host-keys installs",
)
def test_unknown_host_keys_are_shown_and_accepted_only_when_asked(bare: Cluster) -> None:
    known = bare.folder / "known_hosts"
    bare.change(ssh={"known_hosts": str(known)})

    with untouched(*bare.hosts):
        run = bare.json("install")
        text = bare.run("install")

    assert (run.exit, text.exit) == (4, 4)
    assert kinds(run) == dict.fromkeys(bare.members, "unknown-host-key")
    for event in run.of("host_failed"):
        assert event["fingerprint"] in fingerprints(bare.host_of(event["host"]))
        assert event["fingerprint"] in text.text
    assert "--accept-new-host-keys" in text.text
    assert not known.exists()

    bare.install("--accept-new-host-keys")
    assert len(known.read_text().splitlines()) >= len(bare.members)
    assert bare.json("verify").exit == 0


@pytest.mark.fault(
    4,
    injected="known_hosts has another key for one host",
    seen="exit 4 even with --accept-new-host-keys; both fingerprints",
)
def test_a_changed_host_key_stops_even_a_run_that_accepts_new_ones(bare: Cluster) -> None:
    operator = bare.lab.operator
    stranger = Path(f"{operator.stranger_key}.pub").read_text().split()[:2]
    known = bare.folder / "known_hosts"
    kept = operator.known_hosts.read_text().splitlines()
    lines = [line for line in kept if not line.startswith("192.0.2.12")]
    known.write_text("\n".join([*lines, f"192.0.2.12 {' '.join(stranger)}", ""]))
    bare.change(ssh={"known_hosts": str(known)})
    before = known.read_text()

    with untouched(*bare.hosts):
        run = bare.json("install", "--accept-new-host-keys")

    assert run.exit == 4
    assert kinds(run) == {"etcd2": "changed-host-key"}
    assert known.read_text() == before


def test_a_pinned_host_key_is_trusted_and_no_other(bare: Cluster) -> None:
    host = bare.hosts[0]
    cluster = Cluster(bare.lab, bare.folder, hosts=[host], ssh={"known_hosts": "/dev/null"})

    def pinned(fingerprint: str) -> Run:
        cluster.change(nodes=cluster.nodes_with("etcd1", ssh={"host_key": fingerprint}))
        return cluster.json("check", "--accept-new-host-keys")

    assert [pinned(fingerprint).exit for fingerprint in fingerprints(host)] == [0, 0]
    wrong = pinned("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")
    assert (wrong.exit, kinds(wrong)) == (4, {"etcd1": "changed-host-key"})


@pytest.mark.fault(
    1,
    injected="one host without power, sshd stopped on another",
    seen="exit 4: both are listed with address, reason and remedy; the third host is untouched",
)
def test_every_host_that_cannot_be_reached_is_listed(
    lab_of: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = lab_of(*[HostOptions()] * 3)
    cluster = Cluster(lab, tmp_path)
    cluster.change(nodes=cluster.nodes_with("etcd3", ssh={"connect_timeout": 1}))
    well, deaf, dead = lab.hosts
    deaf.sh("systemctl stop ssh.socket ssh.service", check=True)
    dead.power_cut()

    with untouched(well, deaf):
        run = cluster.json("install")
        text = cluster.run("install")

    assert (run.exit, text.exit) == (4, 4)
    failed = kinds(run)
    assert set(failed) == {"etcd2", "etcd3"}
    assert failed["etcd2"] == "refused"
    assert failed["etcd3"] in ("unreachable", "timeout")
    assert "etcd2" in text.stderr
    assert "etcd3" in text.stderr
    assert "192.0.2.12" in text.stderr


@pytest.fixture(scope="module")
def users() -> Iterator[Lab]:
    """A host with users who have sudo with a password, and none at all."""
    with Lab.create(hosts=[HostOptions(users=("admin", "guest"))]) as lab:
        yield lab


ENTRIES = {
    "a wrong password for sudo": (
        {"user": "admin", "sudo_password": {"env": "WRONG"}}, "sudo", "password",
    ),
    "no password for sudo": ({"user": "admin"}, "sudo", "sudo_password"),
    "a user who may not use sudo": (
        {"user": "guest", "sudo_password": {"env": "RIGHT"}}, "sudo", "sudo",
    ),
    "a key that the host does not take": (
        {"private_key": ".ssh/id_ed25519_stranger"}, "authentication", "root",
    ),
    "a user who is not there": ({"user": "nobody-here"}, "authentication", "nobody-here"),
    "a key file that is not there": (
        {"private_key": ".ssh/none"}, "key-file", ".ssh/none",
    ),
    "an encrypted key without its passphrase": (
        {"private_key": ".ssh/id_ed25519_encrypted"}, "key-file", "passphrase",
    ),
    "an encrypted key with a wrong passphrase": (
        {"private_key": ".ssh/id_ed25519_encrypted", "passphrase": {"env": "WRONG"}},
        "key-file", "passphrase",
    ),
}  # fmt: skip


@pytest.mark.fault(
    3,
    injected="foreign key, unknown user, missing or encrypted key file",
    seen="exit 4 with the key or user by name; the host is untouched",
)
@pytest.mark.fault(
    14,
    injected="sudo: wrong password, none, a user who may not",
    seen="exit 4, each with words of its own; no secret in the output",
)
@pytest.mark.parametrize("what", ENTRIES)
def test_a_host_that_cannot_be_entered_is_left_alone(users: Lab, tmp_path: Path, what: str) -> None:
    entry, kind, word = ENTRIES[what]
    home = users.operator.home
    at_home = {
        key: f"{home}/{value}" if key == "private_key" else value for key, value in entry.items()
    }
    cluster = Cluster(users, tmp_path, ssh={**at_home, "agent": False})
    secrets = {"WRONG": "not it", "RIGHT": users.operator.password}

    with untouched(*users.hosts):
        run = cluster.json("install", env=secrets)

    assert run.exit == 4, cluster.told(run)
    (failure,) = run.of("host_failed")
    assert failure["kind"] == kind
    assert failure["remedy"]
    assert word in " ".join((failure["what"], failure["cause"], failure["remedy"]))
    assert not any(secret in run.text for secret in secrets.values())
