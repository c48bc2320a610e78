"""The terminal: results on standard output, the way there on standard error, a live block below."""

from __future__ import annotations

import io
import re

import pytest

from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    Checked,
    Diagnosed,
    Event,
    Finished,
    HostLine,
    HostProgress,
    Note,
    Planned,
    Proved,
    Started,
    name_of,
)
from etcd_tui.cli.live import Live
from etcd_tui.marks import Marks
from etcd_tui.preflight.check import Check
from etcd_tui.verify.proof import Proof
from tests.unit.every_event import EVENTS

RESULTS = {"planned_stage", "planned_action", "planned", "proved", "drilled", "member_status"}


class Terminal(io.StringIO):
    """What a person sees: understands the two sequences that Live uses, no others."""

    def rows(self) -> list[str]:
        rows: list[str] = [""]
        for part in re.split(r"(\x1b\[\d+F\x1b\[J|\n)", self.getvalue()):
            if part == "\n":
                rows.append("")
            elif part.startswith("\x1b["):
                assert rows[-1] == "", "the cursor stands at the beginning of a line"
                up = int(part[2 : part.index("F")])
                assert up < len(rows)
                del rows[-1 - up :]
                rows.append("")
            else:
                assert "\x1b" not in part
                rows[-1] += part
        assert rows.pop() == ""
        return rows


def pair(*, terminal: bool = True, colour: bool = False) -> tuple[Live, Terminal, io.StringIO]:
    out, results = Terminal(), io.StringIO()
    return Live(out, results, Marks(), colour=colour, terminal=terminal), out, results


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "6")


def started(host: str, title: str = "Install etcd", number: int = 1) -> ActionStarted:
    return ActionStarted("prepare", host, "programs", title, number, 9)


def finished(host: str) -> ActionFinished:
    return ActionFinished("prepare", host, "programs", "Install etcd", "done", 1.0)


def test_checks_are_the_result_of_check_and_on_the_way_of_install() -> None:
    (checked,) = [event for event in EVENTS if name_of(event) == "checked"]
    for verb in ("check", "install"):
        live, out, results = pair(terminal=False)
        live(Started(verb, "prod", ("etcd1",)))
        live(checked)
        answer, way = results.getvalue(), out.getvalue()
        assert (checked.check.title in answer, checked.check.title in way) == (  # type: ignore[union-attr]
            verb == "check",
            verb == "install",
        )


@pytest.mark.parametrize(("verb", "where"), [("diagnose", "results"), ("install", "out")])
def test_what_is_wrong_is_the_result_of_diagnose_and_on_the_way_of_install(
    verb: str, where: str
) -> None:
    live, out, results = pair(terminal=False)
    live(Started(verb, "prod", ("etcd1",)))
    live(Diagnosed("etcd1", "disk-full", "The disk is full.", "Make room.", "no space left"))
    said = {"out": out.getvalue(), "results": results.getvalue()}
    assert [place for place, text in said.items() if "disk is full" in text] == [where]
    assert "no space left" in said[where]
    assert "Make room." in said[where]


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_in_a_pipe_results_go_to_standard_output_and_the_rest_to_standard_error(
    event: Event,
) -> None:
    live, out, results = pair(terminal=False)
    live(event)
    assert "\x1b" not in out.getvalue() + results.getvalue()
    if name_of(event) in RESULTS:
        assert results.getvalue()
        assert out.getvalue() == ""
    else:
        assert results.getvalue() == ""


@pytest.mark.parametrize(
    ("code", "where"), [(0, "results"), (10, "results"), (5, "out"), (130, "out")]
)
def test_only_a_good_end_is_a_result(code: int, where: str) -> None:
    live, out, results = pair(terminal=False)
    live(Finished(code, "install", what="It failed."))
    assert bool(results.getvalue()) is (where == "results")
    assert bool(out.getvalue()) is (where == "out")


def test_the_live_block_is_redrawn_below_what_scrolls_by() -> None:
    live, out, _results = pair()
    live(started("etcd1"))
    live(started("etcd2", "Write it"))
    live(Note("something"))
    assert [row.rsplit("  ", 1)[0] for row in out.rows()] == [
        "something", "  etcd1  1/9 Install etcd", "  etcd2  1/9 Write it",
    ]  # fmt: skip
    live.tick()
    live(finished("etcd1"))
    assert [row.rsplit("  ", 1)[0] for row in out.rows()][-1:] == ["  etcd2  1/9 Write it"]
    live(finished("etcd2"))
    assert not [row for row in out.rows() if re.search(r"\d s$", row)]
    assert len(out.rows()) == 3


