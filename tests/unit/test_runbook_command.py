"""`etcd-tui runbook`: a document on standard output or in a new file, in either language."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from etcd_tui.cli import main
from etcd_tui.i18n import set_language
from etcd_tui.runbook.document import runbook
from etcd_tui.spec.reader import load
from tests.unit.runbooks import blocks

ANSWERS = """\
version: 1
cluster: {name: prod, etcd: 3.5.30}
nodes:
  - {name: etcd1, address: 192.0.2.11}
  - {name: etcd2, address: 192.0.2.12}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prod.yaml"
    path.write_text(ANSWERS)
    return path


@pytest.fixture(autouse=True)
def english() -> object:
    yield
    set_language("en")


def run(*words: str | Path) -> int:
    return main([str(word) for word in ("--lang", "en", *words)])


def test_the_document_is_standard_output_and_warnings_are_not(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("runbook", file, "--state-dir", tmp_path / "state") == 0
    out, err = capsys.readouterr()
    assert out == runbook(load(file)[0], tmp_path / "state" / "prod")
    # Two members are no better than one.
    assert "nodes" in err
    assert not (tmp_path / "state").exists()


def test_a_file_is_written_for_everybody_to_read_and_never_overwritten(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "runbook.md"
    assert run("runbook", file, "--output", target) == 0
    first = target.read_text()
    assert first.startswith("# ")
    assert stat.S_IMODE(target.stat().st_mode) & 0o044
    assert capsys.readouterr().out == ""
    target.write_text("mine")
    assert run("runbook", file, "--output", target) == 2
    assert target.read_text() == "mine"
    assert "not there yet" in capsys.readouterr().err


def test_with_json_it_is_one_event(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "runbook", file, "--arch", "arm64") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["problem_found", "note", "finished"]
    assert "linux-arm64" in events[1]["text"]
    assert events[-1]["exit"] == 0


def test_bad_answers_are_told_as_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(ANSWERS.replace("192.0.2.12", "etcd2.example"))
    assert run("runbook", bad) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "bad.yaml:5" in err


def test_what_is_typed_is_the_same_in_either_language(file: Path) -> None:
    spec = load(file)[0]
    english = blocks(runbook(spec, Path("/state")))
    set_language("zh")
    assert blocks(runbook(spec, Path("/state"))) == english


def test_it_loads_neither_ssh_nor_screens(file: Path) -> None:
    program = (
        "import sys; from etcd_tui.cli import main; main(sys.argv[1:]);"
        "sys.exit(bool({'asyncssh', 'textual', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "runbook", str(file), "--lang", "en"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout[:10]) == (0, b"# Runbook:")
