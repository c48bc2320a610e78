"""A check tells what it can: of the hosts that let us in, or of one host after all were seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from etcd_tui.errors import HostFailure, HostsError, RefusedError
from etcd_tui.observe.situation import Situation, joined
from etcd_tui.outcome import Outcome
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.preflight import preflight
from etcd_tui.verbs import check
from tests.unit.situations import World, spec_of

SPEC = spec_of()
ALL = World(SPEC).situation()
NAMES = [node.name for node in SPEC.nodes]
AWAY = HostsError("1 of 3", [HostFailure(NAMES[1], "refused", "It does not answer.")])


def without(name: str) -> Situation:
    return replace(ALL, hosts=tuple(host for host in ALL.hosts if host.name != name))


@dataclass
class Doubled:
    """The engine's part in a check: who is entered, what is seen, and whether it is refused."""

    away: HostsError | None = None
    refused: bool = False
    entered: Sequence[str] = tuple(NAMES)
    transports: dict[str, object] = field(default_factory=dict)
    asked: list[object] = field(default_factory=list)
    checked: list[Situation] = field(default_factory=list)

    async def connect_some(self, only: str = "", *, later: Sequence[str]) -> HostsError | None:
        assert "etcd_tui.preflight.preflight" in later
        self.asked.append(only)
        self.transports.update(dict.fromkeys(self.entered))
        return self.away

    async def observe(self, *, measure: bool, earlier: Situation | None) -> Situation:
        assert measure
        seen = tuple(host for host in ALL.hosts if host.name in self.transports)
        return replace(ALL, hosts=joined(SPEC, earlier, seen))

    def preflight(self, situation: Situation) -> tuple[Check, ...]:
        self.checked.append(situation)
        if self.refused:
            raise RefusedError("no")
        return ()


def run(engine: Doubled, **options: Any) -> Outcome:
    return asyncio.run(check(engine, **options))  # type: ignore[arg-type]


def seen(engine: Doubled) -> list[str]:
    return [host.name for host in engine.checked[0].hosts]


def test_hosts_that_were_entered_are_checked_though_one_was_not() -> None:
    engine = Doubled(AWAY, entered=[NAMES[0], NAMES[2]])
    with pytest.raises(HostsError) as caught:
        run(engine)
    assert caught.value is AWAY
    assert seen(engine) == [NAMES[0], NAMES[2]]


def test_a_host_that_is_away_counts_more_than_a_failed_check() -> None:
    engine = Doubled(AWAY, refused=True, entered=[NAMES[0]])
    with pytest.raises(HostsError):
        run(engine)


def test_nothing_is_checked_where_no_host_was_entered() -> None:
    engine = Doubled(AWAY, entered=[])
    with pytest.raises(HostsError):
        run(engine)
    assert engine.checked == []


def test_a_failed_check_refuses_where_all_hosts_were_entered() -> None:
    with pytest.raises(RefusedError):
        run(Doubled(refused=True))


def test_one_host_alone_is_checked_beside_what_was_seen_of_the_others() -> None:
    engine = Doubled(entered=[NAMES[1]])
    kept: list[Situation] = []
    run(engine, only=NAMES[1], earlier=ALL, keep=kept.append)
    assert engine.asked == [NAMES[1]]
    assert seen(engine) == NAMES
    assert kept == engine.checked


def test_a_host_that_went_away_since_is_no_longer_taken_from_what_was_seen() -> None:
    engine = Doubled(AWAY, entered=[])
    with pytest.raises(HostsError):
        run(engine, only=NAMES[1], earlier=ALL)
    assert seen(engine) == [NAMES[0], NAMES[2]]


def test_fresh_facts_take_the_place_of_earlier_ones_in_the_order_of_the_answers() -> None:
    fresh = replace(ALL.hosts[1], memory_kib=1)
    hosts = joined(SPEC, without(NAMES[2]), (fresh,))
    assert [host.name for host in hosts] == NAMES[:2]
    assert hosts[1].memory_kib == 1


def test_what_compares_all_hosts_is_left_out_while_one_is_missing() -> None:
    whole, partly = preflight(SPEC, ALL), preflight(SPEC, without(NAMES[1]))
    missing = {(c.host, c.key) for c in whole} - {(c.host, c.key) for c in partly}
    assert ("", "machine-id") in missing
    assert (NAMES[1], "disk") in missing
    assert {("operator", "store"), (NAMES[0], "disk")} <= {(c.host, c.key) for c in partly}
