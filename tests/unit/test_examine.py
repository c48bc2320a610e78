"""What is wrong with a cluster, put together from hosts, journals, health and the ways between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from etcd_tui.errors import HostsError
from etcd_tui.observe.facts import HostFacts, Unit
from etcd_tui.observe.passage import Passage
from etcd_tui.remote.transport import Transport
from etcd_tui.verify import examine as module
from etcd_tui.verify.examine import examine
from etcd_tui.verify.journal import Heard
from etcd_tui.verify.member_api import MemberError
from tests.unit.diagnose.journals import RUNNING
from tests.unit.situations import spec_of

SPEC = spec_of(3)
NAMES = [node.name for node in SPEC.nodes]
WAITS = Unit(load="loaded", active="activating", sub="start", pid=7)
FULL = '{"level":"fatal","msg":"failed to commit tx","error":"write /d: no space left on device"}\n'
STRANGER = (
    '{"level":"warn","msg":"rejected connection on client endpoint","remote-addr":'
    '"198.51.100.9:4000","error":"tls: client didn\'t provide a certificate"}\n'
)
WAITING = '{"level":"info","msg":"x is starting a new election at term 3"}\n'


class Ground:
    """A cluster of three that is well, until a test says otherwise."""

    def __init__(self, client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        self.heard: dict[str, Heard | None] = {name: Heard("", RUNNING) for name in NAMES}
        self.passages: tuple[Passage, ...] = ()
        self.lost = False
        self.routes: dict[str, str | None] = dict.fromkeys(NAMES, "way")
        self.sick: dict[str, str] = {}
        (client / "client.crt").write_text("")
        for name in ("hear_hosts", "observe_hosts", "try_all_ways", "client_routes"):
            monkeypatch.setattr(module, name, getattr(self, f"_{name}"))
        monkeypatch.setattr(module, "client_context", lambda _folder: self)
        monkeypatch.setattr(module, "MemberApi", Api)

    async def _hear_hosts(self, *_args: object) -> dict[str, Heard | None]:
        return self.heard

    async def _observe_hosts(self, *_args: object) -> tuple[HostFacts, ...]:
        if self.lost:
            raise HostsError("lost", [])
        return tuple(map(HostFacts, NAMES))

    async def _try_all_ways(self, *_args: object) -> tuple[Passage, ...]:
        return self.passages

    async def _client_routes(self, *_args: object) -> dict[str, str | None]:
        return self.routes

    async def found(self, *entered: str) -> list[tuple[str, str]]:
        transports: dict[str, Transport] = dict.fromkeys(entered or NAMES)  # type: ignore[arg-type]
        found = await examine(SPEC, self.client, transports)
        return [(one.host, one.symptom) for one in found]


class Api:
    """A member that says whether it is well."""

    def __init__(self, name: str, _route: object, context: Ground) -> None:
        self.said = context.sick.get(name)

    def healthy(self) -> bool:
        if self.said == "":
            raise MemberError("no leader")
        return self.said is None

    def alarms(self) -> tuple[str, ...]:
        return (str(self.said),)

    def close(self) -> None:
        return None


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


async def test_a_stranger_who_was_turned_away_is_no_trouble(ground: Ground) -> None:
    ground.heard["etcd1"] = Heard(STRANGER, RUNNING)
    assert await ground.found() == []


async def test_a_member_that_ended_is_explained_and_not_also_called_silent(ground: Ground) -> None:
    ground.heard["etcd2"] = Heard(FULL, replace(WAITS, active="failed", pid=0, result="exit-code"))
    ground.routes["etcd2"] = None
    assert await ground.found() == [("etcd2", "disk-full")]


async def test_a_member_that_waits_is_told_whom_it_cannot_reach(ground: Ground) -> None:
    ground.heard["etcd3"] = Heard(WAITING, WAITS)
    ground.passages = (Passage("etcd3", "etcd1", 2380, "silent"),)
    assert await ground.found() == [("etcd3", "way-silent")]


async def test_ways_are_told_though_the_firewalls_could_not_be_asked(ground: Ground) -> None:
    ground.lost = True
    ground.passages = (Passage("etcd3", "etcd1", 2380, "refused"),)
    assert await ground.found() == [("etcd3", "way-refused")]


@pytest.mark.parametrize("said", ["", "NOSPACE"])
async def test_a_member_that_is_not_healthy_says_so_where_nothing_explains_it(
    ground: Ground, said: str
) -> None:
    ground.sick["etcd1"] = said
    assert await ground.found() == [("etcd1", "member-unhealthy")]


async def test_a_member_that_does_not_answer_is_told_if_its_host_was_entered(
    ground: Ground,
) -> None:
    ground.routes |= {"etcd1": None, "etcd2": None}
    ground.heard["etcd2"] = None
    assert await ground.found("etcd1", "etcd3") == [("etcd1", "member-silent")]


async def test_without_a_client_certificate_the_members_are_not_asked(ground: Ground) -> None:
    (ground.client / "client.crt").unlink()
    ground.routes["etcd1"] = None
    assert await ground.found() == []
