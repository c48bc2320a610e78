"""Real members that are written to all the time: what they hold is the same, and said to be."""

from __future__ import annotations

import asyncio
import itertools
import threading
from pathlib import Path

from etcd_tui.practice.hosts import Practice, practice_hosts
from etcd_tui.verify.member_api import MemberApi, Route, client_context, deletion
from etcd_tui.verify.same_data import prove_same_data

from .test_demo import needs_programs, run

pytestmark = needs_programs
ROUNDS = 60


async def test_a_cluster_that_is_written_to_holds_the_same_data(state_root: Path) -> None:
    async with practice_hosts(3, state_root) as practice:
        first = await run(practice, "install")
        assert (first.exit, first.what) == (0, "")
        await asyncio.to_thread(_written_and_asked, practice)


def _written_and_asked(practice: Practice) -> None:
    spec = practice.spec
    tls = client_context(practice.state.client)
    clients = {
        node.name: MemberApi(node.name, Route(node.address, 2379), tls) for node in spec.nodes
    }
    peers = {node.name: Route(node.address, 2380) for node in spec.nodes}
    done = threading.Event()
    writer = threading.Thread(target=_write, args=(practice, done))
    writer.start()
    try:
        for _round in range(ROUNDS):
            proof = asyncio.run(prove_same_data(spec, tls, peers, clients))
            assert proof.passed, proof.found
    finally:
        done.set()
        writer.join()
        for client in clients.values():
            client.close()


def _write(practice: Practice, done: threading.Event) -> None:
    node = practice.spec.nodes[0]
    tls = client_context(practice.state.client)
    api = MemberApi(node.name, Route(node.address, 2379), tls)
    for number in itertools.count():
        api.put(f"key{number % 7}", str(number))
        if number % 3 == 0:
            api.ask(deletion(f"key{number % 7}"))
        if done.is_set():
            break
    api.close()
