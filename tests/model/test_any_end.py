"""Every remote step of an install may end in any way: nothing is half done, the next run mends it.

The planner, apply and the hosts' scripts are the real ones; Hypothesis chooses how steps end, when
a host reboots and when the answers change.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from etcd_tui.apply import bench, steps
from tests.model.cluster import NAMES, ModelCluster
from tests.model.disk import Programs, make_all_programs
from tests.model.host import Fault

_CALLS = 18
"""About so many scripts are sent to one host by an install on bare hosts; the 0th is the probe."""

_LOST = st.one_of(
    st.builds(Fault, st.sampled_from(("applied", "not applied"))),
    st.builds(Fault, st.just("cut"), at=st.integers(0, 99)),
    st.builds(Fault, st.just("killed"), at=st.integers(1, 10)),
    # Only the programs' script writes more than ten times.
    st.builds(Fault, st.just("killed"), at=st.integers(1, 30)),
)
_FINAL = st.one_of(
    st.builds(Fault, st.just("failed")),
    st.builds(Fault, st.just("broken"), at=st.integers(1, 5)),
    st.builds(Fault, st.just("broken"), at=st.integers(1, 10)),
    st.builds(Fault, st.just("tool killed")),
    st.builds(Fault, st.sampled_from(("applied", "not applied")), away=st.just(True)),
)
_STEP = st.tuples(st.sampled_from(NAMES), st.integers(1, _CALLS))
# A lost connection is made again within the run, so there may be many; the others end the run.
_FAULTS = st.builds(
    lambda probe, lost, final: {**probe, **lost, **final},
    # One in eight: a host that is lost while it is asked ends the run before it has begun.
    st.integers(0, 7).map(lambda n: {("etcd2", 0): Fault("applied")} if n == 7 else {}),
    st.dictionaries(_STEP, _LOST, min_size=6, max_size=20),
    st.dictionaries(_STEP, _FINAL, max_size=3),
)
_REBOOTS = st.sets(st.sampled_from(NAMES), max_size=1)


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-model-"))
    yield make_all_programs(folder)
    shutil.rmtree(folder)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost connection is made again without a pause."""
    monkeypatch.setattr(bench, "_PAUSES", (0.0, 0.0))


SWEEPS = {
    # Six of up to thirty places at a time: two tries of each step on each of three hosts.
    **{f"killed from {first} on": ("killed", range(first, first + 6)) for first in range(1, 31, 6)},
    "cut": ("cut", (0, 35, 70, 90, 97, 99)),
}


@pytest.mark.parametrize("sweep", SWEEPS)
@pytest.mark.usefixtures("at_once")
def test_each_step_is_killed_or_cut_at_two_places_and_then_done(
    programs: Programs, tmp_path: Path, sweep: str
) -> None:
    kind, places = SWEEPS[sweep]
    cluster = ModelCluster(tmp_path, programs)
    faults = {
        (name, call): Fault(kind, places[2 * number + (call - 1) % 3])
        for number, name in enumerate(NAMES)
        for call in range(1, 60)
        if call % 3
    }
    assert cluster.install(faults, patience=60) == "done"
    assert cluster.look() == []
    # A killed script cannot clean up; the next run does it first of all.
    assert {action.key for _stage, action in cluster.plan().actions()} <= {"leftovers"}


def machine(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> type[RuleBasedStateMachine]:
    class AnyEnd(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = Path(tempfile.mkdtemp(prefix="etcd-tui-model-"))
            self.cluster = ModelCluster(self.folder, programs)

            async def gate(*_args: object) -> tuple[str, ...]:
                return self.cluster.sick()

            monkeypatch.setattr(steps, "wait_healthy", gate)

        # One rule: a machine with several leaves some of them out of most of its runs.
        @rule(reboots=_REBOOTS, changes=st.booleans(), faults=_FAULTS)
        def install(
            self, reboots: set[str], changes: bool, faults: dict[tuple[str, int], Fault]
        ) -> None:
            for name in reboots:
                self.cluster.hosts[name].systemctl("reboot")
            if changes:
                self.cluster.tuning = 1 - self.cluster.tuning
            note(self.cluster.install(faults))

        @invariant()
        def nothing_is_half_done(self) -> None:
            assert self.cluster.look() == []

        def teardown(self) -> None:
            try:
                assert self.cluster.install({}, patience=60) == "done"
                assert self.cluster.look() == []
                assert [a.title for _stage, a in self.cluster.plan().actions()] == []
                assert len(self.cluster.tokens) == len(self.cluster.authorities) == 1
                assert self.cluster.sick() == ()
            finally:
                shutil.rmtree(self.folder)

    return AnyEnd


@pytest.mark.usefixtures("at_once")
def test_an_install_survives_any_end_of_any_remote_step(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_state_machine_as_test(
        machine(programs, monkeypatch),
        settings=settings(
            derandomize=True,
            database=None,
            deadline=None,
            max_examples=8,
            stateful_step_count=2,
            # What it would take to shrink is more than CI has; what failed is small enough.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
