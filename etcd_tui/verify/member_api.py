"""One member's own API over mutual TLS: etcd's JSON gateway, /health and /metrics.

From the operator's machine, straight to the member where the network allows it, else through the
host's SSH connection. Blocking; one kept-alive connection a member, on which all questions that
hang on nothing travel together.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from etcd_tui.verify.connection import Connection, Reply, Request

T = TypeVar("T")

_TIMEOUT = 8.0
# A connection takes several round trips, so it gets more time than one answer may.
_LEAST_CONNECT = 2.0
_MOST = 1 << 24


def client_context(client: Path) -> ssl.SSLContext:
    """Return the TLS settings of the operator's client certificate in folder `client`."""
    context = ssl.create_default_context(cafile=str(client / "ca.crt"))
    context.load_cert_chain(client / "client.crt", client / "client.key")
    return context


def plain_context(client: Path) -> ssl.SSLContext:
    """Return TLS settings that trust the authority but show no certificate."""
    return ssl.create_default_context(cafile=str(client / "ca.crt"))


class Route:
    """A way to one port of one member: its address, or a UNIX socket that leads there."""

    def __init__(self, address: str, port: int, tunnel: str = "") -> None:
        self.address = address
        self.port = port
        self.tunnel = tunnel
        self.certificate = b""
        """DER of what was shown in the handshake by which the route was found."""
        self.trouble = ""
        """Why that is not trusted."""
        self._kept: ssl.SSLSocket | None = None

    def find(self, context: ssl.SSLContext, timeout: float) -> bool:
        """Whether TLS comes about. A certificate that is not trusted is an answer too.

        The connection is kept for whoever connects first.
        """
        try:
            self._kept = self.handshake(context, timeout)
        except ssl.SSLCertVerificationError as error:
            self.trouble = str(error)
            return True
        except OSError:
            return False
        self.certificate = self._kept.getpeercert(binary_form=True) or b""
        return True

    def connect(self, context: ssl.SSLContext, timeout: float = _TIMEOUT) -> ssl.SSLSocket:
        """Return a TLS connection: the one by which the route was found, else a new one."""
        kept, self._kept = self._kept, None
        return self.handshake(context, timeout) if kept is None else kept

    def close(self) -> None:
        """Close the connection by which it was found, if nobody wanted it."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def open(self, timeout: float = _TIMEOUT) -> socket.socket:
        """Return a connected stream socket; OSError if there is none."""
        if not self.tunnel:
            direct = socket.create_connection((self.address, self.port), timeout=timeout)
            # A call goes out as head and body; Nagle would hold the body back for 40 ms.
            direct.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return direct
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(timeout)
        try:
            stream.connect(self.tunnel)
        except OSError:
            stream.close()
            raise
        return stream

    def handshake(self, context: ssl.SSLContext, timeout: float = _TIMEOUT) -> ssl.SSLSocket:
        """Return a TLS connection to the member; OSError (SSLError among them) if it fails."""
        stream = self.open(timeout)
        try:
            return context.wrap_socket(stream, server_hostname=self.address)
        except BaseException:
            stream.close()
            raise


class MemberError(Exception):
    """The member could not be asked, or answered with an error; the message says which."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A call that may travel with others. `read` makes of status and body what is asked for."""

    request: Request
    read: Callable[[int, bytes], T]


class MemberApi:
    """Calls to one member. Each method raises MemberError if there is no good answer.

    `patience`: seconds of silence after which a call is given up. Threads take turns.
    """

    def __init__(
        self, name: str, route: Route, context: ssl.SSLContext, patience: float = _TIMEOUT
    ) -> None:
        self.name = name
        self.route = route
        self._context = context
        self._patience = patience
        host = f"[{route.address}]" if ":" in route.address else route.address
        self._connection = Connection(f"{host}:{route.port}", self._connect)
        self._turn = threading.Lock()

    def _connect(self) -> ssl.SSLSocket:
        stream = self.route.connect(self._context, max(self._patience, _LEAST_CONNECT))
        stream.settimeout(self._patience)
        return stream

    def be_patient(self, seconds: float) -> None:
        """Give up calls after `seconds` of silence from now on."""
        self._patience = seconds
        self._connection.settimeout(seconds)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self.route.close()

    def ask(self, *questions: Question[Any]) -> list[Any]:
        """Ask all at once; return the answer to each, or the MemberError why there is none."""
        replies = self._asked(*(question.request for question in questions))
        return [_read(*pair) for pair in zip(questions, replies, strict=True)]

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        """Return the JSON answer of a gateway call such as `/v3/kv/put`."""
        return self._answer(_gateway(path, dict, **body))

    def _answer(self, question: Question[T]) -> T:
        answer = self.ask(question)[0]
        if isinstance(answer, MemberError):
            raise answer
        return cast(T, answer)

    def _asked(self, *requests: Request) -> list[tuple[int, bytes] | MemberError]:
        replies: list[tuple[int, bytes] | MemberError] = []
        try:
            with self._turn:
                for reply in self._connection.ask(requests):
                    replies.append(_unpacked(requests[len(replies)].path, reply))
        # ValueError: what a socket says that was closed meanwhile.
        except (OSError, http.client.HTTPException, ValueError) as error:
            failed = MemberError(f"{type(error).__name__}: {error}")
            replies += [failed] * (len(requests) - len(replies))
        return replies

    def healthy(self) -> bool:
        """Whether `/health` answers true: there is a leader and a linearizable read works."""
        return self.ask(HEALTH)[0] is True

    def status(self) -> dict[str, Any]:
        """Return `/v3/maintenance/status`."""
        return self._answer(STATUS)

    def active_peers(self) -> int:
        """Return how many peers this member is connected to, by its metrics."""
        return self._answer(ACTIVE_PEERS)

    def put(self, key: str, value: str, lease: str = "0") -> int:
        """Put a key, which goes when its `lease` goes; return the revision."""
        answer = self.call("/v3/kv/put", key=_b64(key), value=_b64(value), lease=lease)
        return int(answer["header"]["revision"])

    def grant_lease(self, seconds: int) -> str:
        """Return the ID of a new lease that ends after `seconds` unless it is kept alive."""
        return str(self.call("/v3/lease/grant", TTL=str(seconds))["ID"])

    def revoke_lease(self, lease: str) -> None:
        """End a lease, and with it all keys that were put under it."""
        self.call("/v3/lease/revoke", ID=lease)

    def keys(self, prefix: str) -> frozenset[str]:
        """Return, linearizably, all keys that begin with `prefix`, which ends in `/`."""
        end = prefix.removesuffix("/") + "0"  # the character after the slash
        answer = self.call("/v3/kv/range", key=_b64(prefix), range_end=_b64(end), keys_only=True)
        return frozenset(base64.b64decode(pair["key"]).decode() for pair in answer.get("kvs", []))

    def read(self, key: str) -> str | None:
        """Read a key, linearizably; None if it is not there."""
        pairs = self.call("/v3/kv/range", key=_b64(key)).get("kvs", [])
        return base64.b64decode(pairs[0].get("value", "")).decode() if pairs else None

    def alarms(self) -> tuple[str, ...]:
        """Return the alarms that are raised, on any member."""
        return self._answer(ALARMS)

    def hash_kv(self, revision: int) -> tuple[int, int]:
        """Return (hash, compact revision) of the keys up to `revision`. Only on the peer port.

        MemberError, too, where `revision` has been compacted or has not come to this member yet.
        The gateway's `/v3/maintenance/hash` will not do: up to 3.5 it leads to the RPC `Hash`,
        which knows no revision, so members that are one write apart differ.
        """
        body = json.dumps({"revision": revision}).encode()
        return self._answer(Question(Request("GET", _HASH, body), _hash))


