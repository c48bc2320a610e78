"""cells: text measured and wrapped in terminal cells; wide characters take two."""

from __future__ import annotations

import re
import unicodedata

_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
)
_OPENING = "（「『【《〈［｛"
_CLOSING = "，。、；：？！）」』】》〉］｝"
# A line may break at blanks and beside each wide character, but never before closing punctuation.
_PIECE = re.compile(rf"\s*[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)?[{_CLOSING}]*")


def cells(text: str) -> int:
    """Return how many cells a terminal needs for `text`."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrap(text: str, width: int) -> list[str]:
    """Break `text` into lines of at most `width` cells; what cannot be broken stays whole."""
    lines: list[str] = []
    for piece in filter(None, _PIECE.findall(text.rstrip())):
        if lines and cells(lines[-1] + piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return lines
