"""Standing: a shell on a host that stays, and runs one script after another.

A session of its own costs a script two more round trips, a process of sshd and, by way of sudo, a
look at the operator's rights.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncssh

from etcd_tui.remote.capture import Capture
from etcd_tui.remote.session import OUTPUT_LIMIT, Session
from etcd_tui.remote.shell import Frame, Turn

LONGEST = 64 * 1024
"""Bytes of a payload that goes into a line of input; a shell reads these one by one."""

_DIGITS = 3
"""Of an exit status."""


def fits(payload: bytes) -> bool:
    """Whether a standing shell can be given `payload`."""
    return len(payload) <= LONGEST and b"\0" not in payload


class StandingSession(Session):
    """What asyncssh tells about a standing shell; its `Session` is that of the script of the turn.

    `exit_status` is the script's. Where the shell ended without running it, it is the shell's.
    """

    def __init__(self) -> None:
        super().__init__(b"")
        self._streams = (_Ending(b"", self.stdout), _Ending(b"", self.stderr))
        self.died = False
        """The shell has ended by itself, or was killed."""
        self._given_up = False

    def begin(self, turn: Turn) -> None:
        """Expect the output of `turn` from now on."""
        self.stdout = Capture(turn.mark, OUTPUT_LIMIT)
        self.stderr = Capture(turn.mark, OUTPUT_LIMIT)
        self._streams = (_Ending(turn.end, self.stdout), _Ending(turn.end, self.stderr))
        self.exit_status = None
        self.touch()

    @property
    def over(self) -> bool:
        """The script of the turn has ended and all its output is here, or nothing more comes."""
        return self.ended or all(stream.status is not None for stream in self._streams)

    @property
    def exited(self) -> bool:
        """The script has ended, or its shell."""
        return self.died or super().exited

    def give_up(self) -> None:
        """Take no more notice of the shell: it is about to be killed."""
        self._given_up = True

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keep output, and note where it ends."""
        if self._given_up:
            return
        stream = self._streams[datatype is not None]
        if stream.status is not None:
            return  # of a child that stayed; it must not hold up the end
        self.touch()
        stream.feed(data)
        self.exit_status = self._streams[0].status
        if self.exit_status is not None:
            self.news.set()

    def _exited(self, status: int) -> None:
        self.touch()
        self.died = True
        # Of a script that had begun nobody knows: it may have outlived its shell.
        if self.exit_status is None and not self.stdout.started and not self._given_up:
            self.exit_status = status
        self.news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The shell is gone."""
        for stream in self._streams:
            stream.flush()
        super().connection_lost(exc)


class _Ending:
    """Feeds a `Capture` until `end` and the exit status behind it; what comes then is dropped."""

    def __init__(self, end: bytes, capture: Capture) -> None:
        self._end = end
        self._capture = capture
        self._held = b""
        self.status: int | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if self.status is not None or not self._end:
            return
        self._held += data
        before, end, after = self._held.partition(self._end)
        if not end:
            # What may be the beginning of the end waits for the rest; only it begins with \x1e.
            start = self._held.rfind(self._end[:1], -len(self._end))
            kept = len(self._held) if start < 0 else start
            self._capture.feed(self._held[:kept])
            self._held = self._held[kept:]
            return
        self._capture.feed(before)
        digits, newline, _rest = after.partition(b"\n")
        self._held = end + after
        if newline or len(digits) > _DIGITS:
            # Not a number: a host that knows the mark and lies with it, perhaps without an end.
            known = digits.isdigit() and len(digits) <= _DIGITS
            self.status = int(digits) if known else 255
            self._held = b""

    def flush(self) -> None:
        """Nothing more comes: what was held is output like any."""
        if self.status is None:
            self._capture.feed(self._held)
        self._held = b""


@dataclass(slots=True)
class StandingShell:
    """One standing shell; `close` gives its channel back."""

    framed: Frame
    session: StandingSession
    channel: asyncssh.SSHClientChannel[bytes]
    close: Callable[[], Awaitable[None]]
