"""faults: what is wrong with one translation, seen beside its message."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# What stays as it is in every language, because people type it or programs read it.
_KEPT = re.compile(
    r"`[^`]+`"
    r"|ETCD_\w+"
    r"|--[a-z][a-z-]+"
    r"|(?<![\w.<])~?/[A-Za-z][\w./*{}-]*[\w*}]"
    r"|\b(?!e\.g\b)\w+(?:\.\w+)+"
    r"|\b\d+\b"
)
_PERCENT = re.compile(r"%(?:\(\w+\))?[srd%]")
_ENDS = {"。": ".", "？": "?", "！": "!", "：": ":", "；": ";", "，": ","}
_TIGHT = re.compile(f"[{HAN}][A-Za-z0-9]|[A-Za-z0-9%][{HAN}]")
_NARROW = re.compile(f"[{HAN}][,;:.!?(]")
# argparse puts a blank after it, which a wide colon already has in it.
NARROW_ALLOWED = frozenset({"usage: "})


def faults(message: str, translation: str) -> Iterator[str]:
    """Yield each fault as a few words; none for a pair that may stay."""
    if not translation.strip():
        yield "no translation"
        return
    if fields(message) != fields(translation):
        yield f"placeholders: {fields(message)} here, {fields(translation)} there"
    if sorted(_PERCENT.findall(message)) != sorted(_PERCENT.findall(translation)):
        yield "percent placeholders differ"
    for part, cut in (("leading", str.lstrip), ("trailing", str.rstrip)):
        if len(message) - len(cut(message)) != len(translation) - len(cut(translation)):
            yield f"{part} blanks differ"
    if ending(message) != ending(translation):
        yield f"ends like {ending(message)!r} here, like {ending(translation)!r} there"
    for word in sorted(set(_KEPT.findall(message)) - set(_KEPT.findall(translation))):
        if word not in translation:
            yield f"{word} is lost"
    if found := _TIGHT.search(translation):
        yield f"no blank between Chinese and Latin: {found.group()}"
    if message not in NARROW_ALLOWED and (found := _NARROW.search(translation)):
        yield f"narrow punctuation after Chinese: {found.group()}"


def fields(text: str) -> list[tuple[str, str, str]]:
    """Return name, conversion and format of each placeholder, sorted; places may differ."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        # Braces that are never filled in stay literally.
        return [(brace, "", "") for brace in sorted(re.findall(r"[{}]", text))]
    return sorted(
        (name, conversion or "", form or "")
        for _text, name, form, conversion in parts
        if name is not None
    )


def ending(text: str) -> str:
    """Return how a text ends: with `.`, `?`, `!`, `:`, `;`, `,`, or empty for anything else."""
    last = text.rstrip()[-1:]
    last = _ENDS.get(last, last)
    return last if last in ".?!:;," else ""
