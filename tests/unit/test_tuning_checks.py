"""Timeouts and quota: what is recommended from round trips and disks, and how it is offered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.observe.passage import Passage
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.preflight import preflight
from etcd_tui.preflight.tuning import Measured, measured, recommended
from etcd_tui.spec.model import ClusterSpec, Tuning
from tests.unit.situations import World, spec_of, with_host

SPEC = spec_of()
BARE = World(SPEC).situation()
GIB = 1 << 20  # in KiB


def way(source: str, target: str, rtt_ms: float, port: int = 2380) -> Passage:
    return Passage(source, target, port, "open", "", True, "192.0.2.11", True, rtt_ms)


def check_of(situation: Situation, key: str, spec: ClusterSpec = SPEC) -> Check | None:
    return next((c for c in preflight(spec, situation) if c.key == key), None)


def with_room(kib: int) -> Situation:
    systems = tuple(replace(fs, free_kib=kib) for fs in BARE.hosts[1].file_systems)
    return with_host(BARE, "etcd2", file_systems=systems)


def test_the_longest_way_counts_and_of_each_way_the_shortest_trip() -> None:
    ways = (
        way("etcd1", "etcd2", 9.0),
        way("etcd2", "etcd1", 2.0),
        way("etcd1", "etcd3", 3.0),
        way("etcd1", "etcd3", 80.0, 2379),
        way("etcd3", "etcd2", 0.0),
    )
    assert measured(SPEC, replace(BARE, passages=ways)).rtt_ms == 3.0


def test_the_slowest_disk_and_the_fullest_count() -> None:
    situation = with_host(with_room(5 * GIB), "etcd1", writes=100, write_ms=0.5)
    situation = with_host(situation, "etcd3", writes=9, write_ms=12.0)
    assert measured(SPEC, situation) == Measured(None, 12.0, 5 * GIB)
    assert measured(SPEC, with_host(situation, "etcd2", has_wal=True)).room_kib == 32 * GIB


def test_what_was_not_measured_says_nothing() -> None:
    assert check_of(BARE, "timeouts") is None
    nowhere = tuple(replace(host, file_systems=()) for host in BARE.hosts)
    assert check_of(replace(BARE, hosts=nowhere), "quota") is None


@pytest.mark.parametrize(
    ("rtt", "write", "heartbeat", "election"),
    [
        (0.2, 0.5, 100, 1000),
        (60.0, 40.0, 100, 1000),
        (101.0, 0.5, 110, 1100),
        (0.2, 250.0, 260, 2600),
        (9_000.0, 9_000.0, 5_000, 50_000),
    ],
)
def test_the_defaults_stand_until_a_trip_and_a_write_take_longer_than_a_heartbeat(
    rtt: float, write: float, heartbeat: int, election: int
) -> None:
    better = recommended(Tuning(), Measured(rtt, write))
    assert (better.heartbeat_interval, better.election_timeout) == (heartbeat, election)


@pytest.mark.fault(
    9,
    injected="a long round trip in what the members measured",
    seen="heartbeat and election timeout are offered as answers",
)
def test_a_better_heartbeat_is_offered_as_answers() -> None:
    ways = (way("etcd1", "etcd2", 142.0),)
    check = check_of(replace(BARE, passages=ways), "timeouts")
    assert check is not None
    assert check.status == "warn"
    assert "142.00 ms" in check.found
    assert check.offer == (("tuning.heartbeat_interval", 150), ("tuning.election_timeout", 1500))
    assert "tuning.heartbeat_interval: 150, tuning.election_timeout: 1500" in check.fix
    assert check.why


def test_offered_answers_are_answers_that_pass() -> None:
    ways = (way("etcd1", "etcd2", 142.0),)
    spec = spec_of(tuning=Tuning(heartbeat_interval=150, election_timeout=1500))
    check = check_of(replace(BARE, passages=ways), "timeouts", spec)
    assert check is not None
    assert (check.status, check.offer) == ("pass", ())


def test_a_short_heartbeat_of_the_operator_on_a_fast_network_stands() -> None:
    tuning = Tuning(heartbeat_interval=20, election_timeout=200)
    assert recommended(tuning, Measured(0.3, 0.8)) == tuning
    assert recommended(tuning, Measured(30.0, 0.8)) == Tuning()


@pytest.mark.parametrize(
    ("room", "offered"),
    [(32 * GIB, None), (5 * GIB, None), (4 * GIB, "1792MiB"), (2 * GIB, "768MiB")],
)
def test_a_quota_that_the_disk_cannot_hold_twice_is_lowered(room: int, offered: str | None) -> None:
    check = check_of(with_room(room), "quota")
    assert check is not None
    assert check.status == ("warn" if offered else "pass")
    assert dict(check.offer).get("tuning.quota_backend_bytes") == offered


def test_a_disk_that_is_full_is_the_disks_check_alone() -> None:
    assert check_of(with_room(1024), "quota") is None


tunings = st.builds(
    lambda beat, times, quota: Tuning(
        heartbeat_interval=beat, election_timeout=min(50_000, beat * times),
        quota_backend_bytes=quota,
    ),
    st.integers(1, 9_000), st.integers(5, 50), st.integers(1 << 20, 1 << 40),
)  # fmt: skip
maybe = st.none() | st.floats(0, 1e6)


@given(tunings, st.builds(Measured, maybe, maybe, st.none() | st.integers(0, 1 << 40)))
def test_any_measurement_gives_times_that_etcd_accepts(tuning: Tuning, found: Measured) -> None:
    better = recommended(tuning, found)
    assert 5 * better.heartbeat_interval <= better.election_timeout <= 50_000
    assert better.heartbeat_interval >= tuning.heartbeat_interval
    assert 0 < better.quota_backend_bytes <= tuning.quota_backend_bytes
    assert recommended(better, found) == better
