"""NewKeys: which host keys may be written down when a host is contacted for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What somebody has agreed to before the hosts are contacted; see the class methods.

    An address is `h` or `[h]:port`, as known_hosts names it and `HostFailure.address` tells it: a
    key that was agreed to for one host is no key of another.
    """

    every: bool
    agreed: frozenset[tuple[str, str]]
    """Pairs of an address and the fingerprint of the key that it may show."""

    @classmethod
    def none(cls) -> NewKeys:
        """Accept no key that known_hosts does not hold."""
        return cls(False, frozenset())

    @classmethod
    def all(cls) -> NewKeys:
        """Accept whatever key a host shows at its first contact."""
        return cls(True, frozenset())

    @classmethod
    def these(cls, fingerprints: Mapping[str, str]) -> NewKeys:
        """Accept exactly these: the `SHA256:…` of one key for each address."""
        return cls(
            False, frozenset((name.lower(), key.rstrip("=")) for name, key in fingerprints.items())
        )

    def accepts(self, address: str, fingerprint: str) -> bool:
        """Whether the key with this fingerprint may be written down for `address`."""
        return self.every or (address, fingerprint) in self.agreed

    def agreed_for(self, address: str) -> str:
        """Return the fingerprint that was agreed to for `address`; empty if none was."""
        return next((key for name, key in self.agreed if name == address), "")
