"""What the scripts say on the hosts reaches the operator in their language, with a remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etcd_tui.apply.bench import failed
from etcd_tui.i18n import set_language
from etcd_tui.plan.script_words import patterns, script_words
from etcd_tui.remote.transport import Result
from tests.catalogue.scripts import said, unspoken


def test_everything_that_a_script_can_say_has_an_entry() -> None:
    assert list(unspoken()) == []


def test_every_entry_is_said_by_some_script() -> None:
    spoken = [words for _file, _line, words in said()]
    for pattern in patterns():
        expression = ".+".join(re.escape(part) for part in re.split(r"\{\w+\}", pattern))
        assert any(re.fullmatch(expression, words) for words in spoken), pattern


def test_the_reader_of_scripts_finds_each_kind_of_words(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text(
        "die() { echo \"$2\" >&2; exit \"$1\"; }\n"
        "[ -e x ] || die 65 \"the ${thing%/*} of $who is $(cat \"$f\" | head -n 1)\"\n"
        "if broken; then echo \"it is broken\" >&2; exit 70; fi\n"
        "echo \"for a program\"\n"
    )  # fmt: skip
    assert [(line, words) for _file, line, words in said(tmp_path)] == [
        (2, "the * of * is *"),
        (3, "it is broken"),
    ]
    assert [fault.partition(": ")[0] for fault in unspoken(tmp_path)] == [
        "etcd_tui/plan/scripts/a.sh:2",
        "etcd_tui/plan/scripts/a.sh:3",
    ]


@pytest.mark.parametrize("pattern", patterns())
def test_the_words_of_an_entry_are_not_taken_for_another_ones(pattern: str) -> None:
    filled = re.sub(r"\{(\w+)\}", r"<\1>", pattern)
    found = script_words(filled)
    assert found is not None
    for name in re.findall(r"\{(\w+)\}", pattern):
        assert f"<{name}>" in found.cause + found.remedy or name in found.cause, (pattern, found)
    set_language("zh")
    chinese = script_words(filled)
    set_language("en")
    assert chinese is not None
    assert re.search("[一-鿿]", chinese.cause)
    assert not chinese.remedy or re.search("[一-鿿]", chinese.remedy)


def test_what_other_programs_said_before_is_kept_and_what_they_said_within() -> None:
    found = script_words("tar: unexpected end\nthe archive could not be unpacked")
    assert found is not None
    assert found.cause.splitlines() == [
        "The archive could not be unpacked on the host.",
        "tar: unexpected end",
    ]
    found = script_words("etcd does not run on this host: sh: etcd:\nPermission denied")
    assert found is not None
    assert found.cause == "etcd does not run on this host. It says: sh: etcd:\nPermission denied"


def test_the_words_of_other_programs_stay_as_they_are() -> None:
    assert script_words("mv: cannot move: No space left on device") is None
    error = failed(Result(1, b"", b"mv: No space left on device\n"), "It failed.", "Make room.")
    assert (error.cause, error.remedy) == ("mv: No space left on device", "Make room.")


def test_a_step_that_failed_has_the_cause_and_the_remedy_of_its_scripts_words() -> None:
    error = failed(Result(66, b"", b"/etc/hosts changed since it was looked at\n"), "It failed.")
    assert error.cause == "Somebody has changed /etc/hosts since it was looked at."
    assert error.remedy == "Run this again: it looks at the host anew."
