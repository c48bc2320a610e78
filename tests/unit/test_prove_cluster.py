"""What the members show together: nothing is compared before every member has the write."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from etcd_tui.verify import cluster, prove, routes
from etcd_tui.verify.claims import proved
from etcd_tui.verify.cluster import prove_cluster
from etcd_tui.verify.member_api import (
    ACTIVE_PEERS,
    ALARMS,
    HEALTH,
    MEMBERS,
    STATUS,
    MemberError,
)
from etcd_tui.verify.proof import Proof
from tests.unit.situations import spec_of

SPEC = spec_of()
NAMES = [node.name for node in SPEC.nodes]
LISTED = [
    {"name": node.name, "peerURLs": [node.peer_url], "clientURLs": [node.client_url]}
    for node in SPEC.nodes
]


class Members:
    """Three members of one cluster, and in which order they were asked for what."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.order: list[str] = []
        self.wrong: dict[tuple[str, str], Any] = {}
        self.compared: list[int] = []
        self.apis: Any = {name: Member(self, name) for name in NAMES}

    async def proofs(self) -> dict[tuple[str, str], Proof]:
        found: list[Proof] = []

        async def same_data(revision: int) -> Proof:
            self.compared.append(revision)
            self.order.append("compare")
            return proved("hashkv", SPEC.nodes[0], True, "")

        await prove_cluster(SPEC, {}, self.apis, same_data, found.append)
        assert len({(proof.key, proof.member) for proof in found}) == len(found)
        return {(proof.key, proof.member): proof for proof in found}


class Member:
    def __init__(self, all_of_them: Members, name: str) -> None:
        self.name = name
        self._all = all_of_them

    def _do(self, what: str, answer: Any) -> Any:
        self._all.order.append(f"{what} {self.name}")
        answer = self._all.wrong.get((what, self.name), answer)
        if isinstance(answer, MemberError):
            raise answer
        return answer

    def put(self, key: str, value: str) -> int:
        self._all.keys[key] = value
        return int(self._do("put", 7))

    def read(self, key: str) -> str | None:
        found: str | None = self._do("read", self._all.keys.get(key))
        return found

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self._do("status", self._status)
        return status

    @property
    def _status(self) -> dict[str, Any]:
        head = {"member_id": str(NAMES.index(self.name)), "cluster_id": "9"}
        version = SPEC.cluster.etcd
        return {"header": head, "leader": "1", "raftTerm": "2", "version": version}

    def ask(self, *questions: Any) -> list[Any]:
        answers = {
            HEALTH: ("health", True),
            MEMBERS: ("members", LISTED),
            STATUS: ("first status", self._status),
            ACTIVE_PEERS: ("peers", 2),
            ALARMS: ("alarms", ()),
        }
        asked = []
        for question in questions:
            if "delete" in question.request.path:
                key = base64.b64decode(json.loads(question.request.body)["key"]).decode()
                self._all.order.append(f"delete {self.name}")
                answers[question] = "delete", int(self._all.keys.pop(key, None) is not None)
            asked.append(answers[question])
        return [self._all.wrong.get((what, self.name), answer) for what, answer in asked]


@pytest.fixture
def members(monkeypatch: pytest.MonkeyPatch) -> Members:
    monkeypatch.setattr(cluster, "_CONNECT_PAUSE", 0)
    return Members()


async def test_a_cluster_that_is_well_is_proven(members: Members) -> None:
    proofs = await members.proofs()
    assert all(proof.passed for proof in proofs.values()), proofs
    each = [key for key in ("voter", "health", "members") for _node in NAMES]
    told = ["put", "get", "get", "delete", "agreement", *each, "alarms", *["peers"] * 3, "hashkv"]
    assert [key for key, _member in proofs] == told
    assert proofs["agreement", ""].leader == NAMES[1]


async def test_the_key_is_read_through_all_others_and_only_then_deleted(members: Members) -> None:
    await members.proofs()
    put, *reads = members.order[:3]
    assert put == f"put {NAMES[0]}"
    assert set(reads) == {f"read {name}" for name in NAMES[1:]}
    assert set(members.order[3:5]) == {"compare", f"delete {NAMES[0]}"}
    assert members.keys == {}


async def test_what_is_compared_is_the_revision_that_all_have_read(members: Members) -> None:
    await members.proofs()
    assert members.compared == [7]


@pytest.mark.parametrize("answer", [None, "another", MemberError("timed out")])
async def test_a_member_that_did_not_read_it_may_lack_the_revision(
    members: Members, answer: object
) -> None:
    members.wrong["read", NAMES[2]] = answer
    proofs = await members.proofs()
    assert members.compared == [0]
    assert not proofs["get", NAMES[2]].passed
    assert proofs["get", NAMES[1]].passed
    assert proofs["delete", NAMES[0]].passed


async def test_where_nothing_can_be_written_the_rest_is_still_told(members: Members) -> None:
    members.wrong["put", NAMES[0]] = MemberError("no leader")
    proofs = await members.proofs()
    assert members.compared == [0]
    assert not proofs["put", NAMES[0]].passed
    assert not any(key in ("get", "delete") for key, _member in proofs)
    assert all(proof.passed for (key, _member), proof in proofs.items() if key != "put")


@pytest.mark.parametrize(
    ("what", "answer", "failed"),
    [
        ("health", False, ("health", NAMES[1])),
        ("health", MemberError("timed out"), ("health", NAMES[1])),
        ("members", LISTED[:2], ("members", NAMES[1])),
        ("members", [*LISTED[:2], {**LISTED[2], "isLearner": True}], ("members", NAMES[1])),
        ("members", MemberError("timed out"), ("members", NAMES[1])),
        ("first status", MemberError("timed out"), ("agreement", "")),
        ("delete", 0, ("delete", NAMES[0])),
        ("delete", MemberError("timed out"), ("delete", NAMES[0])),
        ("alarms", ("NOSPACE",), ("alarms", "")),
        ("alarms", MemberError("timed out"), ("alarms", "")),
    ],
)
async def test_one_wrong_answer_fails_its_own_proof(
    members: Members, what: str, answer: object, failed: tuple[str, str]
) -> None:
    where = NAMES[0] if what in ("delete", "alarms") else NAMES[1]
    members.wrong[what, where] = answer
    proofs = await members.proofs()
    assert [key for key, proof in proofs.items() if not proof.passed] == [failed]


async def test_a_leader_that_is_not_known_everywhere_yet_is_asked_for_again(
    members: Members,
) -> None:
    late = {**members.apis[NAMES[2]]._status, "leader": "0"}
    members.wrong["first status", NAMES[2]] = late
    assert (await members.proofs())["agreement", ""].passed

    members.wrong["status", NAMES[2]] = late
    assert not (await members.proofs())["agreement", ""].passed


async def test_where_no_member_answers_nothing_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def none(*_args: object) -> None:
        return None

    for name in ("client_context", "plain_context"):
        monkeypatch.setattr(prove, name, lambda _folder: None)
    for name in ("_direct", "_tunnelled"):
        monkeypatch.setattr(routes, name, none)
    context = prove.Context(SPEC, tmp_path / "client", {}, {})
    found = await prove.prove(context, lambda _proof: None, lambda _names: None)
    assert [proof.key for proof in found[:3]] == ["answers"] * 3
    assert not any(proof.passed for proof in found if proof.member)
    assert "hashkv" not in {proof.key for proof in found}
