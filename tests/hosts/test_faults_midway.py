"""Faults that come in the middle of an install: named with their cause, and the next run converges.

What a fault has stopped is no half-written file, and no member that runs is stopped for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.evidence import assert_members_agree
from tests.hosts.injecting import assert_no_secret, filtered
from tests.hosts.test_killed_anywhere import wait_until
from tests.hosts.test_trouble import begins, ended, installing, read_until, uploads
from tests.lab import HostOptions, Lab, LabHost, SmallDisk

pytestmark = pytest.mark.lab

DISKS = (
    SmallDisk("/usr/local/bin", 260),
    SmallDisk("/etc/etcd", 8),
    SmallDisk("/var/lib/etcd", 700),
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Three hosts; the second has small disks for programs, configuration and data."""
    with Lab.create(hosts=[HostOptions(), HostOptions(small_disks=DISKS), HostOptions()]) as made:
        yield made


@pytest.fixture
def cluster(lab: Lab, tmp_path: Path) -> Cluster:
    lab.reset_disks()
    return Cluster(
        lab, tmp_path, cluster={"start_timeout": 15}, ssh={"connect_timeout": 2},
        certificates={"key": "ecdsa-p256"},
    )  # fmt: skip


def assert_failed(cluster: Cluster, run: Run, host: str, *words: str) -> None:
    """Exit 5 for this host, with a cause, a remedy and these words; nothing is half written."""
    assert run.exit == 5, cluster.told(run)
    assert run.last["host"] == host, run.last
    told = " ".join((run.last["what"], run.last["cause"], run.last["remedy"]))
    assert run.last["cause"] and run.last["remedy"], run.last
    assert all(word in told for word in words), run.last
    assert len(told) < 80 * 20
    assert len(run.of("action_started")) == len(run.of("action_finished"))
    assert_no_secret(cluster, run)


def assert_nothing_half(host: LabHost) -> None:
    """No file of ours is under a temporary name, and those that are there are whole."""
    folders = "/etc /etc/etcd /etc/systemd/system /usr/local/bin /var/lib/etcd-tui"
    look = f"find {folders} -xdev -name '.etcd-tui.*' 2>/dev/null; find /etc/etcd -size 0 -type f"
    assert host.sh(look).stdout == ""


def assert_converges(cluster: Cluster) -> None:
    """One more run ends proven."""
    run = cluster.install()
    assert run.report()["proven"] is True
    assert_members_agree(cluster)


def full(cluster: Cluster, disk: str, when: Callable[[dict], bool]) -> Run:
    """Install, with the second host's disk filled at the moment `when`; the disk is freed again."""
    host = cluster.host_of("etcd2")
    with installing(cluster) as tool:
        lines = read_until(tool, when)
        # The tool writes there at the same time, so what is free is not known beforehand.
        host.sh(f"dd if=/dev/zero of={disk}/.filler bs=1M; [ -e {disk}/.filler ]", check=True)
        run = ended(tool, lines)
    assert_nothing_half(host)
    host.sh(f"rm {disk}/.filler", check=True)
    return run


@pytest.mark.fault(
    19,
    injected="one host's disk filled: while programs arrive, before certificates, before the start",
    seen="exit 5: No space left on device, nothing half written; then proven",
)
@pytest.mark.fault(
    29,
    injected="no disk space at one member's first start",
    seen="exit 5: two members are ready, one is named",
)
def test_a_disk_that_fills_up_stops_that_host_with_a_word_wherever_it_is(cluster: Cluster) -> None:
    """While programs are unpacked, when a certificate is written, and when the member starts."""
    host = cluster.host_of("etcd2")

    unpacking = full(cluster, "/usr/local/bin", begins("etcd2", "programs"))
    assert_failed(cluster, unpacking, "etcd2", "No space left on device")
    assert host.sh("ls -A /usr/local/bin").stdout == ""

    writing = full(cluster, "/etc/etcd", begins("etcd2", "programs"))
    assert_failed(cluster, writing, "etcd2", "No space left on device")

    # The programs have to be sent once more: time enough to fill a disk before the start.
    host.sh("rm /usr/local/bin/etcd*", check=True)
    starting = full(cluster, "/var/lib/etcd", begins("etcd2", "programs"))
    assert_failed(cluster, starting, "etcd2")
    done = {e["host"]: e["outcome"] for e in starting.of("action_finished") if e["key"] == "ready"}
    assert done == {"etcd1": "done", "etcd2": "failed", "etcd3": "done"}

    # With room, the next attempt of systemd succeeds; the next run lets the failed ones be.
    wait_until(lambda: host.sh("systemctl is-active etcd").stdout == "active\n")
    assert_converges(cluster)


NO_PEERS = "tcp dport 2380 drop;"


