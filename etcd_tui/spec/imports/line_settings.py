"""LineSettings: the `key=value` words of one typed line, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from etcd_tui.i18n import _
from etcd_tui.spec import names, network
from etcd_tui.spec.imports.imported import ImportedHost
from etcd_tui.spec.imports.place import port_number
from etcd_tui.spec.imports.ssh_command import jumps, private_key
from etcd_tui.spec.refused import Refused

KEYS = {
    "name": "name", "address": "place", "addr": "place", "ip": "place", "host": "place",
    "hostname": "place", "ansible_host": "place", "ansible_ssh_host": "place",
    "ssh_host": "host", "user": "user", "username": "user", "ansible_user": "user",
    "ansible_ssh_user": "user", "port": "port", "ssh_port": "port", "ansible_port": "port",
    "ansible_ssh_port": "port", "key": "private_key", "private_key": "private_key",
    "identityfile": "private_key", "ansible_ssh_private_key_file": "private_key",
    "jump": "jump", "proxyjump": "jump",
}  # fmt: skip
"""What people write, and the key that it means."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`name` and `place` are as they were typed (they may be ranges); the rest is checked."""

    name: str = ""
    place: str = ""
    host: str = ""
    user: str = ""
    port: int = 0
    private_key: tuple[str, ...] = ()
    jump: tuple[str, ...] = ()

    @property
    def name_the_host(self) -> bool:
        """Whether the host itself is described by keys, wholly or in part."""
        return bool(self.name or self.place or self.host)

    def on(self, host: ImportedHost) -> ImportedHost:
        """Return `host` with what the settings say about it."""
        connect = self.host or host.host
        return replace(
            host,
            host="" if connect == host.address else connect,
            user=self.user or host.user,
            port=self.port or host.port,
            private_key=self.private_key,
            jump=self.jump,
        )


def line_settings(cells: list[list[str]]) -> tuple[list[list[str]], LineSettings]:
    """Return the words that are no settings, by cells, and the settings.

    Refused for a value that cannot be used, and for a key that stands twice; `key` and `jump`
    may, for further keys and further jump hosts.
    """
    settings = LineSettings()
    rest: list[list[str]] = []
    for cell in cells:
        words = []
        for word in cell:
            key, _sign, value = word.partition("=")
            known = KEYS.get(key.lower())
            if known and value:
                settings = _with(settings, known, key, value)
            else:
                words.append(word)
        if words:
            rest.append(words)
    return rest, settings


def _with(settings: LineSettings, known: str, key: str, value: str) -> LineSettings:
    read: Any = _READ[known](value)
    before = getattr(settings, known)
    if isinstance(read, tuple):
        read = (*before, *read)
    elif before:
        raise Refused(
            _("The key {key} stands twice in this line.").format(key=key),
            _("Delete one of the two."),
        )
    return replace(settings, **{known: read})


_READ: dict[str, Callable[[str], object]] = {
    "name": str,
    "place": str,
    "host": network.host,
    "user": names.user,
    "port": port_number,
    "private_key": lambda value: (private_key(value),),
    "jump": jumps,
}
