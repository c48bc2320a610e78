"""Pulse: a member asked again and again from a thread of its own, writing or asking who leads.

Threads, because what is measured must not wait for the event loop. They are daemons: whoever
leaves at once need not wait for an answer.
"""

from __future__ import annotations

import statistics
import threading
import time

from etcd_tui.drill.figures import Sight
from etcd_tui.verify.member_api import MemberApi, MemberError

PAUSE = 0.02
"""Seconds between an answer and the next question, or between two writes through one member."""
WARM = 10
"""Writes after which it is known how long one takes."""
_FIRST_PATIENCE = 2.0
_LEAST_PATIENCE = 0.1
_SLOW = 10


class _Pulse(threading.Thread):
    def __init__(self, api: MemberApi, stop: threading.Event) -> None:
        super().__init__(daemon=True, name=f"{type(self).__name__} {api.name}")
        self.api = api
        self._stop_asked = stop
        api.be_patient(_FIRST_PATIENCE)

    def run(self) -> None:
        """Beat until asked to stop."""
        while not self._stop_asked.is_set():
            self.beat()
            self._stop_asked.wait(PAUSE)
        self.api.close()

    def beat(self) -> None:
        """Ask once."""
        raise NotImplementedError


class Writer(_Pulse):
    """Puts one new key after the other through one member, all under one lease.

    A write that takes ten times as long as usual (at least 0.1 s) is given up, for the next one
    to be tried: else one that was on its way to a lost leader would hide for seconds that others
    go through.
    """

    def __init__(self, api: MemberApi, stop: threading.Event, prefix: str, lease: str) -> None:
        super().__init__(api, stop)
        self._prefix = prefix
        self._lease = lease
        self._count = 0
        self._took: list[float] = []
        self.keys: list[str] = []
        """The keys whose write was acknowledged, in order."""
        self.acknowledged: list[float] = []
        """When each of them was, in seconds of the monotonic clock."""
        self.failed = 0
        self.trouble = ""
        """Why the latest failed write did."""

    def beat(self) -> None:
        """Write once."""
        self._count += 1
        key = f"{self._prefix}{self.api.name}/{self._count}"
        began = time.monotonic()
        try:
            self.api.put(key, str(self._count), self._lease)
        except MemberError as error:
            self.failed += 1
            self.trouble = str(error)
            return
        self.keys.append(key)
        self.acknowledged.append(time.monotonic())
        self._took.append(self.acknowledged[-1] - began)
        if len(self.keys) == WARM:
            self.api.be_patient(max(_LEAST_PATIENCE, _SLOW * statistics.median(self._took)))


class Watcher(_Pulse):
    """Asks one member who leads."""

    def __init__(self, api: MemberApi, stop: threading.Event) -> None:
        super().__init__(api, stop)
        self.sights: list[Sight] = []

    def beat(self) -> None:
        """Look once. A member that answers without a leader is told from one that is silent."""
        try:
            leader = str(self.api.status().get("leader") or "0")
        except MemberError:
            leader = ""
        self.sights.append(Sight(time.monotonic(), leader))
