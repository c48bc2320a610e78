"""The fault matrix is complete and says what the tests' marks say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.marks import Mark, read_marks
from tests.faults.rows import NOT_INJECTED, ROWS
from tests.faults.table import is_fresh, page


def test_the_page_is_what_the_marks_give() -> None:
    assert is_fresh(), "run: python -m tests.faults"


def test_every_row_is_shown_and_every_reason_belongs_to_a_row() -> None:
    assert {mark.row for mark in read_marks()} == set(ROWS)
    assert set(NOT_INJECTED) <= set(ROWS)


def test_every_mark_says_both_in_a_few_words() -> None:
    for mark in read_marks():
        for text in (mark.injected, mark.seen):
            assert 3 < len(text) < 200, mark
            assert "\n" not in text, mark


def test_a_row_that_nobody_shows_or_nobody_knows_is_an_error() -> None:
    marks = read_marks()
    with pytest.raises(ValueError, match=r"no test shows the rows \[8\]"):
        page([mark for mark in marks if mark.row != 8])
    with pytest.raises(ValueError, match=r"no such rows: \[99\]"):
        page([*marks, Mark(99, "x", "y", "f", "t")])


@pytest.mark.parametrize("call", ["fault()", "fault(1)", 'fault(1, injected="x")', "fault(n)"])
def test_a_mark_that_lacks_something_is_an_error(tmp_path: Path, call: str) -> None:
    source = f"@pytest.mark.{call}\ndef test_x(): ...\n"
    (tmp_path / "test_x.py").write_text(source)
    with pytest.raises(ValueError, match="test_x"):
        read_marks(tmp_path)
