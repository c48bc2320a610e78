"""The plan as events tell it: enough to draw every stage before the first step is done."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from etcd_tui.apply.events import Event, Planned, PlannedAction, PlannedStage, Stream
from etcd_tui.engine import Engine
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import OPERATOR, Plan
from etcd_tui.remote.secrets import Secrets
from etcd_tui.state_folder import StateFolder
from tests.unit.situations import World, installed, spec_of, tuned

SPEC = spec_of()
FRESH = plan_install(SPEC, World(SPEC).situation())


def told(plan: Plan, *, actions: bool) -> list[Event]:
    heard: list[Event] = []
    engine = Engine(SPEC, StateFolder(Path("/nowhere")), Secrets(None), Stream(heard.append))
    engine.tell_plan(plan, actions=actions)
    return heard


def test_each_stage_stands_before_its_own_actions_and_the_sum_comes_last() -> None:
    *heard, planned = told(FRESH, actions=True)
    stages = [event for event in heard if isinstance(event, PlannedStage)]
    assert planned == Planned(
        sum(sum(stage.actions) for stage in stages), tuple(stage.stage for stage in stages)
    )
    assert [stage.stage for stage in stages] == ["prepare", "configure", "start", "settle"]
    position = -1
    for stage in stages:
        assert heard[position + 1] == stage
        position += 1 + sum(stage.actions)
        below = heard[position - sum(stage.actions) + 1 : position + 1]
        assert all(isinstance(event, PlannedAction) for event in below)
        counts = Counter(event.host for event in below if isinstance(event, PlannedAction))
        assert counts == dict(zip(stage.hosts, stage.actions, strict=True))
    assert position == len(heard) - 1


@pytest.mark.parametrize("actions", [True, False])
def test_members_start_behind_the_point_of_no_return(actions: bool) -> None:
    stages = [e for e in told(FRESH, actions=actions) if isinstance(e, PlannedStage)]
    assert [stage.stage for stage in stages if stage.point_of_no_return] == ["start"]


def test_an_install_tells_the_stages_without_their_actions() -> None:
    heard = told(FRESH, actions=False)
    assert heard == [e for e in told(FRESH, actions=True) if not isinstance(e, PlannedAction)]


def test_a_rolling_change_names_the_hosts_in_the_order_in_which_they_go() -> None:
    world = installed(SPEC, plan_install)
    stage, planned = told(plan_install(tuned(SPEC), world.situation()), actions=False)
    assert stage == PlannedStage(
        "roll",
        "Change member by member",
        "one-by-one",
        (OPERATOR, "etcd1", "etcd2", "etcd3"),
        (4, 3, 3, 3),
        True,
    )
    assert planned == Planned(13, ("roll",))


def test_where_there_is_nothing_to_do_there_is_no_stage() -> None:
    assert told(Plan(), actions=True) == [Planned(0, ())]
