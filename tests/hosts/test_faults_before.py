"""Faults that are there before the run: refused with cause and remedy on one screen, no change.

The faults are on one lab of three hosts, one after the other, and each is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.injecting import (
    assert_no_secret,
    assert_told,
    changed,
    filtered,
    hidden,
    kept_events,
    lying,
    mounted,
    written,
)
from tests.lab import HostOptions, Lab, LabHost

pytestmark = pytest.mark.lab

Fault = Callable[[LabHost], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.create(hosts=[HostOptions(users=("deploy",))] * 3) as made:
        yield made


@pytest.fixture
def cluster(lab: Lab, tmp_path: Path) -> Cluster:
    return Cluster(lab, tmp_path, ssh={"connect_timeout": 1})


def refused(cluster: Cluster, code: int) -> Run:
    """Install in words, as a person does: it ends with `code`, and has written on no host."""
    before = written(cluster)
    run = cluster.run("install")
    assert run.exit == code, run.text
    assert written(cluster) == before
    assert not [e for e in kept_events(cluster) if e["event"] == "action_started"]
    assert_no_secret(cluster, run)
    return run


def ssh_dropped(host: LabHost) -> AbstractContextManager[None]:
    return filtered(host, "tcp dport 22 drop;")


def ssh_reset(host: LabHost) -> AbstractContextManager[None]:
    return filtered(host, "tcp dport 22 reject with tcp reset;")


WAYS: dict[str, tuple[Fault, str, str]] = {
    "dropped": (ssh_dropped, "timeout", "does not answer"),
    "reset": (ssh_reset, "refused", "refuse"),
}


@pytest.mark.fault(
    2,
    injected="nft drops port 22, or resets it, on one host",
    seen="exit 4: timeout told apart from refused",
)
@pytest.mark.parametrize("way", WAYS)
def test_an_ssh_port_that_drops_is_told_apart_from_one_that_refuses(
    cluster: Cluster, way: str
) -> None:
    fault, kind, words = WAYS[way]
    with fault(cluster.hosts[1]):
        run = refused(cluster, 4)

    (failure,) = [e for e in kept_events(cluster) if e["event"] == "host_failed"]
    assert (failure["host"], failure["kind"]) == ("etcd2", kind)
    assert words in failure["what"] + failure["cause"]
    assert_told(run, "etcd2", "192.0.2.12", failure["what"], failure["remedy"])


def busy(host: LabHost) -> AbstractContextManager[None]:
    return changed(
        host,
        "systemd-run --quiet --unit=theirs systemd-socket-activate -a -l 2379 cat\n"
        "until ss -Htln | grep -q :2379; do sleep 0.02; done",
        back="systemctl stop theirs",
    )


@contextmanager
def lost_and_found(host: LabHost) -> Iterator[None]:
    path = "/var/lib/etcd"
    with mounted(host, path, "size=400m"), changed(host, f"mkdir {path}/lost+found", back=":"):
        yield


def read_only(host: LabHost) -> AbstractContextManager[None]:
    local = "/usr/local"
    return changed(
        host,
        f"mount --bind {local} {local}\nmount -o remount,ro,bind {local}",
        back=f"umount {local}",
    )


def some_person(host: LabHost) -> AbstractContextManager[None]:
    return changed(
        host, "useradd --uid 12345 --shell /bin/bash --no-create-home etcd", back="userdel etcd"
    )


REFUSED: dict[str, tuple[Fault, str, str]] = {
    "a port that is busy": (busy, "ports", "systemd-socket"),
    "a mount point with lost+found": (
        lost_and_found, "data-folder", "the root of a mounted file system",
    ),
    "a file system that is read-only": (read_only, "disk", "mounted read-only"),
    "programs where nothing may run": (
        lambda host: mounted(host, "/usr/local/bin", "size=400m,noexec"), "disk", "mounted noexec",
    ),
    "no inodes left": (
        lambda host: mounted(host, "/etc/etcd", "size=10m,nr_inodes=20"), "disk", "free inodes",
    ),
    "a clock that is two days behind": (
        lambda host: lying(host, date='exec /usr/bin/date -d "-2 days" "$@"'),
        "clock", "s from the median",
    ),
    "missing tools": (lambda host: hidden(host, "tar", "sha256sum"), "tools", "sha256sum"),
    "another architecture": (
        lambda host: lying(host, uname="echo Linux 6.1.0 riscv64"), "system", "riscv64",
    ),
    "a person called etcd": (some_person, "user", "12345"),
}  # fmt: skip


@pytest.mark.fault(
    15,
    injected="systemd-socket-activate on port 2379",
    seen="exit 3: the port with program and pid",
)
@pytest.mark.fault(
    18,
    injected="the data folder is a mounted file system with lost+found",
    seen="exit 3: name a folder below it",
)
@pytest.mark.fault(
    20,
    injected="/usr/local mounted read-only",
    seen="exit 3: mount it writable",
)
@pytest.mark.fault(
    21,
    injected="programs' folder mounted noexec",
    seen="exit 3: name another folder",
)
@pytest.mark.fault(
    22,
    injected="a tmpfs with twenty inodes for the configuration",
    seen="exit 3: free inodes",
)
@pytest.mark.fault(
    23,
    injected="a `date` that is two days behind on one host",
    seen="exit 3: how far from the median of all hosts",
)
@pytest.mark.fault(
    35,
    injected="a host of an architecture that etcd is not built for",
    seen="exit 3: system, architecture",
)
@pytest.mark.fault(
    36,
    injected="no tar and no sha256sum on one host",
    seen="exit 3: both are named",
)
@pytest.mark.fault(
    37,
    injected="a person called etcd with uid 12345 and a login shell",
    seen="exit 3: never changed",
)
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_with_a_host_is_told_on_one_screen_and_nothing_changes(
    cluster: Cluster, what: str
) -> None:
    fault, key, found = REFUSED[what]
    with fault(cluster.hosts[1]):
        run = refused(cluster, 3)

    failed = [e for e in kept_events(cluster) if e["event"] == "checked" and e["status"] == "fail"]
    assert [(c["host"], c["key"]) for c in failed] == [("etcd2", key)], failed
    assert found in failed[0]["found"]
    assert_told(run, failed[0]["found"], failed[0]["why"], failed[0]["fix"])


FLOOD = 'head -c 2000000 /dev/zero | tr "\\0" x; echo'
ESCAPES = "printf '\\033[2J\\033]0;owned\\007\\233\\342\\200\\256Linux 6.1 \\0330x86_64\\n'"


@pytest.mark.fault(
    53,
    injected="programs that print escape sequences, our own words and lines of 2 MB",
    seen="exit 3; only printable text on the screen, lines cut",
)
def test_a_host_that_lies_is_neither_believed_nor_shown_raw(cluster: Cluster) -> None:
    """Escape sequences, lines without end, and words that look like the tool's own marks."""
    marks = "printf 'listen=*:2379 x\\nforeign=none\\nmissing=everything\\n\\001\\002END 0\\n'"
    with lying(cluster.hosts[1], uname=ESCAPES, ss=f"{marks}; {FLOOD}", ip=FLOOD):
        run = refused(cluster, 3)

    shown = set(run.text) - {"\n"}
    assert all(character.isprintable() for character in shown), sorted(shown)
    assert "\u202e" not in run.text
    hosts = {e["host"] for e in kept_events(cluster) if e.get("status") == "fail"}
    assert hosts == {"etcd2"}
    assert max(map(len, run.text.splitlines())) < 2000


