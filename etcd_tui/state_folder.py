"""The operator's state folder: `$XDG_STATE_HOME/etcd-tui/NAME/`, folders 0700, files 0600."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etcd_tui.errors import RefusedError, UsageError
from etcd_tui.i18n import _
from etcd_tui.pki.places import StoreFolders


def default_root() -> Path:
    """Return the folder that holds every cluster's state folder."""
    base = os.environ.get("XDG_STATE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return root / "etcd-tui"


def write_private(path: Path, data: bytes) -> None:
    """Write `path` whole or not at all: mode 0600, on disk before the name points to it."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The folder of one cluster and the names in it."""

    path: Path

    @property
    def answers(self) -> Path:
        """The answers of the last run that changed something, without secrets."""
        return self.path / "answers.yaml"

    @property
    def pki(self) -> Path:
        """The authority and the hosts' certificates, by the profile's own file names."""
        return self.path / "pki"

    @property
    def client(self) -> Path:
        """The operator's client certificate and `etcdctl.env`."""
        return self.path / "client"

    @property
    def client_environment(self) -> Path:
        """`client/etcdctl.env`."""
        return self.client / "etcdctl.env"

    @property
    def token(self) -> Path:
        """The initial cluster token, chosen once."""
        return self.path / "token"

    def read_token(self) -> str:
        """Return the token chosen by an earlier run; empty if none was."""
        try:
            return self.token.read_text().strip()
        except FileNotFoundError:
            return ""

    def prepare(self) -> None:
        """Make the folders, each 0700."""
        try:
            for folder in (self.path, self.pki, self.client, self.path / "runs"):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)
        except OSError as error:
            raise UsageError(
                _("The state folder {path} cannot be used: {reason}.").format(
                    path=self.path, reason=error.strerror
                ),
                remedy=_("Name another one with --state-dir DIR."),
            ) from error

    def settle(self) -> None:
        """Finish or drop what a killed run left half done. Call it under `locked`."""
        StoreFolders(self.pki, self.client).settle()
        for folder in (self.path, self.client):
            for name in (self.token, self.answers, self.client_environment):
                for left in folder.glob(f".{name.name}.*"):
                    left.unlink()

    def choose_token(self, wanted: str) -> str:
        """Return the token, choosing `wanted` or a random one if there is none yet."""
        token = self.read_token()
        if not token:
            token = wanted or f"{self.path.name}-{secrets.token_hex(8)}"
            write_private(self.token, token.encode() + b"\n")
        return token

    def new_run(self, verb: str) -> Path:
        """Make and return a new folder `runs/ID`; the ID sorts by time."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        folder = self.path / "runs" / f"{stamp}-{verb}-{secrets.token_hex(2)}"
        folder.mkdir(mode=0o700)
        return folder

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run; RefusedError naming the owner if another holds it."""
        path = self.path / "lock"
        with path.open("a+", encoding="utf-8") as file:
            path.chmod(0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                owner = file.read().strip()
                raise RefusedError(
                    _("Another run works on this cluster: {owner}.").format(owner=owner),
                    remedy=_("Wait until it has ended, then run this again."),
                ) from None
            file.truncate(0)
            since = datetime.now(UTC).isoformat(timespec="seconds")
            file.write(f"process {os.getpid()}, since {since}\n")
            file.flush()
            yield
