"""What somebody did to an installed cluster is noticed, put right where it can be, or refused."""

from __future__ import annotations

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.evidence import assert_proven, incarnation
from tests.hosts.tree import difference, host_tree

pytestmark = pytest.mark.lab

# What is done to etcd2, what of it install does, and whether etcd has to start anew for it.
DRIFT = {
    "stopped and disabled": (
        "systemctl disable --now etcd", {"enable", "start", "ready"}, True,
    ),
    "a program deleted": ("rm /usr/local/bin/etcdctl", {"programs"}, False),
    "a program that is another's": (
        "cp /bin/true /usr/local/bin/etcdutl", {"programs"}, False,
    ),
    "a certificate cut short, on which etcd fails again and again": (
        "truncate -s 100 /etc/etcd/server.crt; systemctl restart --no-block etcd;"
        "until systemctl show etcd -p SubState | grep -q auto-restart; do :; done",
        {"certificate-file", "start", "ready"}, True,
    ),
    "a key that all may read": ("chmod 644 /etc/etcd/server.key", {"key-file"}, False),
    "names taken out of /etc/hosts": ("sed -i '/etcd/d' /etc/hosts", {"hosts-file"}, False),
    "a setting edited": (
        "sed -i s/^ETCD_HEARTBEAT_INTERVAL=.*/ETCD_HEARTBEAT_INTERVAL=77/ /etc/etcd/etcd.conf",
        {"config"}, False,
    ),
    "a setting edited and taken up": (
        "sed -i s/^ETCD_HEARTBEAT_INTERVAL=.*/ETCD_HEARTBEAT_INTERVAL=77/ /etc/etcd/etcd.conf;"
        "systemctl restart etcd", {"config", "restart", "ready"}, True,
    ),
    "the unit edited": (
        "echo Nice=5 >>/etc/systemd/system/etcd.service", {"unit", "enable"}, False,
    ),
}  # fmt: skip


@pytest.mark.fault(
    28,
    injected="a certificate cut short and a key that all may read, on a host",
    seen="put right by one run; restarted only where etcd had failed",
)
@pytest.mark.parametrize("what", DRIFT)
def test_one_run_puts_right_what_drifted_and_nothing_else(installed: Cluster, what: str) -> None:
    script, keys, restarts = DRIFT[what]
    host = installed.host_of("etcd2")
    host.sh(script, check=True, timeout=60)
    running = [incarnation(other) for other in installed.hosts]

    run = installed.json("install")

    assert_proven(installed, run)
    done = {(e["host"], e["key"]) for e in run.of("action_started") if e["host"] != "operator"}
    assert done == {("etcd2", key) for key in keys}
    after = [incarnation(other) for other in installed.hosts]
    assert [old != new for old, new in zip(running, after, strict=True)] == [False, restarts, False]
    assert installed.json("plan", "--exit-code").exit == 0


def test_a_member_that_is_down_is_named_by_verify_and_status(installed: Cluster) -> None:
    down = installed.host_of("etcd3")
    down.sh("systemctl stop etcd", check=True)

    proof = installed.json("verify")
    status = installed.json("status")
    words = installed.run("status")

    assert (proof.exit, status.exit, words.exit) == (6, 6, 6)
    failed = {p["key"]: p for p in proof.of("proved") if not p["passed"] and p["member"] == "etcd3"}
    assert failed["unit"]["fix"]
    assert proof.report()["proven"] is False
    assert "etcd3" in status.last["what"]
    assert {e["host"] for e in status.of("member_status") if e["healthy"]} >= {"etcd1", "etcd2"}
    assert "etcd3" in words.stderr
    assert_proven(installed, installed.json("install"))


def test_a_member_that_lost_its_data_is_not_started_anew(bare: Cluster) -> None:
    bare.install()
    host = bare.host_of("etcd2")
    host.sh("systemctl stop etcd && rm -r /var/lib/etcd/member", check=True)
    before = host_tree(host)

    run = bare.json("install")

    assert run.exit == 3
    assert {key for _host, key in run.failed_checks()} == {"lost-data"}
    assert difference(before, host_tree(host)) == []
