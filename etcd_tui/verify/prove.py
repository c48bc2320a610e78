"""Prove a cluster: everything `design.md` calls proven, asked of every member from outside."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets as random
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.i18n import _
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.verify import on_host, on_wire
from etcd_tui.verify.claims import proved
from etcd_tui.verify.examine import all_ways_open
from etcd_tui.verify.journal import Heard
from etcd_tui.verify.member_api import MemberApi, MemberError, Route, client_context, plain_context
from etcd_tui.verify.proof import Proof
from etcd_tui.verify.routes import client_routes, peer_route
from etcd_tui.verify.same_data import prove_same_data
from etcd_tui.verify.standards import prove_operator

_CONNECT_ATTEMPTS = 25
_CONNECT_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Member:
    """What one member said of itself. IDs are decimal texts as the gateway gives them."""

    node: Node
    id: str
    cluster: str
    leader: str
    term: int
    version: str
    revision: int
    learner: bool
    raft_index: int
    db_size: int
    db_in_use: int
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What the proofs share: the spec, the client folder, the certificates issued per node."""

    spec: ClusterSpec
    client: Path
    transports: Mapping[str, Transport]
    issued: Mapping[str, bytes]
    """DER of the certificate that was issued to each node."""


async def prove(
    context: Context, tell: Callable[[Proof], None], tunnelled: Callable[[list[str]], None]
) -> list[Proof]:
    """Run all proofs and return them; `tell` hears of each as it is known.

    `tunnelled` hears of the members that this machine reaches only through SSH.
    """
    proofs: list[Proof] = []

    def add(proof: Proof) -> None:
        proofs.append(proof)
        tell(proof)

    tls = client_context(context.client)
    routes = await client_routes(context.spec, context.transports, tls)
    apis, others = (
        {name: MemberApi(name, route, tls) for name, route in routes.items() if route}
        for _connection in range(2)
    )
    tunnelled([name for name, route in routes.items() if route and route.tunnel])
    # Meanwhile: what one member shows does not hang on what they all agree on.
    entrances = {
        node.name: asyncio.ensure_future(peer_route(node, context.transports.get(node.name), tls))
        for node in context.spec.nodes
    }
    heard = asyncio.ensure_future(on_host.hear_hosts(context.spec, context.transports))
    members = asyncio.gather(
        *(
            _member_proofs(context, node, routes[node.name], entrances[node.name], heard)
            for node in context.spec.nodes
        )
    )
    try:
        await _cluster_proofs(context, apis, others, add)
        peers = {name: await entrances[name] for name in apis}
        add(await prove_same_data(context.spec, tls, peers, apis))
        for member in await members:
            for proof in member:
                add(proof)
        one = context.spec.nodes[0]
        add(await asyncio.to_thread(prove_operator, context.client.parent, one))
    finally:
        members.cancel()
        for api in (*apis.values(), *others.values()):
            api.close()
    return proofs


async def read_member(api: MemberApi, node: Node) -> Member:
    """Ask one member for its status; MemberError if it does not answer."""
    answer = await asyncio.to_thread(api.status)
    header = answer["header"]
    return Member(
        node=node,
        id=str(header["member_id"]),
        cluster=str(header["cluster_id"]),
        leader=str(answer.get("leader", "0")),
        term=int(answer.get("raftTerm", 0)),
        version=str(answer.get("version", "")),
        revision=int(header.get("revision", 0)),
        learner=bool(answer.get("isLearner", False)),
        raft_index=int(answer.get("raftIndex", 0)),
        db_size=int(answer.get("dbSize", 0)),
        db_in_use=int(answer.get("dbSizeInUse", 0)),
        errors=tuple(str(e) for e in answer.get("errors", [])),
    )


