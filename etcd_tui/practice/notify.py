"""Notify: the socket on which services say that they are ready (sd_notify(3))."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

_CREDENTIALS = struct.Struct("3i")
_LONGEST = 4096


class Notify:
    """One host's socket, without a file: its name lies in the kernel and goes with the process."""

    def __init__(self, name: str) -> None:
        self.address = f"@{name}"
        """What NOTIFY_SOCKET is set to."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(f"\0{name}")
        self._ready: set[int] = set()
        self._waiting: dict[int, asyncio.Event] = {}
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    async def ready(self, pid: int) -> None:
        """Wait until process `pid` has said READY=1."""
        event = self._waiting.setdefault(pid, asyncio.Event())
        if pid in self._ready:
            event.set()
        try:
            await event.wait()
        finally:
            self._waiting.pop(pid, None)
            self._ready.discard(pid)

    def _receive(self) -> None:
        size = socket.CMSG_SPACE(_CREDENTIALS.size)
        try:
            data, ancillary, _flags, _from = self._socket.recvmsg(_LONGEST, size)
        except OSError:
            return
        for level, kind, content in ancillary:
            if (level, kind) != (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                continue
            pid, uid, _gid = _CREDENTIALS.unpack(content[: _CREDENTIALS.size])
            # Anybody on this machine may send; the kernel says who did.
            if uid == os.getuid() and b"READY=1" in data.split(b"\n"):
                self._ready.add(pid)
                if pid in self._waiting:
                    self._waiting[pid].set()

    def close(self) -> None:
        """Close the socket, if it is open."""
        if self._socket.fileno() < 0:
            return
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
