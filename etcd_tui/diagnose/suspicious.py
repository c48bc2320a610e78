"""suspicious: what must not stand in a healthy member's journal since its start."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from etcd_tui.diagnose.finding import Finding, findings, runs
from etcd_tui.diagnose.journal import records
from etcd_tui.diagnose.other_end import plain
from etcd_tui.diagnose.symptom import Rank

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
_PROOFS = frozenset({"client-without-certificate", "client-without-tls"})


def suspicious(journal: str, *, proofs_from: Collection[str] = ()) -> tuple[str, ...]:
    """Return one line of evidence for each thing that is wrong; empty: nothing is.

    Only the newest start counts. What ends by itself while a cluster forms (members that do not
    answer yet, publishing that times out) does not count: the journal says when it was over.
    `proofs_from` are the addresses from which our own proofs connect, on purpose, without a
    certificate and in plain text: the host's own where they go through a tunnel that ends on it,
    else the operator's. Exactly these two refusals are then left out for these addresses,
    whenever they were; everything else from there still counts.
    """
    known = {plain(address) for address in proofs_from}
    return tuple(
        finding.record.said
        for finding in _open(journal)
        if finding.symptom.key not in _WARNINGS
        and not (finding.symptom.key in _PROOFS and finding.peer in known)
    )


def worth_a_look(journal: str) -> tuple[str, ...]:
    """Return one line of evidence for each warning: slow disk, slow requests, clocks apart."""
    return tuple(
        finding.record.said for finding in _open(journal) if finding.symptom.key in _WARNINGS
    )


def _open(journal: str) -> Iterator[Finding]:
    for finding in findings(runs(records(journal))[-1]):
        if finding.symptom.rank not in (Rank.HARMLESS, Rank.WAITING):
            yield finding
