"""diagnose: one member's journal and unit, to what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from etcd_tui.diagnose.finding import Finding, findings, runs
from etcd_tui.diagnose.journal import Record, one_line, records
from etcd_tui.diagnose.other_end import plain
from etcd_tui.diagnose.suspicious import open_findings, suspicious
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.diagnose.wording import values
from etcd_tui.i18n import _
from etcd_tui.observe.facts import Unit
from etcd_tui.spec.model import ClusterSpec

__all__ = ["Diagnosis", "diagnose", "diagnose_working", "suspicious"]

_MOST = 4


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a member does not start or does not work. `symptom` is stable for programs.

    `cause` and `fix` are sentences in the user's language; `evidence` is what etcd or systemd
    said, printable, on one line, at most a few hundred characters. `about` is the member at the
    other end, if that is one of the cluster.
    """

    host: str
    symptom: str
    cause: str
    fix: str
    evidence: str = ""
    rank: Rank = Rank.BROKEN
    about: str = ""


def diagnose(
    host: str, journal: str, *, unit: Unit, spec: ClusterSpec
) -> tuple[Diagnosis, ...]:  # fmt: skip
    """Return what is wrong with the member `host`, best explanation first; empty: nothing found.

    `journal` is what `journal.JOURNALCTL` printed. Never raises for what it holds.
    """
    started = runs(records(journal))
    found = list(findings(started[-1]))
    if len(started) > 1 and len(started[-1]) < len(started[-2]):
        # A start that has not come as far as the one before may yet end the same way.
        found += findings(started[-2])
    if (unit.active, unit.result) == ("inactive", "success"):
        # It was stopped. On the way down it lets go of its peers, and complains of each.
        found = [finding for finding in found if finding.symptom.rank is Rank.STOPPED]
    found += findings(tuple(_unit_records(unit)))
    own = next((plain(node.address) for node in spec.nodes if node.name == host), "")
    return tuple(_worded(host, spec, finding) for finding in _best(found, own))


def diagnose_working(
    host: str, journal: str, *, spec: ClusterSpec, since: Mapping[str, float]
) -> tuple[Diagnosis, ...]:
    """Return what stands in the journal of a member that works, and must not; see `suspicious`."""
    members = [node.address for node in spec.nodes]
    found = open_findings(journal, members, since)
    return tuple(
        _worded(host, spec, finding)
        for finding in sorted(found, key=_precedence)
        if finding.symptom.rank is not Rank.HARMLESS
    )


def _unit_records(unit: Unit) -> Iterator[Record]:
    """Say what systemd knows of the unit in the words of the journal, which may be gone."""
    text = ""
    if unit.load not in ("loaded", ""):
        text = f"etcd.service has load state {unit.load}"
    elif unit.pid == 0 and unit.result not in ("success", ""):
        text = f"etcd.service: Failed with result '{unit.result}'."
    elif unit.active == "inactive":
        text = "etcd.service is inactive"
    if text:
        said = one_line(text)
        yield Record(said, msg=said)


def _best(found: Iterable[Finding], own: str) -> list[Finding]:
    """Order by how much is explained; one finding for each other member, and no mere echoes."""
    chosen: list[Finding] = []
    keys: set[tuple[str, str]] = set()
    peers: set[str] = set()
    met: set[str] = set()
    for finding in sorted(found, key=_precedence):
        symptom, peer = finding.symptom, finding.peer
        if symptom.rank is Rank.HARMLESS or (symptom.key, peer) in keys:
            continue
        if symptom.about_peer and (peer in peers if peer else symptom.key in met):
            continue
        # The proofs knock at their own host without a certificate, and a member that stops
        # refuses its own gateway.
        if peer and peer == own and symptom.rank in (Rank.UNREACHED, Rank.NOTICE):
            continue
        last_resort = symptom.rank >= Rank.UNEXPLAINED
        if last_resort and chosen and chosen[0].symptom.rank < symptom.rank:
            continue
        chosen.append(finding)
        keys.add((symptom.key, peer))
        peers.add(peer)
        met.add(symptom.key)
    return chosen[:_MOST]


def _precedence(finding: Finding) -> tuple[int, bool, int]:
    """Sort by rank, lines that do not say whom they are about after those that do."""
    symptom = finding.symptom
    return symptom.rank, symptom.about_peer and not finding.peer, finding.order


def _worded(host: str, spec: ClusterSpec, finding: Finding) -> Diagnosis:
    symptom = finding.symptom
    filled = {**values(host, spec, finding.peer), **dict(finding.groups)}
    other = (node.name for node in spec.nodes if plain(node.address) == finding.peer)
    return Diagnosis(
        host=host,
        symptom=symptom.key,
        cause=_(symptom.cause).format_map(filled),
        fix=_(symptom.fix).format_map(filled),
        evidence=finding.record.said,
        rank=symptom.rank,
        about=next(other, ""),
    )
