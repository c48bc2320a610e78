"""Whether a host has the release's programs."""

from __future__ import annotations

from etcd_tui.fetch.archive import programs_of
from etcd_tui.observe.facts import HostFacts
from etcd_tui.spec.model import ClusterSpec


def programs_missing(spec: ClusterSpec, facts: HostFacts) -> bool:
    """Whether a program is not there in the wanted version and mode."""
    versions = dict(facts.versions)
    for name in programs_of(spec.cluster.etcd):
        there = facts.path(f"{spec.paths.binaries}/{name}")
        if versions.get(name) != spec.cluster.etcd or (there.mode, there.owner) != ("755", "root"):
            return True
    return False
