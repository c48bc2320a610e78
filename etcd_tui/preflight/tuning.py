"""Recommended timeouts and quota, from the measured round trips and disks, offered as answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.host import DATA_KIB
from etcd_tui.preflight.verdict import passed, warned
from etcd_tui.spec.model import ClusterSpec, Node, Tuning
from etcd_tui.spec.quantities import size_text

# etcd's tuning guide: a heartbeat of about the longest round trip, ten times that for an election.
_ELECTION = 10
_LONGEST_ELECTION = 50_000
_STEP = 10
# etcd's hardware guide: a write to the log should be on the disk within 10 ms.
SLOW_MS = 10.0
_MIB = 1 << 20
_QUOTA_STEP = 256 * _MIB


@dataclass(frozen=True, slots=True)
class Measured:
    """The slowest of what was measured, in milliseconds, and the room; None: not measured."""

    rtt_ms: float | None = None
    write_ms: float | None = None
    room_kib: int | None = None
    """Free KiB for data on the fullest disk that no member uses yet."""


def measured(spec: ClusterSpec, situation: Situation) -> Measured:
    """Return what the members found when they tried each other and their disks."""
    trips: dict[frozenset[str], float] = {}
    for way in situation.passages:
        if way.rtt_ms:
            pair = frozenset((way.source, way.target))
            # A single trip may have waited for a busy host; the better one is the network's.
            trips[pair] = min(trips.get(pair, math.inf), way.rtt_ms)
    rooms = [
        fs.free_kib
        for host in situation.hosts
        if not host.has_wal and (fs := host.file_system(spec.paths.data)) is not None
    ]
    return Measured(
        max(trips.values(), default=None),
        max((host.write_ms for host in situation.hosts if host.writes), default=None),
        min(rooms, default=None),
    )


def recommended(tuning: Tuning, found: Measured) -> Tuning:
    """Return `tuning` with what does not suit the network and the disks replaced.

    A leader whose disk is slow sends its heartbeats late, so both times count.
    """
    slowest = (found.rtt_ms or 0.0) + (found.write_ms or 0.0)
    least = min(_LONGEST_ELECTION // _ELECTION, _STEP * math.ceil(slowest / _STEP))
    heartbeat, election = tuning.heartbeat_interval, tuning.election_timeout
    if heartbeat < least:
        heartbeat = max(Tuning().heartbeat_interval, least)
    if election < _ELECTION * least or election < 5 * heartbeat:
        election = max(Tuning().election_timeout, _ELECTION * heartbeat)
    quota = tuning.quota_backend_bytes
    if found.room_kib is not None and found.room_kib >= DATA_KIB:
        # A snapshot that is received, and a defragmentation, need the database's size once more.
        most = (found.room_kib - DATA_KIB) * 1024 // 2
        quota = min(quota, max(_QUOTA_STEP, most - most % _QUOTA_STEP))
    return replace(
        tuning,
        heartbeat_interval=heartbeat,
        election_timeout=election,
        quota_backend_bytes=quota,
    )


def tuning_checks(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    """Yield how the timeouts and the quota of the answers suit what was measured."""
    found = measured(spec, situation)
    better = recommended(spec.tuning, found)
    if found.rtt_ms is not None or found.write_ms is not None:
        yield _timeouts(spec.tuning, better, found)
    if found.room_kib is not None and found.room_kib >= DATA_KIB:
        yield _quota(spec.tuning, better, found.room_kib)


def _timeouts(tuning: Tuning, better: Tuning, found: Measured) -> Check:
    title = _("the timeouts suit network and disks")
    said = []
    if found.rtt_ms is not None:
        said.append(_("longest round trip {ms:.2f} ms").format(ms=found.rtt_ms))
    if found.write_ms is not None:
        said.append(_("slowest disk {ms:.2f} ms").format(ms=found.write_ms))
    said.append(
        _("heartbeat {heartbeat} ms, election {election} ms").format(
            heartbeat=tuning.heartbeat_interval, election=tuning.election_timeout
        )
    )
    offer = tuple(
        (f"tuning.{key}", value)
        for key, value, now in (
            ("heartbeat_interval", better.heartbeat_interval, tuning.heartbeat_interval),
            ("election_timeout", better.election_timeout, tuning.election_timeout),
        )
        if value != now
    )
    if not offer:
        return passed("", "timeouts", title, ", ".join(said))
    return warned(
        "",
        "timeouts",
        title,
        ", ".join(said),
        _("with a heartbeat that is late the members elect again and again"),
        _("Set {answers}.").format(answers=_shown(offer)),
        offer,
    )


def _quota(tuning: Tuning, better: Tuning, room_kib: int) -> Check:
    title = _("the quota suits the disks")
    found = _("quota {quota} MiB, {room} MiB free").format(
        quota=tuning.quota_backend_bytes // _MIB, room=room_kib // 1024
    )
    if better.quota_backend_bytes == tuning.quota_backend_bytes:
        return passed("", "quota", title, found)
    offer = (("tuning.quota_backend_bytes", size_text(better.quota_backend_bytes)),)
    return warned(
        "",
        "quota",
        title,
        found,
        _("the database may grow to the quota, a snapshot beside it takes as much, then the disk "
          "is full"),
        _("Set {answers}, or give the data folder more room.").format(answers=_shown(offer)),
        offer,
    )  # fmt: skip


def _shown(offer: tuple[tuple[str, int | str], ...]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in offer)


def write_latency(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> Check | None:
    """A small write is on the disk within etcd's 10 ms; nothing where it was not measured."""
    if not facts.writes:
        return None
    title = _("the data folder's disk is fast enough")
    found = _("{ms:.2f} ms on average ({n} synced writes of 2300 bytes)").format(
        ms=facts.write_ms, n=facts.writes
    )
    if facts.write_ms <= SLOW_MS:
        return passed(node.name, "write-latency", title, found)
    why = _("etcd answers once a write is on the disk; above 10 ms it is slow and loses its leader")
    fix = _("Put {path} on an SSD of its own (paths.data), or choose longer timeouts.")
    return warned(node.name, "write-latency", title, found, why, fix.format(path=spec.paths.data))
