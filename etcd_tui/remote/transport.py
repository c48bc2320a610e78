"""Transport: the seam between the engine and a host. Real ones speak SSH, fakes stand in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from etcd_tui.remote.lines import Tell


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a script. `exit_status` None: unknown, the connection was lost on the way.

    `stdout` holds only what the script itself printed: noise of login files before it is cut off.
    Both streams are raw bytes, capped in size; `remote.sanitise.text` makes text of them.
    """

    exit_status: int | None
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the script is known to have ended with status 0."""
        return self.exit_status == 0


class Transport(Protocol):
    """One host, entered. Safe for several concurrent `run` calls."""

    name: str

    async def run(
        self,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        root: bool = True,
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        """Run a POSIX sh `script` with positional `args` and `stdin` (bytes, or a local file).

        The script, its arguments and the payload all travel by standard input, so nothing of them
        stands in a process list or in sudo's log; a script that arrives cut short does not run.
        `root`: as root (by sudo where the login is another user). `timeout`: seconds without any
        byte in either direction; then the result is unknown. `progress` gets the bytes sent so
        far. Never raises for what the host does: a lost connection is `exit_status=None`.
        """
        ...

    async def follow(self, script: str, *args: str, tell: Tell) -> None:
        """Run `script` as root and tell the lines of its standard output as they come.

        Its standard input stays open, and ends when nobody listens any more: on cancellation, with
        the connection, or when the host has too few sessions for a `run`, which goes first. Returns
        when there is nothing more to hear, for whatever reason; never raises for what the host
        does. `tell` must not raise.
        """
        ...

    async def tunnel(self, host: str, port: int) -> str:
        """Return the path of a local UNIX socket that leads through the host to `host:port`.

        It lives as long as the connection, in a folder only this user can enter. OSError where
        it cannot be opened.
        """
        ...

    async def close(self) -> None:
        """Close the connection; never raises."""
        ...
