"""Prove a cluster: everything `design.md` calls proven, asked of every member from outside."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.i18n import _
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.verify import on_host, on_wire
from etcd_tui.verify.claims import proved
from etcd_tui.verify.cluster import prove_cluster
from etcd_tui.verify.journal import Heard
from etcd_tui.verify.member_api import MemberApi, Route, client_context, plain_context
from etcd_tui.verify.proof import Proof
from etcd_tui.verify.routes import Ways
from etcd_tui.verify.same_data import prove_same_data
from etcd_tui.verify.standards import prove_operator


@dataclass(frozen=True, slots=True)
class Context:
    """What the proofs share: the spec, the client folder, the certificates issued per node."""

    spec: ClusterSpec
    client: Path
    transports: Mapping[str, Transport]
    issued: Mapping[str, bytes]
    """DER of the certificate that was issued to each node."""


async def prove(
    context: Context,
    tell: Callable[[Proof], None],
    tunnelled: Callable[[list[str]], None],
    ways: Ways | None = None,
) -> list[Proof]:
    """Run all proofs and return them; `tell` hears of each as it is known.

    `tunnelled` hears of the members that this machine reaches only through SSH. `ways`: where they
    were looked for before; they are closed in the end.
    """
    proofs: list[Proof] = []

    def add(proof: Proof) -> None:
        proofs.append(proof)
        tell(proof)

    spec, transports = context.spec, context.transports
    plain = plain_context(context.client)
    # All at once: what one member and its host show does not hang on what the others say.
    ways = ways or Ways(spec, client_context(context.client), _known(transports))
    heard = asyncio.ensure_future(on_host.hear_hosts(spec, transports))
    members: list[asyncio.Future[list[Proof]]] = []
    apis: dict[str, MemberApi] = {}

    async def same_data(revision: int) -> Proof:
        peers = {name: await ways.peer[name] for name in apis}
        return await prove_same_data(spec, ways.context, peers, apis, revision)

    try:
        routes = {name: await way for name, way in ways.client.items()}
        apis |= {n: MemberApi(n, route, ways.context) for n, route in routes.items() if route}
        tunnelled([name for name, route in routes.items() if route and route.tunnel])
        for node in spec.nodes:
            both = routes[node.name], ways.peer[node.name]
            own = _member_proofs(context, node, *both, plain, heard)
            members.append(asyncio.ensure_future(own))
        for node in spec.nodes:
            if node.name not in apis:
                add(_no_answer(node))
        if apis:
            await prove_cluster(spec, transports, apis, same_data, add)
        for member in members:
            for proof in await member:
                add(proof)
        add(await asyncio.to_thread(prove_operator, context.client.parent, spec.nodes[0]))
    finally:
        heard.cancel()
        for member in members:
            member.cancel()
        for api in apis.values():
            api.close()
        await ways.close()
    return proofs


async def _known(transports: Mapping[str, Transport]) -> Mapping[str, Transport]:
    return transports


def _no_answer(node: Node) -> Proof:
    return proved(
        "answers",
        node,
        False,
        _("no TLS connection to {url}, neither from here nor through SSH").format(
            url=node.client_url
        ),
        _("See whether etcd runs on the host: systemctl status etcd"),
    )


async def _member_proofs(
    context: Context,
    node: Node,
    route: Route | None,
    peer: Awaitable[Route | None],
    plain: ssl.SSLContext,
    heard: Awaitable[dict[str, Heard | None]],
) -> list[Proof]:
    """What is proven on the wire and on the host of one member; `heard` is what all hosts say."""
    issued = context.issued.get(node.name, b"")
    wire, said = await asyncio.gather(on_wire.prove_wire(node, route, peer, plain, issued), heard)
    return wire + await on_host.prove_host(context.spec, node, said)