_HASH = "/members/hashkv"


def _gateway(path: str, find: Callable[[dict[str, Any]], T], **body: Any) -> Question[T]:
    """Return the question that `find` answers from the JSON of a gateway call."""

    def read(status: int, data: bytes) -> T:
        try:
            answer = json.loads(data)
        except ValueError as error:
            raise MemberError(f"{path}: HTTP {status}, no JSON") from error
        if status != http.client.OK or not isinstance(answer, dict):
            message = answer.get("message", "") if isinstance(answer, dict) else ""
            raise MemberError(f"{path}: HTTP {status} {message}".rstrip())
        return find(answer)

    return Question(Request("POST", path, json.dumps(body).encode()), read)


def _healthy(status: int, data: bytes) -> bool:
    try:
        return status == http.client.OK and json.loads(data).get("health") in ("true", True)
    except (ValueError, AttributeError):
        return False


def _active_peers(status: int, data: bytes) -> int:
    if status != http.client.OK:
        raise MemberError(f"/metrics: HTTP {status}")
    peers: dict[bytes, float] = {}
    for line in data.splitlines():
        if line.startswith(b"etcd_network_active_peers{"):
            labels, _, value = line.rpartition(b" ")
            peers[labels] = float(value)
    return sum(value > 0 for value in peers.values())


def _hash(status: int, data: bytes) -> tuple[int, int]:
    if status != http.client.OK:
        said = data.decode("utf-8", "replace")[:200].strip()
        raise MemberError(f"{_HASH}: HTTP {status} {said}".rstrip())
    try:
        answer = json.loads(data)
        return int(answer["hash"]), int(answer.get("compact_revision", 0))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MemberError(f"{_HASH}: no hash in the answer") from error


def deletion(key: str) -> Question[int]:
    """Return what deletes a key; the answer is how many were deleted."""
    path = "/v3/kv/deleterange"
    return _gateway(path, lambda answer: int(answer.get("deleted", 0)), key=_b64(key))


HEALTH = Question(Request("GET", "/health"), _healthy)
"""Whether there is a leader and a linearizable read works; False, too, if it is not said."""
STATUS: Question[dict[str, Any]] = _gateway("/v3/maintenance/status", dict)
MEMBERS: Question[list[dict[str, Any]]] = _gateway(
    "/v3/cluster/member/list", lambda answer: list(answer.get("members", []))
)
"""The member list as this member has it, by a linearizable read where it can."""
ALARMS: Question[tuple[str, ...]] = _gateway(
    "/v3/maintenance/alarm",
    lambda answer: tuple(sorted({str(alarm.get("alarm")) for alarm in answer.get("alarms", [])})),
    action="GET",
)
"""The alarms that are raised, on any member. To ask is a proposal, so one member is enough."""
ACTIVE_PEERS = Question(Request("GET", "/metrics"), _active_peers)
"""How many peers this member is connected to, by its metrics."""


def _read(question: Question[T], reply: tuple[int, bytes] | MemberError) -> T | MemberError:
    if isinstance(reply, MemberError):
        return reply
    try:
        return question.read(*reply)
    except MemberError as error:
        return error


def _unpacked(path: str, reply: Reply) -> tuple[int, bytes] | MemberError:
    if reply.headers.get("Content-Encoding") != "gzip":
        return reply.status, reply.data
    try:
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacked = inflate.decompress(reply.data, _MOST)
    except zlib.error as error:
        return MemberError(f"{path}: {error}")
    if not inflate.eof:
        return MemberError(f"{path}: cut short, or more than {_MOST} bytes")
    return reply.status, unpacked


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
