"""Holder: the run that holds a host or a state folder, as one line that is kept there."""

from __future__ import annotations

import os
import pwd
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from etcd_tui.i18n import _

UNKNOWN = "unknown"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_UNSAFE = re.compile(r"[^A-Za-z0-9._@+-]")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is at work. All texts are printable ASCII without spaces.

    `run` is the ID of the run, `owner` is `user@machine`, `begun` is in seconds since the epoch by
    that machine's clock, `place` stands for that machine and its state folder (see `StateFolder`).
    """

    run: str
    verb: str = UNKNOWN
    owner: str = UNKNOWN
    pid: int = 0
    begun: int = 0
    place: str = ""

    @property
    def line(self) -> str:
        """The line; `parse` reads it."""
        begun = datetime.fromtimestamp(self.begun, UTC).strftime(_TIME)
        return (
            f"run={self.run} verb={self.verb} owner={self.owner} pid={self.pid} "
            f"begun={begun} place={self.place}"
        )

    @classmethod
    def parse(cls, line: str) -> Holder:
        """Read a line; what is missing or garbled in it is `unknown`, 0 or empty."""
        said = dict(word.partition("=")[::2] for word in line.split())
        try:
            begun = datetime.strptime(said.get("begun", ""), _TIME).replace(tzinfo=UTC)
        except ValueError:
            begun = datetime.fromtimestamp(0, UTC)
        pid = said.get("pid", "")
        return cls(
            run=_word(said.get("run", "")) or UNKNOWN,
            verb=_word(said.get("verb", "")) or UNKNOWN,
            owner=_word(said.get("owner", "")) or UNKNOWN,
            pid=int(pid) if re.fullmatch(r"[0-9]{1,9}", pid) else 0,
            begun=max(0, int(begun.timestamp())),
            place=_word(said.get("place", "")),
        )

    @classmethod
    def here(cls, run: str, verb: str, place: str) -> Holder:
        """Return this process as the holder."""
        owner = f"{_user()}@{os.uname().nodename}"
        return cls(run, verb, _word(owner), os.getpid(), int(time.time()), place)

    @property
    def age(self) -> str:
        """How long ago it began, in words."""
        return span(time.time() - self.begun) if self.begun else _("an unknown time")


def span(seconds: float) -> str:
    """Return a time span in words, in its largest unit; a negative one (of clocks apart) as 0 s."""
    whole = max(0, int(seconds))
    if whole < 120:
        return _("{n} s").format(n=whole)
    if whole < 7200:
        return _("{n} min").format(n=whole // 60)
    if whole < 172800:
        return _("{n} h").format(n=whole // 3600)
    return _("{n} days").format(n=whole // 86400)


def _user() -> str:
    """The login; behind sudo, who called it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return os.environ.get("SUDO_USER") or name


def _word(text: str) -> str:
    return _UNSAFE.sub("_", text)[:_LONGEST]
