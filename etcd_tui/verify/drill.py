"""Drill: what was measured while one member was stopped on purpose."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

Target = Literal["leader", "follower", "crash"]
"""`leader` and `follower` are stopped in good order, as for maintenance: a leader hands over first.
`crash` is the leader, killed: the others have to notice and to elect."""


@dataclass(frozen=True, slots=True)
class WriteGap:
    """Writes through one member that went on. Times in milliseconds.

    `gap_ms` is the longest time without an acknowledged write through it, from before the stop
    until the stopped member was back; `usual_ms` the median between two of them. `acknowledged`
    and `failed` count writes: one that was not acknowledged in time is given up and counts as
    failed. `recovered`: writes were acknowledged again at the end.
    """

    member: str
    gap_ms: int
    usual_ms: int
    acknowledged: int
    failed: int
    recovered: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill. Times in milliseconds; None where it did not come about, or was not needed.

    `election_ms` runs from the last answer of the stopped member until another one reported a new
    leader. `came_back_ms` runs from the order to start until the member answered as part of the
    quorum. `poll_ms` is the time between two questions, and so what the times may be off by.
    `lost` counts acknowledged writes that could not be read back; None: nobody could be asked.
    """

    target: Target
    member: str
    leader_before: str
    leader_after: str
    election_ms: int | None
    gaps: tuple[WriteGap, ...]
    lost: int | None
    came_back_ms: int | None
    poll_ms: int

    @property
    def held(self) -> bool:
        """Whether the cluster did what it is there for: it went on, and lost nothing."""
        return (
            bool(self.leader_after)
            and self.lost == 0
            and self.came_back_ms is not None
            and all(gap.recovered for gap in self.gaps)
        )

    def as_json(self) -> dict[str, object]:
        """Return the drill as the fields of the `drilled` event and of `report.json`."""
        return dataclasses.asdict(self)
