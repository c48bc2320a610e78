"""Figures of a drill, from the moments that were seen."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.drill.figures import (
    Sight,
    came_back,
    elected,
    leaders_now,
    usual,
    went_silent,
    write_gap,
)

OLD, NEW = "11", "22"


def seen(*answers: tuple[float, str]) -> list[Sight]:
    return [Sight(at, leader) for at, leader in answers]


def test_the_gap_is_the_longest_time_between_two_acknowledged_writes() -> None:
    gap = write_gap("etcd2", [1.0, 1.1, 1.2, 2.7, 2.8], 3, since=1.15, end=2.85, steady=0.5)
    assert (gap.member, gap.gap_ms, gap.usual_ms) == ("etcd2", 1500, 100)
    assert (gap.acknowledged, gap.failed, gap.recovered) == (5, 3, True)


def test_what_was_slow_before_the_stop_is_no_gap_of_the_drill() -> None:
    gap = write_gap("etcd2", [0.0, 5.0, 5.1, 5.2], 0, since=5.05, end=5.25, steady=0.5)
    assert gap.gap_ms == 100


def test_writes_that_never_go_on_are_a_gap_until_the_end() -> None:
    gap = write_gap("etcd2", [1.0, 1.1], 40, since=1.1, end=9.1, steady=0.5)
    assert (gap.gap_ms, gap.recovered) == (8000, False)


def test_a_writer_that_never_wrote_has_not_recovered() -> None:
    gap = write_gap("etcd2", [], 40, since=1.0, end=9.0, steady=0.5)
    assert (gap.gap_ms, gap.usual_ms, gap.recovered) == (0, 0, False)


@given(
    st.lists(st.floats(0, 100), min_size=2, max_size=30).map(sorted),
    st.floats(0, 100),
    st.floats(0, 5),
)
def test_no_gap_in_the_window_is_longer_than_the_one_that_is_told(
    moments: list[float], since: float, more: float
) -> None:
    end = max(moments[-1], since) + more
    gap = write_gap("etcd1", moments, 0, since, end, 0.5)
    inside = [at for at in moments if at > since]
    for earlier, later in itertools.pairwise([*inside, end]):
        assert (later - earlier) * 1000 <= gap.gap_ms + 0.51
    assert 0 <= gap.gap_ms <= (end - moments[0]) * 1000 + 0.51


def test_usual_is_the_median_and_needs_two_writes() -> None:
    assert usual([1.0]) == 0
    assert usual([0.0, 1.0, 2.0, 9.0]) == 1.0


def test_a_member_went_silent_with_its_last_answer_after_the_order() -> None:
    sights = seen((1.0, OLD), (2.0, OLD), (2.1, OLD), (2.2, ""), (2.3, ""), (5.0, OLD))
    assert went_silent(sights, ordered=1.5) == 2.1


def test_a_member_that_answered_no_more_after_the_order_went_silent_with_it() -> None:
    assert went_silent(seen((1.0, OLD), (2.0, "")), ordered=1.5) == 1.5
    assert went_silent([], ordered=1.5) == 1.5


def test_the_first_report_of_another_leader_ends_the_election() -> None:
    second = seen((1.0, OLD), (2.0, OLD), (3.0, "0"), (4.2, NEW))
    third = seen((1.0, OLD), (2.5, ""), (4.1, NEW))
    assert elected([second, third], OLD, since=1.5) == (NEW, 4.1)


def test_nobody_is_elected_while_all_name_the_old_leader_or_none() -> None:
    assert elected([seen((1.0, NEW), (2.0, OLD), (3.0, "0"), (4.0, ""))], OLD, since=1.5) is None


@pytest.mark.parametrize(
    ("second", "expected"),
    [(NEW, {NEW}), (OLD, {NEW, OLD}), ("0", {NEW, ""}), ("", {NEW, ""})],
)
def test_who_leads_now_is_what_the_members_said_last(second: str, expected: set[str]) -> None:
    sights = {"etcd2": seen((1.0, OLD), (2.0, NEW)), "etcd3": seen((1.0, NEW), (2.0, second))}
    assert leaders_now(sights) == expected


def test_a_member_that_was_not_asked_yet_names_no_leader() -> None:
    assert leaders_now({"etcd2": []}) == {""}


def test_a_member_is_back_with_its_first_answer_that_knows_a_leader() -> None:
    sights = seen((1.0, OLD), (2.0, ""), (3.0, "0"), (3.5, NEW), (4.0, NEW))
    assert came_back(sights, ordered=1.5) == 3.5
    assert came_back(sights[:3], ordered=1.5) is None
