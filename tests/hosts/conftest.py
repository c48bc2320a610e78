"""Labs of real hosts, and clusters on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.cluster import Cluster
from tests.lab import HostOptions, Lab


@pytest.fixture(scope="module")
def three_hosts() -> Iterator[Lab]:
    """Three bare hosts that the tests of one module share, one after the other."""
    with Lab.create(hosts=3) as lab:
        yield lab


@pytest.fixture
def bare(three_hosts: Lab, tmp_path: Path) -> Cluster:
    """A cluster to be installed on three hosts whose disks are as new."""
    three_hosts.reset_disks()
    return Cluster(three_hosts, tmp_path)


@pytest.fixture
def alone(bare: Cluster) -> Cluster:
    """A cluster of one to be installed on a host whose disk is as new."""
    return Cluster(bare.lab, bare.folder, hosts=bare.hosts[:1])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A proven cluster of three; its tests leave it proven."""
    with Lab.create(hosts=3) as lab:
        cluster = Cluster(lab, tmp_path_factory.mktemp("installed"))
        cluster.install()
        yield cluster


@pytest.fixture
def lab_of() -> Iterator[Callable[..., Lab]]:
    """Makes labs of the test's own: `lab_of(HostOptions(...), ..., family="v6")`."""
    with ExitStack() as stack:

        def make(*hosts: HostOptions, **options: Any) -> Lab:
            return stack.enter_context(Lab.create(hosts=hosts, **options))

        yield make
