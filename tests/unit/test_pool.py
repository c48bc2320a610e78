"""A plan is applied: together or one by one, through failures, lost connections and a stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from etcd_tui.apply import bench as bench_module
from etcd_tui.apply import pool
from etcd_tui.apply.bench import Bench
from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    Event,
    HostLine,
    HostProgress,
    StageFinished,
    StageStarted,
    Stream,
)
from etcd_tui.apply.host_lines import HostLines
from etcd_tui.apply.journals import Journals
from etcd_tui.apply.pool import apply
from etcd_tui.errors import ApplyError, HostFailure, HostsError, Interrupted
from etcd_tui.fetch.archive import Archive
from etcd_tui.observe.facts import STATE_FOLDER
from etcd_tui.plan.model import (
    OPERATOR,
    Action,
    ChooseToken,
    ConfText,
    InstallPrograms,
    Plan,
    RunScript,
    Stage,
    Step,
    Text,
    WaitReady,
    WriteFile,
)
from etcd_tui.remote.lines import Tell
from etcd_tui.remote.transport import Result, Transport
from etcd_tui.state_folder import StateFolder
from tests.unit.situations import spec_of

OK = Result(0)
LOST = Result(None)
Answer = Callable[["Host", tuple[str, ...]], Awaitable[Result]]


async def done(_host: Host, _args: tuple[str, ...]) -> Result:
    return OK


@dataclass
class Host:
    """A Transport that answers each script by its first argument."""

    name: str
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    stdin: list[bytes | Path] = field(default_factory=list)
    closed: int = 0
    journal: tuple[bytes, ...] = ()
    followed: list[tuple[str, ...]] = field(default_factory=list)

    async def run(
        self,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        root: bool = True,
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        assert args[0] == STATE_FOLDER
        self.calls.append(args[1:])
        self.stdin.append(stdin)
        if progress:
            progress(7)
        return await self.answers.get(args[1], done)(self, args[1:])

    async def follow(self, script: str, *args: str, tell: Tell) -> None:
        assert "journalctl" in script
        self.followed.append(args)
        for line in self.journal:
            tell(line, False)
        await asyncio.Event().wait()

    async def tunnel(self, host: str, port: int) -> str:
        raise OSError

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Run:
    bench: Bench
    hosts: dict[str, Host]
    events: list[Event]

    def started(self) -> list[tuple[str, str]]:
        return [(e.host, e.key) for e in self.events if isinstance(e, ActionStarted)]

    def outcomes(self) -> dict[tuple[str, str], str]:
        return {(e.host, e.key): e.outcome for e in self.events if isinstance(e, ActionFinished)}


@pytest.fixture
async def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    monkeypatch.setattr(bench_module, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(bench_module, "_AWAY_SECONDS", 0.5)
    monkeypatch.setattr(bench_module, "_AWAY_PAUSE", 0.1)
    spec = spec_of()
    hosts = {node.name: Host(node.name) for node in spec.nodes}
    events: list[Event] = []

    async def reconnect(name: str) -> Host:
        return hosts[name]

    state = StateFolder(tmp_path / "state")
    state.prepare()
    stream = Stream(events.append)
    lines = HostLines(stream)
    journals = Journals(lines)
    yield Run(Bench(spec, state, dict(hosts), reconnect, stream, lines, journals), hosts, events)
    await journals.close()
    await lines.close()


def action(host: str, key: str, step: Step | None = None) -> Action:
    return Action(host, key, f"Title of {key}", "reason", step or RunScript("record", (key,)))


def together(*actions: Action, key: str = "stage") -> Stage:
    return Stage(key, key.capitalize(), "together", actions)


def answering(result: Result) -> Answer:
    async def answer(_host: Host, _args: tuple[str, ...]) -> Result:
        return result

    return answer


# order


async def test_stages_are_barriers_and_events_tell_of_everything(run: Run) -> None:
    plan = Plan(
        (
            together(action("etcd1", "a"), action("etcd2", "b"), action("etcd1", "c"), key="first"),
            together(action("etcd2", "d"), key="second"),
        )
    )
    assert await apply(plan, run.bench) == 4
    assert [args[0] for args in run.hosts["etcd1"].calls] == ["a", "c"]
    stages = [e for e in run.events if isinstance(e, StageStarted | StageFinished)]
    assert [(type(e).__name__, e.stage) for e in stages] == [
        ("StageStarted", "first"), ("StageFinished", "first"),
        ("StageStarted", "second"), ("StageFinished", "second"),
    ]  # fmt: skip
    assert isinstance(stages[0], StageStarted)
    assert (stages[0].number, stages[0].of, stages[0].hosts) == (1, 2, ("etcd1", "etcd2"))
    numbers = {
        (e.host, e.key): (e.number, e.of) for e in run.events if isinstance(e, ActionStarted)
    }
    assert numbers == {
        ("etcd1", "a"): (1, 2),
        ("etcd1", "c"): (2, 2),
        ("etcd2", "b"): (1, 2),
        ("etcd2", "d"): (2, 2),
    }
    assert set(run.outcomes().values()) == {"done"}


async def test_hosts_work_at_the_same_time(run: Run) -> None:
    """Each host's step ends only when all have begun: in a row this would never end."""
    meeting = asyncio.Barrier(3)

    async def meet(_host: Host, _args: tuple[str, ...]) -> Result:
        await meeting.wait()
        return OK

    for host in run.hosts.values():
        host.answers["a"] = meet
    plan = Plan((together(*(action(name, "a") for name in run.hosts)),))
    async with asyncio.timeout(10):
        assert await apply(plan, run.bench) == 3


