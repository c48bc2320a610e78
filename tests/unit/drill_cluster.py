"""DrillCluster: members and their hosts in memory, as a drill meets them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etcd_tui.observe.facts import STATE_FOLDER
from etcd_tui.remote.transport import Result
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.verify.member_api import MemberError

OK = Result(0)
LOST = Result(None)


@dataclass
class DrillCluster:
    """The first member leads. `calls` are the scripts that hosts were given, in order."""

    spec: ClusterSpec
    answers: dict[tuple[str, str, str], Result] = field(default_factory=dict)
    """By host, script and `hold` or `stop`: an answer instead of the script's work."""
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    lives: set[str] = field(default_factory=set)
    leader: str = ""
    keys: set[str] = field(default_factory=set)
    leases: set[str] = field(default_factory=set)
    forgetful: bool = False
    """Drops a key that it has acknowledged."""
    elects: bool = True
    comes_back: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _lease: itertools.count[int] = field(default_factory=lambda: itertools.count(7))

    def __post_init__(self) -> None:
        self.names = [node.name for node in self.spec.nodes]
        self.lives = set(self.names)
        self.leader = self.names[0]

    def id(self, name: str) -> str:
        return str(100 + self.names.index(name)) if name else "0"

    def stop(self, name: str) -> None:
        with self._lock:
            self.lives.discard(name)
            if self.leader == name:
                left = [other for other in self.names if other in self.lives]
                self.leader = left[0] if self.elects else ""
            if self.forgetful:
                self.keys.remove(min(self.keys))

    def start(self, name: str) -> None:
        if self.comes_back:
            with self._lock:
                self.lives.add(name)
                self.leader = self.leader or name

    def sick(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in self.lives)

    def transports(self) -> dict[str, DrillHost]:
        return {name: DrillHost(name, self) for name in self.names}

    # what a member answers

    def write(self, name: str, key: str, lease: str) -> None:
        with self._lock:
            if name not in self.lives or not self.leader:
                raise MemberError("no leader")
            assert lease in self.leases
            self.keys.add(key)

    def grant(self) -> str:
        lease = str(next(self._lease))
        self.leases.add(lease)
        return lease

    def revoke(self, lease: str) -> None:
        self.leases.remove(lease)
        self.keys.clear()


@dataclass
class DrillHost:
    """A Transport that carries out the two scripts of a drill."""

    name: str
    cluster: DrillCluster

    async def run(
        self,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        root: bool = True,
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        state, _id, *_seconds, what = args
        assert state == STATE_FOLDER
        call = (self.name, "begin" if "systemd-run" in script else "end", what)
        self.cluster.calls.append(call)
        answer = self.cluster.answers.get(call)
        if answer is not None:
            return answer
        if what != "hold":
            (self.cluster.stop if call[1] == "begin" else self.cluster.start)(self.name)
        return OK

    async def tunnel(self, host: str, port: int) -> str:
        raise OSError("a drill in memory needs no tunnel")

    async def follow(self, script: str, *args: str, tell: Callable[[bytes, bool], object]) -> None:
        return None

    async def close(self) -> None:
        return None


class DrillApi:
    """A MemberApi of the cluster; made as the real one is, with the cluster as its TLS context."""

    def __init__(self, name: str, route: Any, context: DrillCluster) -> None:
        self.name = name
        self.route = route
        self._cluster = context

    def be_patient(self, seconds: float) -> None:
        assert seconds > 0

    def close(self) -> None:
        return None

    def status(self) -> dict[str, Any]:
        if self.name not in self._cluster.lives:
            raise MemberError("connection refused")
        own = self._cluster.id(self.name)
        header = {"member_id": own, "cluster_id": "9", "revision": "5"}
        return {"header": header, "leader": self._cluster.id(self._cluster.leader), "raftTerm": "2"}

    def put(self, key: str, value: str, lease: str) -> int:
        self._cluster.write(self.name, key, lease)
        return 1

    def keys(self, prefix: str) -> frozenset[str]:
        if self.name not in self._cluster.lives:
            raise MemberError("connection refused")
        return frozenset(key for key in self._cluster.keys if key.startswith(prefix))

    def grant_lease(self, seconds: int) -> str:
        assert seconds > 60
        return self._cluster.grant()

    def revoke_lease(self, lease: str) -> None:
        self._cluster.revoke(lease)


def routes_of(names: Iterable[str]) -> Mapping[str, object]:
    """Something that stands for the way to each member."""
    return {name: object() for name in names}
