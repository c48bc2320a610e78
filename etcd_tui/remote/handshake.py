"""Handshake: one hop's connection, its host key checked, its login tried once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import asyncssh

from etcd_tui.errors import HostFailure, UsageError
from etcd_tui.i18n import _
from etcd_tui.remote import failures, trust
from etcd_tui.remote.credentials import Credentials, Offers
from etcd_tui.remote.dial import dial
from etcd_tui.remote.login import Login
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.route import Hop
from etcd_tui.remote.trust import Trust

CIPHERS = (
    # AES-GCM first: twice the throughput of asyncssh's own order wherever the CPU knows AES.
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
KEEPALIVE_SECONDS = 5
KEEPALIVE_COUNT = 3
LOGIN_SECONDS = 60
"""From the TCP connection to the end of the login; sshd itself allows 120."""
AT_ONCE = 5
"""Handshakes at once at one server or jump host: MaxStartups begins to drop at 10."""
_RETRIES = 2


@dataclass(slots=True)
class Attempt:
    """What came of one attempt: a connection, or an error."""

    login: Login
    connection: asyncssh.SSHClientConnection | None = None
    error: Exception | None = None

    @property
    def cut_off(self) -> bool:
        """Whether the other side hung up before the login began: MaxStartups, for example."""
        return (
            isinstance(self.error, asyncssh.ConnectionLost | ConnectionResetError)
            and self.login.reached.is_set()
            and not self.login.tried
            and "timeout" not in str(self.error).lower()
        )

    @property
    def distrusted(self) -> bool:
        """Whether it failed, or may have failed, for the host's key.

        A server that has no key of a type that we would accept just hangs up.
        """
        return self.cut_off or isinstance(
            self.error, asyncssh.HostKeyNotVerifiable | asyncssh.KeyExchangeFailed
        )


@dataclass(slots=True)
class Handshakes:
    """What all handshakes of one run share: credentials, and how many go on at a time."""

    credentials: Credentials
    new_keys: NewKeys
    _gates: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    async def open(
        self, name: str, hop: Hop, below: asyncssh.SSHClientConnection | None, gate: str
    ) -> asyncssh.SSHClientConnection:
        """Connect to `hop` through `below`; HostsError with one failure for `name` otherwise."""
        known = (
            trust.pinned(hop.host_key)
            if hop.host_key
            else trust.look_up(hop.known_hosts, hop.host, hop.port)
        )
        way = _Way(name, hop, below, self._gates.setdefault(gate, asyncio.Semaphore(AT_ONCE)))
        if known.pin:
            attempt = await self._by_fingerprint(way, known)
        elif known.acceptable or known.authorities:
            attempt = await self._attempt(way, known)
            if attempt.distrusted:
                key = attempt.login.presented or await self._fetch(way, attempt)
                if key in known.revoked:
                    raise failures.failed(failures.revoked_key(name, hop, key))
                if key in known.acceptable:
                    raise failures.failed(_explain(way, attempt))
                if known.keys:
                    raise failures.failed(failures.changed_key(name, hop, known, key))
                attempt = await self._first_contact(way, known, key)
        else:
            attempt = await self._first_contact(way, known, await self._fetch(way))
        if attempt.connection is None:
            raise failures.failed(_explain(way, attempt))
        return attempt.connection

    async def _by_fingerprint(self, way: _Way, known: Trust) -> Attempt:
        """Ask for each type of key in turn: a fingerprint does not tell whose it is."""
        first: Attempt | None = None
        for algorithms in (None, trust.ALGORITHMS[:1], trust.ALGORITHMS[1:2], trust.ALGORITHMS[2:]):
            attempt = await self._attempt(
                way, known, algorithms or trust.ALGORITHMS, retries=0 if algorithms else _RETRIES
            )
            if not attempt.distrusted:
                return attempt
            first = first or attempt
        if first is not None and first.login.presented is not None:
            raise failures.failed(
                failures.changed_key(way.name, way.hop, known, first.login.presented)
            )
        return attempt

    async def _first_contact(self, way: _Way, known: Trust, key: asyncssh.SSHKey) -> Attempt:
        """Write a new key down if that is allowed, and connect to exactly that key."""
        hop = way.hop
        if key in known.revoked:
            raise failures.failed(failures.revoked_key(way.name, hop, key))
        address = trust.host_pattern(hop.host, hop.port)
        if not self.new_keys.accepts(address, key.get_fingerprint()):
            agreed = self.new_keys.agreed_for(address)
            raise failures.failed(failures.unknown_key(way.name, hop, key, agreed))
        try:
            await asyncio.to_thread(trust.remember, hop.known_hosts, hop.host, hop.port, key)
        except OSError as error:
            raise UsageError(
                _("The new host key cannot be written to {path}: {reason}.").format(
                    path=hop.known_hosts, reason=error.strerror
                ),
                host=way.name,
                remedy=_("Name a file in ssh.known_hosts that you may write."),
            ) from None
        accepted = Trust(keys=(key,))
        attempt = await self._attempt(way, accepted)
        if attempt.distrusted and attempt.login.presented is not None:
            raise failures.failed(
                failures.changed_key(way.name, hop, accepted, attempt.login.presented)
            )
        return attempt

    async def _fetch(self, way: _Way, before: Attempt | None = None) -> asyncssh.SSHKey:
        """Return the key that the host shows when it is asked as `ssh` asks an unknown host."""
        retries = _RETRIES if before is None else 0
        attempt = await self._attempt(
            way, Trust(), trust.ALGORITHMS, anonymous=True, retries=retries
        )
        if attempt.login.presented is None:
            raise failures.failed(_explain(way, before or attempt))
        return attempt.login.presented

    async def _attempt(
        self,
        way: _Way,
        known: Trust,
        algorithms: Sequence[str] = (),
        *,
        anonymous: bool = False,
        retries: int = _RETRIES,
    ) -> Attempt:
        """Connect once; only a handshake that sshd has cut off before the login is repeated."""
        for retry in range(retries + 1):
            async with way.gate, self._offers(way, anonymous) as (offers, password):
                attempt = Attempt(Login(known, offers, password))
                try:
                    attempt.connection = await _connect(way, attempt.login, known, algorithms)
                except (OSError, asyncssh.Error) as error:
                    attempt.error = error
            if not attempt.cut_off or retry == retries:
                break
            # Apart from each other, or all that were dropped together come back together.
            await asyncio.sleep(random.uniform(0.1, 0.5) * (retry + 1))  # noqa: S311 - no secret
        return attempt

    @contextlib.asynccontextmanager
    async def _offers(self, way: _Way, anonymous: bool) -> AsyncIterator[Offers]:
        if anonymous:
            yield [], None
            return
        async with self.credentials.offers(way.name, way.hop) as offers:
            yield offers


@dataclass(frozen=True, slots=True)
class _Way:
    name: str
    hop: Hop
    below: asyncssh.SSHClientConnection | None
    gate: asyncio.Semaphore


async def _connect(
    way: _Way, login: Login, known: Trust, algorithms: Sequence[str]
) -> asyncssh.SSHClientConnection:
    """Connect; TimeoutError if the TCP connection does not stand in time."""
    connecting = asyncio.create_task(_dial(way, login, known, algorithms))
    reached = asyncio.create_task(login.reached.wait())
    try:
        await asyncio.wait(
            {connecting, reached},
            timeout=way.hop.connect_timeout,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not connecting.done() and not login.reached.is_set():
            raise TimeoutError
        return await connecting
    finally:
        reached.cancel()
        if not connecting.done():
            connecting.cancel()
            await asyncio.wait({connecting})


async def _dial(
    way: _Way, login: Login, known: Trust, algorithms: Sequence[str]
) -> asyncssh.SSHClientConnection:
    stream = None if way.below else await dial(way.hop.host, way.hop.port)
    try:
        return await _log_in(way, login, known, algorithms, stream)
    except BaseException:
        if stream is not None:
            stream.close()
        raise


async def _log_in(
    way: _Way,
    login: Login,
    known: Trust,
    algorithms: Sequence[str],
    stream: socket.socket | None,
) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        way.hop.host,
        way.hop.port,
        username=way.hop.user,
        config=None,
        tunnel=way.below or (),
        sock=stream,
        client_factory=lambda: login,
        # Never None or empty, which mean "anything goes" and "~/.ssh/known_hosts".
        known_hosts=(list(known.acceptable), list(known.authorities), list(known.revoked)),
        server_host_key_algs=list(algorithms) if algorithms else (),
        x509_trusted_certs=None,
        x509_trusted_cert_paths=[],
        client_keys=None,
        agent_path=None,
        gss_host=None,
        disable_trivial_auth=True,
        encryption_algs=list(CIPHERS),
        compression_algs=["none"],
        login_timeout=LOGIN_SECONDS,
        keepalive_interval=KEEPALIVE_SECONDS,
        keepalive_count_max=KEEPALIVE_COUNT,
        utf8_decode_errors="replace",
    )


def _explain(way: _Way, attempt: Attempt) -> HostFailure:
    error = attempt.error or asyncssh.ConnectionLost("")
    return failures.handshake(way.name, way.hop, attempt.login, error)
