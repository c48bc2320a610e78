"""What goes wrong on the way ends with a clear word, and one more run ends proven."""

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
from tests.hosts.evidence import assert_members_agree, assert_proven
from tests.lab import LabHost

pytestmark = pytest.mark.lab

Event = dict[str, Any]


@contextmanager
def installing(cluster: Cluster) -> Iterator[subprocess.Popen[str]]:
    """The tool at work; killed should the test end before it."""
    with cluster.start("install") as tool:
        try:
            yield tool
        finally:
            tool.kill()


def read_until(tool: subprocess.Popen[str], moment: Callable[[Event], bool]) -> list[str]:
    """Read the tool's events up to and including the one that is meant; returns the lines."""
    assert tool.stdout is not None
    lines = []
    for line in tool.stdout:
        lines.append(line)
        if moment(json.loads(line)):
            return lines
    raise AssertionError("the moment did not come:\n" + "".join(lines))


def ended(tool: subprocess.Popen[str], lines: list[str]) -> Run:
    """How the tool ended, with all its events."""
    assert tool.stdout is not None
    # Not by communicate(): it passes by what the stream has read ahead.
    rest = tool.stdout.read()
    _nothing, stderr = tool.communicate(timeout=300)
    return Run(tool.returncode, "".join(lines) + rest, stderr)


def begins(host: str, key: str) -> Callable[[Event], bool]:
    """The moment when a host's action begins."""
    return lambda event: (event["event"], event.get("host"), event.get("key")) == (
        "action_started", host, key,
    )  # fmt: skip


def uploads(host: str) -> Callable[[Event], bool]:
    """The moment when a part of the programs is on its way to a host."""
    return lambda event: event["event"] == "action_progress" and event["host"] == host


def assert_mended(cluster: Cluster) -> None:
    """One more run ends proven, and after it nothing is left to do."""
    assert_proven(cluster, cluster.install())
    assert cluster.json("plan", "--exit-code").exit == 0


def cut_connections(host: LabHost) -> None:
    """Kill the processes that serve SSH connections on the host; sshd itself goes on."""
    host.sh("pgrep -f '^sshd: .*@notty' | xargs kill -KILL", check=True)


MOMENTS = {
    "while the programs are uploaded": uploads("etcd2"),
    "while the unit is written": begins("etcd2", "unit"),
    "while the quorum is awaited": begins("etcd2", "ready"),
}


@pytest.mark.fault(
    6,
    injected="all sshd sessions killed while programs are uploaded",
    seen="connected again and done, or exit 5 with the host; the next run ends proven",
)
@pytest.mark.fault(
    7,
    injected="the same while a unit is written and a quorum awaited",
    seen="the step is asked for again, never taken for done; the next run ends proven",
)
@pytest.mark.parametrize("when", MOMENTS)
def test_a_lost_connection_is_made_again_or_named(bare: Cluster, when: str) -> None:
    with installing(bare) as tool:
        lines = read_until(tool, MOMENTS[when])
        cut_connections(bare.host_of("etcd2"))
        run = ended(tool, lines)

    assert run.exit in (0, 5), bare.told(run)
    if run.exit == 5:
        assert run.last["host"] == "etcd2"
        assert "lost" in run.last["what"]
        assert run.last["remedy"]
    assert_mended(bare)


@pytest.mark.fault(
    33,
    injected="one host's power cut while programs are uploaded",
    seen="exit 5: the host; the others end their steps; booted, the next run ends proven",
)
def test_a_host_that_dies_in_the_middle_is_named_and_the_others_end_their_steps(
    bare: Cluster,
) -> None:
    dying = bare.host_of("etcd2")
    with installing(bare) as tool:
        lines = read_until(tool, uploads("etcd2"))
        dying.power_cut()
        run = ended(tool, lines)

    assert run.exit == 5, bare.told(run)
    assert run.last["host"] == "etcd2"
    assert run.last["remedy"]
    begun = {(e["host"], e["key"]) for e in run.of("action_started")}
    outcomes = {(e["host"], e["key"]): e["outcome"] for e in run.of("action_finished")}
    assert begun == set(outcomes)
    assert {key for key, outcome in outcomes.items() if outcome != "done"} == {
        ("etcd2", "programs")
    }
    dying.boot()
    assert_mended(bare)


@pytest.mark.fault(
    31,
    injected="Ctrl-C, or the terminal closed (SIGHUP)",
    seen="exit 130 after the running steps; then proven",
)
@pytest.mark.parametrize(("key", "asked"), [("programs", signal.SIGHUP), ("ready", signal.SIGINT)])
def test_ctrl_c_or_a_closed_terminal_ends_the_run_after_the_running_steps(
    bare: Cluster, key: str, asked: signal.Signals
) -> None:
    with installing(bare) as tool:
        lines = read_until(tool, begins("etcd2", key))
        tool.send_signal(asked)
        run = ended(tool, lines)

    assert run.exit == 130, bare.told(run)
    assert run.last["exit"] == 130
    assert run.last["remedy"]
    assert len(run.of("action_started")) == len(run.of("action_finished"))
    assert_mended(bare)


