"""Sanitise: makes text of what a host printed, safe for screens, logs and parsers."""

from __future__ import annotations

import re

LIMIT = 1024 * 1024
LINE_LIMIT = 4096
_CUT = "…"

# ESC sequences are taken out whole, so that no stray "[31m" stays behind: OSC, DCS, SOS, PM and
# APC up to their end (or the end of their line), CSI, and the short ones.
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
# C0 but \t and \n, DEL, C1, and what changes the order or hides between letters: bidi controls
# (CVE-2021-42574), zero-width characters, line and paragraph separators, tags, surrogates, fillers.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def text(data: bytes | str, limit: int = LIMIT, line_limit: int = LINE_LIMIT) -> str:
    """Return `data` as text with only printable characters, tabs and newlines in it.

    Undecodable bytes and control characters become U+FFFD, escape sequences are taken out, `\\r\\n`
    and `\\r` become newlines. Lines longer than `line_limit` and text longer than `limit`
    characters are cut and end in `…`; what is returned is never longer than `limit`.
    """
    # Nothing beyond this can reach the result, so a flood costs no more than this.
    most = 8 * limit + line_limit
    cut = len(data) > most
    data = data[:most]
    raw = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    clean = _ESCAPES.sub("", raw).replace("\r\n", "\n").replace("\r", "\n")
    clean = _UNSAFE.sub("\ufffd", clean)
    lines = clean.split("\n")
    clean = "\n".join(
        line if len(line) <= line_limit else line[: line_limit - 1] + _CUT for line in lines
    )
    if len(clean) > limit or cut:
        return clean[: max(0, limit - 1)] + _CUT[:limit]
    return clean