async def _cluster_proofs(
    context: Context,
    apis: Mapping[str, MemberApi],
    others: Mapping[str, MemberApi],
    add: Callable[[Proof], None],
) -> None:
    """`others` are connections of their own to the same members: each call is a round trip, and
    the way may be long, so what does not hang on one another is asked at the same time.
    """
    spec = context.spec
    nodes = {node.name: node for node in spec.nodes}
    for node in spec.nodes:
        if node.name not in apis:
            add(_no_answer(node))
    if not apis:
        return
    states: list[Proof] = []
    asking = asyncio.ensure_future(_states(context, nodes, others, states.append))
    try:
        await _write_and_read(nodes, apis, add)
        await _agreement(spec.cluster.etcd, nodes, apis, add)
        await asking
        for proof in states:
            add(proof)
    finally:
        asking.cancel()


async def _states(
    context: Context,
    nodes: Mapping[str, Node],
    apis: Mapping[str, MemberApi],
    add: Callable[[Proof], None],
) -> None:
    """What the members say of themselves and of each other."""
    healthy = await asyncio.gather(*(asyncio.to_thread(api.healthy) for api in apis.values()))
    for name, well in zip(apis, healthy, strict=True):
        add(
            proved(
                "health",
                nodes[name],
                well,
                _("true") if well else _("not healthy"),
                "" if well else _("Read the journal on the host: journalctl -u etcd -e"),
            )
        )
    await _member_list(context.spec, apis, add)
    await _no_alarms(nodes, apis, add)
    await _peers(context, nodes, apis, add)


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


async def _write_and_read(
    nodes: Mapping[str, Node], apis: Mapping[str, MemberApi], add: Callable[[Proof], None]
) -> None:
    """A key put through one member is read, linearizably, through every other, and deleted."""
    key, value = f"etcd-tui/proof/{random.token_hex(8)}", random.token_hex(8)
    writer, *others = apis
    try:
        revision = await asyncio.to_thread(apis[writer].put, key, value)
    except MemberError as error:
        put = _("the key was not written: {error}").format(error=error)
        add(proved("put", nodes[writer], False, put))
        return
    wrote = _("{key} at revision {revision}").format(key=key, revision=revision)
    add(proved("put", nodes[writer], True, wrote))

    async def read(name: str) -> Proof:
        try:
            seen = await asyncio.to_thread(apis[name].read, key)
        except MemberError as error:
            return proved("get", nodes[name], False, str(error))
        right = seen == value
        found = _("the value that was written") if right else _("another value: {v}").format(v=seen)
        return proved("get", nodes[name], right, found)

    for proof in await asyncio.gather(*(read(name) for name in (others or [writer]))):
        add(proof)
    try:
        deleted = await asyncio.to_thread(apis[writer].delete, key)
    except MemberError:
        deleted = 0
    gone = _("deleted") if deleted == 1 else _("{key} is still there").format(key=key)
    add(proved("delete", nodes[writer], deleted == 1, gone))


async def _member_list(
    spec: ClusterSpec, apis: Mapping[str, MemberApi], add: Callable[[Proof], None]
) -> None:
    """All members are listed, started, none a learner, with names and URLs as in the spec."""
    wanted = {(n.name, (n.peer_url,), (n.client_url,)) for n in spec.nodes}

    async def ask(name: str) -> Proof:
        try:
            listed = await asyncio.to_thread(apis[name].members)
        except MemberError as error:
            return proved("members", spec.node(name), False, str(error))
        there = {
            (
                str(m.get("name", "")),
                tuple(m.get("peerURLs", [])),
                tuple(m.get("clientURLs", [])),
            )
            for m in listed
        }
        learners = [m.get("name", "") for m in listed if m.get("isLearner")]
        passed = there == wanted and len(listed) == len(spec.nodes) and not learners
        names = ", ".join(sorted(m[0] or _("(not started)") for m in there))
        found = _("{n} members: {names}").format(n=len(listed), names=names)
        if learners:
            found += _("; learners: {names}").format(names=", ".join(learners))
        return proved("members", spec.node(name), passed, found)

    for proof in await asyncio.gather(*(ask(name) for name in apis)):
        add(proof)


