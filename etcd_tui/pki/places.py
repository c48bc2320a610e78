"""StoreFolders: where the operator's store lies, and how PEM files are taken from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.pki import folder


@dataclass(frozen=True, slots=True)
class StoreFolders:
    """The two folders: `pki` (authority and hosts) and `client` (the operator's own)."""

    pki: Path
    client: Path

    @classmethod
    def below(cls, state: Path) -> StoreFolders:
        """Return the folders of the contract below `STATE`: `pki/` and `client/`."""
        return cls(state / "pki", state / "client")

    def settle(self) -> None:
        """Finish or drop what a killed run left half done. Call it under the run's lock.

        Reading needs no `settle`: readers see through it. But a kill may leave the new files of
        `client/` one rename away from where `etcdctl` looks for them. Raises UsageError.
        """
        for place in (self.pki, self.client):
            with writing(place):
                folder.settle(place)


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn an OSError inside into a UsageError that names the path."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            _("{path} cannot be written.").format(path=error.filename or place),
            cause=error.strerror or str(error),
            remedy=_("Make room or correct the rights of {folder}, and run again.").format(
                folder=place
            ),
        ) from error