def test_the_end_leaves_no_live_block_behind() -> None:
    live, out, _results = pair()
    live(started("etcd1"))
    live(Finished(5, "install", what="It failed."))
    assert out.rows() == ["✗ It failed."]
    before = out.getvalue()
    live.tick()
    assert out.getvalue() == before


def test_the_block_is_erased_before_a_result_is_printed() -> None:
    live, out, results = pair()
    live(started("etcd1"))
    erased: list[str] = []
    write = results.write
    results.write = lambda text: (erased.append(out.getvalue()), write(text))[1]  # type: ignore[method-assign]
    live(Planned(0, ()))
    assert erased
    assert erased[0].endswith("\x1b[1F\x1b[J")
    assert [row.rsplit("  ", 1)[0] for row in out.rows()] == ["  etcd1  1/9 Install etcd"]


def test_progress_is_told_in_percent() -> None:
    live, out, _results = pair()
    live(ActionProgress("prepare", "etcd1", "programs", 1, 2))
    assert out.rows() == []
    live(started("etcd1"))
    live(ActionProgress("prepare", "etcd1", "programs", 1, 3))
    live(ActionProgress("prepare", "etcd1", "programs", 5, 0))
    assert "Install etcd 33%" in out.rows()[0]


def test_hosts_are_followed_until_they_are_observed() -> None:
    live, out, _results = pair()
    live(HostProgress("etcd1", "connecting"))
    assert "connecting" in out.rows()[0]
    live(HostProgress("etcd1", "connected"))
    assert "looking at the host" in out.rows()[0]
    live(HostProgress("etcd1", "observed"))
    assert out.rows() == []


@pytest.mark.parametrize("title", ["x" * 200, "安装" * 100, "a安" * 60])
def test_no_live_line_is_wider_than_the_terminal(title: str) -> None:
    live, out, _results = pair()
    live(started("etcd1", title))
    (row,) = out.rows()
    wide = sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in row)
    assert 36 <= wide <= 39


def test_no_more_live_lines_are_drawn_than_the_terminal_has() -> None:
    live, out, _results = pair()
    for number in range(1, 10):
        live(started(f"etcd{number}"))
    assert len(out.rows()) == 4


def test_marks_are_painted_and_nothing_else() -> None:
    live, out, _results = pair(colour=True)
    live(Note("careful", level="warning"))
    live(Note("! no mark of ours in ✓ here"))
    text = out.getvalue()
    assert text.startswith("\x1b[33m!\x1b[0m careful\n")
    assert "✓ here" in text


def test_what_passed_is_no_news_but_to_who_asked_for_the_checks() -> None:
    passed = Checked(Check("etcd1", "disk", "there is room", "pass", "enough"))
    for verb, shown in (("install", False), ("check", True)):
        live, _out, results = pair(terminal=False)
        live(Started(verb, "prod", ("etcd1",)))
        live(passed)
        assert ("there is room" in results.getvalue()) is shown


def test_the_stages_of_a_plan_are_shown_to_who_asked_for_the_plan() -> None:
    (stage,) = [event for event in EVENTS if name_of(event) == "planned_stage"]
    for verb in ("plan", "install", "uninstall"):
        live, out, results = pair(terminal=False)
        live(Started(verb, "prod", ("etcd1",)))
        live(stage)
        assert ("Start: 3 actions" in results.getvalue()) is (verb == "plan")
        assert "Start: 3 actions" not in out.getvalue()


def test_what_hosts_print_is_left_to_the_log() -> None:
    for terminal in (True, False):
        live, out, results = pair(terminal=terminal)
        live(HostLine("etcd1", "ready to serve client requests", "journal"))
        assert out.getvalue() + results.getvalue() == ""


def test_a_passed_proof_is_one_line_and_a_failed_one_all() -> None:
    live, _out, results = pair(terminal=False)
    live(Proved(Proof("put", "a key is written", True, "yes", "etcd1", "etcdctl put", "")))
    live(Proved(Proof("get", "it is read", False, "no", "etcd1", "etcdctl get", "Look.")))
    assert results.getvalue().splitlines() == [
        "✓ etcd1: a key is written: yes",
        "✗ etcd1: it is read: no",
        "      $ etcdctl get",
        "    → Look.",
    ]
