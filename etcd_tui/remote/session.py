"""Session: one command in one SSH channel, as events: started, drained, output, ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import asyncssh

from etcd_tui.remote.capture import Capture

OUTPUT_LIMIT = 8 * 1024 * 1024


class Session(asyncssh.SSHClientSession[bytes]):
    """What asyncssh tells about one channel, kept for the transport to wait on.

    Standard output goes to `sink` as it comes, if there is one.
    """

    def __init__(self, mark: bytes, sink: Callable[[bytes], None] | None = None) -> None:
        self.stdout = Capture(mark, OUTPUT_LIMIT, sink)
        self.stderr = Capture(mark, OUTPUT_LIMIT)
        self.exit_status: int | None = None
        self.ended = False
        """The channel is closed: nothing more will come."""
        self.unwanted = False
        """Somebody else needs the host's session more."""
        self.news = asyncio.Event()
        """Set when the script has ended, the channel is closed, or it is not wanted any more."""
        self.writable = asyncio.Event()
        self.writable.set()
        self.activity = asyncio.get_running_loop().time()
        """Loop time at which a byte was last seen to move in either direction."""

    @property
    def over(self) -> bool:
        """Nothing more will come of the script."""
        return self.ended

    @property
    def exited(self) -> bool:
        """The script has ended; a child of it may still hold its output."""
        return self.exit_status is not None

    def touch(self) -> None:
        """Note that a byte has moved just now."""
        self.activity = asyncio.get_running_loop().time()

    def give_way(self) -> None:
        """Ask whoever waits for this session to end it soon."""
        self.unwanted = True
        self.news.set()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keep output; asyncssh opens the window again by itself, so a flood never stalls."""
        self.touch()
        (self.stdout if datatype is None else self.stderr).feed(data)

    def eof_received(self) -> bool:
        """Keep our side open: a script may close its output and go on reading its payload."""
        return True

    def pause_writing(self) -> None:
        """Hold the payload back until the host has taken what is on its way."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Go on with the payload."""
        self.touch()
        self.writable.set()

    def exit_status_received(self, status: int) -> None:
        """The script has ended by itself."""
        self._exited(status)

    def exit_signal_received(
        self, signal_name: str, core_dumped: bool, msg: str, lang: str
    ) -> None:
        """The script was killed on the host: known not to have succeeded, as a shell says it."""
        known = getattr(signal, f"SIG{signal_name}", None)
        self._exited(128 + (known.value if isinstance(known, signal.Signals) else 0))

    def _exited(self, status: int) -> None:
        self.touch()
        self.exit_status = status
        self.news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone, cleanly or not; `exit_status` None tells that it was not."""
        self.ended = True
        self.news.set()
        self.writable.set()
