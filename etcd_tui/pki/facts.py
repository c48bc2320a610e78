"""StoreFacts: what the operator's store holds, compared with the spec; data for the planner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from etcd_tui.pki.check import Description
from etcd_tui.pki.wanted import Wanted


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """Why nothing can be issued from this store; whole sentences in the user's language."""

    what: str
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """The authority in the store.

    `half` is anything that must not be taken for "none yet": one file of the pair, a pair that
    does not fit, or certificates whose authority is gone. `foreign` is a whole authority that
    the answers do not ask for: of the other profile, or another one than the operator's own.
    """

    state: Literal["absent", "present", "half", "foreign"]
    description: Description | None = None
    """The certificate that signs; for the operator's own authority even while `absent`."""
    root: Description | None = None
    """The certificate that hosts trust: the same one, but for an intermediate."""
    own: bool = False
    needs_passphrase: bool = False
    """Something is to be issued and the operator's own key is encrypted."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One wanted certificate: is it there, and if it differs, why (in the user's language)."""

    wanted: Wanted
    state: Literal["missing", "matches", "differs"]
    reasons: tuple[str, ...] = ()
    description: Description | None = None
    keeps_key: bool = False
    """Whether a reissue keeps the private key that is there."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file as it belongs on a host. `sha256` is empty as long as it has yet to be issued."""

    name: str
    sha256: str
    mode: int
    secret: bool


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file for a host, below `paths.config`. `data` may be a private key: it has no repr."""

    name: str
    data: bytes
    mode: int
    secret: bool

    def __repr__(self) -> str:
        return f"HostFile({self.name!r}, mode={self.mode:04o})"


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """The store as it is. With a `problem`, nothing may be written; `certificates` may be empty."""

    authority: AuthorityFacts
    certificates: tuple[CertificateFacts, ...] = ()
    """The hosts' in node order (one if they share it), then the operator's."""
    host_files: tuple[tuple[str, tuple[FileDigest, ...]], ...] = ()
    problem: StoreProblem | None = None
    warnings: tuple[str, ...] = ()

    @property
    def to_issue(self) -> tuple[Wanted, ...]:
        """What `issue` has to make, in order; empty if the store is as the spec wants it."""
        return tuple(fact.wanted for fact in self.certificates if fact.state != "matches")

    def digests(self, node: str) -> tuple[FileDigest, ...]:
        """Return authority, certificate and key as they belong on `node`; KeyError if unknown."""
        return dict(self.host_files)[node]
