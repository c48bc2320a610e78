"""The TCP connection below SSH: which address it takes, and that it acknowledges at once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from etcd_tui.remote.dial import dial

Address = tuple[Any, ...]


@pytest.fixture
async def server() -> AsyncIterator[Address]:
    """The address of a server on loopback that says a word and waits for the other side's end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"word")
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield listener.sockets[0].getsockname()
    listener.close()
    await listener.wait_closed()


@pytest.fixture
def closed_port() -> Address:
    """An address where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address: Address = held.getsockname()
    return address


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: Address) -> None:
    async def getaddrinfo(*_args: object, **_options: object) -> list[tuple[Any, ...]]:
        stream = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""
        return [(*stream, address) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_the_first_address_that_answers_is_taken(
    monkeypatch: pytest.MonkeyPatch, server: Address, closed_port: Address
) -> None:
    answering(monkeypatch, closed_port, server)
    with await dial("host", 22) as stream:
        assert stream.getpeername() == server


async def test_where_none_answers_the_first_error_is_told(
    monkeypatch: pytest.MonkeyPatch, closed_port: Address
) -> None:
    answering(monkeypatch, closed_port, closed_port)
    with pytest.raises(ConnectionRefusedError, match=str(closed_port[1])):
        await dial("host", 22)
    answering(monkeypatch)
    with pytest.raises(OSError, match="Cannot assign requested address"):
        await dial("host", 22)


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux has TCP_QUICKACK")
async def test_whatever_is_received_is_acknowledged_at_once(server: Address) -> None:
    stream = await dial(*server)
    with stream:
        # As the kernel does where both sides speak by turns; it stays so until the next recv.
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        assert await asyncio.get_running_loop().sock_recv(stream, 100) == b"word"
        assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 1


async def test_one_that_is_given_up_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    connecting = asyncio.Event()
    opened: list[socket.socket] = []

    async def never(stream: socket.socket, _address: Address) -> None:
        opened.append(stream)
        connecting.set()
        await asyncio.get_running_loop().create_future()

    answering(monkeypatch, ("192.0.2.1", 22))
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", never)
    dialling = asyncio.create_task(dial("host", 22))
    await connecting.wait()
    dialling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling
    assert [stream.fileno() for stream in opened] == [-1]
