"""`verify FILE --drill` as it is typed, agreed to and told."""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path
from typing import get_args

import pytest

from etcd_tui.apply.events import Drilled
from etcd_tui.cli import session
from etcd_tui.cli.arguments import DRILL_TARGETS, parse
from etcd_tui.errors import UsageError
from etcd_tui.verify.drill import Drill, Target, WriteGap
from etcd_tui.wording import lines
from tests.unit.situations import spec_of

GAP = WriteGap("etcd2", 48, 26, 150, 1, True)
WELL = Drill("leader", "etcd1", "etcd1", "etcd3", 40, (GAP,), 0, 610, 20)


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("verify a.yaml", None),
        ("verify a.yaml --drill", "leader"),
        ("verify --drill a.yaml", "leader"),
        ("verify --drill leader a.yaml", "leader"),
        ("verify a.yaml --drill follower", "follower"),
        ("verify a.yaml --drill crash", "crash"),
        ("verify --drill=follower a.yaml", "follower"),
        ("verify --drill --json a.yaml", "leader"),
    ],
)
def test_the_member_to_stop_is_the_leader_unless_it_is_named(words: str, target: str) -> None:
    parsed = parse(words.split())
    assert not isinstance(parsed, UsageError)
    assert (parsed.file, parsed.drill) == (Path("a.yaml"), target)


@pytest.mark.parametrize("words", ["verify a.yaml --drill=etcd1", "install a.yaml --drill"])
def test_there_is_no_drill_of_another_kind(words: str) -> None:
    assert isinstance(parse(words.split()), UsageError)


class Typing(io.StringIO):
    """A terminal at which somebody types this line."""

    def isatty(self) -> bool:
        return True


def consent(monkeypatch: pytest.MonkeyPatch, words: str, typed: str | None) -> str:
    """What is asked, where `typed` is the answer; None: there is no terminal."""
    parsed = parse(words.split())
    assert not isinstance(parsed, UsageError)
    asked = Typing() if typed is not None else io.StringIO()
    monkeypatch.setattr(sys, "stdin", Typing(typed) if typed is not None else io.StringIO())
    monkeypatch.setattr(sys, "stderr", asked)
    session._consent(parsed, spec_of(3))
    return asked.getvalue()


@pytest.mark.parametrize("target", DRILL_TARGETS)
def test_on_a_terminal_it_asks_before_it_stops_anything(
    monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    asked = consent(monkeypatch, f"verify a.yaml --drill {target}", "y\n")
    assert "of prod" in asked
    assert asked.endswith("? The others go on meanwhile. [y/N] ") is (target != "crash")
    for answer in ("\n", "n\n", ""):
        with pytest.raises(UsageError):
            consent(monkeypatch, f"verify a.yaml --drill {target}", answer)


@pytest.mark.parametrize(
    ("words", "typed"),
    [("verify a.yaml --drill", None), ("verify a.yaml --drill --yes", ""), ("verify a.yaml", "")],
)
def test_without_a_terminal_or_with_yes_the_option_is_the_consent(
    monkeypatch: pytest.MonkeyPatch, words: str, typed: str | None
) -> None:
    assert consent(monkeypatch, words, typed) == ""


def test_a_drill_that_went_well_is_told_in_figures() -> None:
    assert lines(Drilled(WELL)) == [
        "✓ etcd1, the leader, was stopped in good order: "
        "etcd3 leads after 40 ms (measured every 20 ms)",
        "✓ etcd2: at most 48 ms between two writes (usually 26 ms); "
        "150 acknowledged, 1 given up and tried again",
        "✓ no acknowledged write was lost",
        "✓ etcd1: back in the quorum 610 ms after its start",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"leader_after": "", "election_ms": None}, "no leader was elected"),
        ({"lost": 2}, "acknowledged writes that were lost: 2"),
        ({"lost": None}, "what was written could not be read back"),
        ({"came_back_ms": None}, "etcd1: it did not answer after its start"),
        ({"gaps": (dataclasses.replace(GAP, recovered=False),)}, "etcd2: at most 48 ms"),
    ],
)
def test_what_went_wrong_is_marked(change: dict[str, object], told: str) -> None:
    drill = dataclasses.replace(WELL, **change)
    (bad,) = [line for line in lines(Drilled(drill)) if line.startswith("✗")]
    assert told in bad
    assert not drill.held


def test_the_targets_that_can_be_typed_are_all_there_are() -> None:
    assert get_args(Target) == DRILL_TARGETS


def test_a_crash_is_told_as_one() -> None:
    drill = dataclasses.replace(WELL, target="crash", election_ms=1340)
    assert lines(Drilled(drill))[0] == (
        "✓ etcd1, the leader, was killed: etcd3 leads after 1340 ms (measured every 20 ms)"
    )


def test_a_leader_that_went_on_is_told_so() -> None:
    drill = dataclasses.replace(WELL, target="follower", leader_before="etcd3", election_ms=None)
    assert lines(Drilled(drill))[0] == "✓ etcd1, a follower, was stopped: etcd3 went on leading"
    assert drill.held