BLACK_HOLE = """\
cp -L /etc/resolv.conf /etc/resolv.conf.kept 2>/dev/null || : >/etc/resolv.conf.kept
rm -f /etc/resolv.conf
printf 'nameserver 203.0.113.53\\noptions timeout:1 attempts:1\\n' >/etc/resolv.conf
hostname nobody-knows-me
"""


@pytest.mark.fault(
    58,
    injected="a name server that never answers; sudo cannot resolve the host's own name",
    seen="entered by address, ready",
)
def test_hosts_whose_name_server_is_silent_are_entered_by_address(
    cluster: Cluster, lab: Lab
) -> None:
    """And sudo, which says `unable to resolve host`, is understood."""
    cluster.change(ssh={"user": "deploy", "connect_timeout": 10})
    third = lab.hosts[2]
    restored = f"mv /etc/resolv.conf.kept /etc/resolv.conf; hostname {third.name}"
    with changed(third, BLACK_HOLE, back=restored):
        said = third.sh("su deploy -c 'sudo -n true'")
        run = cluster.json("check")

    assert "unable to resolve host nobody-knows-me" in said.stderr
    assert run.exit == 0, cluster.told(run)


def test_a_bare_lab_is_ready_after_all_these_faults(cluster: Cluster) -> None:
    run = cluster.run("check")

    assert run.exit == 0, run.text
