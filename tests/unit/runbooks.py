"""A runbook as a program reads it: its blocks, by the first line of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^```sh ([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^cat >>? (\S+) <<'(EOF+)'\n(.*?)^\2$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """`hosts` is ("operator",) for the operator's machine; `condition` is what stands after if=."""

    hosts: tuple[str, ...]
    condition: str
    fails: bool
    undo: bool
    text: str

    @property
    def files(self) -> dict[str, str]:
        """The files that it writes in full: path to content."""
        return {path: text for path, _end, text in _FILE.findall(self.text)}


def blocks(document: str) -> list[Block]:
    """Every block of commands, in order."""
    return [_block(info.split(), text) for info, text in _BLOCK.findall(document)]


def _block(words: list[str], text: str) -> Block:
    where, *marks = words
    conditions = [mark.removeprefix("if=") for mark in marks if mark.startswith("if=")]
    assert {mark for mark in marks if not mark.startswith("if=")} <= {"fails", "undo"}
    return Block(
        tuple(where.removeprefix("host=").split(",")),
        conditions[0] if conditions else "",
        "fails" in marks,
        "undo" in marks,
        text,
    )
