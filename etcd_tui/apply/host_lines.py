"""HostLines: what hosts print, as events, bounded in length, in number and in how many at once."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from etcd_tui.apply.events import HostLine, Stream
from etcd_tui.i18n import _
from etcd_tui.remote import sanitise

LONGEST = 2000
"""Characters of a line that are told."""
MOST_LINES = 2000
"""Lines of one host that are told in one run; a member on its way writes some ten a second."""
MOST_CHARACTERS = 500_000
"""Characters of one host that are told in one run, so that a run folder stays within megabytes."""
_AT_ONCE = 25
_PAUSE = 0.05
"""Seconds between two lots of lines: a flood must leave time for keys and for the real work."""
_LAST = 200


@dataclass(slots=True)
class _Voice:
    """One host: what waits to be told, and what it has used of its share."""

    waiting: deque[HostLine] = field(default_factory=deque)
    lines: int = 0
    characters: int = 0
    ended: bool = False
    """It was told that no more will be told."""

    @property
    def spent(self) -> bool:
        return self.lines >= MOST_LINES or self.characters >= MOST_CHARACTERS


class HostLines:
    """Takes lines as fast as they come and tells them in order, a few at a time.

    Nothing in here waits for a host or lets one wait; `close` tells what is left.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._voices: dict[str, _Voice] = {}
        self._telling: asyncio.Task[None] | None = None

    def add(self, host: str, line: bytes, source: str, *, cut: bool = False) -> bool:
        """Take a line without its end; `cut`: it had been longer.

        Returns False where the host has used up its share and need not be listened to any more.
        """
        voice = self._voices.setdefault(host, _Voice())
        if voice.spent:
            if not voice.ended:
                voice.ended = True
                self._take(voice, _no_more(host, source))
            return False
        # A carriage return within a line would make two of it.
        text = sanitise.text(line, limit=LONGEST + 1).replace("\n", " ").rstrip()
        if not text:
            return True
        if cut or len(text) > LONGEST:
            cut, text = True, text[: LONGEST - 1].removesuffix("…") + "…"
        voice.lines += 1
        voice.characters += len(text)
        self._take(voice, HostLine(host, text, source, cut))
        return True

    def _take(self, voice: _Voice, line: HostLine) -> None:
        voice.waiting.append(line)
        # One that failed stays: a reader that is broken fails again at the next event of the run.
        if self._telling is None or (self._telling.done() and not self._telling.exception()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while any(voice.waiting for voice in self._voices.values()):
            for voice in self._voices.values():
                self._lot(voice, _AT_ONCE)
            await asyncio.sleep(_PAUSE)

    def _lot(self, voice: _Voice, most: int) -> None:
        for _number in range(min(most, len(voice.waiting))):
            self._stream.emit(voice.waiting.popleft())

    async def close(self) -> None:
        """Tell what is left, of a flood only its beginning."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        for host, voice in self._voices.items():
            self._lot(voice, _LAST)
            if voice.waiting:
                self._stream.emit(_no_more(host, voice.waiting[-1].source))
        self._voices.clear()


def _no_more(host: str, source: str) -> HostLine:
    text = _(
        "{host} prints more than is kept of a run. All of it: journalctl -u etcd, on the host."
    )
    return HostLine(host, text.format(host=host), source, cut=True)
