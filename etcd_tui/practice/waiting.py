"""systemd-socket-activate: listen on the host's ports for as long as whoever asked lives.

The real one starts a program at the first connection; here whoever connects is left waiting. While
the host's file run/practice/closed is there, nobody can connect: the listener's queue is full, and
the kernel drops what comes, as a firewall would.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from etcd_tui.practice.answer import Answer, refused, unknown
from etcd_tui.practice.disk import Disk

_QUEUE = 64


def listen(argv: Sequence[str], disk: Disk) -> Answer:
    """Answer `systemd-socket-activate -l ADDRESS:PORT ... PROGRAM`."""
    words = list(argv[1:])
    places = []
    while words and words[0] in ("-l", "--listen"):
        address, _, port = words[1].rpartition(":") if len(words) > 1 else ("", "", "")
        if not address or not port.isdecimal():
            return unknown(" ".join(argv))
        places.append((address.strip("[]"), int(port)))
        words = words[2:]
    closed = disk.root.joinpath("run/practice/closed").exists()
    listeners = contextlib.ExitStack()
    try:
        for place in places:
            _listen(place, closed, listeners)
    except OSError as error:
        listeners.close()
        return refused(f"Failed to listen: {error.strerror}")
    return Answer(0, more=_hold(listeners))


def _listen(place: tuple[str, int], closed: bool, listeners: contextlib.ExitStack) -> None:
    listener = listeners.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(place)
    listener.listen(0 if closed else _QUEUE)
    if closed:
        # A queue of none still holds one.
        listeners.enter_context(socket.create_connection(listener.getsockname()))


async def _hold(listeners: contextlib.ExitStack) -> AsyncIterator[bytes]:
    with listeners:
        await asyncio.Event().wait()
        yield b""
