"""Gate: a place at which a script on the host waits for the test; and waiting for others."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable
from pathlib import Path

GIVE_UP = 20.0
"""Seconds after which a test is broken; no test depends on how fast this machine is."""


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what another process does, without guessing how long it takes."""
    async with asyncio.timeout(GIVE_UP):
        while not holds():
            await asyncio.sleep(0.005)


class Gate:
    """A pipe that a script reads a line from: `read line <"$1"`."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._end = -1
        os.mkfifo(path)

    def reached(self) -> bool:
        """Whether a script stands at the gate. From then on it stays until `open` or `close`."""
        if self._end < 0:
            try:
                # Kept: the reader would take closing it for the end of file.
                self._end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return False
        return True

    def abandoned(self) -> bool:
        """Whether whoever stood at the gate has been killed."""
        poll = select.poll()
        poll.register(self._end, 0)
        return bool(poll.poll(0))

    def open(self) -> None:
        os.write(self._end, b"go\n")

    def close(self) -> None:
        if self._end >= 0:
            os.close(self._end)
