"""Events as text: one wording, safe for any terminal, complete where something failed."""

from __future__ import annotations

import dataclasses

import pytest

from etcd_tui.apply.events import (
    ActionFinished,
    Checked,
    Event,
    Finished,
    HostProgress,
    MemberStatus,
    Note,
    Planned,
    PlannedAction,
    PlannedStage,
    ProblemFound,
    Proved,
    name_of,
)
from etcd_tui.errors import Exit
from etcd_tui.marks import ASCII_MARKS, Marks
from etcd_tui.preflight.check import Check
from etcd_tui.spec.problem import Problem
from etcd_tui.verify.proof import Proof
from etcd_tui.wording import lines
from tests.unit.every_event import EVENTS

FOR_MACHINES = {"host_progress", "action_started", "action_progress", "stage_finished"}


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
@pytest.mark.parametrize("marks", [Marks(), ASCII_MARKS])
def test_every_event_is_lines_without_control_characters(event: Event, marks: Marks) -> None:
    shown = lines(event, marks)
    assert bool(shown) is (name_of(event) not in FOR_MACHINES)
    for line in shown:
        assert line.isprintable(), line
        assert line == line.rstrip()
        if marks is ASCII_MARKS:
            assert line.isascii()


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_what_why_and_what_to_do_are_all_told(event: Event) -> None:
    shown = "\n".join(lines(event))
    record = next(
        (
            v
            for f in dataclasses.fields(event)
            if dataclasses.is_dataclass(v := getattr(event, f.name))
        ),
        event,
    )
    for field in (
        "what",
        "cause",
        "remedy",
        "found",
        "why",
        "fix",
        "evidence",
        "command",
        "report",
    ):
        text = getattr(record, field, "")
        assert not text or text in shown


def test_empty_fields_leave_no_empty_lines() -> None:
    bare: list[Event] = [
        ActionFinished("s", "etcd1", "k", "T", "unknown", 0.0, "It is unknown."),
        Checked(Check("", "clock", "clocks agree", "pass", "yes")),
        Proved(Proof("put", "a key is written", True, "ok")),
        ProblemFound(Problem("warning", "", "What.", "")),
        Finished(4, "plan", what="No."),
        Note("text"),
    ]
    for event in bare:
        assert len(lines(event)) == 1
        assert all(line.strip() for line in lines(event))


def test_only_a_change_of_a_file_is_shown_line_by_line() -> None:
    diff = "--- /etc/hosts\n+++ /etc/hosts\n@@ -1 +1,2 @@\n a\n+b\n"
    changed = PlannedAction("s", "etcd1", "k", "Write", "it differs", diff, ())
    assert lines(changed)[1:] == [f"      {line}" for line in diff.splitlines()]
    for preview in (diff.replace("--- /etc/hosts", "--- /dev/null"), "systemctl start etcd", ""):
        assert len(lines(dataclasses.replace(changed, preview=preview))) == 1


def test_a_planned_stage_says_how_its_hosts_go_and_where_the_point_of_no_return_is() -> None:
    stage = PlannedStage("start", "Start", "together", ("etcd1", "etcd2"), (2, 1), True)
    head, warning = lines(stage, ASCII_MARKS)
    assert head == "-> Start: 3 actions on etcd1, etcd2, together"
    assert warning.startswith("! Point of no return")
    rolling = dataclasses.replace(stage, mode="one-by-one", point_of_no_return=False)
    assert lines(rolling) == ["→ Start: 3 actions on etcd1, etcd2, one by one"]


def test_nothing_to_do_is_said_in_words() -> None:
    assert lines(Planned(0, ())) == ["✓ Nothing to do."]
    assert lines(Planned(12, ("prepare", "start"))) == ["12 actions; stages: 2"]


def test_only_a_lost_connection_is_news_of_a_hosts_way() -> None:
    assert [
        bool(lines(HostProgress("etcd1", s))) for s in ("connecting", "connected", "reconnecting")
    ] == [
        False,
        False,
        True,
    ]


def test_a_members_role_health_and_sizes_are_told() -> None:
    status = next(event for event in EVENTS if isinstance(event, MemberStatus))
    (line,) = lines(status)
    for word in ("healthy", "etcd1", "leader", "25.0 MiB", "0 KiB", "NOSPACE", "2031-01-01"):
        assert word in line
    (line,) = lines(
        dataclasses.replace(status, leader=False, learner=True, healthy=False, alarms=())
    )
    for word in ("sick", "learner", "alarms: none"):
        assert word in line


@pytest.mark.parametrize("verb", ["install", "verify", "uninstall", "check", "plan", "status", ""])
@pytest.mark.parametrize("code", list(Exit))
def test_every_end_is_one_marked_line(verb: str, code: Exit) -> None:
    shown = lines(Finished(int(code), verb, "prod", what="It failed."))
    assert len(shown) == 1
    good = code in (Exit.DONE, Exit.TO_DO)
    assert shown[0].startswith("✓ " if good else "✗ ")
    assert ("It failed." in shown[0]) is not good


def test_a_problem_names_file_line_and_key() -> None:
    problem = Problem("error", "nodes[0].name", "It is no name.", "Write etcd1.", "a.yaml", 7)
    assert lines(ProblemFound(problem)) == [
        "✗ a.yaml:7: nodes[0].name: It is no name.",
        "    → Write etcd1.",
    ]
