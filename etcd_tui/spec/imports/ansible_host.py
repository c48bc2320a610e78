"""host_of_variables: one host of an Ansible inventory, by its name and its variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from etcd_tui.i18n import _
from etcd_tui.spec import names, network
from etcd_tui.spec.imports.ansible_tree import Value, Variables
from etcd_tui.spec.imports.found import Found, first_label
from etcd_tui.spec.imports.imported import ImportedHost
from etcd_tui.spec.imports.place import address_or_name, is_ip, port_number
from etcd_tui.spec.imports.ssh_command import jump_of, jump_text, private_key, ssh_command
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_JINJA = re.compile(r"\{[{%#]")
_OWN = frozenset({"localhost", "127.0.0.1", "::1"})
_BY_SSH = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh"})


def host_of_variables(name: str, line: int, variables: Variables, notes: list[str]) -> Found | None:
    """Return the host; None for the machine on which Ansible itself runs.

    Adds to `notes` what was left out. Refused if what SSH would connect to cannot be used.
    """
    if name.lower() in _OWN:
        notes.append(_("localhost was left out: it is the machine on which Ansible runs."))
        return None
    reader = _Reader(name, variables, notes)
    connection = reader.text("ansible_connection")
    if connection and connection not in _BY_SSH:
        what = _("Ansible reaches some hosts by {connection}, etcd-tui reaches all by SSH.")
        notes.append(what.format(connection=shown(connection)))
    where = reader.where()
    address, host = address_or_name(where) if where else ("", "")
    internal = reader.checked("ip", network.address, "")
    if internal and internal != address:
        notes.append(
            _("Addresses come from the variable ip, as in Kubespray; SSH connects to ansible_host.")
        )
        address, host = internal, host or address
    label = "" if is_ip(name) else first_label(name)
    imported = ImportedHost(
        label,
        address,
        host,
        reader.checked("ansible_user", names.user, "", "ansible_ssh_user"),
        reader.checked("ansible_port", port_number, 0, "ansible_ssh_port"),
        reader.checked(
            "ansible_ssh_private_key_file",
            lambda text: (private_key(text),),
            (),
            "ansible_private_key_file",
        ),
        reader.jumps(),
        line,
    )
    return Found(imported, named=label == name.lower())


T = TypeVar("T")


@dataclass(slots=True)
class _Reader:
    host: str
    variables: Variables
    notes: list[str]

    def value(self, *names: str) -> tuple[str, Value | None]:
        """Return the first variable of `names` that says something, and its name."""
        for name in names:
            value = self.variables.get(name)
            if value is not None and value.text:
                return name, value
        return names[0], None

    def text(self, *names: str) -> str:
        """Return a value without Jinja; empty if there is none, or after it was noted."""
        name, value = self.value(*names)
        if value is None:
            return ""
        if _JINJA.search(value.text):
            what = _("{name} in line {line} is an expression and was left out.")
            self.notes.append(what.format(name=name, line=value.line))
            return ""
        return value.text

    def where(self) -> str:
        """Return what SSH connects to: the name, unless a variable says otherwise.

        Empty if the variable cannot be read here.
        """
        _name, value = self.value("ansible_host", "ansible_ssh_host")
        return self.host if value is None else self.text("ansible_host", "ansible_ssh_host")

    def checked(self, name: str, accept: Callable[[str], T], nothing: T, legacy: str = "") -> T:
        """Return the value as `accept` has it; `nothing` if there is none that can be used."""
        text = self.text(name, *([legacy] if legacy else []))
        try:
            return accept(text) if text else nothing
        except Refused as refused:
            self.notes.append(f"{name}: {refused.what}")
            return nothing

    def jumps(self) -> tuple[str, ...]:
        """Return the jump hosts in the arguments that Ansible gives to ssh."""
        text = self.text("ansible_ssh_common_args")
        if not re.search("proxy|-J", text, re.IGNORECASE):
            return ()
        try:
            command = ssh_command(f"ssh {text} host")
            if not command.proxy_command:
                return command.jump
            gate = jump_of(command.proxy_command)
            if gate is not None:
                return (*gate.jump, jump_text(gate.place))
        except Refused:
            pass
        what = _("The way through another host could not be read from {name}; add it by hand.")
        self.notes.append(what.format(name="ansible_ssh_common_args"))
        return ()