async def test_one_by_one_is_the_order_of_the_actions(run: Run) -> None:
    busy = 0

    async def alone(_host: Host, _args: tuple[str, ...]) -> Result:
        nonlocal busy
        busy += 1
        await asyncio.sleep(0)
        assert busy == 1
        busy -= 1
        return OK

    for host in run.hosts.values():
        host.answers = dict.fromkeys("abc", alone)
    order = [("etcd2", "a"), ("etcd1", "a"), ("etcd2", "b"), ("etcd3", "a")]
    stage = Stage("roll", "Roll", "one-by-one", tuple(action(*one) for one in order))
    assert await apply(Plan((stage,)), run.bench) == 4
    assert run.started() == order


async def test_hosts_of_a_stage_begin_apart_where_it_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[float, asyncio.Event] = {}

    async def sleep(seconds: float) -> None:
        asked[seconds] = asyncio.Event()
        await asked[seconds].wait()

    monkeypatch.setattr(pool.asyncio, "sleep", sleep)
    hosts = ("etcd1", "etcd2", "etcd3")
    stage = replace(together(*(action(host, "a") for host in hosts)), apart=0.25)
    applying = asyncio.create_task(apply(Plan((stage,)), run.bench))
    while run.outcomes() != {("etcd1", "a"): "done"} or len(asked) < 2:
        await _turn()
    assert sorted(asked) == [0.25, 0.5]
    asked[0.25].set()
    while len(run.outcomes()) < 2:
        await _turn()
    assert run.started() == [("etcd1", "a"), ("etcd2", "a")]
    run.bench.stop.set()
    asked[0.5].set()
    with pytest.raises(Interrupted):
        await applying
    assert run.started() == [("etcd1", "a"), ("etcd2", "a")]


async def _turn(_sleep: Any = asyncio.sleep) -> None:
    await _sleep(0)


# failures


async def test_a_failing_host_lets_a_neighbour_end_its_step_and_nothing_new_begins(
    run: Run,
) -> None:
    began, failed = asyncio.Event(), asyncio.Event()

    async def fail(_host: Host, _args: tuple[str, ...]) -> Result:
        await began.wait()
        failed.set()
        return Result(70, b"", b"\x1b[31mno space\x1b[0m left\n")

    async def slow(_host: Host, _args: tuple[str, ...]) -> Result:
        began.set()
        await failed.wait()
        for _turn in range(20):
            await asyncio.sleep(0)
        return OK

    run.hosts["etcd1"].answers["a"] = fail
    run.hosts["etcd2"].answers["a"] = slow
    plan = Plan(
        (
            together(
                action("etcd1", "a"),
                action("etcd2", "a"),
                action("etcd2", "b"),
                action("etcd1", "b"),
            ),
            together(action("etcd3", "a"), key="next"),
        )
    )
    with pytest.raises(ApplyError) as caught:
        await apply(plan, run.bench)
    error = caught.value
    assert (error.host, error.step, error.cause) == ("etcd1", "Title of a", "no space left")
    assert error.remedy
    assert run.outcomes() == {("etcd1", "a"): "failed", ("etcd2", "a"): "done"}
    assert run.started() == [("etcd1", "a"), ("etcd2", "a")]
    last = run.events[-1]
    assert last == StageFinished("stage", "failed")


