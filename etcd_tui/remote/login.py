"""Login: answers what asyncssh asks while one connection is made, and notes what was tried."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh

from etcd_tui.remote.trust import Trust
from etcd_tui.secret import Secret

_ONE_TIME = ("verification", "one-time", "otp", "token", "验证码")
_BANNER_LIMIT = 2048


@dataclass(frozen=True, slots=True)
class Offer:
    """A key to offer, and what to call it."""

    label: str
    pair: asyncssh.SSHKeyPair


class Login(asyncssh.SSHClient):
    """One attempt. Offers keys in their order and sends `password` at most once.

    asyncssh would offer the agent's keys before those of the files and use up the server's
    patience (MaxAuthTries), so it is given neither: it asks here.
    """

    def __init__(self, trust: Trust, offers: Sequence[Offer], password: Secret | None) -> None:
        self._trust = trust
        self._offers = list(offers)
        self._password = password
        self.reached = asyncio.Event()
        """The TCP connection stands."""
        self.presented: asyncssh.SSHKey | None = None
        """The key of the host, where it was not among the known ones."""
        self.offered_by_server: list[str] = []
        self.tried: list[str] = []
        self.banner = ""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Note that somebody answers."""
        self.reached.set()

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Accept only a pinned fingerprint: this is asked for changed keys as for unknown ones."""
        self.presented = key
        return bool(self._trust.pin) and key.get_fingerprint() == self._trust.pin

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Keep what the host says before login: often the reason for which it refuses."""
        self.banner = (self.banner + msg)[:_BANNER_LIMIT]

    def public_key_auth_requested(self) -> Sequence[asyncssh.SSHKeyPair] | None:
        """Offer all keys, once."""
        self._server_offers("publickey")
        offers, self._offers = self._offers, []
        self.tried += [f"{offer.label} ({offer.pair.get_algorithm()})" for offer in offers]
        return [offer.pair for offer in offers] or None

    def password_auth_requested(self) -> str | None:
        """Send the password unless it has been sent already: a second failure may lock the user."""
        self._server_offers("password")
        return self._take_password()

    def password_change_requested(self, prompt: str, lang: str) -> tuple[str, str]:
        """Refuse: a person has to choose the new password."""
        self.tried.append("password (expired)")
        raise asyncssh.PermissionDenied("the password has expired")

    def kbdint_auth_requested(self) -> str | None:
        """Let the server ask if there is a password to answer with."""
        self._server_offers("keyboard-interactive")
        return None if self._password is None else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Answer one hidden prompt with the password; in no language of PAM's is it echoed."""
        if not prompts:
            return []
        text, echo = prompts[0]
        if len(prompts) > 1 or echo or any(word in text.lower() for word in _ONE_TIME):
            return None
        password = self._take_password()
        return None if password is None else [password]

    def _take_password(self) -> str | None:
        password, self._password = self._password, None
        if password is None:
            return None
        self.tried.append("password")
        return password.reveal()

    def _server_offers(self, method: str) -> None:
        if method not in self.offered_by_server:
            self.offered_by_server.append(method)
