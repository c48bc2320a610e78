"""The benchmarks run; what they measure is for people."""

from __future__ import annotations

import pytest

from tests.benchmarks.__main__ import main

pytestmark = pytest.mark.lab


def test_everything_is_measured_and_compared_once(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--runs=1", "--hosts=0"])

    table = capsys.readouterr().out
    for row in ("fresh install of 3, proven", "second run of 3", "--help"):
        assert row in table