@pytest.mark.fault(
    31,
    injected="Ctrl-C twice",
    seen="exit 130 at once; then proven",
)
def test_a_second_ctrl_c_leaves_at_once(bare: Cluster) -> None:
    with installing(bare) as tool:
        lines = read_until(tool, uploads("etcd2"))
        tool.send_signal(signal.SIGINT)
        lines += read_until(tool, lambda event: event["event"] == "note")
        tool.send_signal(signal.SIGINT)
        run = ended(tool, lines)

    assert run.exit == 130, bare.told(run)
    assert_mended(bare)


@pytest.mark.fault(
    34,
    injected="a second install and an uninstall from the same state folder",
    seen="exit 3: process and age of the first, which ends proven",
)
def test_two_runs_at_once_do_not_meet(bare: Cluster) -> None:
    with installing(bare) as tool:
        lines = read_until(tool, begins("etcd1", "programs"))
        second = bare.json("install")
        removing = bare.json("uninstall")
        first = ended(tool, lines)

    assert (second.exit, removing.exit) == (3, 3)
    assert f"process {tool.pid}" in second.last["what"]
    assert second.of("action_started") == []
    assert_proven(bare, first)


def drop_in(host: LabHost) -> Path:
    """A file with which somebody amends the unit."""
    folder = host.root / "etc/systemd/system/etcd.service.d"
    folder.mkdir()
    return folder / "theirs.conf"


@pytest.mark.fault(
    29,
    injected="a drop-in that runs one member as nobody",
    seen="exit 5: the member, the cause from its journal; the other two have a quorum",
)
def test_a_member_that_cannot_start_is_named_with_the_cause(bare: Cluster) -> None:
    amended = drop_in(bare.host_of("etcd3"))
    amended.write_text("[Service]\nUser=nobody\nGroup=nogroup\n")

    run = bare.json("install")

    assert run.exit == 5, bare.told(run)
    assert run.last["host"] == "etcd3"
    assert run.last["step"] == "Wait for the quorum"
    assert "/var/lib/etcd" in run.last["cause"]
    assert run.last["remedy"]
    done = {e["host"]: e["outcome"] for e in run.of("action_finished") if e["key"] == "ready"}
    assert done == {"etcd1": "done", "etcd2": "done", "etcd3": "failed"}
    (diagnosed, *_others) = run.of("diagnosed")
    assert diagnosed["host"] == "etcd3"
    assert diagnosed["evidence"]
    said = [event["text"] for event in run.of("host_line") if event["host"] == "etcd3"]
    assert any("/var/lib/etcd" in text for text in said), said

    amended.unlink()
    amended.parent.rmdir()
    assert_mended(bare)


_CLOSED = """
table inet closed {
    chain in { type filter hook input priority 0; tcp dport 2380 drop; }
    chain out { type filter hook output priority 0; tcp dport 2380 drop; }
}
"""


@pytest.mark.fault(
    24,
    injected="one member's peer port dropped",
    seen="exit 3 before anything is written; opened, install ends proven",
)
def test_a_member_that_is_cut_off_is_named_before_anything_is_written(bare: Cluster) -> None:
    cut_off = bare.host_of("etcd3")
    cut_off.netns_exec(["nft", "-f", "-"], input=_CLOSED, check=True)

    run = bare.json("install")

    assert run.exit == 3, bare.told(run)
    failed = json.dumps(list(run.failed_checks().values()))
    assert "etcd3" in failed
    assert "2380" in failed

    cut_off.netns_exec(["nft", "delete", "table", "inet", "closed"], check=True)
    assert_mended(bare)
    assert_members_agree(bare)


def test_a_start_that_stalls_names_the_two_hosts_and_the_direction(bare: Cluster) -> None:
    bare.change(cluster={"start_timeout": 10})
    cut_off = bare.host_of("etcd3")
    with installing(bare) as tool:
        # The preflight has tried all ways and found them open.
        lines = read_until(tool, lambda event: event["event"] == "stage_started")
        cut_off.netns_exec(["nft", "-f", "-"], input=_CLOSED, check=True)
        run = ended(tool, lines)

    assert run.exit == 5, bare.told(run)
    assert (run.last["host"], run.last["step"]) == ("etcd3", "Wait for the quorum")
    assert run.last["cause"].startswith("etcd3 cannot reach etcd")
    assert_cut_off(run)
    seen = bare.json("diagnose")
    assert seen.exit == 6, bare.told(seen)
    assert_cut_off(seen)
    assert seen.report()["diagnoses"]

    cut_off.netns_exec(["nft", "delete", "table", "inet", "closed"], check=True)
    assert_mended(bare)
    well = bare.json("diagnose")
    assert well.exit == 0, bare.told(well)
    # A busy machine is told of, and no reason to fail.
    assert {e["symptom"] for e in well.of("diagnosed")} <= {"requests-slow", "disk-slow"}


def assert_cut_off(run: Run) -> None:
    """Said of each direction: who cannot reach whom, and what may stop it."""
    told = {event["cause"]: event for event in run.of("diagnosed")}
    for source, target in (("etcd3", "etcd1"), ("etcd1", "etcd3"), ("etcd2", "etcd3")):
        words = f"{source} cannot reach {target} (192.0.2.1{target[-1]}, port 2380): no answer; "
        (event,) = [event for cause, event in told.items() if cause.startswith(words)]
        assert (event["host"], event["symptom"]) == (source, "way-silent")
        assert event["fix"]
