"""Lines: a stream of bytes cut into lines as it arrives, each of a bounded length."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[bytes, bool], None]
"""Gets a line without its end, and whether it was longer than what is told of it."""


class Lines:
    """Tells each line once it is whole; of a longer one than `limit` bytes the first `limit`."""

    def __init__(self, tell: Tell, limit: int) -> None:
        self._tell = tell
        self._limit = limit
        self._begun = bytearray()
        self._cut = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        *ended, begun = data.split(b"\n")
        for part in ended:
            self._add(part)
            self.end()
        self._add(begun)

    def end(self) -> None:
        """Tell what has come of the line so far, as at the end of the stream."""
        if self._begun:
            line, cut = bytes(self._begun), self._cut
            self._begun.clear()
            self._cut = False
            self._tell(line, cut)

    def _add(self, part: bytes) -> None:
        room = self._limit - len(self._begun)
        self._begun += part[:room]
        self._cut = self._cut or len(part) > room
