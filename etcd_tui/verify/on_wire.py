"""Prove what stands on the wire: the issued certificate, and nobody enters without one."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Awaitable

from etcd_tui.i18n import _
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT, Node
from etcd_tui.verify.claims import proved
from etcd_tui.verify.member_api import Route
from etcd_tui.verify.proof import Proof

_ANSWER = b"HTTP/1.1 200"


async def prove_wire(
    node: Node,
    client: Route | None,
    peer: Awaitable[Route | None],
    plain: ssl.SSLContext,
    issued: bytes,
) -> list[Proof]:
    """Return the proofs about both ports of one member. `issued` is the certificate's DER."""
    refusals = asyncio.gather(
        asyncio.to_thread(_refuses_strangers, node, client, plain),
        asyncio.to_thread(_refuses_plain_text, node, client),
    )
    return [
        _certificate(node, "client", client, issued),
        _certificate(node, "peer", await peer, issued),
        *await refusals,
    ]


def _certificate(node: Node, port: str, route: Route | None, issued: bytes) -> Proof:
    """The certificate on the wire, of the handshake that found the route, is the one issued."""
    number = CLIENT_PORT if port == "client" else PEER_PORT
    seen = b""
    found = _("no TLS connection to port {port}").format(port=number)
    if route is not None:
        seen = route.certificate
        found = route.trouble or _("SHA-256 {sum}").format(sum=hashlib.sha256(seen).hexdigest())
    passed = bool(issued) and seen == issued
    fix = "" if passed else _("Run etcd-tui install again; it writes the issued certificate.")
    return proved(f"{port}-certificate", node, passed, found, fix)


def _refuses_strangers(node: Node, route: Route | None, plain: ssl.SSLContext) -> Proof:
    """Without a client certificate there is no answer. With TLS 1.3 the refusal comes late."""
    if route is None:
        return proved("mutual-tls", node, False, _("no connection"))
    answer = b""
    try:
        with route.handshake(plain) as stream:
            stream.sendall(_request(node))
            answer = stream.recv(64)
    except OSError as error:
        refusal = getattr(error, "reason", None) or type(error).__name__
        return proved("mutual-tls", node, True, _("refused: {r}").format(r=refusal))
    refused = not answer
    found = _("closed without an answer") if refused else answer.decode("latin-1", "replace")
    return proved("mutual-tls", node, refused, found)


def _refuses_plain_text(node: Node, route: Route | None) -> Proof:
    """Plain HTTP gets no service: the connection is closed, or Go answers 400."""
    if route is None:
        return proved("no-plain-text", node, False, _("no connection"))
    try:
        with route.open() as stream:
            stream.sendall(_request(node))
            answer = stream.recv(64)
    except OSError as error:
        found = _("refused: {r}").format(r=type(error).__name__)
        return proved("no-plain-text", node, True, found)
    refused = not answer.startswith((_ANSWER, b"HTTP/1.0 200"))
    found = answer.split(b"\r\n")[0].decode("latin-1") or _("closed without an answer")
    return proved("no-plain-text", node, refused, found)


def _request(node: Node) -> bytes:
    return f"GET /health HTTP/1.1\r\nHost: {node.url_host}\r\nConnection: close\r\n\r\n".encode()
