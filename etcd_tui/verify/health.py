"""Wait until every member is healthy: the gate between two members of a rolling change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import replace

from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.examine import all_ways_open
from etcd_tui.verify.member_api import MemberApi, MemberError, client_context
from etcd_tui.verify.routes import client_routes

_PAUSE = 0.2
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
    context = client_context(state.client)
    among = replace(spec, nodes=asked)
    end = time.monotonic() + deadline
    recount = time.monotonic() + min(_RECOUNT, deadline)
    while True:
        routes = await client_routes(among, transports, context)
        apis = {n: MemberApi(n, route, context) for n, route in routes.items() if route}
        answers = await asyncio.gather(*(asyncio.to_thread(_look, api) for api in apis.values()))
        leaders = dict(zip(apis, answers, strict=True))
        agreed = len({leader for leader, _peers in leaders.values() if leader}) == 1
        sick = tuple(
            node.name
            for node in asked
            if leaders.get(node.name, ("", 0)) == ("", 0)
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


def _look(api: MemberApi) -> tuple[str, int]:
    """Return (leader's ID, connected peers), or ("", 0) if the member is not healthy."""
    try:
        if not api.healthy():
            return "", 0
        return str(api.status().get("leader", "")), api.active_peers()
    except MemberError:
        return "", 0
    finally:
        api.close()
