"""The vocabulary of a run: its names and fields are a contract with whoever reads JSON."""

from __future__ import annotations

import dataclasses
import json
import typing
from datetime import datetime

import pytest

from etcd_tui.apply.events import Event, Note, Stream, as_json, name_of
from etcd_tui.apply.run_folder import json_line
from tests.unit.every_event import EVENTS

# Names and fields that programs rely on: add to them, never rename or take away.
CONTRACT = {
    "started": "verb cluster hosts run version",
    "problem_found": "severity file line key what fix",
    "host_progress": "host state",
    "host_failed": "host kind what cause remedy fingerprint key_type address",
    "checked": "host key title status found why fix",
    "planned_stage": "stage title mode hosts actions point_of_no_return",
    "planned_action": "stage host key title reason preview commands bring",
    "planned": "actions stages",
    "stage_started": "stage title number of hosts",
    "action_started": "stage host key title number of",
    "action_progress": "stage host key sent total",
    "action_finished": "stage host key title outcome seconds what cause remedy",
    "host_line": "host text source cut",
    "stage_finished": "stage outcome",
    "diagnosed": "host symptom cause fix evidence",
    "proved": "key title passed found member command fix",
    "drill_step": "step host text",
    "drilled": (
        "target member leader_before leader_after election_ms gaps lost came_back_ms poll_ms"
    ),
    "member_status": (
        "host member version leader learner healthy db_size db_in_use raft_term raft_index alarms "
        "certificate_expires"
    ),
    "note": "text host level",
    "finished": "exit verb cluster what host step cause remedy seconds changed report",
}


def test_there_is_an_example_of_every_event() -> None:
    assert [type(event) for event in EVENTS] == list(typing.get_args(Event))


def test_names_and_fields_are_those_that_programs_rely_on() -> None:
    assert [name_of(event) for event in EVENTS] == list(CONTRACT)
    for event in EVENTS:
        assert set(as_json(event)) >= {"event", *CONTRACT[name_of(event)].split()}


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_every_event_is_one_flat_line_of_json(event: Event) -> None:
    line = json_line(event)
    assert "\n" not in line
    fields = json.loads(line)
    assert next(iter(fields)) == "event"
    assert datetime.fromisoformat(fields.pop("time")).tzinfo is not None
    assert fields == json.loads(json.dumps(as_json(event)))
    assert not [value for value in fields.values() if isinstance(value, dict)]


def test_nested_records_are_spread_and_nothing_of_them_is_lost() -> None:
    for event in EVENTS:
        nested = [
            v
            for f in dataclasses.fields(event)
            if dataclasses.is_dataclass(v := getattr(event, f.name))
        ]
        for record in nested:
            assert as_json(event) == {"event": name_of(event), **dataclasses.asdict(record)}


def test_events_are_frozen() -> None:
    for event in EVENTS:
        field = dataclasses.fields(event)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, field, "x")


def test_every_reader_hears_every_event_in_order() -> None:
    first: list[Event] = []
    late: list[Event] = []
    stream = Stream(first.append)
    stream.emit(Note("one"))
    stream.add(late.append)
    stream.emit(Note("two"))
    stream.emit(Note("three"))
    assert first == [Note("one"), Note("two"), Note("three")]
    assert late == [Note("two"), Note("three")]


def test_a_reader_that_fails_ends_the_run() -> None:
    def deaf(_event: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Stream(deaf).emit(Note("x"))