async def _agreement(
    version: str,
    nodes: Mapping[str, Node],
    apis: Mapping[str, MemberApi],
    add: Callable[[Proof], None],
) -> None:
    """One leader, one term, one cluster ID, agreed by every member."""
    one = next(iter(nodes.values()))
    try:
        # A just elected leader is known to the last follower a heartbeat later.
        for attempt in range(_CONNECT_ATTEMPTS):
            members = await asyncio.gather(*(read_member(a, nodes[n]) for n, a in apis.items()))
            seen = {(m.leader, m.term, m.cluster) for m in members}
            if len(seen) == 1 or attempt + 1 == _CONNECT_ATTEMPTS:
                break
            await asyncio.sleep(_CONNECT_PAUSE)
    except MemberError as error:
        add(proved("agreement", one, False, str(error)))
        return
    leader, term, cluster = next(iter(seen))
    name = next((m.node.name for m in members if m.id == leader), "")
    passed = len(seen) == 1 and bool(name) and len(members) == len(nodes)
    found = (
        _("leader {name}, term {term}, cluster {cluster:x}").format(
            name=name, term=term, cluster=int(cluster)
        )
        if passed
        else _("they differ: {seen}").format(seen=sorted(seen))
    )
    agreement = proved("agreement", one, passed, found)
    add(dataclasses.replace(agreement, leader=name if passed else ""))
    for member in members:
        passed = not member.learner and not member.errors and member.version == version
        found = ", ".join(member.errors) or _("voter, etcd {v}").format(v=member.version)
        add(proved("voter", member.node, passed, found))


async def _no_alarms(
    nodes: Mapping[str, Node], apis: Mapping[str, MemberApi], add: Callable[[Proof], None]
) -> None:
    name = next(iter(apis))
    try:
        alarms = await asyncio.to_thread(apis[name].alarms)
    except MemberError as error:
        add(proved("alarms", nodes[name], False, str(error)))
        return
    fix = _("For NOSPACE: compact, defragment each member, then etcdctl alarm disarm.")
    found = ", ".join(alarms) or _("none")
    add(proved("alarms", nodes[name], not alarms, found, fix if alarms else ""))


async def _peers(
    context: Context,
    nodes: Mapping[str, Node],
    apis: Mapping[str, MemberApi],
    add: Callable[[Proof], None],
) -> None:
    """Each member is connected to N-1 peers; links need a moment after the start."""
    wanted = len(context.spec.nodes) - 1

    async def ask(name: str) -> tuple[int, str]:
        count, error = -1, ""
        for attempt in range(_CONNECT_ATTEMPTS):
            try:
                count = await asyncio.to_thread(apis[name].active_peers)
            except MemberError as problem:
                error = str(problem)
            if count == wanted:
                break
            if attempt + 1 < _CONNECT_ATTEMPTS:
                await asyncio.sleep(_CONNECT_PAUSE)
        return count, error

    answers = dict(zip(apis, await asyncio.gather(*(ask(name) for name in apis)), strict=True))
    short = any(count != wanted for count, _error in answers.values())
    open_ways = short and await all_ways_open(context.spec, context.transports)
    for name, (count, error) in answers.items():
        found = error or _("{count} of {wanted} peers").format(count=count, wanted=wanted)
        passed = count == wanted
        if not passed and open_ways and not error:
            # It counts again what it once lost when it connects anew, and sees no reason to.
            passed = True
            found = _("{count} of {wanted} by etcd's own count; the ways are open").format(
                count=count, wanted=wanted
            )
        fix = "" if passed else _("Check that port 2380 is open both ways between the hosts.")
        add(proved("peers", nodes[name], passed, found, fix))


async def _member_proofs(
    context: Context,
    node: Node,
    route: Route | None,
    peer: Awaitable[Route | None],
    heard: Awaitable[dict[str, Heard | None]],
) -> list[Proof]:
    """What is proven on the wire and on the host of one member; `heard` is what all hosts say."""
    tls: ssl.SSLContext = client_context(context.client)
    plain = plain_context(context.client)
    wire, said = await asyncio.gather(
        on_wire.prove_wire(node, route, peer, tls, plain, context.issued.get(node.name, b"")),
        heard,
    )
    return wire + await on_host.prove_host(context.spec, node, said)