async def test_all_failures_are_told_together(run: Run) -> None:
    meeting = asyncio.Barrier(3)

    async def fail(_host: Host, _args: tuple[str, ...]) -> Result:
        await meeting.wait()
        return Result(1, b"only here\n")

    for host in run.hosts.values():
        host.answers["a"] = fail
    plan = Plan((together(*(action(name, "a") for name in run.hosts)),))
    with pytest.raises(ApplyError):
        await apply(plan, run.bench)
    told = [e for e in run.events if isinstance(e, ActionFinished)]
    assert {(e.host, e.outcome, e.cause) for e in told} == {
        (name, "failed", "only here") for name in run.hosts
    }


async def test_a_failure_ends_a_one_by_one_stage_at_once(run: Run) -> None:
    run.hosts["etcd1"].answers["b"] = answering(Result(71))
    stage = Stage("roll", "Roll", "one-by-one", (action("etcd1", "b"), action("etcd2", "a")))
    with pytest.raises(ApplyError) as caught:
        await apply(Plan((stage,)), run.bench)
    assert "71" in caught.value.cause
    assert run.started() == [("etcd1", "b")]


async def test_a_defect_lets_a_neighbour_end_its_step_too(run: Run) -> None:
    began = asyncio.Event()

    async def defect(_host: Host, _args: tuple[str, ...]) -> Result:
        await began.wait()
        raise ZeroDivisionError

    async def slow(_host: Host, _args: tuple[str, ...]) -> Result:
        began.set()
        for _turn in range(20):
            await asyncio.sleep(0)
        return OK

    run.hosts["etcd1"].answers["a"] = defect
    run.hosts["etcd2"].answers["a"] = slow
    with pytest.raises(ZeroDivisionError):
        await apply(
            Plan((together(action("etcd1", "a"), action("etcd2", "a"), action("etcd2", "b")),)),
            run.bench,
        )
    assert run.outcomes() == {("etcd2", "a"): "done"}
    assert ("etcd2", "b") not in run.started()


async def test_the_operators_own_disk_is_a_failure_like_any(run: Run) -> None:
    run.bench.state.path.joinpath("token").mkdir()
    with pytest.raises(ApplyError) as caught:
        await apply(Plan((together(action(OPERATOR, "token", ChooseToken())),)), run.bench)
    assert (caught.value.host, caught.value.step) == (OPERATOR, "Title of token")


# lost connections


async def test_a_lost_connection_is_made_again_and_the_script_run_again(run: Run) -> None:
    lost = iter([LOST, OK])

    async def once_lost(_host: Host, _args: tuple[str, ...]) -> Result:
        return next(lost)

    run.hosts["etcd1"].answers["a"] = once_lost
    assert await apply(Plan((together(action("etcd1", "a")),)), run.bench) == 1
    assert run.hosts["etcd1"].calls == [("a",), ("a",)]
    assert run.hosts["etcd1"].closed == 1
    states = [e.state for e in run.events if isinstance(e, HostProgress)]
    assert states == ["reconnecting", "connected"]


@pytest.mark.fault(
    7,
    injected="every answer of a host is lost",
    seen="three tries, then exit 5: unknown",
)
async def test_a_host_that_is_lost_again_and_again_ends_unknown(run: Run) -> None:
    run.hosts["etcd1"].answers["a"] = answering(LOST)
    with pytest.raises(ApplyError) as caught:
        await apply(Plan((together(action("etcd1", "a")),)), run.bench)
    assert "unknown" in caught.value.cause
    assert len(run.hosts["etcd1"].calls) == 3
    assert run.outcomes() == {("etcd1", "a"): "unknown"}


async def test_a_host_that_cannot_be_entered_again_ends_unknown(run: Run) -> None:
    async def refuse(name: str) -> Host:
        raise HostsError("x", [HostFailure(name, "timeout", "It does not answer.")])

    run.bench.reconnect = refuse
    run.hosts["etcd1"].answers["a"] = answering(LOST)
    with pytest.raises(ApplyError) as caught:
        await apply(Plan((together(action("etcd1", "a")),)), run.bench)
    assert caught.value.cause == "It does not answer."
    assert run.outcomes() == {("etcd1", "a"): "unknown"}
    assert len(run.hosts["etcd1"].calls) == 1


