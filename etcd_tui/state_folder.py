"""The operator's state folder: `$XDG_STATE_HOME/etcd-tui/NAME/`, folders 0700, files 0600."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etcd_tui.errors import RefusedError, UsageError
from etcd_tui.holder import Holder
from etcd_tui.i18n import _
from etcd_tui.pki.places import StoreFolders


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
            raise self.unusable(error) from error

    def unusable(self, error: OSError) -> UsageError:
        """Return the error that says why nothing can be kept in the folder."""
        remedy = _("Name another one with --state-dir DIR.")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = _("Make room there, then run this again.")
        return UsageError(
            _("The state folder {path} cannot be used: {reason}.").format(
                path=self.path, reason=error.strerror
            ),
            remedy=remedy,
        )

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

    @staticmethod
    def name_run(verb: str) -> str:
        """Return a new ID for a run; IDs sort by time."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{stamp}-{verb}-{secrets.token_hex(2)}"

    def new_run(self, run: str) -> Path:
        """Make and return the folder `runs/ID` of the run called `run`."""
        folder = self.path / "runs" / run
        folder.mkdir(mode=0o700)
        return folder

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @property
    def place(self) -> str:
        """What stands for this folder on this machine, in the locks of its runs; empty: nothing.

        A copy of the folder, on this machine or another one, is another place.
        """
        try:
            number = self._lock.stat().st_ino
            machine = Path("/etc/machine-id").read_text().strip()
        except OSError:
            return ""
        return hashlib.sha256(f"{machine} {number}".encode()).hexdigest()[:16]

    def has_ended(self, holder: Holder, *, alone: bool) -> bool:
        """Whether it is certain that the run of `holder` has ended.

        Only of a run of this folder is that ever certain. `alone`: this process is within `locked`,
        so no other one is; whatever became of the machine since, no process ID has to be believed.
        """
        known = "/" not in holder.run and (self.path / "runs" / holder.run).is_dir()
        if not known or not holder.place or holder.place != self.place:
            return False
        # The wizard looks without a lock, at what an earlier run of its own has left.
        own = holder.pid == os.getpid()
        return alone or own or not Path(f"/proc/{holder.pid}").exists()

    @contextlib.contextmanager
    def locked(self, run: str, verb: str) -> Iterator[Holder]:
        """Hold the folder for one run; RefusedError naming the owner if another holds it."""
        with self._lock.open("a+", encoding="utf-8") as file:
            self._lock.chmod(0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise self._busy(Holder.parse(file.read())) from None
            file.truncate(0)
            holder = Holder.here(run, verb, self.place)
            file.write(f"{holder.line}\n")
            file.flush()
            yield holder

    def _busy(self, holder: Holder) -> RefusedError:
        # The kernel lets go of the lock when its process ends, so this one is alive.
        what = _(
            "Another run works with this state folder: {verb} by {owner}, process {pid}, begun "
            "{age} ago (run {run})."
        )
        remedy = _(
            "Wait until it has ended, then run this again. Should it hang, stop it on {machine}: "
            "kill {pid}; its running steps end, and this one can go on from there."
        )
        words = {
            "verb": holder.verb,
            "owner": holder.owner,
            "pid": holder.pid,
            "age": holder.age,
            "run": holder.run,
            "machine": holder.owner.rpartition("@")[2],
        }
        return RefusedError(what.format(**words), remedy=remedy.format(**words))
