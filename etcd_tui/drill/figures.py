"""Figures: from the moments that were seen to the times of a drill. Pure."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from etcd_tui.verify.drill import WriteGap

_NOBODY = ("", "0")


@dataclass(frozen=True, slots=True)
class Sight:
    """What one member answered. `at` in seconds of the monotonic clock.

    `leader` is an ID as the gateway gives it, `0` where the member knows none, and empty where
    the member did not answer.
    """

    at: float
    leader: str

    @property
    def answered(self) -> bool:
        """Whether the member answered at all."""
        return self.leader != ""


def usual(acknowledged: Sequence[float]) -> float:
    """Return the median of the seconds between two acknowledged writes; 0 for fewer than two."""
    between = [later - earlier for earlier, later in itertools.pairwise(acknowledged)]
    return statistics.median(between) if between else 0.0


def write_gap(
    member: str,
    acknowledged: Sequence[float],
    failed: int,
    since: float,
    end: float,
    steady: float,
) -> WriteGap:
    """Return the gap in the writes through `member` between `since` and `end`.

    It may begin with the last write before `since`, and last until `end`. `steady`: the latest
    acknowledgement may be that many seconds old for writes to count as recovered.
    """
    before = [at for at in acknowledged if at <= since]
    moments = [*before[-1:], *acknowledged[len(before) :], end]
    longest = max((later - earlier for earlier, later in itertools.pairwise(moments)), default=0.0)
    return WriteGap(
        member=member,
        gap_ms=milliseconds(longest),
        usual_ms=milliseconds(usual(acknowledged)),
        acknowledged=len(acknowledged),
        failed=failed,
        recovered=bool(acknowledged) and end - acknowledged[-1] <= steady,
    )


def went_silent(sights: Sequence[Sight], ordered: float) -> float:
    """Return when the stopped member answered last, no earlier than the stop was `ordered`."""
    last = ordered
    for sight in sights:
        if not sight.answered and sight.at > ordered:
            return last
        if sight.answered and sight.at > ordered:
            last = sight.at
    return last


def elected(sights: Iterable[Sequence[Sight]], old: str, since: float) -> tuple[str, float] | None:
    """Return (new leader's ID, when it was first reported by anybody), or None.

    `old` is the ID of the leader before, `since` the time from which reports count.
    """
    reports = [
        (sight.at, sight.leader)
        for member in sights
        for sight in member
        if sight.at >= since and sight.leader not in (*_NOBODY, old)
    ]
    if not reports:
        return None
    at, leader = min(reports)
    return leader, at


def leaders_now(sights: Mapping[str, Sequence[Sight]]) -> frozenset[str]:
    """Return the leaders that the members name now; a member without one adds an empty text."""
    latest = [member[-1].leader if member else "" for member in sights.values()]
    return frozenset("" if leader in _NOBODY else leader for leader in latest)


def came_back(sights: Sequence[Sight], ordered: float) -> float | None:
    """Return when the member first knew a leader again after its start was `ordered`, or None."""
    return next((s.at for s in sights if s.at > ordered and s.leader not in _NOBODY), None)


def milliseconds(seconds: float) -> int:
    """Return whole milliseconds."""
    return round(seconds * 1000)
