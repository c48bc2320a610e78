"""Moment: a place in a run of the tool, named so that it is found again in any run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_WHEN = {"action_started": "before", "action_finished": "after"}


@dataclass(frozen=True, slots=True)
class Moment:
    """`before` or `after` an action of a host, or in it: its `first` bytes or `half` are sent.

    Or `drill`: a step of a drill with this key begins, whichever host it is about (`-`).
    """

    when: str
    host: str
    key: str

    def __str__(self) -> str:
        return f"{self.when} {self.host} {self.key}"

    @classmethod
    def named(cls, name: str) -> Moment:
        """The moment with this name, which is what `str` makes of it."""
        return cls(*name.split(" "))

    def has_come(self, event: dict[str, Any]) -> bool:
        """Whether the run is there when it emits `event` (as `--json` has it)."""
        if self.when == "drill":
            return (event["event"], event.get("step")) == ("drill_step", self.key)
        if (event.get("host"), event.get("key")) != (self.host, self.key):
            return False
        if event["event"] == "action_progress":
            share = {"first": 0.0, "half": 0.5}.get(self.when, 2.0)
            return bool(event["sent"] >= share * event["total"])
        return _WHEN.get(event["event"]) == self.when


def in_turn(moments: Iterable[Moment]) -> list[Moment]:
    """Of moments that differ by nothing but the host one each: of each host in its turn.

    All hosts run the same actions, so what is left out differs from what is taken by a name. What
    only one host does (the operator's own actions) is always taken.
    """
    same: dict[tuple[str, str], list[Moment]] = {}
    for moment in moments:
        same.setdefault((moment.when, moment.key), []).append(moment)
    return [alike[turn % len(alike)] for turn, alike in enumerate(same.values())]


def boundaries(events: Iterable[dict[str, Any]]) -> list[Moment]:
    """The action boundaries of a run, each once.

    A host's worker that goes on from one action to its next emits both events without anything in
    between: the end of one and the beginning of the other are the same moment, taken by its first
    name. Where anything else comes in between, they are two.
    """
    found: list[Moment] = []
    last: dict[str, Any] = {}
    for event in events:
        when = _WHEN.get(event["event"])
        goes_on = when == "before" and (last.get("event"), last.get("host")) == (
            "action_finished",
            event["host"],
        )
        if when and not goes_on:
            found.append(Moment(when, event["host"], event["key"]))
        last = event
    return found
