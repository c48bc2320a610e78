"""One member's own API over mutual TLS: etcd's JSON gateway, /health and /metrics.

From the operator's machine, straight to the member where the network allows it, else through the
host's SSH connection. Blocking; one kept-alive connection a member.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import zlib
from pathlib import Path
from typing import Any

_TIMEOUT = 8.0
# A connection takes several round trips, so it gets more time than one answer may.
_LEAST_CONNECT = 2.0
_MOST = 1 << 24


class MemberError(Exception):
    """The member could not be asked, or answered with an error; the message says which."""


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


class _Connection(http.client.HTTPConnection):
    def __init__(self, route: Route, context: ssl.SSLContext, patience: float) -> None:
        super().__init__(route.address, route.port)
        self._route = route
        self._context = context
        self.patience = patience

    def connect(self) -> None:
        """Connect by the route instead of by name."""
        self.sock = self._route.handshake(self._context, max(self.patience, _LEAST_CONNECT))
        self.sock.settimeout(self.patience)


class MemberApi:
    """Calls to one member. Each method raises MemberError if there is no good answer.

    `patience`: seconds of silence after which a call is given up.
    """

    def __init__(
        self, name: str, route: Route, context: ssl.SSLContext, patience: float = _TIMEOUT
    ) -> None:
        self.name = name
        self.route = route
        self._connection = _Connection(route, context, patience)

    def be_patient(self, seconds: float) -> None:
        """Give up calls after `seconds` of silence from now on."""
        self._connection.patience = seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> tuple[int, bytes]:
        """Return (status, body) of a GET."""
        return self._ask("GET", path, None)

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        """Return the JSON answer of a gateway call such as `/v3/maintenance/status`."""
        status, data = self._ask("POST", path, json.dumps(body).encode())
        try:
            answer = json.loads(data)
        except ValueError as error:
            raise MemberError(f"{path}: HTTP {status}, no JSON") from error
        if status != http.client.OK or not isinstance(answer, dict):
            message = answer.get("message", "") if isinstance(answer, dict) else ""
            raise MemberError(f"{path}: HTTP {status} {message}".rstrip())
        return answer

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            # The metrics are a hundred times longer than anything else that is asked for.
            self._connection.request(method, path, body, {"Accept-Encoding": "gzip"})
            response = self._connection.getresponse()
            data = response.read()
            if response.headers.get("Content-Encoding") == "gzip":
                data = _unpacked(path, data)
            return response.status, data
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise MemberError(f"{type(error).__name__}: {error}") from error

    def healthy(self) -> bool:
        """Whether `/health` answers true: there is a leader and a linearizable read works."""
        try:
            status, data = self.get("/health")
            return status == http.client.OK and json.loads(data).get("health") in ("true", True)
        except (MemberError, ValueError, AttributeError):
            return False

    def status(self) -> dict[str, Any]:
        """Return `/v3/maintenance/status`."""
        return self.call("/v3/maintenance/status")

    def members(self) -> list[dict[str, Any]]:
        """Return the member list as this member has it, by a linearizable read where it can."""
        return list(self.call("/v3/cluster/member/list").get("members", []))

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

    def delete(self, key: str) -> int:
        """Delete a key; return how many were deleted."""
        return int(self.call("/v3/kv/deleterange", key=_b64(key)).get("deleted", 0))

    def alarms(self) -> tuple[str, ...]:
        """Return the alarms that are raised, on any member."""
        answer = self.call("/v3/maintenance/alarm", action="GET")
        return tuple(sorted({str(alarm.get("alarm")) for alarm in answer.get("alarms", [])}))

    def hash_kv(self, revision: int) -> tuple[int, int]:
        """Return (hash, compact revision) of the keys up to `revision`. Only on the peer port.

        MemberError, too, where `revision` has been compacted or has not come to this member yet.
        The gateway's `/v3/maintenance/hash` will not do: up to 3.5 it leads to the RPC `Hash`,
        which knows no revision, so members that are one write apart differ.
        """
        path = "/members/hashkv"
        status, data = self._ask("GET", path, json.dumps({"revision": revision}).encode())
        if status != http.client.OK:
            said = data.decode("utf-8", "replace")[:200].strip()
            raise MemberError(f"{path}: HTTP {status} {said}".rstrip())
        try:
            answer = json.loads(data)
            return int(answer["hash"]), int(answer.get("compact_revision", 0))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MemberError(f"{path}: no hash in the answer") from error

    def active_peers(self) -> int:
        """Return how many peers this member is connected to, by its metrics."""
        status, data = self.get("/metrics")
        if status != http.client.OK:
            raise MemberError(f"/metrics: HTTP {status}")
        peers: dict[bytes, float] = {}
        for line in data.splitlines():
            if line.startswith(b"etcd_network_active_peers{"):
                labels, _, value = line.rpartition(b" ")
                peers[labels] = float(value)
        return sum(value > 0 for value in peers.values())


def _unpacked(path: str, data: bytes) -> bytes:
    try:
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacked = inflate.decompress(data, _MOST)
    except zlib.error as error:
        raise MemberError(f"{path}: {error}") from error
    if not inflate.eof:
        raise MemberError(f"{path}: cut short, or more than {_MOST} bytes")
    return unpacked


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
