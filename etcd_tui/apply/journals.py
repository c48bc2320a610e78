"""Journals: etcd's own words on each host, from the member's start until it is ready."""

from __future__ import annotations

import asyncio
import time

from etcd_tui.apply.host_lines import HostLines
from etcd_tui.remote.transport import Transport
from etcd_tui.verify.journal import follow_journal

SOURCE = "journal"
"""The source of the lines; those of scripts have the script's name."""
_LINGER = 1.0
"""Seconds after the end of the wait: journald hands on its latest lines a quarter second late."""


class Journals:
    """Follows the journal of each host whose member is on its way.

    Beside the real work and never in its way: nobody waits for a follower, and one that cannot
    begin or breaks off is only a lost log.
    """

    def __init__(self, lines: HostLines) -> None:
        self._lines = lines
        self._starts: dict[str, float] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._timers: list[asyncio.TimerHandle] = []

    def starting(self, host: str) -> None:
        """Note that the host's member is about to be started: from here on its lines are wanted."""
        self._starts[host] = time.monotonic()

    def follow(self, host: str, transport: Transport) -> None:
        """Begin to listen on the host."""
        self._drop(self._followers.pop(host, None))
        start = self._starts.get(host)
        since = None if start is None else time.monotonic() - start

        def tell(line: bytes, cut: bool) -> None:
            if not self._lines.add(host, line, SOURCE, cut=cut):
                self._drop(follower)

        follower = asyncio.create_task(follow_journal(transport, since, tell))
        self._followers[host] = follower

    def leave(self, host: str) -> None:
        """Listen a moment longer, then no more. Returns at once."""
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(_LINGER, self._drop, self._followers.get(host)))

    @staticmethod
    def _drop(follower: asyncio.Task[None] | None) -> None:
        if follower is not None:
            follower.cancel()

    async def close(self) -> None:
        """End all followers at once."""
        for timer in self._timers:
            timer.cancel()
        for follower in self._followers.values():
            follower.cancel()
        await asyncio.gather(*self._followers.values(), return_exceptions=True)
        self._followers.clear()
