"""The drill on real hosts: measured, and never a member left stopped, whoever is killed."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.evidence import assert_proven, endpoint_status, incarnation, unit
from tests.hosts.killing import run_killed
from tests.hosts.moment import Moment
from tests.hosts.test_killed_anywhere import wait_until
from tests.hosts.test_trouble import cut_connections, ended, read_until
from tests.lab import LabHost

pytestmark = pytest.mark.lab

UNIT = "etcd-tui-drill.service"
FAR_MORE_MS = 5000
ELECTION_TIMEOUT_MS = 1000
CLOSED = """
table inet closed {
  chain input {
    type filter hook input priority 0; ip saddr 192.0.2.1 tcp dport 2379 reject with tcp reset;
  }
}
"""
STEPS = ("check", "hold", "write", "stop", "measure", "start", "back", "release")
# From the stop until the order to start: the member is down when the tool is killed there.
DOWN = ("measure", "start")


@pytest.fixture(autouse=True)
def calm(installed: Cluster) -> Iterator[None]:
    """Each drill finds all members healthy, and no host held for the one before."""
    yield
    for host in installed.hosts:
        host.sh(f"systemctl stop {UNIT}; systemctl start etcd")
    wait_until(lambda: all(runs(host) for host in installed.hosts))
    # The keys of a drill whose tool was killed stay until their lease ends.
    for lease in installed.etcdctl("lease", "list").split()[3:]:
        installed.etcdctl("lease", "revoke", lease)


def runs(host: LabHost) -> bool:
    shown = unit(host)
    return (shown["ActiveState"], shown["SubState"]) == ("active", "running")


def leader(cluster: Cluster) -> str:
    """The leader by etcdctl."""
    states = [entry["Status"] for entry in endpoint_status(cluster)]
    return next(
        name
        for name, state in zip(cluster.members, states, strict=True)
        if state["leader"] == state["header"]["member_id"]
    )


def lives(cluster: Cluster) -> dict[str, str]:
    """The process of each member."""
    return {name: incarnation(cluster.host_of(name))[0] for name in cluster.members}


def held(host: LabHost) -> bool:
    """Whether the drill's unit is on the host."""
    return (host.root / "run/systemd/transient" / UNIT).exists() or (
        host.sh(f"systemctl show {UNIT} -p LoadState").stdout.strip() != "LoadState=not-found"
    )


def assert_nothing_left(cluster: Cluster) -> None:
    """Neither units on the hosts nor keys or leases in the cluster."""
    assert [host.name for host in cluster.hosts if held(host)] == []
    assert cluster.etcdctl("get", "--prefix", "etcd-tui/", "--keys-only") == ""
    assert cluster.etcdctl("lease", "list") == "found 0 leases\n"


def assert_comes_back(host: LabHost) -> None:
    """The host holds the unit whose end starts etcd; not to wait for its time, it is ended."""
    assert held(host)
    host.exec(["systemctl", "kill", "--signal=KILL", UNIT], check=True)
    wait_until(lambda: runs(host) and not held(host))


