"""A run holds all its hosts or none, and takes none from another run in silence."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etcd_tui.apply import bench as bench_module
from etcd_tui.apply.bench import Bench, StepError
from etcd_tui.apply.events import Checked, Event, Note, Stream
from etcd_tui.apply.host_lines import HostLines
from etcd_tui.apply.host_locks import HostLocks, hosts_seen
from etcd_tui.apply.journals import Journals
from etcd_tui.engine import Engine
from etcd_tui.errors import HostFailure, HostsError, RefusedError
from etcd_tui.holder import Holder
from etcd_tui.observe.facts import HostFacts, HostLock
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.transport import Result, Transport
from etcd_tui.state_folder import StateFolder
from tests.unit.situations import spec_of

NAMES = ("etcd1", "etcd2", "etcd3")
ANNA = Holder("run-a", "install", "anna@laptop", 11, 1767225600)
BERT = Holder("run-b", "uninstall", "bert@desk", 12, 1767225600)


@dataclass
class ShellHost:
    """A Transport to a folder: its scripts are run by this machine's shell."""

    name: str
    root: Path
    away: bool = False
    ran: list[str] = field(default_factory=list)

    @property
    def held(self) -> Path:
        return self.root / "run/etcd-tui.held"

    @property
    def holder(self) -> str:
        return self.held.read_text().splitlines()[0] if self.held.exists() else ""

    async def run(
        self,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        root: bool = True,
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        if self.away:
            return Result(None)
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "ETCD_TUI_ROOT": str(self.root)}
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", script, "sh", *args), stdout=-1, stderr=-1, env=env
        )
        stdout, stderr = await process.communicate()
        return Result(process.returncode, stdout, stderr)

    async def tunnel(self, host: str, port: int) -> str:
        raise OSError("no tunnel")

    async def follow(self, script: str, *args: str, tell: Callable[[bytes, bool], object]) -> None:
        return None

    async def close(self) -> None:
        return None


