"""folded: text as Chinese input methods and word processors make it, in ASCII punctuation."""

from __future__ import annotations

import re

# U+FF01 to U+FF5E are the printable ASCII characters in the width of a Chinese character.
_FOLDED = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | str.maketrans(
    {
        "。": ".", "｡": ".", "、": ",", "､": ",", "〜": "~",
        "【": "[", "】": "]", "〔": "[", "〕": "]",
        "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "「": '"', "」": '"',
        "‐": "-", "‑": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "\ufeff": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\xad": "",
    }
)  # fmt: skip
_BREAK = re.compile(r"\r\n|\n|\r")


def folded(text: str) -> str:
    """Return `text` with ASCII punctuation, without invisible characters; line breaks are kept."""
    return text.translate(_FOLDED)


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` as editors count them."""
    return _BREAK.split(text)
