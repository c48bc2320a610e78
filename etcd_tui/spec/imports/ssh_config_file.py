"""read_ssh_config: an ssh_config file with the files that it includes, as directives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from etcd_tui.i18n import _
from etcd_tui.spec.imports.imported import MAX_CHARACTERS, MAX_LINE, excerpt
from etcd_tui.spec.shown import shown

ReadIncluded = Callable[[str], Sequence[str]]
"""Gets a pattern (glob(7)), absolute or beginning with `~`; gives the files' texts in order."""

KEYWORDS = frozenset(
    {"host", "match", "include", "hostname", "user", "port", "identityfile", "proxyjump",
     "proxycommand"}
)  # fmt: skip
"""Those that are kept. All others are passed over; nothing here checks them."""
MAX_DEPTH = 16
"""As OpenSSH has it (readconf.c, READCONF_MAX_DEPTH)."""
MAX_FILES = 200

_KEYWORD = re.compile(r"\"?([A-Za-z0-9]+)\"?(?:[ \t]*=[ \t]*|[ \t]+)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Directive:
    """One line; `keyword` in lower case. `line` is the line in the outermost file.

    Of `ProxyCommand` the only argument is the whole rest of the line. `included` are the files
    of an `Include`.
    """

    keyword: str
    arguments: tuple[str, ...]
    line: int
    included: tuple[tuple[Directive, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class SshConfigFile:
    """The directives in their order, and sentences about what could not be read."""

    directives: tuple[Directive, ...]
    notes: tuple[str, ...]


def read_ssh_config(text: str, read: ReadIncluded | None = None) -> SshConfigFile:
    """Take `text` apart as ssh_config(5) has it.

    `read` gives the files of an `Include`; relative patterns arrive as `~/.ssh/PATTERN`, as for
    every file of a user. Without it, includes are passed over with a note. Never raises.
    """
    reader = _Reader(read, MAX_CHARACTERS)
    directives = reader.file(text, 0, 0)
    return SshConfigFile(directives, tuple(dict.fromkeys(reader.notes)))


@dataclass(slots=True)
class _Reader:
    read: ReadIncluded | None
    room: int
    """Characters that may still be read, of all files together."""
    files: int = 0
    notes: list[str] = field(default_factory=list)

    def file(self, text: str, depth: int, outer_line: int) -> tuple[Directive, ...]:
        self.files += 1
        self.room -= len(text)
        if self.room < 0 or self.files > MAX_FILES:
            self.notes.append(
                _("The file and what it includes are too large; a part was not read.")
            )
            return ()
        directives = []
        for number, line in enumerate(text.split("\n"), start=1):
            directive = self._directive(line, outer_line or number, depth)
            if directive is not None:
                directives.append(directive)
        return tuple(directives)

    def _directive(self, line: str, number: int, depth: int) -> Directive | None:
        line = line.strip(" \t\r\f")
        match = _KEYWORD.match(line)
        keyword = match[1].lower() if match else ""
        if match is None or keyword not in KEYWORDS:
            return None
        if len(line) > MAX_LINE:
            what = _("Line {line} is too long and was passed over.")
            self.notes.append(what.format(line=number))
            return None
        if keyword == "proxycommand":
            return Directive(keyword, (match[2],), number)
        arguments = split_arguments(match[2])
        if arguments is None:
            what = _("Line {line}, {text}, has quotes that are not closed; ssh refuses the file.")
            self.notes.append(what.format(line=number, text=shown(excerpt(line))))
            return None
        if keyword == "include":
            return self._include(arguments, number, depth)
        return Directive(keyword, arguments, number) if arguments else None

    def _include(self, arguments: tuple[str, ...], number: int, depth: int) -> Directive:
        included: list[tuple[Directive, ...]] = []
        for argument in arguments:
            pattern = argument if argument.startswith(("/", "~")) else f"~/.ssh/{argument}"
            if self.read is None or depth >= MAX_DEPTH or self.files >= MAX_FILES:
                what = _("Include {pattern} in line {line} was not followed.")
                self.notes.append(what.format(pattern=shown(argument), line=number))
                continue
            included += [self.file(text, depth + 1, number) for text in self.read(pattern)]
        return Directive("include", arguments, number, tuple(included))


def split_arguments(text: str) -> tuple[str, ...] | None:
    """Split the rest of a line into arguments (misc.c, argv_split); None for an open quote."""
    arguments: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
            continue
        if text[at] == "#":
            break
        argument, at = _argument(text, at)
        if argument is None:
            return None
        arguments.append(argument)
    return tuple(arguments)


def _argument(text: str, at: int) -> tuple[str | None, int]:
    """Return the argument that begins at `at`, and where it ends."""
    quote = ""
    taken: list[str] = []
    while at < len(text):
        char = text[at]
        following = text[at + 1 : at + 2]
        if (
            char == "\\"
            and following
            and (following in "'\"\\" or (following == " " and not quote))
        ):
            taken.append(following)
            at += 1
        elif not quote and char in " \t":
            break
        elif not quote and char in "\"'":
            quote = char
        elif char == quote:
            quote = ""
        else:
            taken.append(char)
        at += 1
    return (None if quote else "".join(taken)), at
