"""Hosts files: what is left out, and which of the names becomes the member's."""

from __future__ import annotations

import pytest

from etcd_tui.spec.imports.etc_hosts import MAX_HOSTS, etc_hosts

from .conftest import lines, only, rejection

DEBIAN = """\
127.0.0.1\tlocalhost
127.0.1.1\tmyhost.example.org myhost
# The following lines are desirable for IPv6 capable hosts
::1     ip6-localhost ip6-loopback localhost
fe00::0 ip6-localnet
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
fe80::1%lo0 localhost
255.255.255.255 broadcasthost
0.0.0.0 ads.example.org

192.0.2.11  etcd1.example.org etcd1   # rack 3
192.0.2.12\tetcd2
2001:db8::13 etcd3.example.org
"""


def test_only_the_other_machines_are_taken() -> None:
    imported = etc_hosts(DEBIAN)
    assert lines(imported) == ["etcd1 192.0.2.11", "etcd2 192.0.2.12", "etcd3 2001:db8::13"]
    assert [host.line for host in imported.hosts] == [12, 13, 14]
    assert imported.rejected == ()
    assert imported.notes == ("Lines about the machine itself or about no host were left out: 9.",)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ("etcd1.example.org etcd1", "etcd1"),
        ("my_alias other.example.org web", "web"),
        ("my_alias other.example.org", "other"),
        ("ETCD1", "etcd1"),
        ("my_alias 10", ""),
    ],
)
def test_the_first_name_that_a_member_can_have_is_taken(names: str, name: str) -> None:
    assert only(etc_hosts(f"192.0.2.1 {names}")) == f"{name} 192.0.2.1".strip()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("192.0.2.300 a", "is no IP address"),
        ("a 192.0.2.1", "is no IP address"),
        ("192.0.2.1", "no name behind this address"),
        ("240.0.0.1 a", "reserved range"),
    ],
)
def test_lines_that_are_none_of_a_hosts_file_are_rejected(line: str, what: str) -> None:
    rejected = rejection(etc_hosts(f"\n{line}\n"))
    assert (rejected.line, rejected.text) == (2, line)
    assert what in rejected.what


def test_an_address_counts_once() -> None:
    imported = etc_hosts("192.0.2.1 a\n192.0.2.1 b\n2001:db8::1 a\n")
    assert lines(imported) == ["a 192.0.2.1"]
    assert [item.line for item in imported.rejected] == [2, 3]


def test_a_list_of_blocked_names_holds_no_hosts() -> None:
    imported = etc_hosts("0.0.0.0 ads.example.org\n" * 5000)
    assert (imported.hosts, imported.rejected) == ((), ())


def test_a_file_with_too_many_hosts_is_read_in_part() -> None:
    text = "".join(f"10.0.{n // 250}.{n % 250 + 1} h{n}\n" for n in range(MAX_HOSTS + 5))
    imported = etc_hosts(text)
    assert len(imported.hosts) == MAX_HOSTS
    assert [item.line for item in imported.rejected] == [MAX_HOSTS + 1]
