"""Preflight: every reason not to start, before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight import cluster, host, ownership
from etcd_tui.preflight.check import Check
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
    host.memory,
    ownership.other_cluster,
    ownership.foreign_etcd,
    ownership.foreign_files,
    ownership.data_folder,
    ownership.lost_data,
    ownership.ports,
    ownership.unit,
    ownership.user,
    ownership.release,
    ownership.identity,
    ownership.authority,
)


def preflight(spec: ClusterSpec, situation: Situation) -> tuple[Check, ...]:
    """Return all checks, the cluster's first, then host by host. A `fail` stops an install."""
    return tuple(_checks(spec, situation))


def _checks(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    yield from cluster.cluster_checks(spec, situation)
    for node, facts in zip(spec.nodes, situation.hosts, strict=True):
        for check in HOST_CHECKS:
            result = check(spec, node, facts, situation)
            if result is not None:
                yield result
