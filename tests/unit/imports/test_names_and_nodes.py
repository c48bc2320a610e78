"""Imported hosts on their way into the answers."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from etcd_tui.spec.imports.imported import ImportedHost
from etcd_tui.spec.imports.next_names import next_names
from etcd_tui.spec.imports.pasted import pasted
from etcd_tui.spec.imports.to_nodes import to_nodes
from etcd_tui.spec.reader import loads


def named(existing: list[str], *names: str) -> list[str]:
    return [host.name for host in next_names(existing, [ImportedHost(name) for name in names])]


@pytest.mark.parametrize(
    ("existing", "names", "expected"),
    [
        ([], ["", "", ""], ["etcd1", "etcd2", "etcd3"]),
        (["etcd1", "etcd3"], ["", ""], ["etcd2", "etcd4"]),
        (["ETCD1"], [""], ["etcd2"]),
        ([], ["", "etcd1", "a", ""], ["etcd2", "etcd1", "a", "etcd3"]),
        (["etcd1"], ["etcd1", ""], ["etcd1", "etcd2"]),
        ([], [], []),
    ],
)
def test_missing_names_get_the_lowest_free_numbers(
    existing: list[str], names: list[str], expected: list[str]
) -> None:
    assert named(existing, *names) == expected


def test_only_known_keys_are_in_a_node() -> None:
    assert to_nodes([ImportedHost("a", "192.0.2.1"), ImportedHost(host="b.example.org")]) == [
        {"name": "a", "address": "192.0.2.1"},
        {"ssh": {"host": "b.example.org"}},
    ]


def test_all_that_is_known_about_a_host_is_in_its_node() -> None:
    one = ImportedHost("a", "192.0.2.1", "g", "ops", 22, ("~/k",), ("j",))
    several = ImportedHost("a", "192.0.2.1", private_key=("k1", "k2"), jump=("j1", "j2"))
    assert to_nodes([one, several]) == [
        {
            "name": "a",
            "address": "192.0.2.1",
            "ssh": {"host": "g", "user": "ops", "port": 22, "private_key": "~/k", "jump": "j"},
        },
        {
            "name": "a",
            "address": "192.0.2.1",
            "ssh": {"private_key": ["k1", "k2"], "jump": ["j1", "j2"]},
        },
    ]


def test_nodes_of_pasted_hosts_are_good_answers() -> None:
    text = """\
        etcd1 root@192.0.2.11:2222 key=~/.ssh/k jump=ops@g1 jump=[2001:db8::9]:22
        192.0.2.12 ssh_host=gate.example.org
        ssh -i ~/.ssh/a -i ~/.ssh/b admin@192.0.2.13
    """
    hosts = next_names([], pasted(text).hosts)
    document = {
        "version": 1,
        "cluster": {"name": "prod", "etcd": "3.5.33"},
        "nodes": to_nodes(hosts),
    }
    spec, _warnings = loads(yaml.safe_dump(document), base=Path("/answers"))
    assert [(node.name, node.address) for node in spec.nodes] == [
        ("etcd1", "192.0.2.11"), ("etcd2", "192.0.2.12"), ("etcd3", "192.0.2.13"),
    ]  # fmt: skip
    first, second, third = (node.ssh for node in spec.nodes)
    assert (first.user, first.port, first.private_key) == ("root", 2222, ("~/.ssh/k",))
    assert first.jump == ("ops@g1", "[2001:db8::9]:22")
    assert second.host == "gate.example.org"
    assert (third.user, third.private_key) == ("admin", ("~/.ssh/a", "~/.ssh/b"))
