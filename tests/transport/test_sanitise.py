"""What a host prints cannot move the cursor, hide, or grow without bound."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.remote.sanitise import LINE_LIMIT, text

hostile = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bP", "\x9b2J", "\x1b",
             "\r\n", "\r", "\x00", "\x7f", "\u202e", "\u200b", "\u2066", "中文", "\U000e0041"]
        ),
    )
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b"plain\ttext\n", "plain\ttext\n"),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;owned\x07title", "title"),
        (b"\x1b]0;owned\x1b\\title", "title"),
        (b"\x1b]52;c;open-ended\nnext", "\nnext"),
        (b"\x1bM\x1b(Bup", "up"),
        (b"bell\x07back\x08", "bell\ufffdback\ufffd"),
        (b"bad\xff\xfe", "bad\ufffd\ufffd"),
        ("中文，abc é", "中文，abc é"),
        ("user\u202etxt.exe", "user\ufffdtxt.exe"),
        ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
        ("\x9b31mred\x85", "red\ufffd"),
        ("", ""),
    ],
)
def test_examples(raw: bytes | str, clean: str) -> None:
    assert text(raw) == clean


@given(raw=st.one_of(hostile, st.binary(max_size=300)), limit=st.integers(0, 200))
def test_nothing_unprintable_is_left(raw: str | bytes, limit: int) -> None:
    clean = text(raw, limit)
    assert len(clean) <= limit
    for character in clean:
        category = unicodedata.category(character)
        assert character in "\n\t" or category not in ("Cc", "Cf", "Cs", "Zl", "Zp"), repr(
            character
        )


@given(raw=hostile)
def test_clean_text_stays_as_it_is(raw: str) -> None:
    assert text(text(raw)) == text(raw)


@given(raw=st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_ordinary_text_is_not_changed(raw: str) -> None:
    assert text(raw) == raw


def test_a_line_without_end_is_cut() -> None:
    clean = text(b"x" * 1_000_000 + b"\nnext")
    first, second = clean.split("\n")
    assert len(first) == LINE_LIMIT
    assert first.endswith("…")
    assert second == "next"


def test_a_flood_is_cut_and_says_so() -> None:
    clean = text(b"line\n" * 1_000_000, limit=1000)
    assert len(clean) == 1000
    assert clean.endswith("…")
