"""connect_all: enter all hosts at once; every host that cannot be entered is told together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import asyncssh

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.i18n import _
from etcd_tui.remote.credentials import Credentials
from etcd_tui.remote.entry import enter
from etcd_tui.remote.handshake import Handshakes
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.route import Hop, Route, route
from etcd_tui.remote.secrets import SecretSource
from etcd_tui.remote.ssh import SshTransport
from etcd_tui.spec.model import Node

OnEvent = Callable[[str, str], None]
"""Gets the host and `connecting`, `connected`, `entered` or `failed`."""

_NO_NEW_KEYS = NewKeys.none()


async def connect_all(
    nodes: Sequence[Node],
    secrets: SecretSource,
    *,
    new_keys: NewKeys,
    on_event: OnEvent | None = None,
) -> dict[str, SshTransport]:
    """Enter every node; return the transports by the nodes' names.

    HostsError with one failure for each node that could not be entered; then none stays connected.
    UsageError where an answer, a secret or a local file cannot be used.
    """
    routes = [route(node) for node in nodes]
    handshakes = Handshakes(Credentials(secrets), new_keys)
    unready = await _prepare(routes, handshakes)
    if unready:
        raise _together([f for failures in unready.values() for f in failures], len(nodes))
    entered, failed = await _enter(routes, handshakes, on_event)
    if failed:
        await asyncio.gather(*(transport.close() for transport in entered.values()))
        raise _together(failed, len(nodes))
    return entered


async def connect_each(
    nodes: Sequence[Node],
    secrets: SecretSource,
    *,
    new_keys: NewKeys,
    on_event: OnEvent | None = None,
) -> tuple[dict[str, SshTransport], list[HostFailure]]:
    """Enter the nodes that let us in; return their transports, and why the others did not.

    UsageError as in `connect_all`; then none stays connected.
    """
    routes = [route(node) for node in nodes]
    handshakes = Handshakes(Credentials(secrets), new_keys)
    unready = await _prepare(routes, handshakes)
    ready = [way for way in routes if way.name not in unready]
    entered, failed = await _enter(ready, handshakes, on_event) if ready else ({}, [])
    return entered, [*(f for failures in unready.values() for f in failures), *failed]


async def _enter(
    routes: Sequence[Route], handshakes: Handshakes, on_event: OnEvent | None
) -> tuple[dict[str, SshTransport], list[HostFailure]]:
    jumps = _Jumps(handshakes)
    tasks = [asyncio.create_task(_connect(one, handshakes, jumps, on_event)) for one in routes]
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await _close(tasks)
        raise
    entered: dict[str, SshTransport] = {}
    failed: list[HostFailure] = []
    other: BaseException | None = None
    for task in tasks:
        error = task.exception()
        if error is None:
            entered[task.result().name] = task.result()
        elif isinstance(error, HostsError):
            failed += error.failures
        else:
            other = other or error
    if other is not None:
        await _close(tasks)
        raise other
    return entered, failed


async def connect(
    node: Node,
    secrets: SecretSource,
    *,
    new_keys: NewKeys = _NO_NEW_KEYS,
    on_event: OnEvent | None = None,
) -> SshTransport:
    """Enter one node, for example again after its connection was lost; raises as `connect_all`."""
    handshakes = Handshakes(Credentials(secrets), new_keys)
    way = route(node)
    await handshakes.credentials.prepare(way)
    return await _connect(way, handshakes, _Jumps(handshakes), on_event)


async def _prepare(
    routes: Sequence[Route], handshakes: Handshakes
) -> dict[str, Sequence[HostFailure]]:
    """Do all that needs files or a person before any host is contacted; return what failed."""
    failed: dict[str, Sequence[HostFailure]] = {}
    for way in routes:
        try:
            await handshakes.credentials.prepare(way)
        except HostsError as error:
            failed[way.name] = error.failures
    return failed


def _together(failed: Sequence[HostFailure], hosts: int) -> HostsError:
    if len(failed) == 1:
        return HostsError(failed[0].what, failed, remedy=failed[0].remedy)
    what = _("{count} of {hosts} hosts could not be entered.")
    return HostsError(what.format(count=len(failed), hosts=hosts), failed)


async def _connect(
    way: Route, handshakes: Handshakes, jumps: _Jumps, on_event: OnEvent | None
) -> SshTransport:
    def tell(state: str) -> None:
        if on_event is not None:
            on_event(way.name, state)

    tell("connecting")
    entered = False
    try:
        below = await jumps.take(way)
        try:
            gate = str(way.jumps or way.target)
            connection = await handshakes.open(way.name, way.target, below, gate)
            tell("connected")
            transport = await enter(
                way, connection, handshakes.credentials.sudo_password(way), jumps.release
            )
            entered = True
        finally:
            if not entered:
                await jumps.release(way)
    finally:
        tell("entered" if entered else "failed")
    return transport


@dataclass(slots=True)
class _Shared:
    """The connection to one jump host at the end of a chain, and who still needs it."""

    opening: asyncio.Task[asyncssh.SSHClientConnection]
    users: int = 0


@dataclass(slots=True)
class _Jumps:
    """Jump hosts, one connection for each chain of hops, however many nodes lie behind it."""

    handshakes: Handshakes
    _open: dict[tuple[Hop, ...], _Shared] = field(default_factory=dict)

    async def take(self, way: Route) -> asyncssh.SSHClientConnection | None:
        """Return the connection to the last jump host of `way`; None where there is none."""
        below: asyncssh.SSHClientConnection | None = None
        taken = 0
        try:
            for length in range(1, len(way.jumps) + 1):
                chain = way.jumps[:length]
                shared = self._open.get(chain)
                if shared is None:
                    shared = self._open[chain] = _Shared(
                        asyncio.create_task(
                            self.handshakes.open(way.name, chain[-1], below, str(chain))
                        )
                    )
                shared.users += 1
                taken = length
                # Shielded: another node may wait for the same connection.
                below = await asyncio.shield(shared.opening)
        except BaseException as error:
            await self._give_back(way.jumps[:taken])
            if isinstance(error, HostsError):
                raise _as_jump(way, error) from None
            raise
        return below

    async def release(self, way: Route) -> None:
        """Give back what `take` returned; the last one closes it, from the far end backwards."""
        await self._give_back(way.jumps)

    async def _give_back(self, hops: tuple[Hop, ...]) -> None:
        for length in range(len(hops), 0, -1):
            shared = self._open[hops[:length]]
            shared.users -= 1
            if shared.users:
                continue
            del self._open[hops[:length]]
            shared.opening.cancel()
            await asyncio.wait({shared.opening})
            if not shared.opening.cancelled() and shared.opening.exception() is None:
                connection = shared.opening.result()
                connection.close()
                await connection.wait_closed()


def _as_jump(way: Route, error: HostsError) -> HostsError:
    """Tell each node that its jump host failed; the first to come had it told in its own name."""
    failures = [replace(failure, host=way.name) for failure in error.failures]
    return HostsError(error.what, failures, remedy=error.remedy)


async def _close(tasks: Sequence[asyncio.Task[SshTransport]]) -> None:
    """Close what was entered before the others failed."""
    for task in tasks:
        if not task.cancelled() and task.exception() is None:
            await task.result().close()
