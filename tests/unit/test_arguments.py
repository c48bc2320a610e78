"""The command line: options wherever they stand, and errors in the form that was asked for."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from etcd_tui.cli import main
from etcd_tui.cli.arguments import parse
from etcd_tui.errors import UsageError
from etcd_tui.i18n import set_language

VERBS = ("install", "plan", "check", "verify", "status", "uninstall", "runbook")
COMMON: dict[str, tuple[list[str], object]] = {
    "json": (["--json"], True),
    "accept_new_host_keys": (["--accept-new-host-keys"], True),
    "yes": (["--yes"], True),
    "no_color": (["--no-color"], True),
    "ascii": (["--ascii"], True),
    "lang": (["--lang", "zh"], "zh"),
    "state_dir": (["--state-dir", "/s"], Path("/s")),
}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> object:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    yield
    set_language("en")


def parsed(*arguments: str) -> argparse.Namespace:
    found = parse(arguments)
    assert isinstance(found, argparse.Namespace), found
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_may_stand_before_or_after_the_verb_and_the_file(verb: str) -> None:
    for name, (words, value) in COMMON.items():
        places = ([*words, verb, "a.yaml"], [verb, *words, "a.yaml"], [verb, "a.yaml", *words])
        for arguments in places:
            found = parsed(*arguments)
            assert getattr(found, name) == value, arguments
            assert (found.verb, found.file) == (verb, Path("a.yaml"))


@pytest.mark.parametrize("task", [["new"], ["validate", "a.yaml"], ["schema"]])
def test_the_tasks_of_answers_take_them_too(task: list[str]) -> None:
    for name, (words, value) in COMMON.items():
        for arguments in ([*words, "answers", *task], ["answers", *task, *words]):
            assert getattr(parsed(*arguments), name) == value


def test_what_is_not_given_has_its_default() -> None:
    found = parsed("install", "a.yaml")
    assert (found.json, found.yes, found.lang, found.state_dir) == (False, False, None, None)
    assert parsed("plan", "a.yaml").exit_code is False
    assert parsed("uninstall", "a.yaml").confirm is None


def test_options_on_both_sides_add_up() -> None:
    found = parsed("--json", "--state-dir", "/s", "plan", "a.yaml", "--yes", "--exit-code")
    assert (found.json, found.state_dir, found.yes, found.exit_code) == (
        True,
        Path("/s"),
        True,
        True,
    )


WRONG = {
    "an unknown verb": ["instal", "a.yaml"],
    "no file": ["install"],
    "two files": ["install", "a.yaml", "b.yaml"],
    "an unknown option": ["install", "a.yaml", "--force"],
    "an unknown language": ["--lang", "fr", "install", "a.yaml"],
    "a value that is missing": ["install", "a.yaml", "--state-dir"],
    "another verb's option": ["install", "a.yaml", "--purge-data"],
    "no task": ["answers"],
    "an unknown task": ["answers", "old"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_command_line_is_a_usage_error_with_the_usage(arguments: list[str]) -> None:
    error = parse(arguments)
    assert isinstance(error, UsageError)
    assert error.remedy.startswith("usage: etcd-tui")


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_it_ends_with_2_and_in_json_with_one_finished_event(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    plain = capsys.readouterr()
    assert plain.out == ""
    assert "usage: etcd-tui" in plain.err
    assert main(["--json", *arguments]) == 2
    told = capsys.readouterr()
    assert told.err == ""
    (event,) = [json.loads(line) for line in told.out.splitlines()]
    assert (event["event"], event["exit"]) == ("finished", 2)
    assert event["what"]
    assert event["remedy"]


@pytest.mark.parametrize("words", [["--json"], ["--answers", "a.yaml"], []])
def test_without_a_verb_and_without_a_terminal_it_says_what_to_type_instead(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert "etcd-tui install FILE" in told.out + told.err


@pytest.mark.parametrize("words", [["--json"], []])
def test_answers_that_cannot_be_read_end_with_2(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ["install", str(tmp_path / "no.yaml")],
        ["answers", "validate", str(tmp_path)],
    ):
        assert main([*words, *arguments]) == 2
        told = capsys.readouterr()
        if words:
            last = json.loads(told.out.splitlines()[-1])
            assert (last["event"], last["exit"]) == ("finished", 2)
        else:
            assert told.out == ""
            assert told.err


def test_new_answers_are_printed_or_written_but_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["answers", "new"]) == 0
    printed = capsys.readouterr().out
    target = tmp_path / "answers.yaml"
    assert main(["answers", "new", "--output", str(target)]) == 0
    assert target.read_text() == printed
    assert target.stat().st_mode & 0o777 == 0o600
    target.write_text("mine")
    assert main(["answers", "new", "--output", str(target)]) == 2
    assert target.read_text() == "mine"


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answers", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_the_language_is_the_options_or_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("etcd_tui.cli.arguments.set_language", asked.append)
    for arguments in (
        ["x"],
        ["x", "--lang", "zh"],
        ["--lang=zh", "x"],
        ["--lang", "fr"],
        ["--lang"],
    ):
        parse(arguments)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    parse(["x"])
    parse(["--lang", "en", "x"])
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    parse(["x"])
    assert asked == ["en", "zh", "zh", "en", "en", "zh", "en", "en"]


@pytest.mark.parametrize("verb", [["install", "a.yaml"], ["demo"], ["answers", "new"]])
def test_answers_for_the_wizard_go_with_no_verb(verb: list[str]) -> None:
    error = parse(["--answers", "prod.yaml", *verb])
    assert isinstance(error, UsageError)
    assert verb[0] in error.what
    assert "etcd-tui install FILE" in error.remedy
    assert parsed("--answers", "prod.yaml").answers == Path("prod.yaml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "x.yaml", "--take-over", "r"], "--take-over goes with --drill only"),
        (["demo", "--port", "8000"], "--port goes with --web only"),
        (["demo", "--port", "0"], "--port goes with --web only"),
        (["demo", "--speed", "2"], "--speed goes with --autoplay only"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(words: list[str], said: str) -> None:
    error = parse(words)
    assert isinstance(error, UsageError)
    assert said in error.what
    assert error.remedy.startswith("Add --")


@pytest.mark.parametrize("port", ["65536", "-1", "80a", "", "\u0661"])
def test_a_port_that_is_none_is_refused_before_anything_starts(port: str) -> None:
    error = parse(["demo", "--web", f"--port={port}"])
    assert isinstance(error, UsageError)
    assert "65535" in error.what


def test_options_in_their_company_are_taken() -> None:
    assert parsed("demo", "--web", "--port", "65535").port == 65535
    assert parsed("demo", "--autoplay", "--speed", "2").speed == 2
    assert parsed("verify", "x.yaml", "--drill", "--take-over", "r").take_over == ["r"]
