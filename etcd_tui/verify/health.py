"""Wait until every member is healthy: the gate between two members of a rolling change."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import replace

from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.examine import all_ways_open
from etcd_tui.verify.member_api import (
    ACTIVE_PEERS,
    HEALTH,
    STATUS,
    MemberApi,
    MemberError,
    client_context,
)
from etcd_tui.verify.routes import client_routes

_PAUSE = 0.2
_SICK = ("", 0)
_RECOUNT = 10.0
"""Seconds until too low a count of peers is no longer taken for a connection that is being made."""


async def wait_healthy(
    spec: ClusterSpec,
    state: StateFolder,
    transports: Mapping[str, Transport],
    deadline: float,
    excused: Collection[str] = (),
) -> tuple[str, ...]:
    """Return the names of the members that are not healthy after `deadline` seconds.

    Healthy: `/health` is true, every peer is connected, and all agree on one leader. Members in
    `excused` are not asked, and need not be connected to the others. Where nothing but etcd's count
    of peers is wrong, and stays so, the hosts try the ways between them instead.
    """
    asked = tuple(node for node in spec.nodes if node.name not in excused)
    peers = len(asked) - 1
    among = replace(spec, nodes=asked)
    members = _Members(among, transports, client_context(state.client))
    end = time.monotonic() + deadline
    recount = time.monotonic() + min(_RECOUNT, deadline)
    try:
        while True:
            leaders = await members.look()
            agreed = len({leader for leader, _peers in leaders.values() if leader}) == 1
            sick = tuple(
                node.name
                for node in asked
                if leaders.get(node.name, _SICK) == _SICK
                or not agreed
                or leaders[node.name][1] < peers
            )
            if sick and time.monotonic() > recount:
                recount = end
                all_well = len(leaders) == len(asked) and all(one for one, _n in leaders.values())
                if all_well and agreed and await all_ways_open(among, transports):
                    return ()
            if not sick or time.monotonic() > end:
                return sick
            await asyncio.sleep(_PAUSE)
    finally:
        members.close()


class _Members:
    """The members that are waited for; a connection stays as long as its member is healthy."""

    def __init__(
        self, spec: ClusterSpec, transports: Mapping[str, Transport], tls: ssl.SSLContext
    ) -> None:
        self._spec = spec
        self._transports = transports
        self._tls = tls
        self._apis: dict[str, MemberApi] = {}

    async def look(self) -> dict[str, tuple[str, int]]:
        """Return (leader's ID, connected peers) of all that answer; of the sick ones `_SICK`."""
        new = tuple(node for node in self._spec.nodes if node.name not in self._apis)
        if new:
            among = replace(self._spec, nodes=new)
            routes = await client_routes(among, self._transports, self._tls)
            self._apis |= {n: MemberApi(n, way, self._tls) for n, way in routes.items() if way}
        apis = dict(self._apis)
        answers = await asyncio.gather(*(asyncio.to_thread(_look, api) for api in apis.values()))
        found = dict(zip(apis, answers, strict=True))
        for name, answer in found.items():
            if answer == _SICK:
                self._apis.pop(name).close()
        return found

    def close(self) -> None:
        """Close all connections."""
        for api in self._apis.values():
            api.close()


def _look(api: MemberApi) -> tuple[str, int]:
    healthy, status, peers = api.ask(HEALTH, STATUS, ACTIVE_PEERS)
    if healthy is not True or isinstance(status, MemberError) or isinstance(peers, MemberError):
        return _SICK
    return str(status.get("leader", "")), peers
