"""What hosts print as events: safe, short enough, few at a time, and not without end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.apply import host_lines
from etcd_tui.apply.events import Event, HostLine, Note, Stream
from etcd_tui.apply.host_lines import LONGEST, MOST_BYTES, MOST_LINES, HostLines
from etcd_tui.remote.lines import Lines


@pytest.fixture
def heard() -> list[HostLine]:
    return []


@pytest.fixture
async def lines(heard: list[HostLine]) -> AsyncIterator[HostLines]:
    def reader(event: Event) -> None:
        assert isinstance(event, HostLine)
        heard.append(event)

    lines = HostLines(Stream(reader))
    yield lines
    await lines.close()


async def until_told(heard: list[HostLine], count: int) -> None:
    async with asyncio.timeout(20):
        while len(heard) < count:
            await asyncio.sleep(0)


async def test_lines_are_told_in_order_while_the_host_goes_on(
    lines: HostLines, heard: list[HostLine]
) -> None:
    for number in range(60):
        assert lines.add("etcd1", str(number).encode(), "journal")
    await until_told(heard, 60)
    assert [line.text for line in heard] == [str(number) for number in range(60)]
    assert lines.add("etcd1", b"and on", "journal")
    await until_told(heard, 61)


async def test_a_host_that_pours_out_lines_leaves_the_loop_to_others(
    lines: HostLines, heard: list[HostLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_lines, "_PAUSE", 0.0)
    for host, number in itertools.product(("etcd1", "etcd2"), range(500)):
        lines.add(host, str(number).encode(), "journal")
    most = 0
    while len(heard) < 1000:
        before = len(heard)
        await asyncio.sleep(0)
        most = max(most, len(heard) - before)
    assert most == 2 * host_lines._AT_ONCE
    assert {line.host for line in heard[:50]} == {"etcd1", "etcd2"}


@pytest.mark.parametrize(
    ("line", "text", "cut"),
    [
        (b"x" * LONGEST, "x" * LONGEST, False),
        (b"x" * (LONGEST + 1), "x" * (LONGEST - 1) + "…", True),
        ("证".encode() * 9000, "证" * (LONGEST - 1) + "…", True),
        (b"a\rb \x1b[2Jc\x00", "a b c\ufffd", False),
        (b"\x1b]0;title\x07 ", None, False),
    ],
)
async def test_a_line_is_safe_and_no_longer_than_it_may_be(
    lines: HostLines, heard: list[HostLine], line: bytes, text: str | None, cut: bool
) -> None:
    assert lines.add("etcd1", line, "journal")
    await lines.close()
    assert heard == ([] if text is None else [HostLine("etcd1", text, "journal", cut)])


async def test_a_line_that_was_cut_on_its_way_is_told_as_cut(
    lines: HostLines, heard: list[HostLine]
) -> None:
    lines.add("etcd1", b"short", "journal", cut=True)
    await lines.close()
    assert heard == [HostLine("etcd1", "short…", "journal", cut=True)]


@pytest.mark.parametrize("line", [b"x", b"x" * LONGEST])
async def test_a_host_has_a_share_of_the_run_and_its_end_is_said_once(
    lines: HostLines, heard: list[HostLine], line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_lines, "_PAUSE", 0.0)
    taken = 0
    while lines.add("etcd1", line, "journal"):
        taken += 1
    assert taken == min(MOST_LINES, MOST_BYTES // len(line))
    for _again in range(5):
        assert not lines.add("etcd1", line, "journal")
    assert lines.add("etcd2", line, "journal")
    await until_told(heard, taken + 2)
    await lines.close()
    told = [event for event in heard if event.host == "etcd1"]
    assert len(told) == taken + 1
    assert told[-1].cut
    assert "journalctl -u etcd" in told[-1].text


async def test_at_the_end_only_the_beginning_of_a_flood_is_told(
    lines: HostLines, heard: list[HostLine]
) -> None:
    for number in range(MOST_LINES):
        lines.add("etcd1", str(number).encode(), "journal")
    await lines.close()
    assert 1 < len(heard) < MOST_LINES / 4
    assert [line.text for line in heard[:-1]] == [str(n) for n in range(len(heard) - 1)]
    assert heard[-1].cut
    before = len(heard)
    await lines.close()
    assert len(heard) == before


async def test_a_reader_that_fails_is_left_to_the_next_event_of_the_run() -> None:
    heard: list[Event] = []

    def full(event: Event) -> None:
        if isinstance(event, HostLine):
            raise OSError("no space left")
        heard.append(event)

    stream = Stream(full)
    lines = HostLines(stream)
    lines.add("etcd1", b"one", "journal")
    await asyncio.sleep(0)
    lines.add("etcd1", b"two", "journal")
    stream.emit(Note("on"))
    assert heard == [Note("on")]
    with pytest.raises(OSError, match="no space"):
        await lines.close()


@given(st.lists(st.binary(max_size=30)), st.integers(1, 9))
def test_however_a_stream_arrives_its_lines_are_the_same(parts: list[bytes], limit: int) -> None:
    told: list[tuple[bytes, bool]] = []
    cutter = Lines(lambda line, cut: told.append((line, cut)), limit)
    for part in parts:
        cutter.feed(part)
    cutter.end()
    whole = b"".join(parts).split(b"\n")
    assert told == [(line[:limit], len(line) > limit) for line in whole if line]
