"""Findings: the symptoms with which one start of etcd ended, or with which it runs now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from etcd_tui.diagnose.journal import Record
from etcd_tui.diagnose.needle import needle
from etcd_tui.diagnose.other_end import OtherEnd
from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.diagnose.symptoms import SYMPTOMS
from etcd_tui.i18n import N_

_START = re.compile(r"^Starting etcd(?:\.service| key-value)")
_BECAME_ACTIVE = re.compile(r"peer (?:[0-9a-f]+ )?became active$")
_PROBER = "prober detected unhealthy status"
_PROBE_SECONDS = 6.0
"""etcd's prober tries every 5 s, and meanwhile repeats what its last try met."""
_NEVER: Mapping[str, float] = {}
_LAST_WORDS = re.compile(r"panic: |fatal error: ")
_UNRECOGNISED = Symptom(
    "unrecognised",
    Rank.UNEXPLAINED,
    (),
    N_("etcd on {host} ended with: {reason}"),
    N_("See all of it on {host}: `journalctl -u etcd -b`."),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom in a record. `peer`: the address at the other end, empty where there is none.

    `order` counts the table's patterns; `groups` are those of the one that matched.
    """

    symptom: Symptom
    order: int
    record: Record
    peer: str = ""
    groups: tuple[tuple[str, str], ...] = ()


def runs(heard: Sequence[Record]) -> tuple[tuple[Record, ...], ...]:
    """Split the journal at each start of the unit, oldest first; at least one, maybe empty."""
    found: list[list[Record]] = [[]]
    current = ""
    for record in heard:
        known = record.run and current
        new = record.run != current if known else bool(_START.match(record.said))
        if new and found[-1]:
            found.append([])
        current = record.run or ("" if new else current)
        found[-1].append(record)
    return tuple(tuple(run) for run in found)


def findings(run: Sequence[Record], since: Mapping[str, float] = _NEVER) -> tuple[Finding, ...]:
    """Return what is still open at the end of `run`, once for each member at the other end.

    `since`: by a member's address, the time (as `Record.at` has it) from which trouble with that
    member counts. What lies before it was about another start of it, or another certificate; were
    it not mended, etcd would have tried again and said so.
    """
    other_end = OtherEnd(run)
    still: dict[tuple[str, str], Finding] = {}
    for record in run:
        peer = other_end.of(record)
        _close(still, record, peer)
        late = _PROBE_SECONDS if record.msg == _PROBER else 0.0
        if record.at and record.at - late < since.get(peer, 0.0):
            continue
        finding = _find(record, peer)
        if finding:
            key = (finding.symptom.key, finding.peer)
            # Of two lines the later one, unless the table prefers the wording of the earlier.
            if key not in still or finding.order <= still[key].order:
                still[key] = finding
    return tuple(still.values())


def _close(still: dict[tuple[str, str], Finding], record: Record, peer: str) -> None:
    active = bool(_BECAME_ACTIVE.match(record.msg))
    for key, finding in list(still.items()):
        symptom = finding.symptom
        reached = symptom.about_peer and active and finding.peer == peer
        if reached or (symptom.until and re.search(symptom.until, record.said)):
            del still[key]


def _find(record: Record, peer: str) -> Finding | None:
    match = _match(record.said)
    if match:
        symptom, order, groups = match
        named = symptom.about_peer or "{peer" in symptom.cause
        return Finding(symptom, order, record, peer if named else "", groups)
    if record.level in ("fatal", "panic") or _LAST_WORDS.match(record.said):
        return Finding(_UNRECOGNISED, 0, record, groups=(("reason", record.said),))
    return None


@lru_cache(maxsize=4096)
def _match(said: str) -> tuple[Symptom, int, tuple[tuple[str, str], ...]] | None:
    """Find the first row of the table; members repeat themselves many times a second."""
    for order, (symptom, text, pattern) in enumerate(_table()):
        match = _compiled(pattern).search(said) if text in said else None
        if match:
            groups = tuple((k, v) for k, v in match.groupdict().items() if v is not None)
            return symptom, order, groups
    return None


@cache
def _table() -> tuple[tuple[Symptom, str, str], ...]:
    return tuple(
        (symptom, needle(pattern), pattern) for symptom in SYMPTOMS for pattern in symptom.patterns
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when a line calls for it: few ever do, and all of them take a while."""
    return re.compile(pattern)
