"""The ways to the members: looked for side by side, also before the hosts are entered."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from etcd_tui import engine as engines
from etcd_tui.apply.events import Event, Stream
from etcd_tui.engine import Engine
from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.plan.model import Plan
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify import member_api, routes
from etcd_tui.verify.issued import wire_context
from etcd_tui.verify.member_api import Route
from etcd_tui.verify.routes import Ways
from tests.unit.situations import World, spec_of

SPEC = spec_of()
NAMES = [node.name for node in SPEC.nodes]
PROVING: Any = {"later": (wire_context.__module__,), "proving": True}


class Found(Route):
    """A way that was found, and whether its connection was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    """Every way is open: straight to the client ports, to the peer ports through the hosts."""
    ways: list[Found] = []

    def found(node: Any, port: int, tunnel: str = "") -> Found:
        ways.append(Found(node.address, port, tunnel))
        return ways[-1]

    async def direct(node: Any, port: int, _context: object) -> Found | None:
        return found(node, port) if port == CLIENT_PORT else None

    async def tunnelled(node: Any, port: int, transport: object, _context: object) -> Found | None:
        return found(node, port, str(transport)) if transport else None

    monkeypatch.setattr(routes, "_direct", direct)
    monkeypatch.setattr(routes, "_tunnelled", tunnelled)
    monkeypatch.setattr(member_api, "client_context", lambda _folder: CONTEXT)
    return ways


CONTEXT = ssl.create_default_context()


async def test_members_that_are_near_are_found_before_their_hosts_are_entered(
    tried: list[Found],
) -> None:
    entering: asyncio.Future[Mapping[str, Transport]] = asyncio.get_running_loop().create_future()
    ways = Ways(SPEC, CONTEXT, entering)
    near = [await ways.client[name] for name in NAMES]
    assert [way.port for way in near if way] == [CLIENT_PORT] * 3
    assert not any(way.done() for way in ways.peer.values())
    entering.set_result({name: f"host {name}" for name in NAMES})  # type: ignore[misc]
    through = [await ways.peer[name] for name in NAMES]
    assert [way.tunnel for way in through if way] == [f"host {name}" for name in NAMES]
    await ways.close()
    assert all(way.closed for way in tried)
    assert {way.port for way in tried} == {CLIENT_PORT, PEER_PORT}


async def test_ways_that_nobody_wants_any_more_are_closed_while_others_are_still_looked_for(
    tried: list[Found],
) -> None:
    entering: asyncio.Future[Mapping[str, Transport]] = asyncio.get_running_loop().create_future()
    ways = Ways(SPEC, CONTEXT, entering)
    await asyncio.gather(*ways.client.values())
    await ways.close()
    assert [way.closed for way in tried] == [True] * 3
    assert all(way.cancelled() for way in ways.peer.values())


async def test_a_way_that_is_found_too_late_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def find(_route: Route, _context: object, _timeout: float) -> bool:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return True

    closed = asyncio.Event()
    monkeypatch.setattr(Route, "find", find)
    monkeypatch.setattr(Route, "close", lambda _route: closed.set())
    looking = asyncio.create_task(routes.client_route(SPEC.nodes[0], None, CONTEXT))
    await begun.wait()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert not closed.is_set()
    go_on.set()
    await closed.wait()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose hosts let it in at once, of a cluster that this machine knows."""

    class Entered:
        async def close(self) -> None:
            pass

    async def connect_all(*_args: object, **_options: object) -> dict[str, Entered]:
        return {name: Entered() for name in NAMES}

    monkeypatch.setattr(engines, "connect_all", connect_all)
    state = StateFolder(tmp_path)
    state.client.mkdir(parents=True)
    (state.client / "client.crt").touch()
    heard: list[Event] = []
    return Engine(SPEC, state, Secrets(None), Stream(heard.append))


async def until_found(tried: list[Found]) -> None:
    while len(tried) < 2 * len(NAMES):
        await asyncio.sleep(0)


async def test_they_are_closed_before_members_are_changed(
    engine: Engine, tried: list[Found]
) -> None:
    async with engine:
        await engine.connect(**PROVING)
        await until_found(tried)
        await engine.apply(Plan(), World(SPEC).situation())
        assert all(way.closed for way in tried)


async def test_a_run_that_proves_nothing_closes_them_in_the_end(
    engine: Engine, tried: list[Found]
) -> None:
    async with engine:
        await engine.connect(**PROVING)
        await until_found(tried)
    assert all(way.closed for way in tried)


async def test_none_is_looked_for_where_the_cluster_is_not_known_or_nothing_will_be_proven(
    engine: Engine, tried: list[Found]
) -> None:
    async with engine:
        await engine.connect(later=(wire_context.__module__,))
        (engine.state.client / "client.crt").unlink()
        await engine.connect(**PROVING)
    assert tried == []


async def test_hosts_that_cannot_be_entered_leave_no_way_open(
    engine: Engine, tried: list[Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_args: object, **_options: object) -> dict[str, Transport]:
        await asyncio.sleep(0)
        raise HostsError("no", [HostFailure(NAMES[0], "refused", "no")])

    monkeypatch.setattr(engines, "connect_all", refused)
    async with engine:
        with pytest.raises(HostsError):
            await engine.connect(**PROVING)
        while len(tried) < len(NAMES):
            await asyncio.sleep(0)
    assert all(way.closed for way in tried)
