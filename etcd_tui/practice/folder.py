"""The folder of one demo: made, held by a lock while it lives, and removed by whoever comes next.

`STATE/.practice/ID/`. Whether a demo lives is asked of its lock, which the kernel drops with its
last process: no process id can be mistaken for another's. `record.json` names processes by id
and start time, for those of a demo that was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.practice.identity import Identity

_HOME = ".practice"
"""No cluster's name begins with a dot."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+@=-")


@dataclass(frozen=True, slots=True)
class Record:
    """Who serves a demo, whether it goes on without its tool, and which etcd it has started."""

    server: Identity | None = None
    kept: bool = False
    members: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """One demo's folder and what lies in it."""

    path: Path

    @property
    def key(self) -> Path:
        """The private key that enters the practice hosts."""
        return self.path / "id_ed25519"

    def programs(self, host: str) -> Path:
        """Return where a host's programs are: shims, and links to this machine's own."""
        return self.path / "bin" / host

    @property
    def log(self) -> Path:
        """What the practice server says when something is wrong with it."""
        return self.path / "server.log"

    @property
    def state(self) -> Path:
        """What stands for `$XDG_STATE_HOME/etcd-tui`: the operator's side of the demo."""
        return self.path / "state"

    @property
    def answers(self) -> Path:
        """The answers file that fits the practice hosts."""
        return self.path / "answers.yaml"

    def disk(self, host: str) -> Path:
        """Return the folder that is the disk of practice host `host`."""
        return self.path / "hosts" / host

    def read_record(self) -> Record:
        """Return the record; an empty one if there is none that can be read."""
        try:
            found = json.loads((self.path / "record.json").read_text())
            server = found["server"] and Identity(**found["server"])
            members = tuple(Identity(**each) for each in found["members"])
            return Record(server, bool(found["kept"]), members)
        except (OSError, ValueError, KeyError, TypeError):
            return Record()

    def write_record(self, record: Record) -> None:
        """Write the record, whole or not at all."""
        new = self.path / "record.new"
        new.write_text(json.dumps(asdict(record)))
        new.replace(self.path / "record.json")


class Demos:
    """All demos of one state folder."""

    def __init__(self, state_root: Path) -> None:
        self._home = state_root / _HOME

    def make(self) -> tuple[DemoFolder, int]:
        """Make a folder; return it and the descriptor that holds its lock.

        UsageError where a folder cannot be made, or its name could not stand in a shell script.
        """
        if not _PLAIN.issuperset(str(self._home)):
            raise UsageError(
                _("Practice disks cannot lie in {path}: its name holds special characters.").format(
                    path=self._home.parent
                ),
                remedy=_("Name a folder of plain letters and digits with --state-dir DIR."),
            )
        try:
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._alone():
                # Scripts compare it with `pwd -P`.
                path = self._home.resolve() / secrets.token_hex(4)
                path.mkdir(mode=0o700)
                lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise UsageError(
                _("The practice folder {path} cannot be made: {reason}.").format(
                    path=self._home, reason=error.strerror
                ),
                remedy=_("Name a folder that you can write to with --state-dir DIR."),
            ) from error
        return DemoFolder(path), lock

    def clean(self) -> int:
        """Remove what demos left that were killed; return how many there were."""
        if not self._home.is_dir():
            return 0
        removed = 0
        with self._alone():
            for folder in self._folders():
                if not self._lives(folder):
                    remove(folder)
                    removed += 1
        return removed

    def kept(self) -> list[tuple[DemoFolder, Identity]]:
        """Return the demos that go on without their tool, and who serves each."""
        found = []
        for folder in self._folders():
            record = folder.read_record()
            if record.kept and record.server and record.server.lives:
                found.append((folder, record.server))
        return found

    def running(self) -> list[DemoFolder]:
        """Return the demos that can be entered, the one that began last first."""
        found = [f for f in self._folders() if f.answers.is_file() and self._lives(f)]
        return sorted(found, key=lambda folder: folder.answers.stat().st_mtime, reverse=True)

    def _folders(self) -> list[DemoFolder]:
        if not self._home.is_dir():
            return []
        return [
            DemoFolder(path) for path in sorted(self._home.resolve().iterdir()) if path.is_dir()
        ]

    def _lives(self, folder: DemoFolder) -> bool:
        try:
            lock = os.open(folder.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A child that the server was just starting may hold it a moment longer than the server.
            server = folder.read_record().server
            return server is None or server.lives
        finally:
            os.close(lock)
        return False

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody find a folder between its making and its lock."""
        lock = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def remove(folder: DemoFolder) -> None:
    """End what the record names, if it still is what it was, and remove the folder."""
    for member in folder.read_record().members:
        member.kill(signal.SIGKILL)
    shutil.rmtree(folder.path, ignore_errors=True)
