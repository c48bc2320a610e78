"""ModelHost: a Transport that runs the real scripts on a disk of its own, each to a chosen end."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from etcd_tui.practice.disk import Disk
from etcd_tui.remote.lines import Tell
from etcd_tui.remote.shell import frame
from etcd_tui.remote.transport import Result
from tests.model.disk import Programs

Kind = Literal["failed", "applied", "not applied", "cut", "killed", "broken", "tool killed"]


@dataclass(frozen=True)
class Fault:
    """How one remote step ends.

    `failed`: known not to have run. `applied`, `not applied`: the connection is lost after or
    before it. `cut`: it is lost while the payload travels, `at` percent of it arrive. `killed`: the
    host kills the script before its `at`-th command. `broken`: that command fails, as on a full
    disk. `tool killed`: the operator's side dies, and the script outlives it. `away`: there is no
    way back to the host, either.
    """

    kind: Kind
    at: int = 1
    away: bool = False


class ToolKilled(BaseException):
    """The operator's process was killed; nothing of it goes on."""


@dataclass
class ModelHost:
    """`faults` are by the number of the call in this run, from 0 on."""

    name: str
    disk: Disk
    programs: Programs
    look: Callable[[], None] = lambda: None
    """Called after each step with a fault: is anything half done now?"""
    faults: dict[int, Fault] = field(default_factory=dict)
    calls: int = 0
    away: bool = False
    last: Result | None = None
    """What the latest call gave, for whoever asks whether a success was seen."""
    scripts: set[asyncio.Future[Result]] = field(default_factory=set)

    def begin(self, faults: dict[int, Fault]) -> None:
        """A new run of the tool begins."""
        self.faults, self.calls, self.away, self.last = faults, 0, False, None

    async def run(
        self,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        root: bool = True,
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        fault = self.faults.get(self.calls)
        self.calls += 1
        try:
            self.last = await self._end(fault, script, args, stdin)
        finally:
            if fault is not None:
                self.look()
        return self.last

    async def _end(
        self, fault: Fault | None, script: str, args: tuple[str, ...], stdin: bytes | Path
    ) -> Result:
        data = stdin.read_bytes() if isinstance(stdin, Path) else stdin
        if fault is None:
            return await self._really(script, args, data)
        self.away = fault.away
        match fault.kind:
            case "failed":
                return Result(1, stderr=b"the host did not want to\n")
            case "not applied":
                return Result(None)
            case "cut":
                await self._really(script, args, data[: len(data) * fault.at // 100])
                return Result(None)
            case "killed":
                await self._really(script, args, data, ("kill", fault.at))
                return Result(None)
            case "broken":
                return await self._really(script, args, data, ("break", fault.at))
            case "tool killed":
                await self._really(script, args, data)
                raise ToolKilled
            case "applied":
                await self._really(script, args, data)
                return Result(None)

    async def _really(
        self, script: str, args: tuple[str, ...], data: bytes, trap: tuple[str, int] | None = None
    ) -> Result:
        """Run it as a host does; whoever waits for it may go, the script stays until its end."""
        work = asyncio.get_running_loop().run_in_executor(
            None, self._shell, script, args, data, trap
        )
        self.scripts.add(work)
        work.add_done_callback(self.scripts.discard)
        return await asyncio.shield(work)

    def _shell(
        self, script: str, args: tuple[str, ...], data: bytes, trap: tuple[str, int] | None
    ) -> Result:
        framed = frame(script, *args)
        programs = str(self.programs.plain)
        env = {"ETCD_TUI_ROOT": str(self.disk.root), "PATH": programs, "HOME": "/"}
        if trap:
            seen = self.disk.root / "run/model/seen"
            seen.unlink(missing_ok=True)
            programs = f"{self.programs.trapped}:{programs}"
            env |= {"TRAP": trap[0], "TRAP_AT": str(trap[1]), "TRAP_SEEN": str(seen)}
        env["ETCD_TUI_PATH"] = f"{programs}:{self.disk.inside('/usr/local/bin')}"
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {framed.command}"],
            input=framed.line + data,
            capture_output=True,
            check=False,
            env=env,
            cwd=self.disk.root,
            start_new_session=True,
            timeout=120,
        )
        out, err = (each.partition(framed.mark)[2] for each in (done.stdout, done.stderr))
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return Result(status, out, err)

    async def settled(self) -> None:
        """Wait for scripts that outlived the tool."""
        await asyncio.gather(*self.scripts)

    def systemctl(self, verb: str) -> None:
        """What happens to a host beside the tool: `reboot`."""
        subprocess.run(
            [self.programs.plain / "systemctl", verb],
            check=True,
            env={"ETCD_TUI_ROOT": str(self.disk.root), "PATH": str(self.programs.plain)},
        )

    async def follow(self, script: str, *args: str, tell: Tell) -> None:
        return None

    async def tunnel(self, host: str, port: int) -> str:
        raise OSError(os.strerror(111))

    async def close(self) -> None:
        return None
