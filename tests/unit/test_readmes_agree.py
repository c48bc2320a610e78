"""Both READMEs say the same: as many sections, tables and commands, and no link into nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ENGLISH = PROJECT / "README.md"
CHINESE = PROJECT / "README.zh-CN.md"
_MEASURED = re.compile(r"<!-- benchmarks.*?<!-- end of benchmarks -->", re.DOTALL)
"""Written by a program, and in one language only."""


def text_of(path: Path) -> str:
    return _MEASURED.sub("", path.read_text())


def headings(path: Path) -> list[int]:
    without_code = re.sub(r"^```.*?^```$", "", text_of(path), flags=re.DOTALL | re.MULTILINE)
    return [len(marks) for marks in re.findall(r"^(#+) ", without_code, re.MULTILINE)]


def commands(path: Path) -> list[tuple[str, list[str]]]:
    """Every block that has a language, without comments and the blanks before them."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text_of(path), re.DOTALL | re.MULTILINE)
    return [
        (kind, [re.sub(r"\s+# .*", "", line) for line in block.splitlines()])
        for kind, block in blocks
    ]


def in_quotes(path: Path) -> list[str]:
    """Every name and command in running text and tables, in alphabetical order."""
    without_code = re.sub(r"^```.*?^```$", "", text_of(path), flags=re.DOTALL | re.MULTILINE)
    return sorted(set(re.findall(r"`([^`]+)`", without_code)))


def links(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text_of(path))


def test_both_have_the_same_sections_tables_and_blocks() -> None:
    assert len(headings(ENGLISH)) > 10
    assert headings(CHINESE) == headings(ENGLISH)
    rows = [len(re.findall(r"^\|", text_of(path), re.MULTILINE)) for path in (ENGLISH, CHINESE)]
    assert rows[0] == rows[1]
    blocks = [text_of(path).count("\n```") for path in (ENGLISH, CHINESE)]
    assert blocks[0] == blocks[1]


def test_both_have_the_same_commands_and_answers() -> None:
    assert {kind for kind, _lines in commands(ENGLISH)} == {"sh", "yaml"}
    assert commands(CHINESE) == commands(ENGLISH)


def test_both_name_the_same_things_in_running_text() -> None:
    # Where a measured part stands, the Chinese one says what writes it.
    only_chinese = {"python -m tests.benchmarks --write"}
    assert set(in_quotes(CHINESE)) - only_chinese == set(in_quotes(ENGLISH))


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_every_link_leads_to_a_file(path: Path) -> None:
    found = links(path)
    assert len(found) > 6
    for link in found:
        if "://" not in link:
            assert (PROJECT / link.partition("#")[0]).is_file(), link


def test_each_names_the_other_and_shows_the_pictures_of_its_language() -> None:
    assert CHINESE.name in links(ENGLISH)
    assert ENGLISH.name in links(CHINESE)
    shown = [
        [link for link in links(path) if link.startswith("screenshots/")]
        for path in (ENGLISH, CHINESE)
    ]
    assert [link.replace(".en.", ".zh.") for link in shown[0]] == shown[1]
