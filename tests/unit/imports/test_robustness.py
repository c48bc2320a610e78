"""Whatever the text: an answer, sound and in time, and hosts that can be written down again."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etcd_tui.spec import names, network
from etcd_tui.spec.imports.ansible_inventory import ansible_inventory
from etcd_tui.spec.imports.as_line import as_line
from etcd_tui.spec.imports.etc_hosts import etc_hosts
from etcd_tui.spec.imports.imported import MAX_CHARACTERS, ImportedHost
from etcd_tui.spec.imports.pasted import pasted
from etcd_tui.spec.imports.recognise import recognise
from etcd_tui.spec.imports.ssh_config import ssh_config_aliases, ssh_config_hosts

from .conftest import TEXTS, WORDS, is_sound

SECONDS = 10.0
"""Of processor time, for all readers one after the other, on the largest texts they accept."""


def is_valid(host: ImportedHost) -> bool:
    return (
        (not host.name or names.label(host.name) == host.name)
        and (not host.address or network.address(host.address) == host.address)
        and (not host.host or network.host(host.host) == host.host)
        and (not host.user or names.user(host.user) == host.user)
        and 0 <= host.port <= 65535
        and all(network.jump_host(jump) == jump for jump in host.jump)
        and host.host != (host.address or None)
    )


@given(TEXTS)
@example("e=a=192.0.2.1")
@example("name=5 ip=192.0.2.1")
@example("name=ssh ip=192.0.2.1")
@example("192.0.2.1 key='a\"b' key=a'b key=//x")
@settings(max_examples=300)
def test_every_pasted_host_is_valid_and_reads_back_from_its_line(text: str) -> None:
    imported = pasted(text)
    assert is_sound(imported, text)
    for host in imported.hosts:
        assert is_valid(host)
        if host.address or host.host:
            again = pasted(as_line(host))
            assert (again.hosts, again.rejected) == ((replace(host, line=1),), ())


@given(st.lists(WORDS | st.text(st.characters(exclude_characters="\r\n"), max_size=8), max_size=6))
@settings(max_examples=200)
def test_any_words_on_a_line_are_hosts_or_rejected(words: list[str]) -> None:
    text = "192.0.2.77\n" + " ".join(words)
    imported = pasted(text)
    assert is_sound(imported, text)
    assert len(imported.hosts) + len(imported.rejected) >= 1


@given(TEXTS)
@settings(max_examples=100)
def test_any_hosts_file_is_answered(text: str) -> None:
    imported = etc_hosts(text)
    assert is_sound(imported, text)
    assert all(map(is_valid, imported.hosts))
    assert all(host.address for host in imported.hosts)


@given(TEXTS, st.lists(TEXTS, max_size=2))
@example("Include a\nHost a\n HostName %z\n", ["Include b"])
@settings(max_examples=200)
def test_any_ssh_config_is_answered(text: str, included: list[str]) -> None:
    aliases = ssh_config_aliases(text, lambda _pattern: included)
    imported = ssh_config_hosts(aliases, aliases.names)
    assert is_sound(imported, text)
    assert all(map(is_valid, imported.hosts))
    assert len(imported.hosts) + len(imported.rejected) == len(aliases.names)


@given(TEXTS)
@example("a:\n  hosts: {b: {ansible_host: [x]}}\n  children: {a: }\n  vars: 3")
@example("a: &a\n  children:\n    b: *a")
@settings(max_examples=300)
def test_any_inventory_is_answered(text: str) -> None:
    inventory = ansible_inventory(text)
    imported = inventory.hosts_of([group.name for group in inventory.groups])
    assert is_sound(imported, text)
    assert all(map(is_valid, imported.hosts))
    assert len(imported.hosts) <= len(inventory.found)


@given(st.text(max_size=30), TEXTS)
def test_any_file_is_recognised_as_something(name: str, text: str) -> None:
    assert recognise(name, text)


def filled(piece: str) -> str:
    return (piece * (MAX_CHARACTERS // len(piece)))[:MAX_CHARACTERS]


@pytest.mark.parametrize(
    "text",
    [
        filled("x\n"),
        filled("a 192.0.2.1, "),
        filled("[1-9]" * 700 + "\n"),
        filled(("e[0-9]" * 600)[:3990] + "\n"),
        filled("'" * 3990 + "\n"),
        filled("a=" * 1990 + "\n"),
        filled("0.0.0.0 ads.example.org\n"),
        filled("Host a*b*c*d*e*f*g*h\nUser x\n"),
        filled("Host " + "*a" * 200 + "b " + "a" * 200 + "\n"),
        filled("Include a\n"),
        filled("[a]\nb[1:9] ansible_user=x\n"),
        filled("[a]\n" + "".join(f"h{n} x=1 y='2 3'\n" for n in range(900))),
        "".join(f"[g{n}:children]\n" + "".join(f"g{m}\n" for m in range(n)) for n in range(499)),
        "".join(f"[g{n}:children]\n" + "".join(f"g{m}\n" for m in range(350)) for n in range(350)),
        "all:\n  hosts:\n" + "".join(f"    h{n}: {{ansible_port: {n}}}\n" for n in range(4000)),
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 25_000,
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(5000)),
        "all:\n" + "  # comment\n" * 10_000,
        filled("root:"),
        filled("password="),
    ],
    ids=range(21),
)
def test_the_worst_texts_are_answered_in_time(text: str) -> None:
    started = time.process_time()
    pasted(text)
    etc_hosts(text)
    inventory = ansible_inventory(text)
    inventory.hosts_of(["all"])
    aliases = ssh_config_aliases(text, lambda _pattern: [text])
    ssh_config_hosts(aliases, aliases.names[:20])
    assert time.process_time() - started < SECONDS