class Ground:
    """Three hosts, and the locks of any run on them. `ended`: runs that are known to be over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[Event] = []
        self.hosts = {name: ShellHost(name, folder / name) for name in NAMES}
        for host in self.hosts.values():
            (host.root / "run").mkdir(parents=True)

    def bench(self, holder: Holder) -> Bench:
        async def reconnect(host: str) -> Transport:
            raise HostsError("", [HostFailure(host, "timeout", f"{host} does not answer.")])

        stream = Stream(self.told.append)
        lines = HostLines(stream)
        return Bench(
            spec=spec_of(3),
            state=StateFolder(self.folder),
            transports=dict(self.hosts),
            reconnect=reconnect,
            stream=stream,
            lines=lines,
            journals=Journals(lines),
            holder=holder.line,
        )

    def locks(self, holder: Holder, *, ended: str = "", given: str = "") -> HostLocks:
        def judge(lock: HostLock) -> HostLock:
            run = Holder.parse(lock.line).run
            standing = "ended" if run == ended else "given" if run == given else "other"
            return HostLock(lock.line, lock.silent, standing)  # type: ignore[arg-type]

        return HostLocks(self.bench(holder), judge)

    @property
    def holders(self) -> list[str]:
        return [host.holder for host in self.hosts.values()]

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Note)]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setattr(bench_module, "_PAUSES", (0.0, 0.0))
    return Ground(tmp_path)


def unseen(*names: str) -> dict[str, HostFacts | None]:
    return dict.fromkeys(names or NAMES)


async def test_all_hosts_are_held_until_the_end_and_nothing_is_said_of_it(ground: Ground) -> None:
    locks = ground.locks(ANNA)
    await locks.take(unseen())
    assert ground.holders == [ANNA.line] * 3
    await locks.release()
    assert ground.holders == [""] * 3
    assert ground.told == []


async def test_one_host_that_another_run_holds_lets_all_others_go_again(ground: Ground) -> None:
    await ground.locks(BERT).take(unseen("etcd2"))
    with pytest.raises(RefusedError) as caught:
        await ground.locks(ANNA).take(unseen())
    assert ground.holders == ["", BERT.line, ""]
    error = caught.value
    for word in ("etcd2", "uninstall by bert@desk", "process 12", "run-b"):
        assert word in error.what
    assert "--take-over run-b" in error.remedy
    (check,) = [event.check for event in ground.told if isinstance(event, Checked)]
    assert (check.host, check.key, check.status) == ("etcd2", "lock", "fail")


async def test_of_two_runs_that_begin_at_once_at_most_one_goes_on(ground: Ground) -> None:
    both = (ground.locks(ANNA), ground.locks(BERT))
    orders = (unseen(*NAMES), unseen(*reversed(NAMES)))
    ended = await asyncio.gather(
        *(locks.take(order) for locks, order in zip(both, orders, strict=True)),
        return_exceptions=True,
    )
    refused = [isinstance(end, RefusedError) for end in ended]
    assert any(refused)
    left = [h.line for h, lost in zip((ANNA, BERT), refused, strict=True) if not lost]
    assert ground.holders == (left or [""]) * 3


@pytest.mark.parametrize("seen", [True, False])
async def test_a_run_that_has_ended_gives_way_and_this_is_said_once(
    ground: Ground, seen: bool
) -> None:
    await ground.locks(BERT).take(unseen())
    facts = [HostFacts(name, lock=HostLock(BERT.line), turn=BERT.line) for name in NAMES]
    await ground.locks(ANNA, ended="run-b").take(hosts_seen(facts) if seen else unseen())
    assert ground.holders == [ANNA.line] * 3
    (note,) = ground.notes
    assert note.startswith("etcd1, etcd2, etcd3: taken over from your own run")
    assert "run-b" in note


async def test_a_run_that_the_operator_gave_up_gives_way_and_another_does_not(
    ground: Ground,
) -> None:
    await ground.locks(BERT).take(unseen("etcd1"))
    await ground.locks(Holder("run-c")).take(unseen("etcd3"))
    with pytest.raises(RefusedError, match="run-c"):
        await ground.locks(ANNA, given="run-b").take(unseen())
    assert ground.holders[2] == Holder("run-c").line
    assert ground.notes == []
    # Which of its hosts were let go: the ones that this run had taken, and no others.
    assert ANNA.line not in ground.holders


async def test_a_run_that_held_a_host_since_it_was_looked_at_makes_the_look_worthless(
    ground: Ground,
) -> None:
    seen = hosts_seen(HostFacts(name) for name in NAMES)
    other = ground.locks(BERT)
    await other.take(unseen("etcd3"))
    await ground.bench(BERT).run("etcd3", "record", "cluster", "prod")
    await other.release()
    with pytest.raises(RefusedError, match="etcd3 since it was looked at"):
        await ground.locks(ANNA).take(seen)
    assert ground.holders == [""] * 3


async def test_a_host_that_is_lost_lets_all_others_go_again(ground: Ground) -> None:
    ground.hosts["etcd2"].away = True
    with pytest.raises(HostsError, match="nothing was changed"):
        await ground.locks(ANNA).take(unseen())
    assert ground.holders == [""] * 3


async def test_a_host_that_cannot_be_held_says_why(ground: Ground) -> None:
    shutil.rmtree(ground.hosts["etcd3"].root / "run")
    with pytest.raises(RefusedError) as caught:
        await ground.locks(ANNA).take(unseen())
    assert caught.value.host == "etcd3"
    assert "run/etcd-tui.lock" in caught.value.cause
    assert ground.holders == [""] * 3


async def test_a_host_that_cannot_be_let_go_is_named_with_what_to_type(ground: Ground) -> None:
    locks = ground.locks(ANNA)
    await locks.take(unseen())
    ground.hosts["etcd2"].away = True
    await locks.release()
    (note,) = ground.notes
    assert note.startswith("etcd2 could not be let go")
    assert "--take-over run-a" in note
    assert ground.holders == ["", ANNA.line, ""]


async def test_a_run_that_was_taken_over_fails_with_its_next_step(ground: Ground) -> None:
    await ground.locks(ANNA).take(unseen())
    await ground.locks(BERT, given="run-a").take(unseen())
    with pytest.raises(StepError) as caught:
        await ground.bench(ANNA).run("etcd1", "record", "cluster", "prod")
    assert "taken over" in caught.value.what
    assert "bert@desk" in caught.value.cause
    assert not caught.value.unknown


# the engine's part


def engine(ground: Ground, holder: Holder | None = ANNA) -> Engine:
    made = Engine(
        spec_of(3),
        StateFolder(ground.folder),
        Secrets(None),
        Stream(ground.told.append),
        holder=holder,
    )
    made.transports.update(ground.hosts)
    return made


async def test_hosts_are_held_within_and_free_after_however_it_ends(ground: Ground) -> None:
    async with engine(ground).hosts_held():
        assert ground.holders == [ANNA.line] * 3
    assert ground.holders == [""] * 3
    with pytest.raises(RefusedError):
        async with engine(ground).hosts_held():
            raise RefusedError("something is in the way")
    assert ground.holders == [""] * 3


async def test_a_run_with_nothing_to_do_holds_nothing(ground: Ground) -> None:
    async with engine(ground).hosts_held(tuple(map(HostFacts, NAMES)), needed=False):
        assert ground.holders == [""] * 3


async def test_a_run_with_nothing_to_do_clears_away_what_has_ended(ground: Ground) -> None:
    await ground.locks(BERT).take(unseen())
    left = HostLock(BERT.line, standing="given")
    hosts = tuple(HostFacts(name, lock=left, turn=BERT.line) for name in NAMES)
    consenting = engine(ground)
    consenting.take_over = frozenset({"run-b"})
    async with consenting.hosts_held(hosts, needed=False):
        assert ground.holders == [ANNA.line] * 3
    assert ground.holders == [""] * 3


async def test_a_run_that_leaves_at_once_leaves_the_hosts_to_the_next_one(ground: Ground) -> None:
    async def leave() -> None:
        async with engine(ground).hosts_held():
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await leave()
    assert ground.holders == [ANNA.line] * 3


async def test_without_the_state_folder_no_host_is_held(ground: Ground) -> None:
    with pytest.raises(RuntimeError):
        async with engine(ground, None).hosts_held():
            pass
    assert ground.holders == [""] * 3
