"""dial: a TCP connection that acknowledges at once what it receives.

Where there is no terminal, sshd leaves Nagle's algorithm on: what it has to say waits until the
last small packet is acknowledged. Linux does that up to 40 ms late where it has nothing to answer,
as between the host's list of its keys, right after a login, and the first channel.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Only Linux has it, and it does not last: see tcp(7)."""


class _Prompt(socket.socket):
    """The socket; asyncio reads from it by `recv`."""

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        data = super().recv(bufsize, flags)
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):
                self.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        return data


async def dial(host: str, port: int) -> socket.socket:
    """Return a socket connected to `host`; OSError of the first address where none answers."""
    loop = asyncio.get_running_loop()
    first: OSError | None = None
    for family, kind, protocol, _name, address in await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        stream = _Prompt(family, kind, protocol)
        try:
            stream.setblocking(False)
            await loop.sock_connect(stream, address)
        except OSError as error:
            stream.close()
            first = first or error
        except BaseException:
            stream.close()
            raise
        else:
            return stream
    raise first or OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
