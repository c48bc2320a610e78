"""What all tests share: the lab is used where it can run, and demanded by --require-lab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from etcd_tui.i18n import set_language
from tests.lab import missing_requirements


@pytest.fixture(scope="session", autouse=True)
def _english_environment() -> Iterator[None]:
    """Programs that tests start speak English, whatever the machine's LANG is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C.UTF-8")
        yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Texts are English in every test, also after one that chose another language."""
    set_language("en")
    yield
    set_language("en")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-lab",
        action="store_true",
        help="fail where the lab of real hosts cannot run, instead of skipping (CI)",
    )
    parser.addoption(
        "--every-boundary",
        action="store_true",
        help="kill at each boundary of each host, not of one host in turn (a quarter of an hour)",
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
