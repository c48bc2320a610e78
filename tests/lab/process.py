"""Run a command of the machine, and say what it printed when it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class LabError(Exception):
    """The lab could not do what was asked; the text says what to do about it."""


def run(
    args: Sequence[str | Path],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run `args` to its end and return its standard output; LabError with its words if it fails."""
    command = [str(part) for part in args]
    done = subprocess.run(
        command, input=stdin, env=env, cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise LabError(f"`{' '.join(command)}` ended with {done.returncode}: {said}")
    return done.stdout


def boot_id() -> str:
    """The kernel's name for this boot of the machine: pids of another boot mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True, slots=True)
class Process:
    """A process that cannot be mistaken for a later one that got the same pid."""

    pid: int
    started: int  # clock ticks after boot, field 22 of /proc/PID/stat
    boot: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has this pid now; ProcessLookupError when there is none."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            raise ProcessLookupError(pid) from None
        # The command's name may hold spaces and brackets: count the fields after its last one.
        fields = stat.rpartition(")")[2].split()
        return cls(pid=pid, started=int(fields[19]), boot=boot_id())

    def alive(self) -> bool:
        """Whether this very process still exists."""
        try:
            return Process.of(self.pid) == self
        except ProcessLookupError:
            return False
