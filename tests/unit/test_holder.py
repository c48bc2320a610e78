"""Who holds a host: written down on one line, and read again whatever stands there."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.holder import UNKNOWN, Holder, span
from etcd_tui.observe.facts import HostLock
from etcd_tui.preflight.locks import lock_check

ANNA = Holder("20260101T000000Z-install-ab12", "install", "anna@laptop", 4711, 1767225600, "0f")


def test_a_holder_is_read_as_it_was_written() -> None:
    assert Holder.parse(ANNA.line) == ANNA
    assert "begun=2026-01-01T00:00:00Z" in ANNA.line


@given(st.text(max_size=200))
def test_whatever_stands_there_is_read_as_plain_words(line: str) -> None:
    holder = Holder.parse(line)
    for word in (holder.run, holder.verb, holder.owner, holder.place):
        assert word.isascii()
        assert word.isprintable()
        assert " " not in word
    assert Holder.parse(holder.line) == holder


def test_a_line_that_says_nothing_is_of_nobody_known() -> None:
    assert Holder.parse("") == Holder(UNKNOWN)
    assert Holder.parse("").age == "an unknown time"


def test_this_process_is_named_with_its_machine() -> None:
    holder = Holder.here("run-1", "install", "0f")
    assert holder.pid == os.getpid()
    assert holder.owner.endswith("@" + socket.gethostname()[:40])
    assert holder.age == "0 s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"),
     (172799, "47 h"), (172800, "2 days")],
)  # fmt: skip
def test_a_span_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_host_held_by_another_run_is_refused_with_all_there_is_to_know() -> None:
    check = lock_check("etcd2", HostLock(ANNA.line, 75))
    assert (check.status, check.host, check.key) == ("fail", "etcd2", "lock")
    for word in ("install by anna@laptop", "process 4711", ANNA.run, "75 s ago"):
        assert word in check.found
    assert f"--take-over {ANNA.run}" in check.fix


@pytest.mark.parametrize("standing", ["ended", "given"])
def test_a_host_that_may_be_taken_over_is_no_reason_not_to_start(standing: str) -> None:
    check = lock_check("etcd2", HostLock(ANNA.line, 75, standing))  # type: ignore[arg-type]
    assert check.status == "warn"
    assert ANNA.run in check.found
