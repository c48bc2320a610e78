"""Capture: one output stream of a script, from its mark on, capped in size."""

from __future__ import annotations

from collections.abc import Callable

NOISE_LIMIT = 64 * 1024


class Capture:
    """Collects a stream that starts with noise of login files up to and including `mark`.

    Keeps the first `limit` bytes behind the mark and counts the rest, and the last 64 KiB of noise:
    a host that floods must cost neither memory nor the connection. With a `sink` nothing behind
    the mark is kept: the sink gets it as it comes, and must not raise.
    """

    def __init__(
        self, mark: bytes, limit: int, sink: Callable[[bytes], None] | None = None
    ) -> None:
        self._mark = mark
        self._limit = limit
        self._sink = sink
        self._kept = bytearray()
        self.started = not mark
        self.noise = b""
        self.dropped = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if self.started:
            self._keep(data)
            return
        self.noise += data
        before, mark, after = self.noise.partition(self._mark)
        if mark:
            self.started = True
            self.noise = before[-NOISE_LIMIT:]
            self._keep(after)
        else:
            self.noise = self.noise[-NOISE_LIMIT:]

    def _keep(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink(data)
            return
        room = self._limit - len(self._kept)
        self._kept += data[:room]
        self.dropped += max(0, len(data) - room)

    @property
    def data(self) -> bytes:
        """What the script itself printed; empty as long as the mark has not been seen."""
        return bytes(self._kept)
