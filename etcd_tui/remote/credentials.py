"""Credentials: what may be offered to a host, and in which order."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import asyncssh

from etcd_tui.errors import HostFailure
from etcd_tui.i18n import _
from etcd_tui.remote import failures
from etcd_tui.remote.keys import KeyRing, default_keys, public_half
from etcd_tui.remote.login import Offer
from etcd_tui.remote.route import Hop, Route
from etcd_tui.remote.secrets import SecretSource
from etcd_tui.secret import Secret

Offers = tuple[list[Offer], Secret | None]
"""Keys in the order in which they are offered, and the password that comes after them."""

# sshd counts each refused key against MaxAuthTries, 6 by default, and the password must still fit.
_MOST_KEYS = 5
_MOST_KEYS_BEFORE_PASSWORD = 3


class Credentials:
    """Keys of files first, then those of the agent, then the password.

    The files are those of the answers; ssh's own only where the answers name no file and no
    password.
    """

    def __init__(self, secrets: SecretSource) -> None:
        self._secrets = secrets
        self._keys = KeyRing(secrets)

    async def prepare(self, way: Route) -> None:
        """Open all keys and ask for all secrets, so that no person is waited for later on.

        HostsError (kind `key-file`) or UsageError.
        """
        for hop in (*way.jumps, way.target):
            self._password(hop)
            await self._files(way.name, hop)
        self.sudo_password(way)

    @contextlib.asynccontextmanager
    async def offers(self, name: str, hop: Hop) -> AsyncIterator[Offers]:
        """Yield the keys in their order and the password; the agent is open as long.

        HostsError (kind `key-file`) or UsageError.
        """
        password = self._password(hop)
        offers, closed = await self._files(name, hop)
        agent = asyncssh.SSHAgentClient(hop.agent) if hop.agent else None
        try:
            if agent is not None:
                offers = await _with_agent(agent, hop, offers)
            if closed and not offers and password is None:
                raise failures.failed(_locked(name, closed[0]))
            most = _MOST_KEYS if password is None else _MOST_KEYS_BEFORE_PASSWORD
            yield offers[: max(most, len(hop.private_key))], password
        finally:
            if agent is not None:
                agent.close()

    def _password(self, hop: Hop) -> Secret | None:
        if hop.password is None:
            return None
        return self._secrets.get(hop.password, _("the password of {hop}").format(hop=hop))

    def sudo_password(self, way: Route) -> Secret | None:
        """Return the password for sudo on the node, if the answers have one."""
        if way.sudo_password is None:
            return None
        purpose = _("the sudo password of {hop}").format(hop=way.target)
        return self._secrets.get(way.sudo_password, purpose)

    async def _files(self, name: str, hop: Hop) -> tuple[list[Offer], list[str]]:
        """Return the keys of the files, and the files that stay shut for want of a passphrase."""
        paths = hop.private_key
        if not paths and hop.password is None:
            paths = default_keys()
        offers: list[Offer] = []
        closed: list[str] = []
        for path in paths:
            pairs = await self._keys.open(name, path, hop.passphrase)
            offers += [Offer(path, pair) for pair in pairs]
            closed += [] if pairs else [path]
        return offers, closed


async def _with_agent(agent: asyncssh.SSHAgentClient, hop: Hop, offers: list[Offer]) -> list[Offer]:
    """Add the agent's keys behind those of the files; first those whose files were named."""
    try:
        held = await agent.get_keys()
    except ValueError:
        return offers  # asyncssh's word for an agent that is not there
    in_files = {offer.pair.public_data for offer in offers}
    named = {public_half(path) for path in hop.private_key}
    new = [pair for pair in held if pair.public_data not in in_files]
    if hop.identities_only:
        new = [pair for pair in new if pair.public_data in named]
    new.sort(key=lambda pair: pair.public_data not in named)
    return offers + [Offer(_("a key of the agent"), pair) for pair in new]


def _locked(name: str, path: str) -> HostFailure:
    return HostFailure(
        name,
        "key-file",
        _("The private key {path} is encrypted.").format(path=path),
        _("No passphrase is given, and the agent does not hold the key."),
        _("Set ssh.passphrase, or load the key into the agent: ssh-add {path}").format(path=path),
    )
