"""The block in /etc/hosts: put in, changed and taken out without a trace."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etcd_tui.content.hosts_block import hosts_block, with_block, without_block
from etcd_tui.spec.model import Cluster, ClusterSpec, Node
from tests.unit.situations import spec_of

SPEC = spec_of()
OTHER = replace(SPEC, cluster=Cluster("test", "3.5.30"), nodes=(Node("a", "2001:db8::1"),))
LINES = "192.0.2.11 etcd1\n192.0.2.12 etcd2\n192.0.2.13 etcd3\n"
BLOCK = f"# BEGIN etcd-tui prod\n{LINES}# END etcd-tui prod\n"
# Lines of our own kind among others, and every character that some splitter takes for a line's end.
words = st.sampled_from(
    [
        "127.0.0.1 localhost",
        "# END etcd-tui prod",
        "# BEGIN etcd-tui test",
        "# BEGIN etcd-tui prod",
        "# END etcd-tui test",
        "\n",
        "\r\n",
        "\r",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        " ",
        "",
    ]
)
texts = st.one_of(
    st.text(), st.lists(words, max_size=8).map("".join), st.lists(words, max_size=8).map("\n".join)
)


def without_ours(text: str) -> bool:
    """No block of the cluster stands there already."""
    return without_block(text, "prod") == text


@given(texts.filter(without_ours))
@example("")
@example("127.0.0.1 localhost")
@example("127.0.0.1 localhost\r\n")
@example("# BEGIN etcd-tui prod\n")
@example("x\r")
def test_taking_out_what_was_put_in_gives_the_file_byte_for_byte(text: str) -> None:
    assert without_block(with_block(text, SPEC), "prod") == text


@given(texts)
def test_putting_it_in_twice_is_putting_it_in_once(text: str) -> None:
    once = with_block(text, SPEC)
    assert with_block(once, SPEC) == once
    assert BLOCK.partition("\n")[2] in once


@given(texts)
def test_what_stands_around_the_block_stays(text: str) -> None:
    once = with_block(text, SPEC)
    changed = replace(SPEC, nodes=SPEC.nodes[:1])
    assert without_block(with_block(once, changed), "prod") == without_block(once, "prod")


@given(texts.filter(without_ours), texts)
def test_what_others_append_later_stays(text: str, more: str) -> None:
    later = with_block(text, SPEC) + more
    left = without_block(later, "prod")
    assert left.startswith(text)
    assert left.endswith(more)


def test_the_block_is_one_line_a_member() -> None:
    assert hosts_block(SPEC) == LINES
    assert with_block("127.0.0.1 localhost\n", SPEC) == "127.0.0.1 localhost\n" + BLOCK


def test_changed_members_are_replaced_where_they_stand() -> None:
    before = f"1.1.1.1 a\n{BLOCK}2.2.2.2 b\n"
    changed = replace(SPEC, nodes=(Node("etcd1", "192.0.2.99"),))
    assert with_block(before, changed) == (
        "1.1.1.1 a\n# BEGIN etcd-tui prod\n192.0.2.99 etcd1\n# END etcd-tui prod\n2.2.2.2 b\n"
    )


def test_another_clusters_block_is_not_ours() -> None:
    both = with_block(with_block("1.1.1.1 a\n", OTHER), SPEC)
    assert without_block(both, "prod") == with_block("1.1.1.1 a\n", OTHER)
    assert without_block(without_block(both, "test"), "prod") == "1.1.1.1 a\n"
    assert without_block(both, "pro") == both


@pytest.mark.parametrize(
    "text", ["1.1.1.1 a", "1.1.1.1 a\r\n2.2.2.2 b\r\n", "1.1.1.1 a\r\n2.2.2.2 b", "\n"]
)
def test_line_ends_are_kept(text: str) -> None:
    there = with_block(text, SPEC)
    assert there.startswith(text)
    assert f"\n{hosts_block(SPEC)}" in there
    assert without_block(there, "prod") == text


def test_the_joint_newline_stays_when_something_was_appended() -> None:
    later = with_block("1.1.1.1 a", SPEC) + "2.2.2.2 b\n"
    assert without_block(later, "prod") == "1.1.1.1 a\n2.2.2.2 b\n"


def test_a_block_without_its_end_is_not_cut() -> None:
    half = "1.1.1.1 a\n# BEGIN etcd-tui prod\n192.0.2.11 etcd1\n3.3.3.3 precious\n"
    assert without_block(half, "prod") == half
    assert "3.3.3.3 precious" in without_block(with_block(half, SPEC), "prod")


def test_ipv6_addresses_stand_without_brackets() -> None:
    spec = ClusterSpec(Cluster("prod", "3.5.30"), (Node("etcd1", "2001:db8::1"),))
    assert hosts_block(spec) == "2001:db8::1 etcd1\n"
