"""Situation: everything a planner may look at, the hosts and the operator's own machine."""

from __future__ import annotations

from dataclasses import dataclass

from etcd_tui.fetch.archive import Archive
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.passage import Passage
from etcd_tui.pki.facts import StoreFacts
from etcd_tui.spec.model import ClusterSpec


@dataclass(frozen=True, slots=True)
class LocalFacts:
    """What the operator's machine holds for this cluster.

    `archives` has one entry for each architecture of a host that needs programs: the verified
    archive, None where it is not here yet (a dry run does not download), or the reason, as
    (what, remedy), why it can't be had.
    """

    store: StoreFacts
    token: str = ""
    client_environment: str = ""
    wanted_client_environment: str = ""
    archives: tuple[tuple[str, Archive | tuple[str, str] | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """The hosts' facts in the order of the answers file, and the operator's."""

    hosts: tuple[HostFacts, ...]
    local: LocalFacts
    passages: tuple[Passage, ...] = ()
    """What the members found when they tried each other; those that need not try are left out."""

    @property
    def formed(self) -> bool:
        """Whether a quorum of this cluster is up: some member was let in by the others."""
        return any(host.ready and host.has_wal for host in self.hosts)


def joined(
    spec: ClusterSpec, earlier: Situation | None, seen: tuple[HostFacts, ...]
) -> tuple[HostFacts, ...]:
    """Return the facts just `seen`, and those of `earlier` for the other hosts, in spec's order."""
    facts = {host.name: host for host in earlier.hosts} if earlier else {}
    facts.update((host.name, host) for host in seen)
    return tuple(facts[node.name] for node in spec.nodes if node.name in facts)
