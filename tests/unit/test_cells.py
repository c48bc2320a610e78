"""Text in terminal cells: Chinese takes two a character and has no blanks to break at."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.cells import cells, wrap

MIXED = st.text(alphabet="ab 中文，。（）-", max_size=80).map(lambda text: " ".join(text.split()))
ASCII = st.text(alphabet="ab c-.", max_size=80).map(lambda text: " ".join(text.split()))


def test_wide_characters_take_two_cells() -> None:
    assert cells("etcd 集群") == 9


@given(ASCII, st.integers(4, 40))
def test_text_of_narrow_characters_is_wrapped_as_textwrap_does(text: str, width: int) -> None:
    known = textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)
    assert wrap(text, width) == known


@given(MIXED, st.integers(8, 40))
def test_nothing_is_lost_by_wrapping(text: str, width: int) -> None:
    assert "".join(wrap(text, width)).replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="中文字，。", max_size=80), st.integers(8, 40))
def test_no_line_begins_with_closing_punctuation(text: str, width: int) -> None:
    assert not any(line[0] in "，。" for line in wrap(text.lstrip("，。"), width))


def test_lines_of_chinese_fit_the_width() -> None:
    text = "从裸 Linux 主机到启用 TLS、高可用且经过验证的 etcd 集群。" * 5
    lines = wrap(text, 30)
    assert len(lines) > 5
    assert max(cells(line) for line in lines) <= 30


def test_no_text_gives_no_line() -> None:
    assert wrap("", 10) == []
