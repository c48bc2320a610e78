"""What all tests share: the lab is used where it can run, and demanded by --require-lab."""

from __future__ import annotations

import pytest

from tests.lab import missing_requirements


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-lab",
        action="store_true",
        help="fail where the lab of real hosts cannot run, instead of skipping (CI)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--require-lab"):
        return
    reasons = missing_requirements()
    if reasons:
        skip = pytest.mark.skip(reason=f"no lab: {'; '.join(reasons)}")
        for item in items:
            if item.get_closest_marker("lab"):
                item.add_marker(skip)
