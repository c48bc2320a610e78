"""to_nodes: imported hosts as the `nodes` of an answers document."""

from __future__ import annotations

from collections.abc import Iterable

from etcd_tui.spec.imports.imported import ImportedHost


def to_nodes(hosts: Iterable[ImportedHost]) -> list[dict[str, object]]:
    """Return a plain mapping for each host, in the form of the answers file.

    `{name, address, ssh: {host, user, port, private_key, jump}}`, only keys that are known. A
    host of which only a DNS name is known has no `address`: that is to be asked for.
    """
    return [_node(host) for host in hosts]


def _node(host: ImportedHost) -> dict[str, object]:
    ssh = {
        "host": host.host,
        "user": host.user,
        "port": host.port,
        "private_key": _one_or_list(host.private_key),
        "jump": _one_or_list(host.jump),
    }
    node = {
        "name": host.name,
        "address": host.address,
        "ssh": {key: value for key, value in ssh.items() if value},
    }
    return {key: value for key, value in node.items() if value}


def _one_or_list(values: tuple[str, ...]) -> object:
    return values[0] if len(values) == 1 else list(values)
