"""Imported: the hosts that an import found, what it did not understand, and what to know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from etcd_tui.i18n import _
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

MAX_CHARACTERS = 1 << 18
"""Longer texts are not read at all; a list of hosts has some hundred characters."""
MAX_LINE = 4000
"""Longer lines are not taken to pieces."""
MAX_REJECTED = 200
"""An import stops after so many: the text is something else."""

# Ends at the value; what follows is a secret, or may be one.
_ASSIGNED = re.compile(
    r"([\w.-]*(?:pass|pwd|secret|token|密码|口令)[\w.-]*[\"']?\s*[=:：＝]\s*)(?:\"[^\"]*\"?|'[^']*'?|\S+)",
    re.IGNORECASE,
)
_BEFORE_AT = re.compile(r"(?<![^\s/,;=])([\w.-]{1,64}):[^\s@]{1,200}@")


@dataclass(frozen=True, slots=True)
class ImportedHost:
    """What one import says about one host; empty and 0 mean: it says nothing about that."""

    name: str = ""
    """A member's name as `names.label` accepts it."""
    address: str = ""
    """An IP address that a member can have, in its normal form."""
    host: str = ""
    """What SSH connects to where that is not `address`: a DNS name, or an address."""
    user: str = ""
    port: int = 0
    private_key: tuple[str, ...] = ()
    """Paths on the operator's machine as they were written; `~` is kept."""
    jump: tuple[str, ...] = ()
    """Jump hosts in the order of travel, each `[user@]host[:port]`."""
    line: int = 0
    """Where the host stands in the text, from 1."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One piece of the text that became no host.

    `text` is an excerpt for the screen, without control characters and without passwords; `what`
    says why it was not accepted, `fix` what to write instead, both whole sentences.
    """

    line: int
    text: str
    what: str
    fix: str

    @classmethod
    def of(cls, line: int, text: str, refused: Refused) -> Self:
        """Make it of what a validator said about `text`."""
        return cls(line, excerpt(text), refused.what, refused.fix)


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of one import. `notes` are sentences about what was left out or assumed."""

    hosts: tuple[ImportedHost, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()

    def also(self, rejected: Iterable[Rejected] = (), notes: Iterable[str] = ()) -> Imported:
        """Return the same with more rejected pieces, in the order of lines, and more notes."""
        both = sorted((*self.rejected, *rejected), key=lambda item: item.line)
        return Imported(self.hosts, tuple(both), tuple(dict.fromkeys((*self.notes, *notes))))


def excerpt(text: str) -> str:
    """Return the beginning of `text`, harmless to a terminal; passwords in it become `***`."""
    # Cut first, for time; generously, so that no half of a password stays at the end unseen.
    piece = " ".join(text[:1000].split())
    piece = _ASSIGNED.sub(r"\1***", piece)
    return shown(_BEFORE_AT.sub(r"\1:***@", piece))[1:-1]


def too_long(text: str) -> Rejected | None:
    """Return why `text` is not read at all; None if it is short enough."""
    if len(text) <= MAX_CHARACTERS:
        return None
    return Rejected(
        1,
        "",
        _("The text is longer than 256 KiB."),
        _("Take only the part with the hosts of the cluster."),
    )


def check_line(line: str) -> None:
    """Refuse a line that is too long to be taken to pieces."""
    if len(line) > MAX_LINE:
        raise Refused(
            _("The line has more than {limit} characters.").format(limit=MAX_LINE),
            _("Write one host a line."),
        )
