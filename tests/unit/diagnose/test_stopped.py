"""A member that was stopped is told as stopped, whatever it said of its peers on the way down."""

from __future__ import annotations

import json

from etcd_tui.diagnose.diagnosis import diagnose
from etcd_tui.observe.facts import Unit
from tests.unit.situations import spec_of

SPEC = spec_of(3)
FAREWELL = {
    "level": "warn",
    "msg": "failed to find remote peer in cluster",
    "local-member-id": "8999df42a8aece08",
    "remote-peer-id-from": "df153a38c377b403",
}
REMOVED = {"level": "error", "msg": "the member has been permanently removed from the cluster"}


def symptoms(message: dict[str, str], unit: Unit) -> list[str]:
    found = diagnose(SPEC.nodes[0].name, json.dumps(message), unit=unit, spec=SPEC)
    return [one.symptom for one in found]


STOPPED = Unit(load="loaded", active="inactive", sub="dead", result="success")
RUNS = Unit(load="loaded", active="active", sub="running", result="success", pid=7)


def test_what_a_stopped_member_said_of_its_peers_is_no_cause() -> None:
    assert symptoms(FAREWELL, STOPPED) == ["unit-not-running"]
    assert symptoms(FAREWELL, RUNS) == ["unknown-peer"]


def test_what_made_it_stop_still_is() -> None:
    assert symptoms(REMOVED, STOPPED)[0] == "member-removed"
