"""diagnose: 0 where nothing is wrong, 6 where something is, 4 where hosts stay shut."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from etcd_tui.diagnose.diagnosis import Diagnosis
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.errors import Exit, HostFailure, HostsError, NotProvenError
from etcd_tui.verbs import diagnose

AWAY = HostsError("1 of 3", [HostFailure("etcd2", "refused", "It does not answer.")])
BLOCKED = Diagnosis("etcd1", "way-silent", "No answer.", "Open it.", rank=Rank.UNREACHED)
FULL = Diagnosis("etcd3", "disk-full", "It is full.", "Make room.", rank=Rank.STOPPED)
SLOW = Diagnosis("etcd1", "disk-slow", "It is slow.", "Use another.", rank=Rank.NOTICE)


@dataclass
class Doubled:
    """The engine's part: who is entered, and what is found there."""

    found: tuple[Diagnosis, ...] = ()
    away: HostsError | None = None
    entered: Sequence[str] = ("etcd1", "etcd3")
    transports: dict[str, object] = field(default_factory=dict)

    async def connect_some(self) -> HostsError | None:
        self.transports.update(dict.fromkeys(self.entered))
        return self.away

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        assert self.transports
        return self.found


def run(engine: Doubled) -> Exit:
    return asyncio.run(diagnose(engine)).exit  # type: ignore[arg-type]


def test_a_cluster_with_nothing_but_a_slow_disk_is_well() -> None:
    assert run(Doubled()) == Exit.DONE
    assert run(Doubled((SLOW,))) == Exit.DONE


@pytest.mark.parametrize("away", [None, AWAY])
def test_what_is_wrong_is_told_with_its_hosts_and_the_worst_cause(away: HostsError | None) -> None:
    with pytest.raises(NotProvenError) as caught:
        run(Doubled((BLOCKED, SLOW, FULL), away))
    assert caught.value.exit == Exit.NOT_PROVEN
    assert "etcd1, etcd3" in caught.value.what
    assert caught.value.cause == "It is full."


def test_a_host_that_stays_shut_is_told_though_the_others_are_well() -> None:
    with pytest.raises(HostsError) as caught:
        run(Doubled(away=AWAY))
    assert caught.value is AWAY


def test_nothing_is_looked_at_where_no_host_was_entered() -> None:
    with pytest.raises(HostsError):
        run(Doubled((FULL,), AWAY, entered=()))
