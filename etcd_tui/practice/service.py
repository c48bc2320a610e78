"""Service: one unit of a practice host, from `start` to the end of its last process.

The states and their names are systemd's, as far as the installer asks for them: it starts without
waiting, polls the state, and reads results and restarts.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from etcd_tui.practice.around import Around, environment_of
from etcd_tui.practice.disk import Disk
from etcd_tui.practice.ending import restarts, result_of, words_of
from etcd_tui.practice.journal import Journal
from etcd_tui.practice.notify import Notify
from etcd_tui.practice.process import Process, SpawnError, spawn
from etcd_tui.practice.unit_file import UnitError, UnitFile, read_unit

_TRANSIENT = "/run/systemd/transient"
_FOLDERS = (
    "/etc/systemd/system",
    _TRANSIENT,
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
)
_EXEC, _USER = 203, 217
_jobs = itertools.count(1)


class Service:
    """One unit. Its fields are what `systemctl show` tells; only this class changes them."""

    def __init__(
        self,
        name: str,
        disk: Disk,
        journal: Journal,
        notify: Notify,
        told: Callable[[], None],
        around: Mapping[str, str],
    ) -> None:
        self.name = name
        self.load = "not-found"
        self.fragment = ""
        self.unit = UnitFile()
        self.active = "inactive"
        self.sub = "dead"
        self.result = "success"
        self.status = 0
        self.restarts = 0
        self.job = 0
        self.run = ""
        self.since = 0.0
        self.began = 0.0
        """When the program was last started, in seconds since this machine was."""
        self.process: Process | None = None
        self.text = ""
        self._disk = disk
        self._journal = journal
        self._notify = notify
        self._told = told
        self._around = Around(name, disk, journal, around)
        self._life: asyncio.Task[None] | None = None
        self._orders = asyncio.Lock()
        self._settled = asyncio.Event()
        self._stopping = False
        self._starts: deque[float] = deque(maxlen=100)

    @property
    def pid(self) -> int:
        """The main process; 0: none."""
        return self.process.pid if self.process else 0

    @property
    def alive(self) -> bool:
        """Whether it was started and has neither been stopped nor given up."""
        return self._life is not None and not self._life.done()

    @property
    def needs_reload(self) -> bool:
        """Whether the unit file has changed since it was read."""
        return self.load != "not-found" and self.text != self._on_disk()[1]

    @property
    def enabled(self) -> str:
        """`enabled`, `disabled`, or nothing where there is no unit file."""
        if self.load == "not-found":
            return ""
        return "enabled" if self.wants else "disabled"

    @property
    def wants(self) -> list[Path]:
        """The links by which targets want this unit at boot."""
        units = Path(self._disk.inside("/etc/systemd/system"))
        # A link leads to a path of the host, so on this machine it leads nowhere.
        links = (folder / self.name for folder in units.glob("*.wants"))
        return [link for link in links if link.is_symlink()]

    def look(self) -> None:
        """Read the unit file anew if nothing runs: systemd forgets units that nobody uses."""
        if not self.alive and self.active != "failed":
            self.reload()

    def reload(self) -> None:
        """Read the unit file anew."""
        self.fragment, self.text = self._on_disk()
        if not self.fragment:
            self.load = "not-found"
            return
        try:
            self.unit = read_unit(self.text)
            self.load = "loaded"
        except (UnitError, ValueError) as error:
            self.load = "bad-setting"
            self._journal.say(self.name, f"{self.name}: {error}")

    def _on_disk(self) -> tuple[str, str]:
        for folder in _FOLDERS:
            path = f"{folder}/{self.name}"
            with contextlib.suppress(OSError, UnicodeDecodeError):
                return path, Path(self._disk.inside(path)).read_text("utf-8")
        return "", ""

    def write_transient(self, text: str) -> None:
        """Make this a unit that is there until it ends."""
        Path(self._disk.inside(f"{_TRANSIENT}/{self.name}")).write_text(text)
        self.reload()

    async def start(self) -> None:
        """Begin to start; `settled` waits for what comes of it. What runs is left as it is."""
        async with self._orders:
            if self.sub == "auto-restart":
                await self._end_life()
            if not self.alive:
                self._begin()

    async def stop(self) -> None:
        """Stop the process and everything it has started; wait for its end."""
        async with self._orders:
            await self._end()

    async def restart(self) -> None:
        """Stop what runs, then begin to start."""
        self.job = next(_jobs)
        async with self._orders:
            await self._end()
            self._begin()

    async def settled(self) -> bool:
        """Wait until the start has succeeded or failed; return which."""
        await self._settled.wait()
        return self.active == "active"

    def reset(self) -> None:
        """Forget a failure and the count of restarts."""
        self.restarts = 0
        if self.active == "failed":
            self._set("inactive", "dead")
            self.result = "success"

    def _begin(self) -> None:
        self.look()
        self.job = next(_jobs)
        self.restarts = 0
        self._stopping = False
        self._settled.clear()
        self._set("activating", "start")
        self._life = asyncio.create_task(self._live())

    async def _end(self) -> None:
        if not self.alive:
            self._set_idle()
            return
        self._stopping = True
        process = self.process
        if process is None and not self._around.busy:
            await self._end_life()
            return
        if process is None:
            self._around.end()
            await self.gone()
            return
        self._set("deactivating", "stop-sigterm")
        self._say(f"Stopping {self._described}...")
        process.kill(signal.SIGTERM)
        await asyncio.wait({process.ended}, timeout=self.unit.stop_seconds)
        if not process.ended.done():
            self._say(f"{self.name}: State 'stop-sigterm' timed out. Killing.")
            self.result = "timeout"
            process.kill(signal.SIGKILL)
        await self.gone()

    async def _end_life(self) -> None:
        """End a life that only waits for its next attempt."""
        if self._life:
            self._life.cancel()
        await self.gone()
        self._set_idle()

    def kill(self) -> None:
        """End it at once and for good, without a word."""
        self._stopping = True
        self._around.close()
        if self.process:
            self.process.kill(signal.SIGKILL)
        elif self._life:
            self._life.cancel()

    async def gone(self) -> None:
        """Wait until nothing of it runs."""
        if self._life:
            await asyncio.wait({self._life})

    async def _live(self) -> None:
        try:
            while True:
                await self._once()
                if self._stopping or not restarts(self.unit.restart, self.result):
                    break
                self.job = 0
                self._settled.set()
                self._set("activating", "auto-restart")
                await asyncio.sleep(self.unit.restart_seconds)
                self.restarts += 1
                self._say(
                    f"{self.name}: Scheduled restart job, restart counter is at {self.restarts}."
                )
                if self._too_often():
                    break
                self.job = next(_jobs)
                self._settled.clear()
                self._set("activating", "start")
        finally:
            self._set_idle()
            self._forget()

    def _forget(self) -> None:
        """Let a transient unit go with its failure, as --collect asks for."""
        if self.unit.forgotten and self.fragment.startswith(f"{_TRANSIENT}/"):
            Path(self._disk.inside(self.fragment)).unlink(missing_ok=True)
            self.result = "success"
            self._set_idle()

    def _too_often(self) -> bool:
        limit, now = self.unit.start_limit_seconds, time.monotonic()
        if not limit or sum(now - began < limit for began in self._starts) < self.unit.start_limit:
            return False
        self._say(f"{self.name}: Start request repeated too quickly.")
        self._say(f"{self.name}: Failed with result '{self.result}'.")
        return True

    async def _once(self) -> None:
        """Run the program once, from its start to its end."""
        unit = self.unit
        self.run, self.result, self.status = secrets.token_hex(16), "success", 0
        self._starts.append(time.monotonic())
        if unit.not_applied:
            names = ", ".join(unit.not_applied)
            self._say(f"{self.name}: not applied in practice: {names}")
        self._say(f"Starting {self._described}...")
        if unit.user not in ("", "root"):
            self._say(f"{self.name}: Failed to determine user credentials: No such process")
            self._not_begun("USER", "a practice host has no user but root", _USER)
            return
        try:
            environment = environment_of(unit, self._disk, self._notify.address, self.run)
        except OSError as error:
            self._say(f"{self.name}: Failed to load environment files: {error.strerror}")
            self._say(f"{self.name}: Failed to run 'start' task: {error.strerror}")
            self._failed("resources", starting=True)
            return
        try:
            if await self._around.run(unit.before, self.run):
                await self._execute(unit, environment)
            elif not self._stopping:
                self._failed("exit-code", starting=True)
        finally:
            await self._around.run(unit.after, self.run)

    async def _execute(self, unit: UnitFile, environment: dict[str, str]) -> None:
        try:
            self.began = time.clock_gettime(time.CLOCK_BOOTTIME)
            self.process = await spawn(
                self._disk, self._journal, self.name, unit, environment, self.run
            )
        except SpawnError as error:
            self._not_begun("EXEC", str(error), _EXEC)
            return
        self._told()
        await self._watch(self.process)
        self.process = None
        self._told()

    async def _watch(self, process: Process) -> None:
        starting = self.unit.type == "notify"
        if starting:
            ready = asyncio.create_task(self._notify.ready(process.pid))
            await asyncio.wait(
                {ready, process.ended},
                timeout=self.unit.start_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            starting = not ready.done()
            ready.cancel()
            if starting and not process.ended.done() and not self._stopping:
                self._say(f"{self.name}: start operation timed out. Terminating.")
                self.result = "timeout"
                process.kill(signal.SIGTERM)
                await asyncio.wait({process.ended}, timeout=self.unit.stop_seconds)
                process.kill(signal.SIGKILL)
        if not starting and not self._stopping:
            self.job = 0
            self._set("active", "running")
            self._settled.set()
            self._say(f"Started {self._described}.")
        self._judge(await process.ended, starting=starting)

    def _judge(self, status: int, *, starting: bool) -> None:
        self.status = status
        result = result_of(status)
        if self.result == "timeout":
            result = self.result
        elif starting and result == "success" and not self._stopping:
            result = "protocol"
        if result in ("success", "protocol"):
            if result == "success":
                self._say(f"{self.name}: Deactivated successfully.")
        else:
            self._say(f"{self.name}: Main process exited, {words_of(status)}")
        if result != "success":
            self._failed(result, starting=starting)
        elif self._stopping:
            self._say(f"Stopped {self._described}.")

    def _not_begun(self, step: str, reason: str, status: int) -> None:
        self.status = status
        program = self.unit.command[0] if self.unit.command else "?"
        self._say(f"{self.name}: Failed at step {step} spawning {program}: {reason}")
        self._say(f"{self.name}: Main process exited, {words_of(status)}")
        self._failed("exit-code", starting=True)

    def _failed(self, result: str, *, starting: bool) -> None:
        self.result = result
        self._say(f"{self.name}: Failed with result '{result}'.")
        if starting:
            self._say(f"Failed to start {self._described}.")

    def _set_idle(self) -> None:
        self.job = 0
        if self.result in ("success", ""):
            self._set("inactive", "dead")
        else:
            self._set("failed", "failed")
        self._settled.set()

    def _set(self, active: str, sub: str) -> None:
        if active != self.active:
            self.since = time.time()
        self.active, self.sub = active, sub

    def _say(self, message: str) -> None:
        self._journal.say(self.name, message, self.run)

    @property
    def _described(self) -> str:
        about = self.unit.description
        return f"{self.name} - {about}" if about else self.name
