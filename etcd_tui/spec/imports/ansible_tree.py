"""AnsibleTree: groups, hosts and variables of an inventory while it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from etcd_tui.i18n import _
from etcd_tui.spec.imports.ansible_pattern import hosts_of_pattern
from etcd_tui.spec.imports.imported import MAX_REJECTED, Rejected
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

MAX_HOSTS = 1000
MAX_GROUPS = 500
MAX_NOTES = 20

KEPT = frozenset({
    "ansible_host", "ansible_ssh_host", "ansible_port", "ansible_ssh_port", "ansible_user",
    "ansible_ssh_user", "ansible_private_key_file", "ansible_ssh_private_key_file",
    "ansible_connection", "ansible_ssh_common_args", "ansible_group_priority", "ip",
})  # fmt: skip
"""The variables that are read; no other gets into memory beyond its name."""
_SECRET = re.compile(r"pass|secret|token|vault", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Value:
    """The text of one variable, and where it stands."""

    text: str
    line: int


Variables = dict[str, Value]


@dataclass(slots=True)
class Group:
    """One group: what stands directly in it."""

    name: str
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True)
class Host:
    """One host: its line, and the variables that stand beside it."""

    name: str
    line: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True)
class AnsibleTree:
    """What the two readers fill in."""

    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    secrets: dict[str, list[int]] = field(default_factory=dict)
    """Names of variables that look like passwords, and their lines."""
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def group(self, name: str) -> Group:
        """Return the group called `name`, which is made if need be; Refused beyond the bound."""
        if name not in self.groups and len(self.groups) >= MAX_GROUPS:
            raise Refused(
                _("The inventory has more than {limit} groups.").format(limit=MAX_GROUPS),
                _("Copy the group of the cluster into a file of its own."),
            )
        return self.groups.setdefault(name, Group(name))

    def add_hosts(self, group: Group, pattern: str, variables: Variables, line: int) -> None:
        """Put the hosts that `pattern` stands for into `group`; Refused if it has no such form."""
        names, port = hosts_of_pattern(pattern, MAX_HOSTS)
        for name in names:
            if name not in self.hosts and len(self.hosts) >= MAX_HOSTS:
                raise Refused(
                    _("The inventory has more than {limit} hosts.").format(limit=MAX_HOSTS),
                    _("Copy the group of the cluster into a file of its own."),
                )
            if name not in self.hosts:
                # Ansible looks at a port behind the name only where the host is new to it.
                first = {"ansible_port": Value(port, line)} if port else {}
                self.hosts[name] = Host(name, line, first)
            group.hosts[name] = None
            self.hosts[name].variables.update(variables)

    def variable(self, variables: Variables, name: str, text: str, line: int) -> None:
        """Put a variable into `variables` if it is one that is read; note a secret by name."""
        if name in KEPT:
            variables[name] = Value(text, line)
        elif _SECRET.search(name):
            lines = self.secrets.setdefault(name, [])
            if line not in lines[-1:]:
                lines.append(line)

    def reject(self, line: int, text: str, refused: Refused) -> bool:
        """Note what was not understood; False when there is too much of it to go on."""
        self.rejected.append(Rejected.of(line, text, refused))
        return len(self.rejected) < MAX_REJECTED

    def depths(self) -> dict[str, int]:
        """Return how deep each group lies, as Ansible counts: 0 for `all`, 1 for those in no other.

        Where groups contain each other in a circle, the step that closes it is undone and noted.
        """
        self._undo_circles()
        waiting = dict.fromkeys(self.groups, 0)
        for group in self.groups.values():
            for child in group.children:
                waiting[child] += 1
        depth = {name: int(name != "all") for name in self.groups}
        ready = [name for name, parents in waiting.items() if not parents]
        while ready:
            name = ready.pop()
            for child in self.groups[name].children:
                depth[child] = max(depth[child], depth[name] + 1)
                waiting[child] -= 1
                if not waiting[child]:
                    ready.append(child)
        return depth

    def _undo_circles(self) -> None:
        finished: set[str] = set()
        for start in self.groups:
            path: dict[str, Iterator[str]] = {}
            current = start
            while current not in finished:
                children = path.setdefault(current, iter(list(self.groups[current].children)))
                child = next((name for name in children if name not in finished), None)
                if child in path:
                    self._undo(current, str(child))
                elif child is not None:
                    current = child
                else:
                    finished.add(current)
                    del path[current]
                    current = next(reversed(path), current)

    def _undo(self, parent: str, child: str) -> None:
        del self.groups[parent].children[child]
        if len(self.notes) < MAX_NOTES:
            what = _("The group {child} contains the group {parent}, so it cannot be inside it.")
            self.notes.append(what.format(child=shown(child), parent=shown(parent)))
