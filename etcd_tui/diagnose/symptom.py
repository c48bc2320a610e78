"""Symptom: a fragment of the journal, what causes it and what to do, as one row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """How much a symptom explains. From `UNEXPLAINED` on, only where nothing better was found."""

    STOPPED = 0
    """It ended the process, or kept it from starting."""
    BROKEN = 1
    """The member runs, and this keeps it out of its cluster or keeps it from its work."""
    UNREACHED = 2
    """Another member can't be reached."""
    CONSEQUENCE = 3
    """True and worth a line, but something else led to it."""
    UNEXPLAINED = 4
    """It ended, and this is all that is known."""
    WAITING = 5
    """Normal while a cluster forms."""
    NOTICE = 6
    """The member works; still, look at it."""
    HARMLESS = 7
    """Never a cause; here so that nobody needs to look it up."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """`patterns` are searched for in `Record.said`; any of them makes the symptom.

    `cause` and `fix` are marked with `N_` and filled with `str.format` after the look-up, from
    `wording.Names.about` and the patterns' named groups; every pattern has the groups that the
    texts ask for. `until` in a later record ends the symptom. `about_peer`: it ends, too, when
    the other member becomes active.
    """

    key: str
    rank: Rank
    patterns: tuple[str, ...]
    cause: str
    fix: str
    until: str = ""
    about_peer: bool = False
