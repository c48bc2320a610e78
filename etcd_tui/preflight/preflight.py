"""Preflight: every reason not to start, before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight import cluster, host, locks, ownership, surroundings, tuning
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.peers import peer_checks
from etcd_tui.spec.model import ClusterSpec, Node

HostCheck = Callable[[ClusterSpec, Node, HostFacts, Situation], Check | None]

# In the order in which a person would look.
HOST_CHECKS: tuple[HostCheck, ...] = (
    host.operating_system,
    host.tools,
    host.hosts_file,
    host.address,
    host.source_address,
    host.disk,
    host.file_systems,
    tuning.write_latency,
    host.memory,
    surroundings.proxies,
    surroundings.firewall,
    surroundings.selinux,
    surroundings.time_sync,
    locks.lock,
    ownership.other_cluster,
    ownership.foreign_etcd,
    ownership.foreign_files,
    ownership.data_folder,
    ownership.lost_data,
    ownership.ports,
    ownership.unit,
    ownership.drill,
    ownership.user,
    ownership.release,
    ownership.identity,
    ownership.authority,
)


def preflight(spec: ClusterSpec, situation: Situation) -> tuple[Check, ...]:
    """Return all checks: the cluster's, host by host, the peers'. A `fail` stops an install.

    Where hosts are missing in `situation`, what compares all of them is left out.
    """
    return tuple(_checks(spec, situation))


def _checks(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    there = {facts.name: facts for facts in situation.hosts}
    whole = len(there) == len(spec.nodes)
    if whole:
        yield from cluster.cluster_checks(spec, situation)
        yield from tuning.tuning_checks(spec, situation)
    else:
        yield from cluster.operator_checks(spec, situation)
    for node in spec.nodes:
        if node.name not in there:
            continue
        for check in HOST_CHECKS:
            result = check(spec, node, there[node.name], situation)
            if result is not None:
                yield result
    if whole:
        yield from peer_checks(spec, situation)
