"""Around: what a service needs besides its program: its environment, commands before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from etcd_tui.practice.disk import Disk
from etcd_tui.practice.ending import words_of
from etcd_tui.practice.journal import Journal
from etcd_tui.practice.unit_file import UnitFile, read_environment

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def environment_of(unit: UnitFile, disk: Disk, notify: str, run: str) -> dict[str, str]:
    """Return what the program's environment is; OSError if a file of it can't be read."""
    settings = {
        "LANG": "C.UTF-8",
        "PATH": _PATH,
        "INVOCATION_ID": run,
        **dict(unit.environment),
    }
    if unit.type == "notify":
        settings["NOTIFY_SOCKET"] = notify
    for path in unit.environment_files:
        try:
            text = Path(disk.inside(path.removeprefix("-"))).read_text("utf-8", "replace")
        except FileNotFoundError:
            if not path.startswith("-"):
                raise
        else:
            settings.update(read_environment(text))
    return settings


class Around:
    """Runs the commands before and after a program, as root of the host."""

    def __init__(
        self, name: str, disk: Disk, journal: Journal, environment: Mapping[str, str]
    ) -> None:
        self._name = name
        self._disk = disk
        self._journal = journal
        self._environment = dict(environment)
        self._running: asyncio.subprocess.Process | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self._running is not None

    async def run(self, commands: Sequence[Sequence[str]], run: str) -> bool:
        """Run one after another; return whether all have succeeded."""
        for program, *arguments in commands:
            if self._closed:
                return False
            child = await asyncio.create_subprocess_exec(
                *(self._disk.inside(program), *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
            self._running = child
            try:
                _out, err = await child.communicate()
            finally:
                self._running = None
            for line in err.splitlines():
                self._journal.heard(self._name, line, Path(program).name, child.pid, run)
            if child.returncode != 0:
                ended = words_of(child.returncode or 0)
                self._journal.say(self._name, f"{self._name}: Control process exited, {ended}", run)
                return False
        return True

    def end(self) -> None:
        """End the command that runs."""
        if self._running and self._running.returncode is None:
            self._running.terminate()

    def close(self) -> None:
        """End it at once, and run no other."""
        self._closed = True
        if self._running and self._running.returncode is None:
            self._running.kill()
