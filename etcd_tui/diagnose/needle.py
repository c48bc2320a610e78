"""needle: the longest text that must stand in whatever a pattern matches.

`in` is a hundred times faster than a search, and a member that waits writes thousands of lines;
so each pattern is tried only where its needle is.
"""

from __future__ import annotations

import re

_BREAK = "\0"
_ESCAPED = re.compile(r"\\(\W)")
_SETS = re.compile(r"\\[A-Za-z]|\[\^?\]?[^\]]*\]")
_INNERMOST = re.compile(r"\((\?:|\?P<\w+>|\?[=!]|\?<[=!])?([^()]*)\)([?*+{]?)")
_LOOSE = re.compile(r".\{[^}]*\}|.[?*]\??|[.^$+]")
_HIDDEN = 0xE000


def needle(pattern: str) -> str:
    """Return a text that every match of `pattern` contains; empty where none is sure.

    Knows the constructs of the table: sets, groups, alternatives, repetition, lookarounds.
    """
    # Escaped signs are letters here: hidden in the private area until the structure is gone.
    flat = _ESCAPED.sub(lambda match: chr(_HIDDEN + ord(match[1])), pattern)
    flat = _SETS.sub(".", flat)
    while True:
        flat, count = _INNERMOST.subn(_opened, flat)
        if not count:
            break
    if "|" in flat:
        return ""
    longest = max(re.split(_BREAK, _LOOSE.sub(_BREAK, flat)), key=len)
    return "".join(chr(ord(char) - _HIDDEN) if ord(char) >= _HIDDEN else char for char in longest)


def _opened(match: re.Match[str]) -> str:
    kind, inside, repeated = match[1] or "", match[2], match[3]
    if kind[1:2] in ("=", "!", "<") or "|" in inside or repeated:
        return "." + repeated
    return inside
