"""ansible_inventory: the groups of an Ansible inventory, to choose from, with their hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from etcd_tui.i18n import _
from etcd_tui.spec.imports.ansible_host import host_of_variables
from etcd_tui.spec.imports.ansible_ini import read_ini
from etcd_tui.spec.imports.ansible_tree import AnsibleTree, Group, Variables
from etcd_tui.spec.imports.ansible_yaml import by_ansible, read_yaml
from etcd_tui.spec.imports.distinct import distinct
from etcd_tui.spec.imports.found import Found
from etcd_tui.spec.imports.imported import Imported, Rejected, too_long
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_YAML = re.compile(r"---(?:\s|$)|\{|[\"']?[A-Za-z0-9_.-]+[\"']?\s*:(?:\s|$)")


@dataclass(frozen=True, slots=True)
class InventoryGroup:
    """One group, with the names of its hosts and of those in the groups below it."""

    name: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an inventory holds. Of the `groups`, `all` is the first; none is without hosts."""

    groups: tuple[InventoryGroup, ...]
    found: tuple[tuple[str, Found], ...]
    """Each host that can be imported, by its name in the inventory."""
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]

    def hosts_of(self, chosen: Iterable[str]) -> Imported:
        """Return the hosts of the groups called `chosen`, each once, in the file's order."""
        names = set(chosen)
        wanted = {host for group in self.groups if group.name in names for host in group.hosts}
        hosts = distinct(found for name, found in self.found if name in wanted)
        return hosts.also(self.rejected, self.notes)


def ansible_inventory(text: str) -> Inventory:
    """Read `text`, an inventory in INI or YAML form. Never raises, never runs anything.

    Variables come from the hosts and groups in the text, with Ansible's precedence; files in
    group_vars and host_vars are not looked at. Passwords are left out. Values with a Jinja
    expression are left out and noted.
    """
    tree = AnsibleTree()
    refused = too_long(text) or _not_plain(text)
    if refused:
        tree.rejected.append(refused)
    elif is_yaml(text):
        read_yaml(text, tree)
    else:
        read_ini(text, tree)
    return _inventory(tree)


def is_yaml(text: str) -> bool:
    """Tell whether the first line of `text` that says something looks like YAML, not like INI."""
    first = next((line for line in text.splitlines() if re.match(r"\s*[^\s#]", line)), "")
    return _YAML.match(first.lstrip("\ufeff")) is not None


def _not_plain(text: str) -> Rejected | None:
    if text.startswith("#!"):
        what = _("This inventory is a program, which is never run here.")
        return Rejected.of(1, text.partition("\n")[0], Refused(what, by_ansible()))
    if text.startswith("$ANSIBLE_VAULT"):
        what = _("The file is encrypted by ansible-vault.")
        fix = _("Decrypt the part with the hosts into a file of its own.")
        return Rejected.of(1, "$ANSIBLE_VAULT", Refused(what, fix))
    return None


def _inventory(tree: AnsibleTree) -> Inventory:
    depths = tree.depths()
    ancestors = _ancestors(tree, depths)
    order = sorted(tree.groups.values(), key=lambda group: _precedence(group, depths))
    everywhere = tree.groups.get("all", Group("all")).variables
    inside: dict[str, dict[str, None]] = {}
    found: list[tuple[str, Found]] = []
    direct: dict[str, set[str]] = {}
    for group in tree.groups.values():
        for name in group.hosts:
            direct.setdefault(name, set()).update(ancestors[group.name])
    for name, host in tree.hosts.items():
        variables: Variables = dict(everywhere)
        for group in order:
            if group.name in direct[name] and group.name != "all":
                variables.update(group.variables)
        variables.update(host.variables)
        try:
            item = host_of_variables(name, host.line, variables, tree.notes)
        except Refused as refused:
            tree.reject(host.line, name, refused)
            continue
        if item is None:
            continue
        found.append((name, item))
        for group_name in direct[name] - {"all"}:
            inside.setdefault(group_name, {})[name] = None
    groups = [InventoryGroup("all", tuple(name for name, _host in found))] if found else []
    groups += [InventoryGroup(name, tuple(inside[name])) for name in tree.groups if name in inside]
    return Inventory(tuple(groups), tuple(found), tuple(tree.rejected), _notes(tree))


def _ancestors(tree: AnsibleTree, depths: dict[str, int]) -> dict[str, set[str]]:
    """Return for each group the groups that its hosts belong to: itself and those around it."""
    ancestors = {name: {name} for name in tree.groups}
    for name in sorted(tree.groups, key=lambda name: depths[name]):
        for child in tree.groups[name].children:
            ancestors[child] |= ancestors[name]
    return ancestors


def _precedence(group: Group, depths: dict[str, int]) -> tuple[int, int, str]:
    """Return the key by which Ansible sorts groups; variables of later ones win."""
    priority = group.variables.get("ansible_group_priority")
    digits = priority.text if priority else ""
    return depths[group.name], int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else 1, group.name


def _notes(tree: AnsibleTree) -> tuple[str, ...]:
    notes = list(tree.notes)
    if tree.secrets:
        what = _("Passwords were left out ({names}); etcd-tui asks for them itself.")
        line = _("{name} in line {line}")
        named = [
            line.format(name=shown(name)[1:-1], line=", ".join(map(str, lines[:5])))
            for name, lines in tree.secrets.items()
        ]
        notes.append(what.format(names="; ".join(named[:10])))
    return tuple(dict.fromkeys(notes))
