"""unspoken: what the host scripts can say to a person that has no entry in `script_words`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from etcd_tui.plan.script_words import script_words
from tests.catalogue.places import PACKAGE

_SAID = re.compile(r"""(?:\bdie \d+|\becho) "((?:[^"\\$]|\\.|\$\((?:[^()]|\([^()]*\))*\)|\$)*)\"""")
_VALUE = re.compile(r"\$\{[^}]*\}|\$\((?:[^()]|\([^()]*\))*\)|\$\w+")
# Not told, but numbers or parts of a protocol.
_UNHEARD = re.compile(r"^(\*|\.|\* \*)$")


def said(folder: Path = PACKAGE / "plan" / "scripts") -> Iterator[tuple[str, int, str]]:
    """Yield file, line and words (`*` for a value) of all that the scripts print as an error."""
    for path in sorted(folder.glob("*.sh")):
        text = path.read_text("ascii")
        for number, line in enumerate(text.split("\n"), start=1):
            for found in _SAID.finditer(line):
                rest = line[found.end() :]
                if found[0].startswith("die") or rest.startswith(" >&2"):
                    words = shape(found[1])
                    if not _UNHEARD.match(words):
                        yield path.name, number, words


def shape(words: str) -> str:
    """Return words with `*` in place of each value that the shell fills in."""
    return _VALUE.sub("*", words)


def unspoken(folder: Path = PACKAGE / "plan" / "scripts") -> Iterator[str]:
    """Yield `file:line: what is wrong` for everything that would reach a person as it is."""
    for name, number, words in said(folder):
        if script_words(words) is None:
            yield f"etcd_tui/plan/scripts/{name}:{number}: {words!r} has no entry in script_words"
