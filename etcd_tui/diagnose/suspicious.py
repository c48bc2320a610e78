"""suspicious: what must not stand in a healthy member's journal since its start."""

from __future__ import annotations

from collections.abc import Iterator

from etcd_tui.diagnose.finding import Finding, findings, runs
from etcd_tui.diagnose.journal import records
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


def suspicious(journal: str) -> tuple[str, ...]:
    """Return one line of evidence for each thing that is wrong; empty: nothing is.

    Only the newest start counts. What ends by itself while a cluster forms (members that do not
    answer yet, publishing that times out) does not count: the journal says when it was over.
    """
    return tuple(
        finding.record.said
        for finding in _open(journal)
        if finding.symptom.key not in _WARNINGS | _TURNED_AWAY
    )


def worth_a_look(journal: str) -> tuple[str, ...]:
    """Return one line of evidence for each warning: slow disk, slow requests, clocks apart."""
    return tuple(
        finding.record.said for finding in _open(journal) if finding.symptom.key in _WARNINGS
    )


def _open(journal: str) -> Iterator[Finding]:
    for finding in findings(runs(records(journal))[-1]):
        if finding.symptom.rank not in _PASSING:
            yield finding
