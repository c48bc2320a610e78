"""etcd may count a peer as gone that it talks to: then the hosts try the ways themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etcd_tui.observe.passage import Passage
from etcd_tui.spec.model import PEER_PORT
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify import cluster, examine, health
from etcd_tui.verify.member_api import ACTIVE_PEERS, HEALTH, STATUS
from etcd_tui.verify.proof import Proof
from tests.unit.situations import spec_of

SPEC = spec_of()
NAMES = [node.name for node in SPEC.nodes]


class Member:
    """A healthy member that counts `peers`; `leads`: whom it takes for the leader."""

    def __init__(self, peers: int, leads: str = "1", *, well: bool = True) -> None:
        self.peers, self.leads, self.well = peers, leads, well

    def ask(self, *questions: object) -> list[object]:
        answers = {HEALTH: self.well, STATUS: {"leader": self.leads}, ACTIVE_PEERS: self.peers}
        return [answers[question] for question in questions]  # type: ignore[index]

    def close(self) -> None:
        pass


def ways(monkeypatch: pytest.MonkeyPatch, module: Any, *, are_open: bool) -> list[int]:
    """Let the hosts find all ways open, or not; returns a list that grows when they are asked."""
    asked: list[int] = []

    async def all_ways_open(spec: Any, _transports: Any) -> bool:
        asked.append(len(spec.nodes))
        return are_open

    monkeypatch.setattr(module, "all_ways_open", all_ways_open)
    return asked


async def proofs(counts: list[int]) -> list[Proof]:
    apis: Any = {name: Member(count) for name, count in zip(NAMES, counts, strict=True)}
    seen = {name: await cluster._count_peers(api, len(NAMES) - 1) for name, api in apis.items()}
    return await cluster._peers(SPEC, {}, seen)


@pytest.mark.parametrize("are_open", [True, False])
async def test_too_few_peers_are_proven_only_where_the_ways_are_open(
    monkeypatch: pytest.MonkeyPatch, are_open: bool
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_PAUSE", 0)
    asked = ways(monkeypatch, cluster, are_open=are_open)
    found = await proofs([2, 1, 2])
    assert [proof.passed for proof in found] == [True, are_open, True]
    assert found[1].found.startswith("1 of 2")
    assert asked == [3]


async def test_nobody_tries_the_ways_where_all_peers_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = ways(monkeypatch, cluster, are_open=False)
    assert all(proof.passed for proof in await proofs([2, 2, 2]))
    assert asked == []


@pytest.mark.parametrize(
    ("members", "are_open", "sick", "tried"),
    [
        ([Member(2), Member(1), Member(2)], True, (), True),
        ([Member(2), Member(1), Member(2)], False, (NAMES[1],), True),
        ([Member(2), Member(1, well=False), Member(2)], True, (NAMES[1],), False),
        ([Member(2), Member(2, "2"), Member(2)], True, tuple(NAMES), False),
        ([Member(2), Member(2), Member(2)], False, (), False),
    ],
    ids=["open", "closed", "sick", "two leaders", "well"],
)
async def test_the_gate_lets_a_stale_count_pass_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    members: list[Member],
    are_open: bool,
    sick: tuple[str, ...],
    tried: bool,
) -> None:
    async def routes(*_args: object) -> dict[str, Member]:
        return dict(zip(NAMES, members, strict=True))

    monkeypatch.setattr(health, "client_context", lambda _folder: None)
    monkeypatch.setattr(health, "client_routes", routes)
    monkeypatch.setattr(health, "MemberApi", lambda _name, member, _context: member)
    asked = ways(monkeypatch, health, are_open=are_open)
    state = StateFolder(tmp_path)
    assert await health.wait_healthy(SPEC, state, {}, deadline=0.05) == sick
    assert bool(asked) is tried


@pytest.mark.parametrize(
    ("left_out", "are_open"),
    [
        (None, True),
        (Passage(NAMES[0], NAMES[1], PEER_PORT, "silent"), False),
        (Passage(NAMES[0], NAMES[1], PEER_PORT, "untried"), False),
        ("lost", False),
    ],
    ids=["all open", "no answer", "no program to try it", "a host was lost"],
)
async def test_only_what_a_host_says_to_be_open_is_open(
    monkeypatch: pytest.MonkeyPatch, left_out: Passage | str | None, are_open: bool
) -> None:
    pairs = [(a, b) for a in NAMES for b in NAMES if a != b]
    ways = {pair: Passage(*pair, PEER_PORT, "open") for pair in pairs}
    if isinstance(left_out, Passage):
        ways[left_out.source, left_out.target] = left_out
    elif left_out:
        ways = {pair: way for pair, way in ways.items() if pair[0] != NAMES[2]}

    async def try_all_ways(*_args: object) -> tuple[Passage, ...]:
        return tuple(ways.values())

    monkeypatch.setattr(examine, "try_all_ways", try_all_ways)
    assert await examine.all_ways_open(SPEC, {}) is are_open
