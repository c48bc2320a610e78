"""Measuring: writers and watchers on all members, from before the stop until all is well again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from etcd_tui.drill import figures
from etcd_tui.drill.pulse import WARM, Watcher, Writer
from etcd_tui.errors import RefusedError
from etcd_tui.i18n import _
from etcd_tui.verify.drill import WriteGap
from etcd_tui.verify.member_api import MemberApi, MemberError

Open = Callable[[str], MemberApi]
"""Makes a new connection to the member of that name."""

_TURN = 0.02
_WARM_UP = 10.0
_CALM = 1.5
"""Seconds in which all must go well before the stopped member is wanted back."""
_FRESH = 0.5


@dataclass(slots=True)
class Measuring:
    """One drill's writers (through the `others`) and watchers (of these and of `target`).

    `prefix` begins the name of every key that is written, `lease` is what they all hang on.
    """

    open: Open
    target: str
    others: tuple[str, ...]
    prefix: str
    lease: str
    writers: dict[str, Writer] = field(init=False)
    watchers: dict[str, Watcher] = field(init=False)
    _ended: threading.Event = field(default_factory=threading.Event)
    _end: float = 0.0

    def __post_init__(self) -> None:
        self.writers = {
            name: Writer(self.open(name), self._ended, self.prefix, self.lease)
            for name in self.others
        }
        self.watchers = {
            name: Watcher(self.open(name), self._ended) for name in (*self.others, self.target)
        }

    def __enter__(self) -> Measuring:
        for pulse in (*self.writers.values(), *self.watchers.values()):
            pulse.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ended.set()

    async def end(self) -> None:
        """Stop asking, and return when the last answers are in."""
        self._end = time.monotonic()
        self._ended.set()
        for pulse in (*self.writers.values(), *self.watchers.values()):
            await asyncio.to_thread(pulse.join)

    async def warm_up(self, stop: asyncio.Event) -> None:
        """Return when writes go through every other member, or when `stop` is set.

        RefusedError if they do not.
        """
        end = time.monotonic() + _WARM_UP
        while not stop.is_set():
            cold = [w for w in self.writers.values() if len(w.keys) < 2 * WARM]
            if not cold and all(watcher.sights for watcher in self.watchers.values()):
                return
            if time.monotonic() > end:
                name = cold[0].api.name if cold else self.target
                refused = RefusedError(
                    _("Writes through {member} do not go on; nothing was stopped.").format(
                        member=name
                    ),
                    remedy=_("See what etcd says there: etcd-tui verify, journalctl -u etcd -e"),
                )
                refused.host, refused.cause = name, cold[0].trouble if cold else ""
                raise refused
            await asyncio.sleep(_TURN)

    async def until_calm(self, stopped: str, limit: float, stop: asyncio.Event) -> bool:
        """Wait until all others have agreed on a leader and are written through for a while.

        `stopped` is the ID of the stopped member: it leads no more. Returns False after `limit`
        seconds without that, or as soon as `stop` is set.
        """
        end = time.monotonic() + limit
        since: float | None = None
        while not stop.is_set() and time.monotonic() < end:
            now = time.monotonic()
            if not self._well(now, stopped):
                since = None
            elif since is None:
                since = now
            elif now - since >= _CALM:
                return True
            await asyncio.sleep(_TURN)
        return False

    def _well(self, now: float, stopped: str) -> bool:
        leaders = figures.leaders_now({n: self.watchers[n].sights for n in self.others})
        return (
            len(leaders) == 1
            and not leaders & {"", stopped}
            and all(now - w.acknowledged[-1] <= _fresh(w) for w in self.writers.values())
        )

    def gaps(self, since: float) -> tuple[WriteGap, ...]:
        """Return the gap in the writes through each of the others from `since` until the end."""
        return tuple(
            figures.write_gap(name, w.acknowledged, w.failed, since, self._end, _fresh(w))
            for name, w in self.writers.items()
        )

    async def lost(self) -> int | None:
        """Return how many acknowledged writes cannot be read any more; None if nobody answers.

        The member that was stopped is asked first: it then has caught up as well.
        """
        written = {key for writer in self.writers.values() for key in writer.keys}
        for name in (self.target, *self.others):
            api = self.open(name)
            try:
                return len(written - await asyncio.to_thread(api.keys, self.prefix))
            except MemberError:
                continue
            finally:
                api.close()
        return None


def _fresh(writer: Writer) -> float:
    return max(_FRESH, 5 * figures.usual(writer.acknowledged))
