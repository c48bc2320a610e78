"""Process: one run of a service's program, its output in the journal, its own look in /proc.

A practice host has one disk among others in this machine's file system, so absolute paths in the
program's arguments and in its `ETCD_` settings are led there. What the host shows of the process
(`/proc/PID/environ` and `exe`) is as the unit has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.practice.disk import Disk
from etcd_tui.practice.identity import Identity
from etcd_tui.practice.journal import Journal
from etcd_tui.practice.unit_file import UnitFile

_LAUNCH = Path(__file__).parent / "shims" / "launch.py"
_CHUNK = 1 << 16
_LONGEST = 1 << 20
_OUTPUT_SECONDS = 2.0
"""What a program printed is awaited this long after its end, if a child of it holds the pipe."""


class SpawnError(Exception):
    """The program could not be executed; the message is the system's reason."""


@dataclass(slots=True)
class Process:
    """A running program. `identity` None: it ended before it could be looked at."""

    pid: int
    identity: Identity | None
    ended: asyncio.Task[int]
    """Ends with the process: its exit status, or minus the signal that ended it."""

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it has started, unless it has ended."""
        if not self.ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)


async def spawn(
    disk: Disk,
    journal: Journal,
    name: str,
    unit: UnitFile,
    environment: dict[str, str],
    run: str,
) -> Process:
    """Start the unit's program; SpawnError if it can't be executed."""
    program, *arguments = unit.command
    reading, writing = os.pipe()
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_LAUNCH)),
            *(str(os.getpid()), str(writing), str(unit.umask)),
            *(str(unit.open_files), str(int(unit.no_new_privileges))),
            *(disk.inside(program), *(disk.led(word) for word in arguments)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={
                key: disk.led(value) if key.startswith("ETCD_") else value
                for key, value in environment.items()
            },
            cwd=disk.root,
            pass_fds=(writing,),
            start_new_session=True,
        )
    finally:
        os.close(writing)
    identifier = Path(program).name
    reader = asyncio.create_task(_listen(child, journal, name, identifier, run))
    try:
        reason = await asyncio.to_thread(_read_all, reading)
    except asyncio.CancelledError:
        child.kill()
        raise
    if reason:
        await child.wait()
        await reader
        raise SpawnError(reason)
    shown = _show(disk, child.pid, unit, environment)
    ended = asyncio.create_task(_ended(child, reader, shown))
    return Process(child.pid, Identity.of(child.pid), ended)


def _read_all(descriptor: int) -> str:
    with os.fdopen(descriptor, "rb") as file:
        return file.read().decode("utf-8", "replace")


async def _ended(child: asyncio.subprocess.Process, reader: asyncio.Task[None], shown: Path) -> int:
    status = await child.wait()
    await asyncio.wait({reader}, timeout=_OUTPUT_SECONDS)
    reader.cancel()
    shutil.rmtree(shown, ignore_errors=True)
    return status


async def _listen(
    child: asyncio.subprocess.Process, journal: Journal, name: str, identifier: str, run: str
) -> None:
    stream = child.stdout
    if stream is None:
        return
    rest = b""
    while piece := await stream.read(_CHUNK):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST:
            lines, rest = [*lines, rest], b""
        for line in lines:
            journal.heard(name, line, identifier, child.pid, run)
    if rest:
        journal.heard(name, rest, identifier, child.pid, run)


def _show(disk: Disk, pid: int, unit: UnitFile, environment: dict[str, str]) -> Path:
    """Show the process in the host's own /proc, as it would look without the others' disks."""
    folder = disk.root / "proc" / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    program = unit.command[0]
    (folder / "comm").write_text(f"{Path(program).name}\n")
    (folder / "cmdline").write_text("".join(f"{word}\0" for word in unit.command))
    settings = "".join(f"{key}={value}\0" for key, value in environment.items())
    (folder / "environ").write_text(settings, errors="surrogateescape")
    (folder / "exe").symlink_to(program)
    return folder
