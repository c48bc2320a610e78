"""The benchmarks run; what they measure is for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.results import read

pytestmark = pytest.mark.lab


def test_the_tool_and_the_floor_are_measured_in_turns_and_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "results.json"
    options = ["--parts=near", "--who=etcd-tui,floor", "--cases=fresh,again", "--hosts=1"]

    main([*options, "--runs=1", f"--output={file}"])

    measured = [(run.who, run.case) for run in read(file).runs]
    assert measured == [
        ("etcd-tui", "fresh"), ("etcd-tui", "again"), ("floor", "fresh"), ("floor", "again")
    ]  # fmt: skip
    table = capsys.readouterr().out
    assert "| Fresh install, 1 host |" in table
    assert "| Nothing to do, 1 host |" in table
