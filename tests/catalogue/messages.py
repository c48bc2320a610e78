"""messages: what is to be translated, in the order of the sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

from tests.catalogue.argparse_messages import MESSAGES
from tests.catalogue.places import PACKAGE

KEYWORDS = {"_": None, "N_": None}


def messages(package: Path = PACKAGE) -> tuple[str, ...]:
    """Return each message in `package` once, in the order of files and lines, argparse's last."""
    return tuple(dict.fromkeys([*_extracted(package), *MESSAGES]))


def _extracted(package: Path) -> Iterator[str]:
    for _path, _line, message, _comments, _context in extract_from_dir(
        package, method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        if not isinstance(message, str):
            raise TypeError(f"one message has one form: {message}")
        yield message
