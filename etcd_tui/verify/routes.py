"""Find the way to each member: straight from here, else through its host's SSH connection.

A route that is found keeps the connection that was the proof of it, for whoever connects first.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Mapping

from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT, ClusterSpec, Node
from etcd_tui.verify.member_api import Route

# A firewall that drops would otherwise hold up everything; a member that is near answers at once.
_DIRECT_TIMEOUT = 1.5
_TUNNEL_TIMEOUT = 5.0


class Ways:
    """The ways to both ports of all members, by name, from now on being found side by side.

    `transports`: may come later, a member that is near is found before. Each way is a Route over
    which TLS comes about, or None.
    """

    def __init__(
        self,
        spec: ClusterSpec,
        context: ssl.SSLContext,
        transports: Awaitable[Mapping[str, Transport]],
    ) -> None:
        self.context = context
        self._transports = asyncio.ensure_future(transports)
        self.client = {n.name: asyncio.ensure_future(self._client(n)) for n in spec.nodes}
        self.peer = {n.name: asyncio.ensure_future(self._peer(n)) for n in spec.nodes}

    async def _client(self, node: Node) -> Route | None:
        direct = await _direct(node, CLIENT_PORT, self.context)
        return direct or await _tunnelled(node, CLIENT_PORT, await self._to(node), self.context)

    async def _peer(self, node: Node) -> Route | None:
        # Through the host first: only members may enter.
        tunnelled = await _tunnelled(node, PEER_PORT, await self._to(node), self.context)
        return tunnelled or await _direct(node, PEER_PORT, self.context)

    async def _to(self, node: Node) -> Transport | None:
        return (await asyncio.shield(self._transports)).get(node.name)

    async def close(self) -> None:
        """Look for none any more, and close the connections that nobody wanted."""
        finding = [*self.client.values(), *self.peer.values()]
        for one in (self._transports, *finding):
            one.cancel()
        await asyncio.gather(self._transports, return_exceptions=True)
        for way in await asyncio.gather(*finding, return_exceptions=True):
            if isinstance(way, Route):
                way.close()


async def client_route(
    node: Node, transport: Transport | None, context: ssl.SSLContext
) -> Route | None:
    """Return a route to the client port over which TLS comes about; None if there is none."""
    direct = await _direct(node, CLIENT_PORT, context)
    return direct or await _tunnelled(node, CLIENT_PORT, transport, context)


async def client_routes(
    spec: ClusterSpec, transports: Mapping[str, Transport], context: ssl.SSLContext
) -> dict[str, Route | None]:
    """Return the client route of every node, by name."""
    routes = await asyncio.gather(
        *(client_route(node, transports.get(node.name), context) for node in spec.nodes)
    )
    return {node.name: route for node, route in zip(spec.nodes, routes, strict=True)}


async def _direct(node: Node, port: int, context: ssl.SSLContext) -> Route | None:
    return await _found(Route(node.address, port), context, _DIRECT_TIMEOUT)


async def _tunnelled(
    node: Node, port: int, transport: Transport | None, context: ssl.SSLContext
) -> Route | None:
    if transport is None:
        return None
    try:
        path = await transport.tunnel(node.address, port)
    except OSError:
        return None
    return await _found(Route(node.address, port, path), context, _TUNNEL_TIMEOUT)


async def _found(route: Route, context: ssl.SSLContext, timeout: float) -> Route | None:
    finding = asyncio.ensure_future(asyncio.to_thread(route.find, context, timeout))
    try:
        return route if await asyncio.shield(finding) else None
    except asyncio.CancelledError:
        # The thread goes on, and may still find what nobody wants any more.
        finding.add_done_callback(lambda _done: route.close())
        raise
