"""Subject: what one runbook is about, and the plans it is read off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from etcd_tui.fetch.origin import Origin, origin
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import Plan
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.runbook.bare import bare_situation, installed_situation
from etcd_tui.runbook.record import record_of
from etcd_tui.spec.model import ClusterSpec


@dataclass(frozen=True)
class Subject:
    """A cluster, its state folder on the operator's machine, and the hosts' architecture."""

    spec: ClusterSpec
    folder: Path
    architecture: str

    @cached_property
    def plan(self) -> Plan:
        """What install would do with bare hosts that no firewall and no SELinux guards."""
        return self.plan_with()

    def plan_with(self, *, firewall: str = "none", selinux: str = "") -> Plan:
        """Return what install would do with bare hosts that these guard."""
        there = bare_situation(
            self.spec, self.folder, self.architecture, firewall=firewall, selinux=selinux
        )
        return plan_install(self.spec, there)

    def undoing(self, *, firewall: str = "none") -> Plan:
        """Return what uninstall would do afterwards, data included."""
        there = installed_situation(
            self.spec, self.folder, self.architecture, self.record, firewall=firewall
        )
        return plan_uninstall(self.spec, there, purge=True)

    @property
    def record(self) -> str:
        """The manifest that install would leave; the same on every host."""
        return record_of(self.plan, self.spec.nodes[0].name)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts' names, in the order of the answers."""
        return tuple(node.name for node in self.spec.nodes)

    @property
    def archive(self) -> Origin:
        """Where the release comes from."""
        return origin(self.spec, self.architecture)
