"""shown: a text from outside, made harmless and short enough for a message."""

from __future__ import annotations

_LONGEST = 60


def shown(text: str) -> str:
    """Return `text` in double quotes: unprintable characters escaped, cut after 60 characters.

    Control characters, line breaks and the marks that turn the direction of writing are all
    unprintable to `str.isprintable`, so a hostile value cannot forge a line or hide its end.
    """
    cut = text[:_LONGEST]
    harmless = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in cut
    )
    return f'"{harmless}{"…" if len(text) > _LONGEST else ""}"'