@pytest.mark.parametrize(
    ("kind", "again"), [("refused", True), ("unreachable", True), ("changed-host-key", False)]
)
async def test_a_host_that_may_be_rebooting_is_tried_for_a_while(
    run: Run, kind: str, again: bool
) -> None:
    asked = []

    async def refuse(name: str) -> Host:
        asked.append(name)
        raise HostsError("x", [HostFailure(name, kind, "It is away.")])

    run.bench.reconnect = refuse
    run.hosts["etcd1"].answers["a"] = answering(LOST)
    with pytest.raises(ApplyError):
        await apply(Plan((together(action("etcd1", "a")),)), run.bench)
    assert (len(asked) > 1) is again


@pytest.mark.fault(
    33,
    injected="a host that refuses connections for a while",
    seen="entered again, and the step asked for again",
)
async def test_a_host_that_comes_back_is_gone_on_with(run: Run) -> None:
    enter = run.bench.reconnect
    away = iter([True, True, False])

    async def rebooting(name: str) -> Transport:
        if next(away):
            raise HostsError("x", [HostFailure(name, "refused", "It is away.")])
        return await enter(name)

    results = iter([LOST, OK])

    async def once_lost(_host: Host, _args: tuple[str, ...]) -> Result:
        return next(results)

    run.bench.reconnect = rebooting
    run.hosts["etcd1"].answers["a"] = once_lost
    assert await apply(Plan((together(action("etcd1", "a")),)), run.bench) == 1


# stopping


async def test_a_stop_lets_running_steps_end_and_begins_nothing_new(run: Run) -> None:
    async def stop(_host: Host, _args: tuple[str, ...]) -> Result:
        run.bench.stop.set()
        await asyncio.sleep(0)
        return OK

    run.hosts["etcd1"].answers["a"] = stop
    plan = Plan(
        (
            together(action("etcd1", "a"), action("etcd1", "b")),
            together(action("etcd2", "a"), key="next"),
        )
    )
    with pytest.raises(Interrupted):
        await apply(plan, run.bench)
    assert run.outcomes() == {("etcd1", "a"): "done"}
    assert run.started() == [("etcd1", "a")]


async def test_a_failure_during_a_stop_is_a_failure(run: Run) -> None:
    async def stop_and_fail(_host: Host, _args: tuple[str, ...]) -> Result:
        run.bench.stop.set()
        return Result(1)

    run.hosts["etcd1"].answers["a"] = stop_and_fail
    with pytest.raises(ApplyError):
        await apply(Plan((together(action("etcd1", "a")),)), run.bench)


@pytest.mark.parametrize("neighbour_fails", [False, True])
async def test_waiting_for_a_quorum_is_given_up_on_a_stop(run: Run, neighbour_fails: bool) -> None:
    waiting = asyncio.Event()
    cancelled = asyncio.Event()

    async def forever(_host: Host, _args: tuple[str, ...]) -> Result:
        waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return OK

    async def stop(_host: Host, _args: tuple[str, ...]) -> Result:
        await waiting.wait()
        run.bench.stop.set()
        return Result(1) if neighbour_fails else OK

    run.hosts["etcd1"].answers["120"] = forever
    run.hosts["etcd2"].answers["a"] = stop
    plan = Plan((together(action("etcd1", "ready", WaitReady(120)), action("etcd2", "a")),))
    async with asyncio.timeout(10):
        with pytest.raises(ApplyError if neighbour_fails else Interrupted):
            await apply(plan, run.bench)
        await cancelled.wait()
    assert run.outcomes()["etcd2", "a"] == ("failed" if neighbour_fails else "done")


# what hosts say themselves


START = RunScript("start_member", ("start",))


async def ended(run: Run) -> list[HostLine]:
    """The lines that hosts printed, all of them told."""
    await run.bench.journals.close()
    await run.bench.lines.close()
    return [event for event in run.events if isinstance(event, HostLine)]


async def test_the_journal_is_followed_from_the_start_of_a_member_until_it_is_ready(
    run: Run,
) -> None:
    host = run.hosts["etcd1"]
    host.journal = (b'{"msg":"ready"}', b"", b"\x1b[31mred\x1b[0m \xff")

    async def until_heard(_host: Host, _args: tuple[str, ...]) -> Result:
        while not any(isinstance(event, HostLine) for event in run.events):
            await asyncio.sleep(0)
        return OK

    host.answers["120"] = until_heard
    plan = Plan(
        (together(action("etcd1", "start", START), action("etcd1", "ready", WaitReady(120))),)
    )
    async with asyncio.timeout(10):
        assert await apply(plan, run.bench) == 2
    assert await ended(run) == [
        HostLine("etcd1", '{"msg":"ready"}', "journal"),
        HostLine("etcd1", "red \ufffd", "journal"),
    ]
    (args,) = host.followed
    assert args == ("--no-tail", "--since=-3s")
    assert run.hosts["etcd2"].followed == []


