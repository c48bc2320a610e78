"""All members hold the same keys: asked at one revision, also while others write and compact."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from etcd_tui.verify import same_data
from etcd_tui.verify.member_api import MemberApi, MemberError, Route
from etcd_tui.verify.proof import Proof
from etcd_tui.verify.same_data import prove_same_data
from tests.unit.situations import spec_of

SPEC = spec_of()
NAMES = [node.name for node in SPEC.nodes]


@dataclass
class Data:
    """One member's keys: what it holds at each revision, and how far it is."""

    held: Callable[[int], int] = lambda revision: revision * 7
    revisions: list[int] = field(default_factory=lambda: [5])
    compacted: list[int] = field(default_factory=lambda: [-1])
    asked: list[int] = field(default_factory=list)

    def status(self) -> dict[str, object]:
        now = self.revisions[0] if len(self.revisions) == 1 else self.revisions.pop(0)
        return {"header": {"revision": str(now)}}

    def hash_kv(self, revision: int) -> tuple[int, int]:
        self.asked.append(revision)
        least = self.compacted[0] if len(self.compacted) == 1 else self.compacted.pop(0)
        if revision < least:
            raise MemberError("/members/hashkv: HTTP 400 mvcc: required revision is compacted")
        return self.held(revision), least


async def prove(monkeypatch: pytest.MonkeyPatch, data: dict[str, Data]) -> Proof:
    monkeypatch.setattr(same_data, "_PAUSE", 0.0)
    monkeypatch.setattr(MemberApi, "status", lambda api: data[api.name].status())
    monkeypatch.setattr(MemberApi, "hash_kv", lambda api, at: data[api.name].hash_kv(at))
    tls = ssl.create_default_context()
    routes = {name: Route("127.0.0.1", 1) for name in NAMES}
    clients = {name: MemberApi(name, route, tls) for name, route in routes.items()}
    return await prove_same_data(SPEC, tls, routes, clients)


async def test_a_member_that_is_behind_is_no_corruption(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {name: Data(revisions=[9]) for name in NAMES}
    data["etcd2"].revisions = [8]
    proof = await prove(monkeypatch, data)
    assert (proof.passed, proof.found) == (True, "hash 38 at revision 8")
    assert [one.asked for one in data.values()] == [[8], [8], [8]]


async def test_another_hash_at_the_same_revision_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {name: Data() for name in NAMES}
    data["etcd2"].held = lambda revision: 1
    proof = await prove(monkeypatch, data)
    assert (proof.passed, proof.found) == (False, "hashes differ at revision 5")
    assert "Do not write" in proof.fix


@pytest.mark.parametrize("where", NAMES)
async def test_what_is_compacted_just_then_is_asked_anew(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    data = {name: Data(revisions=[5, 9]) for name in NAMES}
    data[where].compacted = [6]
    for name in NAMES:
        if name != where:
            data[name].compacted = [-1, 6]
    proof = await prove(monkeypatch, data)
    assert (proof.passed, proof.found) == (True, "hash 3f at revision 9")


async def test_members_that_never_compact_the_same_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = {name: Data() for name in NAMES}
    data["etcd3"].compacted = [2]
    proof = await prove(monkeypatch, data)
    assert (proof.passed, proof.found) == (
        False, "the members have compacted different revisions",
    )  # fmt: skip


async def test_a_peer_port_that_nobody_can_reach_is_told() -> None:
    routes = dict.fromkeys(NAMES, Route("127.0.0.1", 1)) | {"etcd2": None}
    proof = await prove_same_data(SPEC, ssl.create_default_context(), routes, {})
    assert (proof.passed, proof.found) == (False, "no TLS connection to port 2380")
    assert "2380 is open" in proof.fix
