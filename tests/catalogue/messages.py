"""messages: what is to be translated, in the order of the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.catalogue.argparse_messages import MESSAGES
from tests.catalogue.places import PACKAGE

MARKS = frozenset({"_", "N_"})


def messages(package: Path = PACKAGE) -> tuple[str, ...]:
    """Return each message in `package` once, in the order of files and lines, argparse's last."""
    found: dict[str, None] = {}
    for path in sorted(package.rglob("*.py")):
        # Not Babel's own extractor: before Python 3.12 it does not look into f-strings.
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= dict.fromkeys(text for _place, text in sorted(_marked(tree)))
    return tuple(dict.fromkeys([*found, *MESSAGES]))


def _marked(tree: ast.Module) -> Iterator[tuple[tuple[int, int], str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=mark), args=[ast.Constant(value=str(text)), *_]):
                if mark in MARKS and text:
                    yield (node.lineno, node.col_offset), text
