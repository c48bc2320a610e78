"""Find the way to each member: straight from here, else through its host's SSH connection.

A route that is found keeps the connection that was the proof of it, for whoever connects first.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT, ClusterSpec, Node
from etcd_tui.verify.member_api import Route

# A firewall that drops would otherwise hold up everything; a member that is near answers at once.
_DIRECT_TIMEOUT = 1.5
_TUNNEL_TIMEOUT = 5.0


async def client_route(
    node: Node, transport: Transport | None, context: ssl.SSLContext
) -> Route | None:
    """Return a route to the client port over which TLS comes about; None if there is none."""
    direct = Route(node.address, CLIENT_PORT)
    if await asyncio.to_thread(direct.find, context, _DIRECT_TIMEOUT):
        return direct
    return await _tunnelled(node, CLIENT_PORT, transport, context)


async def peer_route(
    node: Node, transport: Transport | None, context: ssl.SSLContext
) -> Route | None:
    """Return a route to the peer port: through the host first, since only members may enter."""
    tunnelled = await _tunnelled(node, PEER_PORT, transport, context)
    if tunnelled:
        return tunnelled
    direct = Route(node.address, PEER_PORT)
    return direct if await asyncio.to_thread(direct.find, context, _DIRECT_TIMEOUT) else None


async def client_routes(
    spec: ClusterSpec, transports: Mapping[str, Transport], context: ssl.SSLContext
) -> dict[str, Route | None]:
    """Return the client route of every node, by name."""
    routes = await asyncio.gather(
        *(client_route(node, transports.get(node.name), context) for node in spec.nodes)
    )
    return {node.name: route for node, route in zip(spec.nodes, routes, strict=True)}


async def _tunnelled(
    node: Node, port: int, transport: Transport | None, context: ssl.SSLContext
) -> Route | None:
    if transport is None:
        return None
    try:
        path = await transport.tunnel(node.address, port)
    except OSError:
        return None
    route = Route(node.address, port, path)
    return route if await asyncio.to_thread(route.find, context, _TUNNEL_TIMEOUT) else None
