"""A member's own API: what is compressed on the way is read, within bounds."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from etcd_tui.verify import member_api
from etcd_tui.verify.member_api import MemberApi, MemberError, Route

METRICS = b"""\
etcd_network_active_peers{Local="a",Remote="b"} 1
etcd_network_active_peers{Local="a",Remote="c"} 0
etcd_server_has_leader 1
"""


class PlainRoute(Route):
    """A way to a server that speaks no TLS."""

    def handshake(self, context: ssl.SSLContext, timeout: float = 8.0) -> socket.socket:  # type: ignore[override]
        return self.open(timeout)


@contextmanager
def member(pack: Callable[[bytes], bytes], coding: str) -> Iterator[MemberApi]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "gzip" in self.headers["Accept-Encoding"]
            data = pack(METRICS)
            self.send_response(200)
            if coding:
                self.send_header("Content-Encoding", coding)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api = MemberApi(
            "etcd1", PlainRoute("127.0.0.1", server.server_port), ssl.create_default_context()
        )
        try:
            yield api
        finally:
            api.close()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("pack", "coding"), [(gzip.compress, "gzip"), (bytes, "")], ids=["compressed", "plain"]
)
def test_metrics_are_read_as_they_come(pack: Callable[[bytes], bytes], coding: str) -> None:
    with member(pack, coding) as api:
        assert api.active_peers() == 1
        assert api.active_peers() == 1, "on the same connection"


@pytest.mark.parametrize(
    "pack", [lambda data: gzip.compress(data)[:-6], lambda _data: b"no gzip"], ids=["cut", "other"]
)
def test_what_cannot_be_unpacked_is_no_answer(pack: Callable[[bytes], bytes]) -> None:
    with member(pack, "gzip") as api, pytest.raises(MemberError, match="/metrics: "):
        api.active_peers()


def test_an_answer_that_unpacks_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_api, "_MOST", 50)
    with member(gzip.compress, "gzip") as api, pytest.raises(MemberError, match="more than 50"):
        api.active_peers()
