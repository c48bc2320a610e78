"""Connection: HTTP/1.1 on one kept-alive connection, where several questions may travel together.

http.client lets a question go only when the one before is answered, so that each is a round trip.
A server answers in the order of the questions (RFC 9112, 9.3.2), whenever they came.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked."""

    method: str
    path: str
    body: bytes = b""

    def text(self, host: str) -> bytes:
        """Return what is sent."""
        head = (
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {host}",
            # The metrics are a hundred times longer than anything else that is asked for.
            "Accept-Encoding: gzip",
            f"Content-Length: {len(self.body)}",
        )
        return "\r\n".join((*head, "", "")).encode() + self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Message
    data: bytes


class Connection:
    """One connection to `host`, made by `connect` when there is something to ask. Blocking."""

    def __init__(self, host: str, connect: Callable[[], socket.socket]) -> None:
        self._host = host
        self._connect = connect
        self._stream: _Stream | None = None

    def settimeout(self, seconds: float) -> None:
        """Give up after `seconds` of silence, where there is a connection."""
        if self._stream is not None:
            self._stream.socket.settimeout(seconds)

    def close(self) -> None:
        """Close it; whatever is asked next opens another one."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.end()

    def ask(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """Send all, and yield each reply as it comes.

        OSError, HTTPException or ValueError where none comes. What a server leaves unanswered
        because it closes after a reply, as it says in it, is sent again.
        """
        left = list(requests)
        try:
            while left:
                stream = self._stream = self._stream or _Stream(self._connect())
                stream.socket.sendall(b"".join(request.text(self._host) for request in left))
                last = False
                while left and not last:
                    reply, last = stream.next(left[0].method)
                    del left[0]
                    if last:
                        self.close()
                    yield reply
        except BaseException:
            # What is still to come would be taken for the answer to the next question.
            self.close()
            raise


class _Stream:
    """The answers on a socket; http.client takes it for the socket, and reads one of them.

    One buffer for all: what was read of one answer may hold the beginning of the next.
    """

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        # Not by makefile: that would keep the socket open, and wait here for who reads from it.
        self._file = io.BufferedReader(socket.SocketIO(connected, "r"))
        self.read = self._file.read
        self.readline = self._file.readline

    def next(self, method: str) -> tuple[Reply, bool]:
        """Return the next reply, and whether it is the last of this connection."""
        response = http.client.HTTPResponse(self, method=method)  # type: ignore[arg-type]
        response.begin()
        data = response.read()
        return Reply(response.status, response.headers, data), response.will_close

    def makefile(self, _mode: str) -> _Stream:
        """Return the file from which a response is read."""
        return self

    def close(self) -> None:
        """The end of a response is not that of the stream."""

    def end(self) -> None:
        """Close the socket."""
        with contextlib.suppress(OSError):
            # A thread that still waits for an answer wakes; it would not by close alone.
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
