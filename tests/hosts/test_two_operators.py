"""Two operators at the same hosts: the second is refused by name, and takes over only by choice.

One story on one lab: the tests go on from each other in their order.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.evidence import assert_proven
from tests.hosts.killing import PURGE, run_killed
from tests.hosts.moment import Moment
from tests.hosts.test_trouble import ended, read_until
from tests.lab import Lab

pytestmark = pytest.mark.lab


@dataclass
class Story:
    """Two operators with state folders of their own, and the run that the first left hanging."""

    anna: Cluster
    bert: Cluster
    run: str
    pid: int
    lines: list[str]

    def holders(self) -> list[str]:
        """Whose run each host is held by; empty where it is free."""
        said = [host.sh("cat /run/etcd-tui.held").stdout for host in self.anna.hosts]
        return [line.partition(" ")[0].removeprefix("run=") for line in said]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Anna's install stands still (her laptop sleeps) after its first step on a host."""
    with Lab.create(hosts=3) as lab:
        anna, bert = (Cluster(lab, tmp_path_factory.mktemp(name)) for name in ("anna", "bert"))
        with anna.start("install") as tool:
            lines = read_until(
                tool, lambda e: e["event"] == "action_started" and e["host"] != "operator"
            )
            os.killpg(tool.pid, signal.SIGSTOP)
            story = Story(anna, bert, Run(0, lines[0], "").events[0]["run"], tool.pid, lines)
            try:
                yield story
            finally:
                os.killpg(tool.pid, signal.SIGCONT)
                ended(tool, lines)


def assert_refused(story: Story, run: Run) -> None:
    """Exit 3, nothing begun, and on each host the owner, the run and what to type."""
    assert run.exit == 3, story.bert.told(run)
    assert run.of("action_started") == []
    failed = run.failed_checks()
    assert set(failed) == {(name, "lock") for name in story.bert.members}
    for check in failed.values():
        for word in ("install by root@", f"run {story.run}", "latest sign of life"):
            assert word in check["found"]
        assert f"--take-over {story.run}" in check["fix"]


@pytest.mark.fault(
    34,
    injected="another operator, from another state folder, while hosts are held",
    seen="exit 3: owner, process and age",
)
def test_the_second_operator_is_refused_and_told_who_is_at_work(story: Story) -> None:
    assert story.holders() == [story.run] * 3
    assert_refused(story, story.bert.json("check"))
    # The consent to take over another run is none for this one.
    another = story.run[:-4] + "0000"
    assert_refused(story, story.bert.json("install", "--take-over", another))
    assert story.holders() == [story.run] * 3


def test_the_first_operators_second_window_is_told_which_process_to_look_at(story: Story) -> None:
    run = story.anna.json("install")
    assert run.exit == 3
    assert f"run {story.run}" in run.last["what"]
    assert run.of("host_progress") == []


@pytest.mark.fault(
    34,
    injected="the second takes over by the first run's name",
    seen="done; the first run changes nothing more",
)
def test_with_consent_the_second_takes_over_and_says_so_and_the_first_changes_nothing_more(
    story: Story,
) -> None:
    run = story.bert.json("install", "--take-over", story.run)
    assert_proven(story.bert, run)
    assert any("taken over, as you asked" in note["text"] for note in run.of("note"))
    assert story.holders() == [""] * 3

    os.killpg(story.pid, signal.SIGCONT)
    os.waitid(os.P_PID, story.pid, os.WEXITED | os.WNOWAIT)
    left = story.anna.state / "runs" / story.run / "report.json"
    assert '"exit": 5' in left.read_text()
    assert "taken over by another run" in left.read_text()
    assert story.bert.json("verify").exit == 0


def test_a_killed_run_is_no_hindrance_to_its_own_operator_and_leaves_no_trace(
    story: Story,
) -> None:
    run_killed(story.bert, Moment("after", "etcd2", "stop"), "uninstall", *PURGE)
    (held,) = set(story.holders())
    assert "-uninstall-" in held
    run = story.bert.json("uninstall", *PURGE)
    assert run.exit == 0, story.bert.told(run)
    assert [n for n in run.of("note") if held in n["text"] and "your own run" in n["text"]]
    for host in story.bert.hosts:
        assert host.sh("ls -d /run/etcd-tui*").stdout == ""
