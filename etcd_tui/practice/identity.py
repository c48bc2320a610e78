"""Identity: a process, told from any later one that gets the same number."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """A process by its number, its start in clock ticks since boot, and the boot."""

    pid: int
    started: str
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Return the identity of process `pid`; None if there is no such process."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        # The name in brackets may hold anything; the start is the 20th word behind it (proc(5)).
        words = stat.rpartition(")")[2].split()
        return None if words[0] == "Z" else cls(pid, words[19], boot)

    @property
    def lives(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def kill(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens if it has ended, or its number is another's by now."""
        with self._held() as handle:
            if handle is not None:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(handle, number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end, which need not be a child's; return whether it has ended. Blocking."""
        with self._held() as handle:
            return handle is None or bool(select.select([handle], [], [], seconds)[0])

    @contextlib.contextmanager
    def _held(self) -> Iterator[int | None]:
        """Give a handle that no later process can take over; None if this one has ended."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            yield None
            return
        try:
            yield handle if self.lives else None
        finally:
            os.close(handle)
