"""status asks all members at once, and says of each what it said or why it said nothing."""

from __future__ import annotations

import ssl
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from etcd_tui import status
from etcd_tui.apply.events import MemberStatus, Note
from etcd_tui.errors import NotProvenError
from etcd_tui.verify.member_api import ALARMS, HEALTH, STATUS, MemberApi, MemberError, Route
from tests.unit.situations import spec_of

SAID = {
    "header": {"member_id": "17", "cluster_id": "9", "revision": "4"},
    "leader": "17",
    "raftTerm": "2",
    "version": "3.5.30",
}


class Told:
    """Keeps what was told; an engine without hosts is enough for `status`."""

    def __init__(self, folder: Any) -> None:
        (folder / "client.crt").touch()
        self.events: list[object] = []
        self.spec = spec_of()
        self.transports: dict[str, object] = {}
        self.state = SimpleNamespace(client=folder)
        self.stream = SimpleNamespace(emit=self.events.append)

    async def connect_some(self) -> None:
        return None


@pytest.fixture
def engine(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Told:
    async def routes(spec: Any, _transports: object, _context: object) -> dict[str, Route | None]:
        return {node.name: Route(node.address, 2379) for node in spec.nodes}

    monkeypatch.setattr(status, "client_context", lambda _folder: ssl.create_default_context())
    monkeypatch.setattr(status, "client_routes", routes)
    monkeypatch.setattr(status, "_expires", lambda _certificate: "2030-01-01")
    monkeypatch.setattr(MemberApi, "ask", lambda _self, *_questions: [SAID, (), True])
    return Told(tmp_path)


async def test_all_members_are_asked_at_the_same_time(
    engine: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(3)

    def ask(_self: MemberApi, *questions: object) -> list[object]:
        assert questions == (STATUS, ALARMS, HEALTH)
        together.wait(timeout=20)
        return [SAID, (), True]

    monkeypatch.setattr(MemberApi, "ask", ask)
    await status.status(engine)  # type: ignore[arg-type]
    said = [event for event in engine.events if isinstance(event, MemberStatus)]
    assert [event.host for event in said] == ["etcd1", "etcd2", "etcd3"]
    assert {event.certificate_expires for event in said} == {"2030-01-01"}


async def test_a_member_that_says_nothing_is_named_and_the_others_are_told(
    engine: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(self: MemberApi, *_questions: object) -> list[object]:
        return [SAID, MemberError("timed out") if self.name == "etcd2" else (), True]

    monkeypatch.setattr(MemberApi, "ask", ask)
    with pytest.raises(NotProvenError, match="etcd2"):
        await status.status(engine)  # type: ignore[arg-type]
    assert [type(event) for event in engine.events] == [MemberStatus, Note, MemberStatus]
    note = engine.events[1]
    assert isinstance(note, Note)
    assert (note.host, note.text, note.level) == ("etcd2", "timed out", "warning")


async def test_a_member_that_does_not_say_that_it_is_well_is_not(
    engine: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [SAID, (), MemberError("timed out")]
    monkeypatch.setattr(MemberApi, "ask", lambda _self, *_questions: answers)
    await status.status(engine)  # type: ignore[arg-type]
    assert [event.healthy for event in engine.events if isinstance(event, MemberStatus)] == [
        False, False, False,
    ]  # fmt: skip


async def test_a_member_without_a_way_is_a_member_that_says_nothing(
    engine: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(spec: Any, _transports: object, _context: object) -> dict[str, Route | None]:
        return dict.fromkeys(node.name for node in spec.nodes)

    monkeypatch.setattr(status, "client_routes", none)
    with pytest.raises(NotProvenError, match="etcd1, etcd2, etcd3"):
        await status.status(engine)  # type: ignore[arg-type]
    assert {type(event) for event in engine.events} == {Note}


async def test_a_member_with_a_certificate_that_is_not_trusted_is_not_asked(
    engine: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def strange(spec: Any, _transports: object, _context: object) -> dict[str, Route | None]:
        routes: dict[str, Route | None] = {n.name: Route(n.address, 2379) for n in spec.nodes}
        routes["etcd2"].trouble = "self-signed certificate"  # type: ignore[union-attr]
        return routes

    monkeypatch.setattr(status, "client_routes", strange)
    with pytest.raises(NotProvenError, match="etcd2"):
        await status.status(engine)  # type: ignore[arg-type]
    assert [event.text for event in engine.events if isinstance(event, Note)] == [
        "self-signed certificate"
    ]
