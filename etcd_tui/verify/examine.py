"""Examine a cluster that is there: hosts, units, journals, health and the ways between members."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from etcd_tui.diagnose.diagnosis import Diagnosis, diagnose, diagnose_working
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.diagnose.ways import diagnose_ways, with_ways
from etcd_tui.errors import HostsError
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.observe import observe_hosts
from etcd_tui.observe.peers import try_all_ways
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import PEER_PORT, ClusterSpec, Node
from etcd_tui.verify.journal import Heard
from etcd_tui.verify.member_api import MemberApi, MemberError, client_context
from etcd_tui.verify.on_host import hear_hosts, since_changes
from etcd_tui.verify.routes import client_routes


async def examine(
    spec: ClusterSpec, client: Path, transports: Mapping[str, Transport]
) -> tuple[Diagnosis, ...]:
    """Return what is wrong with each member, host by host, best explanation first.

    `transports` has the hosts that could be entered. `client`: the folder of the client
    certificate; where it holds none, the members are not asked for their health.
    """
    heard, ways, health = await asyncio.gather(
        hear_hosts(spec, transports),
        examine_ways(spec, transports),
        _health(spec, client, transports),
    )
    found: list[Diagnosis] = []
    for node in spec.nodes:
        own = _own(spec, node, heard)
        joined = with_ways(node.name, own, ways)
        sick = health.get(node.name)
        explained = any(one.rank < Rank.UNEXPLAINED for one in joined)
        found += joined if explained or sick is None else (sick, *joined)
    return tuple(found)


async def examine_ways(
    spec: ClusterSpec, transports: Mapping[str, Transport]
) -> tuple[Diagnosis, ...]:
    """Let the members try each other as they are; return who cannot reach whom, and why."""
    hosts, passages = await asyncio.gather(
        _observed(spec, transports), try_all_ways(spec, transports)
    )
    return diagnose_ways(spec, hosts, passages)


async def all_ways_open(spec: ClusterSpec, transports: Mapping[str, Transport]) -> bool:
    """Whether every member has just connected to every other one's peer port, as the hosts try it.

    This is asked where etcd counts too few peers: a peer that could not be reached once counts as
    gone until etcd connects to it anew, also where messages flow both ways (etcd's rafthttp,
    `peer_status.go`). What a host did not say to be open is not: it may be lost, or lack a program.
    """
    names = [node.name for node in spec.nodes]
    ways = await try_all_ways(spec, transports)
    is_open = {(w.source, w.target) for w in ways if w.port == PEER_PORT and w.outcome == "open"}
    return all((a, b) in is_open for a in names for b in names if a != b)


async def _observed(
    spec: ClusterSpec, transports: Mapping[str, Transport]
) -> tuple[HostFacts, ...]:
    try:
        return await observe_hosts(spec, transports, lambda _host: None)
    except HostsError:
        # What firewalls have to do with it is then left open.
        return ()


def _own(spec: ClusterSpec, node: Node, heard: Mapping[str, Heard | None]) -> tuple[Diagnosis, ...]:
    said = heard[node.name]
    if said is None:
        return ()
    if (said.unit.active, said.unit.sub) == ("active", "running"):
        since = since_changes(spec, node, heard)
        return diagnose_working(node.name, said.journal, spec=spec, since=since)
    return diagnose(node.name, said.journal, unit=said.unit, spec=spec)


async def _health(
    spec: ClusterSpec, client: Path, transports: Mapping[str, Transport]
) -> dict[str, Diagnosis]:
    """Return what is wrong with the members that are not healthy, as they say it themselves."""
    if not (client / "client.crt").is_file():
        return {}
    context = client_context(client)
    routes = await client_routes(spec, transports, context)

    def ask(node: Node) -> Diagnosis | None:
        route = routes[node.name]
        if route is None:
            return _silent(node) if node.name in transports else None
        api = MemberApi(node.name, route, context)
        try:
            if api.healthy():
                return None
            return _unhealthy(node, ", ".join(api.alarms()))
        except MemberError as error:
            return _unhealthy(node, str(error))
        finally:
            api.close()

    answers = await asyncio.gather(*(asyncio.to_thread(ask, node) for node in spec.nodes))
    return {answer.host: answer for answer in answers if answer is not None}


def _silent(node: Node) -> Diagnosis:
    return Diagnosis(
        node.name,
        "member-silent",
        _("{host} does not answer at {url}, neither from here nor through SSH.").format(
            host=node.name, url=node.client_url
        ),
        _("See whether etcd runs on the host: systemctl status etcd"),
    )


def _unhealthy(node: Node, said: str) -> Diagnosis:
    return Diagnosis(
        node.name,
        "member-unhealthy",
        _("{host} answers, but /health is false: it has no leader, or there is an alarm.").format(
            host=node.name
        ),
        _("See which with: etcdctl endpoint status --cluster -w table; etcdctl alarm list"),
        said,
    )
