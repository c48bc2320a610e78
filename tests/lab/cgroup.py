"""The control group of a lab: which processes are the lab's, whoever started them.

Every process that a lab starts is put into a group of the lab's before it runs anything. So
what a killed run left is found without recorded pids, and no stranger's process can be taken
for one of ours. Each host needs a group of its own for another reason as well: with one in
common, the systemds of two hosts would wait for, and kill, each other's services.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from . import places
from .process import LabError

# Enters every group named before `--`, then becomes the command after it.
_ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'


@cache
def hierarchies() -> tuple[Path, ...]:
    """Mount points of the hierarchies in which systemd keeps units, the best to read first."""
    unified, named = [], []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        where = Path(left.split()[4])
        if kind == "cgroup2":
            unified.append(where)
        elif kind == "cgroup" and "name=systemd" in options.split(","):
            named.append(where)
    return tuple(unified[:1] + named[:1])


class Cgroup:
    """A group of the lab `LAB` or, with `LAB/HOST`, of a host in it; in every hierarchy."""

    def __init__(self, path: str) -> None:
        self._folders = [top / f"etcd-tui-lab{places.tag()}.{path}" for top in hierarchies()]

    def entering(self, command: Sequence[str]) -> list[str]:
        """`command`, run so that it is in this group (which is made here) from the start."""
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
        return ["sh", "-c", _ENTER, "sh", *map(str, self._folders), "--", *command]

    def processes(self) -> list[int]:
        """Pids in this group and all below it."""
        return [pid for folder in self._tree(self._folders[0]) for pid in _read(folder)]

    def init(self) -> int | None:
        """PID 1 of the container whose nspawn is in this group; None when none has come up."""
        for pid in _read(self._folders[0] / "payload" / "init.scope"):
            if _is_init(pid):
                return pid
        return None

    def kill(self, *, patience: float = 10.0) -> None:
        """End every process in the group, PID 1 first, and return when none is left.

        nspawn (which puts itself into the group `supervisor`) tidies up when its container's
        PID 1 is gone; it is killed only when it does not end by itself.
        """
        folders = list(self._tree(self._folders[0]))
        for folder in folders:
            for pid in _read(folder):
                if _is_init(pid):
                    _kill(pid)
        for folder in folders:
            if folder.name != "supervisor":
                for pid in _read(folder):
                    _kill(pid)
        try:
            self.wait_empty(patience / 2)
        except LabError:
            for pid in self.processes():
                _kill(pid)
            self.wait_empty(patience / 2)

    def wait_empty(self, patience: float) -> None:
        """Return when no process is left in the group; LabError after `patience` seconds."""
        deadline = time.monotonic() + patience
        while remaining := self.processes():
            if time.monotonic() > deadline:
                raise LabError(f"after {patience:.0f} s processes {remaining} have not ended")
            time.sleep(0.005)

    def remove(self) -> None:
        """Delete the group and all below it, which must be empty of processes."""
        for top in self._folders:
            for folder in reversed(list(self._tree(top))):
                # Groups of processes that have just ended stay busy for a moment.
                for _ in range(200):
                    try:
                        folder.rmdir()
                        break
                    except FileNotFoundError:
                        break
                    except OSError:
                        time.sleep(0.005)

    @staticmethod
    def _tree(folder: Path) -> Iterator[Path]:
        """This folder and those below it, parents first."""
        for path, _, _ in os.walk(folder):
            yield Path(path)


def _read(folder: Path) -> list[int]:
    try:
        return [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def _is_init(pid: int) -> bool:
    """Whether this process is PID 1 of a pid namespace below ours."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    pids = status.partition("\nNSpid:")[2].partition("\n")[0].split()
    return len(pids) > 1 and pids[-1] == "1"


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
