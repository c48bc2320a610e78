"""suspicious: what must not stand in a healthy member's journal since its start."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from etcd_tui.diagnose.finding import Finding, findings, runs
from etcd_tui.diagnose.journal import Record, records
from etcd_tui.diagnose.other_end import plain
from etcd_tui.diagnose.symptom import Rank

# A stranger was turned away: the cluster did what it should, and our own proofs try it each time.
_TURNED_AWAY = frozenset({"client-without-certificate", "client-without-tls"})
# Whether a peer is reached now is seen from the metrics; the journal's last word on it can be from
# a moment when that peer was restarted.
_PASSING = frozenset({Rank.HARMLESS, Rank.WAITING, Rank.UNREACHED})
# What a busy or freshly started cluster may say now and then; a person should know, no more.
_WARNINGS = frozenset(
    {
        "clock-drift",
        "disk-slow",
        "learner-not-ready",
        "members-not-connected",
        "requests-slow",
        "wal-repaired",
    }
)


def suspicious(
    journal: str, members: Collection[str] = (), since: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """Return one line of evidence for each thing that is wrong; empty: nothing is.

    Only the newest start counts. What ends by itself while a cluster forms (members that do not
    answer yet, publishing that times out) does not count: the journal says when it was over.
    With the addresses of the `members`, a connection that was refused to anybody else does not
    count either: a stranger with a foreign certificate is turned away, and that is all.
    `since`: by a member's address, when that member last changed, in seconds since the epoch by
    the clock of the journal's host; trouble with it counts from then on only.
    """
    found = open_findings(journal, members, since)
    return tuple(f.record.said for f in found if f.symptom.key not in _WARNINGS)


def open_findings(
    journal: str, members: Collection[str] = (), since: Mapping[str, float] | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong or worth a look with a member that works; the rest as `suspicious`."""
    known = {plain(address) for address in members}
    changed = {plain(address): at for address, at in (since or {}).items()}
    found = _open(journal, known, changed)
    return tuple(finding for finding in found if finding.symptom.key not in _TURNED_AWAY)


def worth_a_look(journal: str) -> tuple[str, ...]:
    """Return one line of evidence for each warning: slow disk, slow requests, clocks apart."""
    return tuple(
        finding.record.said for finding in _open(journal) if finding.symptom.key in _WARNINGS
    )


def _open(
    journal: str, members: Collection[str] = (), since: Mapping[str, float] | None = None
) -> Iterator[Finding]:
    newest = runs(records(journal))[-1]
    heard = [record for record in newest if not _refused_a_stranger(record, members)]
    for finding in findings(heard, since or {}):
        if finding.symptom.rank not in _PASSING:
            yield finding


def _refused_a_stranger(record: Record, members: Collection[str]) -> bool:
    if not members or not record.msg.startswith("rejected connection"):
        return False
    address, _, _port = record.field("remote-addr").rpartition(":")
    return plain(address.strip("[]")) not in members
