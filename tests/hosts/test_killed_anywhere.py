"""SIGKILL of the tool at every action boundary; one more run then ends as if nothing had been.

Each boundary is killed at in a life of its own: bare hosts and an empty state folder, an install
that is killed there, an install that must end proven, an uninstall that is killed at one of its
boundaries (until these are used up), an uninstall that must leave the hosts bare. All boundaries
of the procedure are taken, on each host in its turn, or with --every-boundary on every host, and by
name, so that a failure says where it was. Only the end of one action and the beginning of the next
of the same host are one boundary, where nothing lies between them; the uninterrupted life tells
which these are.
"""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.killing import (
    PURGE,
    Footprint,
    Ground,
    Settled,
    assert_bare,
    assert_finished,
    run_killed,
)
from tests.hosts.moment import Moment, boundaries, in_turn
from tests.lab import Lab

pytestmark = pytest.mark.lab

LABS = 2
NO_PEERS = """
table inet no_peers {
  chain input { type filter hook input priority 0; tcp dport 2380 reject with tcp reset; }
}
"""
# In the middle of the one long transfer: what has arrived is then neither nothing nor all.
UPLOADS = (Moment("first", "etcd1", "programs"), Moment("half", "etcd2", "programs"))


@dataclass
class Lives:
    """What the uninterrupted life showed, and what went wrong in the others."""

    installing: list[Moment]
    removing: list[Moment]
    footprint: Footprint
    failed_installs: dict[str, str] = field(default_factory=dict)
    failed_removals: dict[str, str] = field(default_factory=dict)

    def live(self, ground: Ground, folder: Path, install: Moment, removal: Moment | None) -> None:
        """Live once, killed at `install` in the install, at `removal` in the uninstall."""
        bare = ground.cleared()
        cluster = cluster_on(ground.lab, folder)
        try:
            run_killed(cluster, install, "install")
            before = Settled.of(cluster)
            assert_finished(cluster, cluster.json("install"), before, self.footprint)
        except Exception as error:
            self.failed_installs[str(install)] = repr(error)
            self.failed_removals[f"{removal} (of an install killed {install})"] = "not tried"
            return
        try:
            if removal:
                run_killed(cluster, removal, "uninstall", *PURGE)
            assert_bare(cluster, cluster.json("uninstall", *PURGE), bare)
        except Exception as error:
            self.failed_removals[f"{removal} (of an install killed {install})"] = repr(error)


def cluster_on(lab: Lab, folder: Path) -> Cluster:
    """A wanted cluster with an empty state folder, and with keys that are quickly made."""
    folder.mkdir()
    return Cluster(lab, folder, certificates={"key": "ecdsa-p256"})


def uninterrupted(ground: Ground, folder: Path) -> Lives:
    """Live once without being killed."""
    bare = ground.cleared()
    cluster = cluster_on(ground.lab, folder)
    before = Settled.of(cluster)
    install = cluster.json("install")
    footprint = Footprint.of(cluster)
    assert_finished(cluster, install, before, footprint)
    removal = cluster.json("uninstall", *PURGE)
    assert_bare(cluster, removal, bare)
    return Lives(boundaries(install.events), boundaries(removal.events), footprint)


@pytest.fixture(scope="module")
def grounds() -> Iterator[list[Ground]]:
    """Labs of three hosts, side by side."""
    with ExitStack() as stack:
        yield [Ground.of(stack.enter_context(Lab.create(hosts=3))) for _ in range(LABS)]


@pytest.fixture(scope="module")
def lives(
    grounds: list[Ground],
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Lives:
    """All lives, one for each boundary, shared out among the labs."""
    chosen = list if pytestconfig.getoption("--every-boundary") else in_turn
    folder = tmp_path_factory.mktemp("lives")
    lives = uninterrupted(grounds[0], folder / "uninterrupted")
    moments = [*chosen(lives.installing), *UPLOADS]
    removals = chosen(lives.removing)
    assert len(moments) >= len(removals)
    waiting: queue.SimpleQueue[tuple[int, Moment, Moment | None]] = queue.SimpleQueue()
    for number, pair in enumerate(itertools.zip_longest(moments, removals)):
        waiting.put((number, *pair))

    def live_on(ground: Ground) -> None:
        while True:
            try:
                number, install, removal = waiting.get_nowait()
            except queue.Empty:
                return
            lives.live(ground, folder / str(number), install, removal)

    with ThreadPoolExecutor(LABS) as pool:
        list(pool.map(live_on, grounds))
    return lives


def test_an_uninterrupted_life_has_a_boundary_at_every_action_of_every_host(lives: Lives) -> None:
    hosts = {"operator", "etcd1", "etcd2", "etcd3"}
    assert {moment.host for moment in lives.installing} == hosts
    assert {moment.host for moment in lives.removing} == hosts - {"operator"}
    ended = {moment.key for moment in lives.installing if moment.when == "after"}
    assert ended >= {"token", "authority", "user", "programs", "config", "start", "ready", "settle"}


@pytest.mark.fault(
    31,
    injected="SIGKILL at every boundary of every host, and in the middle of uploads",
    seen="one more run ends proven: one authority, one token, no restarts",
)
@pytest.mark.fault(
    32,
    injected="SIGKILL after the authority was made, before any host has it",
    seen="the same authority is used by the next run",
)
def test_an_install_killed_at_any_boundary_is_finished_by_one_more_run(lives: Lives) -> None:
    assert lives.failed_installs == {}


@pytest.mark.fault(
    31,
    injected="SIGKILL at every boundary of an uninstall",
    seen="one more run leaves the hosts as they were",
)
def test_an_uninstall_killed_at_any_boundary_is_finished_by_one_more_run(lives: Lives) -> None:
    assert lives.failed_removals == {}


@pytest.mark.fault(
    30,
    injected="2380 reset on every host once the install has begun; the tool killed while it waits",
    seen="the next run ends proven, and no member was restarted for it",
)
def test_an_install_killed_while_it_waits_for_the_quorum_is_finished_by_one_more_run(
    grounds: list[Ground], lives: Lives, tmp_path: Path
) -> None:
    grounds[0].cleared()
    cluster = cluster_on(grounds[0].lab, tmp_path / "waiting")
    run = cluster.start("install")
    # Before the first stage the members try each other, and would find out.
    assert run.stdout is not None
    assert any('"stage_started"' in line for line in run.stdout)
    for host in cluster.hosts:
        host.netns_exec(["nft", "-f", "-"], input=NO_PEERS, check=True)

    for host in cluster.hosts:
        wait_until(lambda host=host: host.sh("pgrep -x sleep").returncode == 0)
    run.kill()
    run.communicate()
    before = Settled.of(cluster)
    for host in cluster.hosts:
        host.netns_exec(["nft", "delete", "table", "inet", "no_peers"], check=True)

    assert before.members.keys() == {host.name for host in cluster.hosts}
    assert_finished(cluster, cluster.json("install"), before, lives.footprint)


def wait_until(there: Callable[[], bool], patience: float = 30.0) -> None:
    """Return as soon as `there` is true; AssertionError after `patience` seconds."""
    end = time.monotonic() + patience
    while not there():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
