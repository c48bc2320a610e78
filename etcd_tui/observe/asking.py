"""Asking: which members have to try which others, and who has to listen for them. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from etcd_tui.content.firewall import wanted_rules
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.firewall import missing_rules
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT, ClusterSpec, Node

PORTS = (CLIENT_PORT, PEER_PORT)
LOAD = 20_000
"""Bytes that each connection brings: more than two packets of the largest Ethernet."""
_LONGEST = 30
ALL = 15
"""Up to so many members, each tries every other: twice as many as etcd suggests at most."""
NEXT = 3
"""Of more, each tries so many: the next ones in the list, so that each is tried by as many."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one member does: connect to `targets`, and listen for `sources`. Members' names.

    `expects` of a target: whether somebody listens there for us, so that a refusal may be early.
    """

    targets: tuple[tuple[str, bool], ...] = ()
    closed: tuple[tuple[str, str], ...] = ()
    """Targets that are not tried, and the firewall there that install opens first."""
    sources: tuple[str, ...] = ()


def opens_first(spec: ClusterSpec, node: Node, facts: HostFacts) -> str:
    """Return the firewall that keeps `node`'s ports closed until install opens them, or nothing."""
    kind = facts.firewall.kind
    if kind == "none" or spec.host.firewall == "leave":
        return ""
    if spec.host.firewall == "disable":
        return kind
    return kind if missing_rules(facts.firewall, wanted_rules(spec, node)) else ""


def listens(facts: HostFacts) -> bool:
    """Whether the host can listen on etcd's ports for the others: nobody does, or is about to."""
    idle = not facts.running and facts.unit.active not in ("activating", "reloading")
    return idle and not facts.listeners and "systemd-socket-activate" in facts.helpers


def asking(spec: ClusterSpec, hosts: tuple[HostFacts, ...]) -> dict[str, Asked]:
    """Return what each member does, by name; empty where there is nothing to find out.

    Two members that both have joined the quorum are known to reach each other. Of more than `ALL`
    members not every pair is tried, which would be thousands of connections.
    """
    closed = {
        node.name: opens_first(spec, node, facts)
        for node, facts in zip(spec.nodes, hosts, strict=True)
    }
    pairs = [
        (a, b)
        for number, a in enumerate(hosts)
        for b in _others(hosts, number)
        if not (a.ready and b.ready)
    ]
    tried = [(a, b) for a, b in pairs if not closed[b.name]]
    asked = {
        host.name: Asked(
            targets=tuple((b.name, listens(b)) for a, b in tried if a.name == host.name),
            closed=tuple(
                (b.name, closed[b.name]) for a, b in pairs if a.name == host.name and closed[b.name]
            ),
            sources=tuple(a.name for a, b in tried if b.name == host.name and listens(b)),
        )
        for host in hosts
    }
    return {name: what for name, what in asked.items() if what != Asked()}


def _others(hosts: Sequence[HostFacts], number: int) -> list[HostFacts]:
    """Return whom host `number` tries, in the order of `hosts`."""
    if len(hosts) <= ALL:
        return [host for other, host in enumerate(hosts) if other != number]
    tried = sorted((number + step) % len(hosts) for step in range(1, NEXT + 1))
    return [hosts[other] for other in tried]


def patience(hosts: tuple[HostFacts, ...]) -> int:
    """Return how many seconds a member waits for another that may begin later than itself.

    A host that was slow to answer (sudo that looks for a name server) will be slow again.
    """
    slowest = max((host.answered_in for host in hosts), default=0.0)
    return min(_LONGEST, 3 + math.floor(2 * slowest))


def all_ways(spec: ClusterSpec, entered: Collection[str]) -> dict[str, Asked]:
    """Let every member in `entered` try every other one, also those that work.

    Nobody listens for it: what answers is what runs there.
    """
    return {
        node.name: Asked(tuple((o.name, False) for o in spec.nodes if o.name != node.name))
        for node in spec.nodes
        if node.name in entered and len(spec.nodes) > 1
    }
