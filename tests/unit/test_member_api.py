"""A member's own API: questions travel together, and what is compressed is read within bounds."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from unittest.mock import Mock

import pytest

from etcd_tui.verify import member_api
from etcd_tui.verify.member_api import (
    ACTIVE_PEERS,
    ALARMS,
    HEALTH,
    STATUS,
    MemberApi,
    MemberError,
    Route,
)

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


WELL = b'{"health":"true"}'
TOLD = b'{"leader":"1"}'


def reply(body: bytes, *heads: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", *heads, "", "")).encode() + body


def sized(body: bytes, *heads: str) -> bytes:
    return reply(body, f"Content-Length: {len(body)}", *heads)


def chunked(body: bytes) -> bytes:
    halves = body[:5], body[5:]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves)
    return reply(chunks + b"0\r\n\r\n", "Transfer-Encoding: chunked")


@contextmanager
def scripted(*connections: tuple[int, bytes]) -> Iterator[MemberApi]:
    """A member that on each connection reads so many questions, then answers, then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for questions, answers in connections:
                stream, _address = server.accept()
                with stream:
                    asked = b""
                    while asked.count(b" HTTP/1.1\r\n") < questions or b"\r\n\r\n" not in asked:
                        asked += stream.recv(65536)
                    stream.sendall(answers)
                    stream.shutdown(socket.SHUT_WR)
                    with suppress(OSError):
                        while stream.recv(65536):
                            pass

        thread = threading.Thread(target=serve)
        thread.start()
        route = PlainRoute("127.0.0.1", server.getsockname()[1])
        api = MemberApi("etcd1", route, ssl.create_default_context(), patience=20)
        try:
            yield api
        finally:
            api.close()
            thread.join()


def test_questions_travel_together_and_each_gets_its_answer() -> None:
    answers = sized(WELL) + chunked(TOLD) + sized(gzip.compress(METRICS), "Content-Encoding: gzip")
    # It answers only when it has all of them: one after the other, the first would wait for ever.
    with scripted((3, answers)) as api:
        assert api.ask(HEALTH, STATUS, ACTIVE_PEERS) == [True, {"leader": "1"}, 1]


def test_what_is_left_open_when_the_member_closes_is_asked_on_another_connection() -> None:
    last = sized(WELL, "Connection: close")
    with scripted((2, last), (1, sized(TOLD))) as api:
        assert api.ask(HEALTH, STATUS) == [True, {"leader": "1"}]


def test_a_connection_that_is_lost_costs_what_was_not_answered() -> None:
    with scripted((3, sized(WELL) + sized(TOLD)[:-1]), (1, sized(TOLD))) as api:
        healthy, status, alarms = api.ask(HEALTH, STATUS, ALARMS)
        assert healthy is True
        assert isinstance(status, MemberError)
        assert isinstance(alarms, MemberError)
        assert api.status() == {"leader": "1"}, "on a new connection"


def test_an_error_is_the_answer_to_its_own_question_only() -> None:
    with scripted((2, sized(b"no JSON") + sized(WELL))) as api:
        status, healthy = api.ask(STATUS, HEALTH)
        assert isinstance(status, MemberError)
        assert healthy is True


def test_threads_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    api = MemberApi("etcd1", Route("192.0.2.1", 2379), ssl.create_default_context())
    turn, order = threading.Lock(), list[str]()
    begun, waiting = threading.Event(), threading.Event()

    class Turn:
        def __enter__(self) -> None:
            if turn.locked():
                waiting.set()
            turn.acquire()

        def __exit__(self, *_exc: object) -> None:
            turn.release()

    def ask(requests: Any) -> Iterator[Any]:
        path = requests[0].path
        order.append(path)
        begun.set()
        if path == "/health":
            assert waiting.wait(20), "nobody waits"
            assert order == [path]
        yield Mock(status=200, headers={}, data=WELL)

    monkeypatch.setattr(api, "_turn", Turn())
    monkeypatch.setattr(api._connection, "ask", ask)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(api.ask, HEALTH)
        assert begun.wait(20)
        pool.submit(api.ask, STATUS).result()
        assert first.result() == [True]
    assert order == ["/health", "/v3/maintenance/status"]


def test_whoever_waits_for_an_answer_wakes_when_the_connection_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        route = PlainRoute("127.0.0.1", server.getsockname()[1])
        api = MemberApi("etcd1", route, ssl.create_default_context(), patience=60)
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(api.ask, HEALTH)
            stream, _address = server.accept()
            with stream:
                stream.recv(65536)
                api.close()
                (answer,) = asking.result()
    assert "TimeoutError" not in str(answer)
    assert isinstance(answer, MemberError)


class Shaken(Route):
    """A way on which handshakes are counted."""

    count = 0

    def handshake(self, context: ssl.SSLContext, timeout: float = 8.0) -> Any:
        self.count += 1
        return Mock(getpeercert=Mock(return_value=b"der"))


def test_the_connection_that_found_a_route_goes_to_whoever_connects_first() -> None:
    tls, route = ssl.create_default_context(), Shaken("192.0.2.1", 2379)
    assert route.find(tls, 1.0)
    assert (route.certificate, route.trouble, route.count) == (b"der", "", 1)
    first = route.connect(tls)
    assert route.count == 1
    assert route.connect(tls) is not first
    assert route.count == 2
    route.close()
    first.close.assert_not_called()  # type: ignore[attr-defined]


def test_a_connection_that_nobody_wanted_is_closed_with_the_api() -> None:
    tls, route = ssl.create_default_context(), Shaken("192.0.2.1", 2379)
    route.find(tls, 1.0)
    kept = route._kept
    MemberApi("etcd1", route, tls).close()
    kept.close.assert_called_once_with()  # type: ignore[union-attr]
    assert route.connect(tls) is not kept


def test_a_certificate_that_is_not_trusted_is_a_way_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> Any:
        raise ssl.SSLCertVerificationError(1, "self-signed certificate")

    route = Route("192.0.2.1", 2379)
    monkeypatch.setattr(route, "handshake", refuse)
    assert route.find(ssl.create_default_context(), 1.0)
    assert route.certificate == b""
    assert "self-signed" in route.trouble
