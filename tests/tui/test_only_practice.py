"""In the browser nothing but practice hosts is worked on, by whatever way others are named."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from etcd_tui.apply.events import Event, Finished
from etcd_tui.spec.model import Ssh
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.only_practice import OnlyPractice
from tests.tui.scripted import Script
from tests.unit.situations import spec_of

SPEC = spec_of(3)
DONE = Finished(0, "check", "prod")


async def told(first: object) -> tuple[Finished, Script]:
    """How a job ends whose first host is this one."""
    script = Script({"check": [DONE]})
    spec = replace(SPEC, nodes=(first, *SPEC.nodes[1:]))  # type: ignore[arg-type]
    events: list[Event] = []
    backend = OnlyPractice(script, SPEC.nodes)
    end = await backend.run(Job("check", spec), events.append, asyncio.Event())
    assert events == [end]
    return end, script


async def test_practice_hosts_are_worked_on() -> None:
    end, script = await told(replace(SPEC.nodes[0], name="another-name"))
    assert (end, len(script.jobs)) == (DONE, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"address": "198.51.100.7"},
        {"ssh": Ssh(host="198.51.100.7")},
        {"ssh": Ssh(port=2022)},
        {"ssh": Ssh(jump=("198.51.100.7",))},
        {"ssh": Ssh(config="~/.ssh/config")},
    ],
    ids=str,
)
async def test_other_hosts_are_refused_before_anything_is_done(change: dict[str, object]) -> None:
    end, script = await told(replace(SPEC.nodes[0], **change))  # type: ignore[arg-type]
    assert end.exit == 3
    assert SPEC.nodes[0].name in end.what
    assert script.jobs == []