@pytest.mark.fault(
    30,
    injected="2380 dropped on every host once the install has begun",
    seen="exit 5 at the deadline: who gets no answer from whom, for every host; then proven",
)
def test_a_quorum_that_never_forms_is_told_of_every_host_and_forms_in_the_next_run(
    cluster: Cluster,
) -> None:
    with installing(cluster) as tool:
        lines = read_until(tool, lambda event: event["event"] == "stage_started")
        with (
            filtered(cluster.hosts[0], NO_PEERS),
            filtered(cluster.hosts[1], NO_PEERS),
            filtered(cluster.hosts[2], NO_PEERS),
        ):
            run = ended(tool, lines)

    assert_failed(cluster, run, run.last["host"], "no answer", "2380")
    failed = {e["host"] for e in run.of("action_finished") if e["outcome"] == "failed"}
    assert failed == {"etcd1", "etcd2", "etcd3"}
    assert {e["host"] for e in run.of("diagnosed")} == failed
    assert_converges(cluster)


@pytest.mark.fault(
    8,
    injected="nft drops everything to one host in the middle of an upload",
    seen="exit 5 within 40 s, outcome unknown; the next run ends proven",
)
def test_a_network_that_freezes_is_given_up_in_time_and_gone_on_with_later(
    cluster: Cluster,
) -> None:
    frozen = cluster.host_of("etcd2")
    with installing(cluster) as tool:
        lines = read_until(tool, uploads("etcd2"))
        with filtered(frozen, "drop;"):
            began = time.monotonic()
            run = ended(tool, lines)

    assert time.monotonic() - began < 40
    assert_failed(cluster, run, "etcd2", "lost")
    (unknown,) = [e for e in run.of("action_finished") if e["outcome"] != "done"]
    assert (unknown["host"], unknown["outcome"]) == ("etcd2", "unknown")
    assert_converges(cluster)


@pytest.mark.fault(
    33,
    injected="one host rebooted while programs are uploaded",
    seen="waited for and done, or exit 5 with the host; the next run ends proven",
)
def test_a_host_that_reboots_in_the_middle_is_waited_for_or_named(cluster: Cluster) -> None:
    rebooting = cluster.host_of("etcd3")
    with installing(cluster) as tool:
        lines = read_until(tool, uploads("etcd3"))
        rebooting.reboot()
        run = ended(tool, lines)

    assert run.exit in (0, 5), cluster.told(run)
    if run.exit == 5:
        assert_failed(cluster, run, "etcd3", "lost")
    assert_nothing_half(rebooting)
    assert_converges(cluster)


ONE_SESSION = """\
printf 'MaxSessions 1\\nMaxStartups 1:1:1\\n' >/etc/ssh/sshd_config.d/narrow.conf
systemctl reload-or-restart ssh
"""
NOISE = r"""printf '\377\376 hello\033[2J\n'; echo noise >&2; export LANG=zh_CN.GBK
"""
NO_SFTP = """\
sed -i '/^Subsystem/d' /etc/ssh/sshd_config
systemctl reload-or-restart ssh
mount -t tmpfs -o noexec none /tmp
"""
NO_NAMES = "printf 'nameserver 203.0.113.53\\n' >/etc/resolv.conf"
LOSSY = "numgen random mod 100 == 0 drop;"
SLOW = ["tbf", "rate", "40mbit", "burst", "64kb", "latency", "50ms"]


@pytest.mark.fault(
    9,
    injected="one packet in a hundred to one host dropped",
    seen="installed and proven",
)
@pytest.mark.fault(
    10,
    injected="40 Mbit/s to one host",
    seen="progress in shares, installed and proven",
)
@pytest.mark.fault(
    11,
    injected="MaxSessions 1 and MaxStartups 1:1:1 on one host",
    seen="installed and proven",
)
@pytest.mark.fault(
    12,
    injected="no Subsystem sftp",
    seen="installed and proven: files travel on standard input",
)
@pytest.mark.fault(
    13,
    injected="a .bashrc that prints bytes that are no text, and LANG=zh_CN.GBK",
    seen="installed and proven",
)
@pytest.mark.fault(
    21,
    injected="/tmp mounted noexec",
    seen="installed and proven: nothing is run from there",
)
@pytest.mark.fault(
    58,
    injected="a name server that never answers",
    seen="installed and proven",
)
def test_hosts_that_are_awkward_but_not_broken_become_a_proven_cluster(
    cluster: Cluster, lab: Lab
) -> None:
    """One session and one login at a time; no sftp, noise at login, noexec /tmp; a poor network."""
    first, second, third = cluster.hosts
    first.sh(f"set -e\n{ONE_SESSION}\n{NO_NAMES}", check=True)
    second.sh(f"set -e\n{NO_SFTP}", check=True)
    (second.root / "root/.bashrc").write_text(NOISE)
    cable = f"h{third.number}-eth0"
    lab.run_operator(["tc", "qdisc", "add", "dev", cable, "root", *SLOW], check=True)
    try:
        with filtered(third, LOSSY):
            run = cluster.install()
    finally:
        lab.run_operator(["tc", "qdisc", "del", "dev", cable, "root"], check=True)

    assert run.report()["proven"] is True
    shares = [e["sent"] for e in run.of("action_progress") if e["host"] == "etcd3"]
    assert len(shares) >= 10
    assert shares == sorted(shares)
    assert_members_agree(cluster)
