"""Passage: what became of connecting from one member to a port of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["open", "refused", "silent", "unreachable", "forbidden", "untried"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One direction, one port. Names are members' names.

    `silent`: no answer in the time there was. `unreachable`: the network says there is no way.
    `forbidden`: the source's own system does not let it out. `untried`: `said` names the program
    that the source lacks, or the firewall that install opens first.
    """

    source: str
    target: str
    port: int
    outcome: Outcome
    said: str = ""
    """The source's own words for it."""
    listened: bool = False
    """Whether something listened at the target: then `refused` is a lie told on the way."""
    seen_from: str = ""
    """Where the target saw the connection come from; empty: it was not seen."""
    delivered: bool | None = None
    """Whether large packets arrived; None: none were sent."""
    rtt_ms: float = 0.0
    """Round-trip time in milliseconds, as the target's kernel measured it; 0: unknown."""
