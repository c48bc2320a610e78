"""Host: one practice host, that is its disk, services, journal and the socket its shims ask at."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping

from etcd_tui.practice.answer import Answer, unknown
from etcd_tui.practice.disk import Disk
from etcd_tui.practice.identity import Identity
from etcd_tui.practice.journal import Journal
from etcd_tui.practice.notify import Notify
from etcd_tui.practice.service import Service
from etcd_tui.practice.sockets import Tables
from etcd_tui.practice.systemctl import Systemctl

_CREDENTIALS = struct.Struct("3i")
_LONGEST = 1 << 20


class Host:
    """Make it with `Host(...)`, then `open()`; `close()` ends everything on it."""

    def __init__(
        self, name: str, address: str, disk: Disk, socket_name: str,
        told: Callable[[], None], tables: Tables,
    ) -> None:  # fmt: skip
        self.name = name
        self.address = address
        self.disk = disk
        self.environment: Mapping[str, str] = {
            "ETCD_TUI_ROOT": str(disk.root),
            "ETCD_TUI_PATH": f"{disk.programs}:{disk.inside('/usr/local/bin')}",
            "ETCD_TUI_PRACTICE": socket_name,
            "PATH": str(disk.programs),
            "HOME": disk.inside("/root"),
            "TMPDIR": disk.inside("/tmp"),  # noqa: S108 - its own # nosec B108
            "USER": "root",
            "LOGNAME": "root",
            "SHELL": "/bin/sh",
            "LANG": "C.UTF-8",
        }
        """What a command that comes by SSH finds in its environment."""
        self._socket_name = socket_name
        self._told = told
        self._tables = tables
        self._journal = Journal(name)
        self._notify = Notify(f"{socket_name}/notify")
        self._services: dict[str, Service] = {}
        self._systemctl = Systemctl(disk, self._service, lambda: list(self._services.values()))
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to answer the shims."""
        self._server = await asyncio.start_unix_server(
            self._asked, path=f"\0{self._socket_name}", limit=_LONGEST
        )

    @property
    def members(self) -> tuple[Identity, ...]:
        """The processes of the services that run."""
        running = (service.process for service in self._services.values())
        return tuple(p.identity for p in running if p and p.identity)

    async def close(self) -> None:
        """Kill all services and stop answering."""
        for service in self._services.values():
            service.kill()
        for service in self._services.values():
            await service.gone()
        if self._server:
            self._server.close()
        self._notify.close()

    def _service(self, name: str) -> Service:
        if name not in self._services:
            self._services[name] = Service(
                name, self.disk, self._journal, self._notify, self._told, self.environment
            )
        return self._services[name]

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever asked may be gone by the time there is an answer.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                if _is_ours(writer.get_extra_info("socket")):
                    words = await reader.readexactly(int(await reader.readline() or b"0"))
                    answer = await self._answer([os.fsdecode(word) for word in words.split(b"\0")])
                    _write(writer, 1, answer.out)
                    _write(writer, 2, answer.err)
                    if answer.more is not None:
                        await _follow(reader, writer, answer.more)
                    writer.write(f"0 {answer.status}\n".encode())
                    await writer.drain()
            finally:
                writer.close()

    async def _answer(self, argv: list[str]) -> Answer:
        match argv[0]:
            case "systemctl":
                return await self._systemctl.answer(argv)
            case "journalctl":
                return self._journal.answer(argv)
            case "systemd-run":
                return await self._systemctl.run(argv)
            case "ss":
                pids = [member.pid for member in self.members]
                return await self._tables.ss(argv, self.address, pids)
            case other:
                return unknown(other)


def _write(writer: asyncio.StreamWriter, stream: int, text: bytes) -> None:
    if text:
        writer.write(f"{stream} {len(text)}\n".encode() + text)


async def _follow(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, more: AsyncIterator[bytes]
) -> None:
    """Pass on what comes until nobody listens any more."""

    async def pass_on() -> None:
        async for piece in more:
            _write(writer, 1, piece)
            await writer.drain()

    passing = asyncio.create_task(pass_on())
    # Whoever asks says nothing more, so the end of its pipe is the end of it.
    gone = asyncio.create_task(reader.read())
    await asyncio.wait({passing, gone}, return_when=asyncio.FIRST_COMPLETED)
    for task in (passing, gone):
        task.cancel()
    await asyncio.wait({passing, gone})


def _is_ours(peer: socket.socket) -> bool:
    """Whether this user asks: anybody on this machine may connect."""
    size = _CREDENTIALS.size
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _pid, uid, _gid = _CREDENTIALS.unpack(raw)
    return bool(uid == os.getuid())
