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
MOST_BYTES = 500_000
"""Bytes of one host that are told in one run, so that a run folder stays within megabytes."""
_AT_ONCE = 25
_PAUSE = 0.05
"""Seconds between two lots of lines: a flood must leave time for keys and for the real work."""
_LAST = 200


@dataclass(slots=True)
class _Voice:
    """One host: the lines that wait to be told, and what it has used of its share."""

    host: str
    waiting: deque[tuple[bytes, str, bool]] = field(default_factory=deque)
    lines: int = 0
    bytes: int = 0
    source: str = ""
    """Of what came after the share was used up; empty: nothing."""
    ended: bool = False
    """It was told that no more will be told."""

    @property
    def spent(self) -> bool:
        return self.lines >= MOST_LINES or self.bytes >= MOST_BYTES


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
        voice = self._voices.setdefault(host, _Voice(host))
        if voice.spent:
            voice.source = voice.source or source
        else:
            # Made safe when it is told: what comes at once must not cost much at once.
            voice.waiting.append((line, source, cut))
            voice.lines += 1
            voice.bytes += len(line)
        if (voice.waiting or _to_end(voice)) and self._idle:
            self._telling = asyncio.create_task(self._tell())
        return not voice.source

    @property
    def _idle(self) -> bool:
        # One that failed stays: a reader that is broken fails again at the next event of the run.
        return self._telling is None or (self._telling.done() and self._telling.exception() is None)

    async def _tell(self) -> None:
        while any(voice.waiting or _to_end(voice) for voice in self._voices.values()):
            for voice in self._voices.values():
                self._lot(voice, _AT_ONCE)
                if _to_end(voice):
                    self._end(voice)
            await asyncio.sleep(_PAUSE)

    def _lot(self, voice: _Voice, most: int) -> None:
        for _number in range(min(most, len(voice.waiting))):
            line, source, cut = voice.waiting.popleft()
            if event := _event(voice.host, line, source, cut):
                self._stream.emit(event)

    def _end(self, voice: _Voice) -> None:
        text = _(
            "{host} prints more than is kept of a run. All of it: journalctl -u etcd, on the host."
        )
        self._stream.emit(
            HostLine(voice.host, text.format(host=voice.host), voice.source, cut=True)
        )
        voice.ended = True

    async def close(self) -> None:
        """Tell what is left, of a flood only its beginning."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        for voice in self._voices.values():
            self._lot(voice, _LAST)
            if voice.waiting:
                voice.source = voice.waiting[-1][1]
                voice.waiting.clear()
            if _to_end(voice):
                self._end(voice)
        self._voices.clear()


def _to_end(voice: _Voice) -> bool:
    return bool(voice.source) and not voice.waiting and not voice.ended


def _event(host: str, line: bytes, source: str, cut: bool) -> HostLine | None:
    """Return the line made safe and short enough; None where nothing of it can be seen."""
    # A carriage return within a line would make two of it.
    text = sanitise.text(line, limit=LONGEST + 1).replace("\n", " ").rstrip()
    if not text:
        return None
    if cut or len(text) > LONGEST:
        return HostLine(host, text[: LONGEST - 1].removesuffix("…") + "…", source, cut=True)
    return HostLine(host, text, source)
