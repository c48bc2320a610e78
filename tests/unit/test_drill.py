"""A drill stops one member, measures, and brings it back, whatever comes in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from etcd_tui.apply import bench as bench_module
from etcd_tui.apply.bench import Bench
from etcd_tui.apply.events import Drilled, DrillStep, Event, HostProgress, Note, Stream
from etcd_tui.apply.host_lines import HostLines
from etcd_tui.apply.journals import Journals
from etcd_tui.drill import drill as module
from etcd_tui.drill import measuring, pulse
from etcd_tui.drill.drill import refuse, run_drill
from etcd_tui.errors import (
    ApplyError,
    EtcdTuiError,
    HostFailure,
    HostsError,
    Interrupted,
    NotProvenError,
    RefusedError,
)
from etcd_tui.remote.transport import Result, Transport
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.drill import Target
from tests.unit.drill_cluster import LOST, DrillApi, DrillCluster, routes_of
from tests.unit.situations import spec_of

HOLD = {("etcd2", "begin", "hold"), ("etcd3", "begin", "hold")}
RELEASE = {("etcd2", "end", "hold"), ("etcd3", "end", "hold")}
TARGETS = get_args(Target)
STOP, START = ("etcd1", "begin", "stop"), ("etcd1", "end", "stop")


class Ground:
    """A cluster to drill on, the bench, and what was told."""

    def __init__(self, folder: Path) -> None:
        self.cluster = DrillCluster(spec_of(3))
        self.told: list[Event] = []
        stream = Stream(self.told.append)
        lines = HostLines(stream)
        transports: dict[str, Transport] = dict(self.cluster.transports())

        async def reconnect(host: str) -> Transport:
            raise HostsError("", [HostFailure(host, "timeout", f"{host} does not answer.")])

        self.bench = Bench(
            spec=self.cluster.spec,
            state=StateFolder(folder),
            transports=transports,
            reconnect=reconnect,
            stream=stream,
            lines=lines,
            journals=Journals(lines),
        )

    @property
    def steps(self) -> list[str]:
        return [event.step for event in self.told if isinstance(event, DrillStep)]

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Note)]

    async def fails(self, target: Target, kind: type[EtcdTuiError]) -> EtcdTuiError:
        with pytest.raises(kind) as caught:
            await run_drill(self.bench, target)
        return caught.value

    def at(self, step: str, act: Callable[[], object]) -> None:
        """Act when the drill tells that `step` begins."""

        def reader(event: Event) -> None:
            if isinstance(event, DrillStep) and event.step == step:
                act()

        self.bench.stream.add(reader)


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    ground = Ground(tmp_path)
    cluster = ground.cluster

    async def routes(*_args: object) -> object:
        return routes_of(cluster.names)

    async def wait_healthy(*_args: object) -> tuple[str, ...]:
        # A watcher sees it once before it is believed.
        await asyncio.sleep(0.06)
        return cluster.sick()

    monkeypatch.setattr(module, "client_context", lambda _folder: cluster)
    monkeypatch.setattr(module, "client_routes", routes)
    monkeypatch.setattr(module, "wait_healthy", wait_healthy)
    monkeypatch.setattr(module, "MemberApi", DrillApi)
    monkeypatch.setattr(module, "_SPARE", 0.0)
    monkeypatch.setattr(module, "_ELECTIONS", 0.4)
    monkeypatch.setattr(pulse, "PAUSE", 0.002)
    monkeypatch.setattr(measuring, "_CALM", 0.05)
    monkeypatch.setattr(bench_module, "_PAUSES", (0.0, 0.0))
    return ground


async def test_the_leader_is_stopped_measured_and_brought_back(ground: Ground) -> None:
    drill = await run_drill(ground.bench, "leader")
    calls = ground.cluster.calls
    assert set(calls[:2]) == HOLD
    assert calls[2:4] == [STOP, START]
    assert set(calls[4:]) == RELEASE
    assert (drill.member, drill.leader_before, drill.leader_after) == ("etcd1", "etcd1", "etcd2")
    assert [gap.member for gap in drill.gaps] == ["etcd2", "etcd3"]
    assert all(gap.recovered and gap.acknowledged >= 20 for gap in drill.gaps)
    assert drill.election_ms is not None
    assert drill.came_back_ms is not None
    assert (drill.lost, drill.held) == (0, True)
    assert ground.told[-1] == Drilled(drill)
    assert ground.steps == [
        "check", "hold", "write", "stop", "measure", "start", "back", "release",
    ]  # fmt: skip


async def test_nothing_of_a_drill_stays_in_the_cluster(ground: Ground) -> None:
    await run_drill(ground.bench, "leader")
    assert (ground.cluster.keys, ground.cluster.leases) == (set(), set())


async def test_a_follower_is_stopped_and_the_leader_goes_on_leading(ground: Ground) -> None:
    drill = await run_drill(ground.bench, "follower")
    assert (drill.member, drill.leader_before, drill.leader_after) == ("etcd2", "etcd1", "etcd1")
    assert drill.election_ms is None
    assert [gap.member for gap in drill.gaps] == ["etcd1", "etcd3"]
    assert drill.held


async def test_what_will_happen_is_said_before_it_does(ground: Ground) -> None:
    seen: list[set[str]] = []
    ground.at("stop", lambda: seen.append(set(ground.cluster.lives)))
    await run_drill(ground.bench, "leader")
    (told,) = [e for e in ground.told if isinstance(e, DrillStep) and e.step == "stop"]
    assert seen == [{"etcd1", "etcd2", "etcd3"}]
    assert told.host == "etcd1"
    assert "Stop etcd on etcd1, the leader; after" in told.text


async def test_for_a_crash_the_leader_is_killed(ground: Ground) -> None:
    drill = await run_drill(ground.bench, "crash")
    assert (drill.target, drill.member, drill.leader_after) == ("crash", "etcd1", "etcd2")
    assert ground.cluster.calls[2:4] == [("etcd1", "begin", "kill"), START]
    assert drill.held


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("target", TARGETS)
def test_a_cluster_that_can_spare_none_is_refused(target: Target, count: int) -> None:
    with pytest.raises(RefusedError) as caught:
        refuse(spec_of(count), target)
    assert caught.value.remedy


@pytest.mark.parametrize("count", [3, 4, 5, 7])
@pytest.mark.parametrize("target", TARGETS)
def test_a_cluster_with_a_quorum_to_spare_is_not_refused(target: Target, count: int) -> None:
    refuse(spec_of(count), target)


def test_a_release_that_does_not_bear_being_killed_is_not() -> None:
    unsafe = spec_of(3, etcd="3.5.1")
    with pytest.raises(RefusedError) as caught:
        refuse(unsafe, "crash")
    assert "3.5.1" in caught.value.what
    refuse(unsafe, "leader")


async def test_it_is_refused_unless_all_are_healthy(ground: Ground) -> None:
    ground.cluster.lives.discard("etcd3")
    error = await ground.fails("leader", RefusedError)
    assert "etcd3" in error.what
    assert ground.cluster.calls == []


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [(73, b"", "Another drill"), (66, b"mount is read-only", "not fit")],
)
async def test_it_is_refused_where_a_host_cannot_be_held(
    ground: Ground, status: int, words: bytes, expected: str
) -> None:
    ground.cluster.answers["etcd3", "begin", "hold"] = Result(status, b"", words)
    error = await ground.fails("leader", RefusedError)
    assert expected in error.what
    assert error.cause == words.decode()
    assert ground.cluster.sick() == ()
    assert STOP not in ground.cluster.calls
    # A host that another drill holds is not ours to let go.
    released = {host for host, script, _what in ground.cluster.calls if script == "end"}
    assert released == ({"etcd2"} if status == 73 else {"etcd2", "etcd3"})


async def test_it_is_refused_by_the_host_to_be_stopped_as_well(ground: Ground) -> None:
    ground.cluster.answers[STOP] = Result(73)
    await ground.fails("leader", RefusedError)
    assert START not in ground.cluster.calls
    assert set(ground.cluster.calls[-2:]) == RELEASE


async def test_a_host_that_is_lost_before_the_stop_leaves_all_as_it_is(ground: Ground) -> None:
    ground.cluster.answers["etcd3", "begin", "hold"] = LOST
    error = await ground.fails("leader", HostsError)
    assert "nothing was stopped" in error.what
    assert STOP not in ground.cluster.calls


async def test_a_stop_whose_outcome_is_unknown_is_taken_back(ground: Ground) -> None:
    ground.cluster.answers[STOP] = LOST
    error = await ground.fails("leader", ApplyError)
    assert error.host == "etcd1"
    assert START in ground.cluster.calls
    assert set(ground.cluster.calls[-2:]) == RELEASE


async def test_a_start_that_cannot_be_ordered_is_left_to_the_host(ground: Ground) -> None:
    ground.cluster.answers[START] = LOST
    ground.at("back", lambda: ground.cluster.start("etcd1"))
    drill = await run_drill(ground.bench, "leader")
    assert drill.held
    assert any("The host starts etcd by itself" in note for note in ground.notes)


async def test_a_member_that_does_not_come_back_is_named_after_the_figures(
    ground: Ground,
) -> None:
    ground.cluster.comes_back = False
    error = await ground.fails("leader", NotProvenError)
    assert "etcd1" in error.what
    (drilled,) = [e for e in ground.told if isinstance(e, Drilled)]
    assert drilled.drill.came_back_ms is None
    assert drilled.drill.leader_after == "etcd2"
    assert set(ground.cluster.calls[-2:]) == RELEASE


async def test_an_acknowledged_write_that_is_lost_fails_the_drill(ground: Ground) -> None:
    ground.cluster.forgetful = True
    error = await ground.fails("follower", NotProvenError)
    assert "lost: 1" in error.what
    assert ground.cluster.sick() == ()


async def test_without_a_new_leader_the_member_is_brought_back_in_time(ground: Ground) -> None:
    ground.cluster.elects = False
    error = await ground.fails("leader", NotProvenError)
    assert "leader" in error.what
    assert START in ground.cluster.calls
    assert ground.cluster.sick() == ()


async def test_writes_that_do_not_go_on_before_the_stop_are_a_reason_not_to(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_WARM_UP", 0.1)

    def refuse(*_args: object) -> int:
        raise module.MemberError("mvcc: database space exceeded")

    monkeypatch.setattr(DrillApi, "put", refuse)
    error = await ground.fails("leader", RefusedError)
    assert error.cause == "mvcc: database space exceeded"
    assert STOP not in ground.cluster.calls
    assert ground.cluster.leases == set()


@pytest.mark.parametrize("step", ["write", "measure", "start", "back"])
async def test_asked_to_stop_it_brings_the_member_back_first(ground: Ground, step: str) -> None:
    ground.at(step, ground.bench.stop.set)
    with pytest.raises(Interrupted):
        await run_drill(ground.bench, "leader")
    assert ground.cluster.sick() == ()
    assert (STOP in ground.cluster.calls) == (step != "write")
    assert set(ground.cluster.calls[-2:]) == RELEASE
    assert ground.cluster.keys == set()


async def test_cancelled_it_leaves_at_once_and_says_who_starts_the_member(ground: Ground) -> None:
    task = asyncio.ensure_future(run_drill(ground.bench, "leader"))
    ground.at("measure", lambda: asyncio.get_running_loop().call_soon(task.cancel))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert START not in ground.cluster.calls
    assert ground.steps[-1] == "measure"
    assert ground.notes == [
        "The host starts etcd by itself, 9 s after it was stopped at the latest."
    ]


async def test_a_connection_that_is_lost_once_is_made_again(ground: Ground) -> None:
    host = ground.bench.transports["etcd1"]

    async def reconnect(_host: str) -> Transport:
        del ground.cluster.answers[STOP]
        return host

    ground.bench.reconnect = reconnect
    ground.cluster.answers[STOP] = LOST
    drill = await run_drill(ground.bench, "leader")
    assert drill.held
    assert HostProgress("etcd1", "reconnecting") in ground.told