async def test_of_a_member_that_was_on_its_way_before_the_latest_lines_are_told(run: Run) -> None:
    await apply(Plan((together(action("etcd1", "ready", WaitReady(120))),)), run.bench)
    await asyncio.sleep(0)
    assert run.hosts["etcd1"].followed == [("--lines=50",)]


async def test_a_journal_that_cannot_be_followed_is_only_a_lost_log(run: Run) -> None:
    async def broken(_script: str, *_args: str, tell: Tell) -> None:
        raise OSError

    async def heard(_host: Host, _args: tuple[str, ...]) -> Result:
        await asyncio.sleep(0)
        return OK

    run.hosts["etcd1"].follow = broken  # type: ignore[method-assign]
    run.hosts["etcd1"].answers["120"] = heard
    plan = Plan((together(action("etcd1", "ready", WaitReady(120))),))
    assert await apply(plan, run.bench) == 1
    assert await ended(run) == []


async def test_what_scripts_print_on_standard_error_is_told_with_their_names(run: Run) -> None:
    run.hosts["etcd1"].answers["a"] = answering(Result(0, b"no", b"one\n\ntwo\n"))
    run.hosts["etcd2"].answers["a"] = answering(Result(70, b"", b"no space left\n"))
    with pytest.raises(ApplyError):
        await apply(Plan((together(action("etcd1", "a"), action("etcd2", "a")),)), run.bench)
    assert [(line.host, line.text, line.source) for line in await ended(run)] == [
        ("etcd1", "one", "record"), ("etcd1", "two", "record"),
        ("etcd2", "no space left", "record"),
    ]  # fmt: skip


# what reaches the host


async def test_a_file_travels_with_its_size_and_sum(run: Run) -> None:
    step = WriteFile("/etc/etcd/x", Text("hé\n"), "root", "root", "600", "seen", created=False)
    await apply(Plan((together(action("etcd1", "x", step)),)), run.bench)
    path, size, sha256, *rest = run.hosts["etcd1"].calls[0]
    assert run.hosts["etcd1"].stdin == ["hé\n".encode()]
    assert (path, size, len(sha256)) == ("/etc/etcd/x", "4", 64)
    assert rest == ["root", "root", "600", "seen", "no"]


async def test_a_conf_gets_its_token_when_it_is_written(run: Run) -> None:
    step = WriteFile("/c", ConfText("T=CHOSEN-AT-INSTALL\n"), "root", "root", "600")
    plan = Plan((together(action("etcd1", "config", step)),))
    with pytest.raises(ApplyError):
        await apply(plan, run.bench)
    assert run.hosts["etcd1"].calls == []
    run.bench.state.choose_token("of-mine")
    await apply(plan, run.bench)
    assert run.hosts["etcd1"].stdin == [b"T=of-mine\n"]


async def test_an_archive_is_sent_from_its_file_with_progress(run: Run, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.tar.gz", "3.5.30", "amd64", "ab", 700, "top", ("etcd",))
    run.bench.archives = {"amd64": archive}
    step = InstallPrograms("3.5.30", "amd64", "/usr/local/bin", ("etcd",), by_host=False)
    await apply(Plan((together(action("etcd1", "programs", step)),)), run.bench)
    host = run.hosts["etcd1"]
    assert host.calls == [("/usr/local/bin", "3.5.30", "ab", "700", "top", "", "etcd")]
    assert host.stdin == [archive.path]
    progress = [e for e in run.events if isinstance(e, ActionProgress)]
    assert [(e.host, e.key, e.total) for e in progress] in ([], [("etcd1", "programs", 700)])


async def test_without_the_archive_nothing_is_sent(run: Run) -> None:
    step = InstallPrograms("3.5.30", "arm64", "/usr/local/bin", ("etcd",), by_host=False)
    with pytest.raises(ApplyError, match="arm64"):
        await apply(Plan((together(action("etcd1", "programs", step)),)), run.bench)
    assert run.hosts["etcd1"].calls == []


async def test_the_empty_plan_tells_nothing(run: Run) -> None:
    assert await apply(Plan(), run.bench) == 0
    assert run.events == []
