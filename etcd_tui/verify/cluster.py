"""Prove what the members show together: a write that all read, agreement, lists, health.

Each call is a round trip, and the way may be long: what hangs on nothing is asked while another
member is busy with the write, all of it together.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets as random
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from etcd_tui.i18n import _
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.verify.claims import proved
from etcd_tui.verify.examine import all_ways_open
from etcd_tui.verify.member_api import (
    ACTIVE_PEERS,
    ALARMS,
    HEALTH,
    MEMBERS,
    STATUS,
    MemberApi,
    MemberError,
    Question,
    deletion,
)
from etcd_tui.verify.proof import Proof

T = TypeVar("T")
Apis = Mapping[str, MemberApi]
Add = Callable[[Proof], None]
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
class _Said:
    """What one member said in one go: of each question the answer, or why there is none."""

    health: bool | MemberError
    members: list[dict[str, Any]] | MemberError
    status: dict[str, Any] | MemberError
    alarms: tuple[str, ...] | MemberError = ()


async def read_member(api: MemberApi, node: Node) -> Member:
    """Ask one member for its status; MemberError if it does not answer."""
    return member(node, await asyncio.to_thread(api.status))


def member(node: Node, answer: dict[str, Any]) -> Member:
    """Return what a member said in its answer to STATUS."""
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


async def prove_cluster(
    spec: ClusterSpec,
    transports: Mapping[str, Transport],
    apis: Apis,
    same_data: Callable[[int], Coroutine[Any, Any, Proof]],
    add: Add,
) -> None:
    """Add the proofs. `same_data` proves that all hold the same at a revision, 0: at any."""
    nodes = {node.name: node for node in spec.nodes}
    writer, *others = apis
    tasks = _Tasks()
    try:
        # One for all, since to ask for alarms is a proposal; and the writer is busy until the put.
        asked = {name: tasks.begin(_ask(apis[name])) for name in others}
        key, value = f"etcd-tui/proof/{random.token_hex(8)}", random.token_hex(8)
        revision = await _put(nodes[writer], apis[writer], key, value, add)
        asked[writer] = tasks.begin(_ask(apis[writer], ALARMS))
        everywhere = False
        if revision:
            readers = {name: apis[name] for name in (others or [writer])}
            everywhere = await _read_through_all(nodes, readers, key, value, add)
        # A member through which the key was read has come to its revision.
        comparing = tasks.begin(same_data(revision if everywhere else 0))
        # The metrics come last on each connection: they are long, and would hold up the key.
        counting = {name: tasks.begin(_count_peers(apis[name], len(nodes) - 1)) for name in others}
        counted: int | MemberError | None = None
        if revision:
            gone, counted = await _delete(nodes[writer], apis[writer], key)
            add(gone)
        counting[writer] = tasks.begin(_count_peers(apis[writer], len(nodes) - 1, counted))
        said = {name: await asked[name] for name in apis}
        await _agreement(spec.cluster.etcd, nodes, apis, said, add)
        for name, one in said.items():
            add(_health(nodes[name], one.health))
        for name, one in said.items():
            add(_member_list(spec, nodes[name], one.members))
        add(_no_alarms(nodes[writer], said[writer].alarms))
        counts = {name: await counting[name] for name in apis}
        for proof in await _peers(spec, transports, counts):
            add(proof)
        add(await comparing)
    finally:
        tasks.cancel()


class _Tasks:
    """What is done meanwhile, and ends with the rest."""

    def __init__(self) -> None:
        self._cancel: list[Callable[[], object]] = []

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._cancel.append(task.cancel)
        return task

    def cancel(self) -> None:
        for cancel in self._cancel:
            cancel()


async def _ask(api: MemberApi, *more: Question[Any]) -> _Said:
    return _Said(*await asyncio.to_thread(api.ask, HEALTH, MEMBERS, STATUS, *more))


async def _put(node: Node, api: MemberApi, key: str, value: str, add: Add) -> int:
    """Put the key; return its revision, 0 if it was not written."""
    try:
        revision = await asyncio.to_thread(api.put, key, value)
    except MemberError as error:
        found = _("the key was not written: {error}").format(error=error)
        add(proved("put", node, False, found))
        return 0
    wrote = _("{key} at revision {revision}").format(key=key, revision=revision)
    add(proved("put", node, True, wrote))
    return revision


async def _read_through_all(
    nodes: Mapping[str, Node], readers: Apis, key: str, value: str, add: Add
) -> bool:
    """The key is read, linearizably, through each; return whether it was."""

    async def read(name: str) -> Proof:
        try:
            seen = await asyncio.to_thread(readers[name].read, key)
        except MemberError as error:
            return proved("get", nodes[name], False, str(error))
        right = seen == value
        found = _("the value that was written") if right else _("another value: {v}").format(v=seen)
        return proved("get", nodes[name], right, found)

    proofs = await asyncio.gather(*(read(name) for name in readers))
    for proof in proofs:
        add(proof)
    return all(proof.passed for proof in proofs)


async def _delete(node: Node, api: MemberApi, key: str) -> tuple[Proof, int | MemberError]:
    """Delete the key; return the proof, and how many peers the member counts."""
    deleted, peers = await asyncio.to_thread(api.ask, deletion(key), ACTIVE_PEERS)
    gone = _("deleted") if deleted == 1 else _("{key} is still there").format(key=key)
    return proved("delete", node, deleted == 1, gone), peers


def _health(node: Node, answer: bool | MemberError) -> Proof:
    well = answer is True
    found = _("true") if well else _("not healthy")
    fix = "" if well else _("Read the journal on the host: journalctl -u etcd -e")
    return proved("health", node, well, found, fix)


def _member_list(
    spec: ClusterSpec, node: Node, listed: list[dict[str, Any]] | MemberError
) -> Proof:
    """All members are listed, started, none a learner, with names and URLs as in the spec."""
    if isinstance(listed, MemberError):
        return proved("members", node, False, str(listed))
    wanted = {(n.name, (n.peer_url,), (n.client_url,)) for n in spec.nodes}
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
    return proved("members", node, passed, found)


async def _agreement(
    version: str, nodes: Mapping[str, Node], apis: Apis, said: Mapping[str, _Said], add: Add
) -> None:
    """One leader, one term, one cluster ID, agreed by every member."""
    one = next(iter(nodes.values()))
    try:
        members = [_answered(nodes[name], said[name].status) for name in apis]
        # A just elected leader is known to the last follower a heartbeat later.
        for _attempt in range(1, _CONNECT_ATTEMPTS):
            if len({(m.leader, m.term, m.cluster) for m in members}) == 1:
                break
            await asyncio.sleep(_CONNECT_PAUSE)
            members = await asyncio.gather(*(read_member(a, nodes[n]) for n, a in apis.items()))
    except MemberError as error:
        add(proved("agreement", one, False, str(error)))
        return
    seen = {(m.leader, m.term, m.cluster) for m in members}
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


def _answered(node: Node, status: dict[str, Any] | MemberError) -> Member:
    if isinstance(status, MemberError):
        raise status
    return member(node, status)


def _no_alarms(node: Node, alarms: tuple[str, ...] | MemberError) -> Proof:
    if isinstance(alarms, MemberError):
        return proved("alarms", node, False, str(alarms))
    fix = _("For NOSPACE: compact, defragment each member, then etcdctl alarm disarm.")
    found = ", ".join(alarms) or _("none")
    return proved("alarms", node, not alarms, found, fix if alarms else "")


async def _count_peers(
    api: MemberApi, wanted: int, count: int | MemberError | None = None
) -> int | MemberError:
    """Return how many peers a member counts, as it last did if that is `wanted`.

    Links need a moment after the start.
    """
    for _attempt in range(_CONNECT_ATTEMPTS):
        if count == wanted:
            break
        if count is not None:
            await asyncio.sleep(_CONNECT_PAUSE)
        (count,) = await asyncio.to_thread(api.ask, ACTIVE_PEERS)
    return -1 if count is None else count


async def _peers(
    spec: ClusterSpec, transports: Mapping[str, Transport], counts: Mapping[str, int | MemberError]
) -> list[Proof]:
    """Each member is connected to N-1 peers."""
    wanted = len(spec.nodes) - 1
    short = any(count != wanted for count in counts.values())
    open_ways = short and await all_ways_open(spec, transports)
    proofs = []
    for name, count in counts.items():
        found = _("{count} of {wanted} peers").format(count=count, wanted=wanted)
        passed = count == wanted
        if isinstance(count, MemberError):
            found = str(count)
        elif not passed and open_ways:
            # It counts again what it once lost when it connects anew, and sees no reason to.
            passed = True
            found = _("{count} of {wanted} by etcd's own count; the ways are open").format(
                count=count, wanted=wanted
            )
        fix = "" if passed else _("Check that port 2380 is open both ways between the hosts.")
        proofs.append(proved("peers", spec.node(name), passed, found, fix))
    return proofs