@contextmanager
def drilling(cluster: Cluster, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The tool at work; killed should the test end before it."""
    with cluster.start("verify", "--drill", *options) as tool:
        try:
            yield tool
        finally:
            tool.kill()


def begins(step: str) -> Callable[[dict[str, Any]], bool]:
    """The moment when a step of the drill begins."""
    return lambda event: (event["event"], event.get("step")) == ("drill_step", step)


def assert_refused(run: Run, cluster: Cluster, before: dict[str, str], *words: str) -> None:
    """Exit 3 with these words, and no member was touched."""
    assert run.exit == 3, cluster.told(run)
    said = json.dumps(run.last)
    assert [word for word in words if word not in said] == []
    assert run.last["remedy"]
    assert lives(cluster) == before


def assert_drilled(cluster: Cluster, told: dict[str, Any], before: dict[str, str]) -> None:
    """What a drill told fits what happened: one member was restarted, and nothing stayed."""
    after = lives(cluster)
    assert {name for name in after if after[name] != before[name]} == {told["member"]}
    assert {gap["member"] for gap in told["gaps"]} == set(cluster.members) - {told["member"]}
    for gap in told["gaps"]:
        assert gap["recovered"]
        assert gap["acknowledged"] >= 40
        assert 0 < gap["usual_ms"] <= gap["gap_ms"] < FAR_MORE_MS
    assert told["lost"] == 0
    assert 0 < told["came_back_ms"] < FAR_MORE_MS
    assert_nothing_left(cluster)


def test_the_leader_is_stopped_another_is_elected_and_the_cluster_proven(
    installed: Cluster,
) -> None:
    leads, before = leader(installed), lives(installed)

    run = installed.json("verify", "--drill")

    assert_proven(installed, run)
    (told,) = run.of("drilled")
    assert [event["step"] for event in run.of("drill_step")] == list(STEPS)
    assert (told["target"], told["member"], told["leader_before"]) == ("leader", leads, leads)
    assert told["leader_after"] not in ("", leads)
    assert 0 <= told["election_ms"] < FAR_MORE_MS
    assert_drilled(installed, told, before)
    (kept,) = run.report()["drills"]
    assert kept == {key: value for key, value in told.items() if key not in ("event", "time")}


def test_a_leader_that_crashes_is_noticed_and_replaced(
    installed: Cluster,
) -> None:
    leads, before = leader(installed), lives(installed)

    run = installed.json("verify", "--drill", "crash")

    assert_proven(installed, run)
    (told,) = run.of("drilled")
    assert (told["target"], told["member"], told["leader_before"]) == ("crash", leads, leads)
    # Nobody hands over: the others first wait for the election timeout to pass.
    assert ELECTION_TIMEOUT_MS / 2 < told["election_ms"] < FAR_MORE_MS
    assert max(gap["gap_ms"] for gap in told["gaps"]) > ELECTION_TIMEOUT_MS / 2
    assert_drilled(installed, told, before)


def test_a_follower_is_stopped_and_a_person_reads_what_came_of_it(installed: Cluster) -> None:
    leads, before = leader(installed), lives(installed)

    run = installed.run("verify", "--drill", "follower")

    assert run.exit == 0, run.text
    report = next(line for line in run.stdout.splitlines() if line.startswith("Report: "))
    (told,) = json.loads(Path(report.removeprefix("Report: ")).read_text())["drills"]
    assert (told["leader_before"], told["leader_after"]) == (leads, leads)
    assert told["election_ms"] is None
    assert told["member"] != leads
    assert_drilled(installed, told, before)
    assert f"Stop etcd on {told['member']}, a follower; after" in run.stderr
    assert f"{told['member']}, a follower, was stopped: {leads} went on leading" in run.stdout
    assert run.stdout.index("no acknowledged write was lost") < run.stdout.index("/health is true")
    assert "The cluster prod is proven" in run.stdout


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_leaves_no_member_stopped(installed: Cluster, step: str) -> None:
    leads = leader(installed)
    host = installed.host_of(leads)

    run_killed(installed, Moment("drill", "-", step), "verify", "--drill")

    if step in DOWN:
        assert unit(host)["ActiveState"] == "inactive"
        assert all(map(held, installed.hosts))
    if step == "measure":
        # By itself: nobody but the host is there to start it.
        wait_until(lambda: runs(host) and not any(map(held, installed.hosts)))
    elif step == "start":
        assert_comes_back(host)
    else:
        wait_until(lambda: runs(host))
    verified = installed.json("verify")
    assert verified.exit == 0, installed.told(verified)


@pytest.mark.fault(
    25,
    injected="2379 closed to the operator",
    seen="proven through SSH, with a note that says so",
)
def test_where_the_port_is_closed_to_the_operator_it_goes_through_ssh(installed: Cluster) -> None:
    for host in installed.hosts:
        host.netns_exec(["nft", "-f", "-"], input=CLOSED, check=True)

    run = installed.json("verify", "--drill", "crash")

    for host in installed.hosts:
        host.netns_exec(["nft", "delete", "table", "inet", "closed"], check=True)
    assert run.exit == 0, installed.told(run)
    assert any("went through SSH" in note["text"] for note in run.of("note"))
    (told,) = run.of("drilled")
    assert 0 < told["election_ms"] < FAR_MORE_MS
    assert told["lost"] == 0
    assert all(gap["recovered"] for gap in told["gaps"])


def test_killed_while_etcd_is_being_stopped_it_leaves_no_member_stopped(
    installed: Cluster,
) -> None:
    host = installed.host_of(leader(installed))
    with drilling(installed) as tool:
        read_until(tool, begins("stop"))
        wait_until(lambda: unit(host)["ActiveState"] != "active")
        tool.kill()
    wait_until(lambda: unit(host)["ActiveState"] == "inactive")
    assert_comes_back(host)


@pytest.mark.parametrize("step", ["write", "measure"])
def test_ctrl_c_brings_the_member_back_first(installed: Cluster, step: str) -> None:
    before = lives(installed)
    with drilling(installed) as tool:
        lines = read_until(tool, begins(step))
        tool.send_signal(signal.SIGINT)
        run = ended(tool, lines)
    assert run.exit == 130, installed.told(run)
    assert all(runs(host) for host in installed.hosts)
    assert (lives(installed) == before) == (step == "write")
    assert_nothing_left(installed)


def test_a_second_ctrl_c_leaves_the_member_to_its_host(installed: Cluster) -> None:
    leads = leader(installed)
    host = installed.host_of(leads)
    with drilling(installed) as tool:
        lines = read_until(tool, begins("stop"))
        wait_until(lambda: unit(host)["ActiveState"] == "inactive")
        tool.send_signal(signal.SIGINT)
        lines += read_until(tool, lambda event: event["event"] == "note")
        tool.send_signal(signal.SIGINT)
        run = ended(tool, lines)
    assert run.exit == 130, installed.told(run)
    assert [n["host"] for n in run.of("note") if "starts etcd by itself" in n["text"]] == [leads]
    assert_comes_back(host)


def test_a_connection_that_is_cut_meanwhile_is_made_again(installed: Cluster) -> None:
    with drilling(installed) as tool:
        lines = read_until(tool, begins("measure"))
        for host in installed.hosts:
            cut_connections(host)
        run = ended(tool, lines)
    assert all(runs(host) for host in installed.hosts)
    assert_proven(installed, run)


def test_it_is_refused_while_a_member_is_down(installed: Cluster) -> None:
    down = installed.host_of("etcd3")
    down.exec(["systemctl", "stop", "etcd"], check=True)
    before = lives(installed)
    run = installed.json("verify", "--drill")
    assert_refused(run, installed, before, "etcd3", "Nothing was stopped")


def test_it_is_refused_where_the_host_would_not_start_the_member_at_boot(
    installed: Cluster,
) -> None:
    host = installed.host_of("etcd2")
    host.exec(["systemctl", "disable", "--quiet", "etcd"], check=True)
    before = lives(installed)
    run = installed.json("verify", "--drill")
    host.exec(["systemctl", "enable", "--quiet", "etcd"], check=True)
    assert_refused(run, installed, before, "etcd2", "not enabled")
    assert_nothing_left(installed)


def test_the_drill_of_another_operator_is_seen_and_left_alone(installed: Cluster) -> None:
    host, before = installed.host_of("etcd3"), lives(installed)
    theirs = f"systemd-run --quiet --collect --unit={UNIT} --description=theirs sleep 60"
    host.sh(theirs, check=True)

    run = installed.json("verify", "--drill")
    check, install = installed.json("check"), installed.json("install")

    assert_refused(run, installed, before, "Another drill", "etcd3")
    assert (install.exit, install.of("action_started")) == (3, [])
    assert [found.name for found in installed.hosts if held(found)] == [host.name]
    assert check.exit == 3
    assert [key for key in check.failed_checks() if key[1] == "drill"] == [("etcd3", "drill")]


def test_a_cluster_of_one_member_is_refused_before_any_host_is_entered(
    installed: Cluster, tmp_path: Path
) -> None:
    alone = Cluster(installed.lab, tmp_path, hosts=installed.hosts[:1])
    run = alone.json("verify", "--drill")
    assert run.exit == 3
    assert "one member" in run.last["what"]
    assert run.of("host_progress") == []
