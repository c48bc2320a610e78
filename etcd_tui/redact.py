"""The last line of defence: no secret leaves through a log, a report or the screen."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote as url_quote

from etcd_tui.content.etcd_conf import TOKEN_PLACEHOLDER
from etcd_tui.secret import Secret

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
# etcd writes its settings into its journal, as words, as JSON, and as JSON within our own.
_TOKEN = re.compile(
    r"(initial[-_]cluster[-_]token(?:\\*[\"'])?(?:,\\*\"variable-value\\*\")?[\s:=]+(?:\\*[\"'])?)"
    rf"(?!{TOKEN_PLACEHOLDER}\b)[A-Za-z0-9._-]+",
    re.IGNORECASE,
)
# Shorter texts would blank out ordinary words; such a secret protects nothing anyway.
_SHORTEST = 4
_SHORTEST_CODED = 8


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Return `text` with private keys, cluster tokens and each of `secrets` replaced by `***`.

    A secret is also found as a word of a shell, in JSON, in a URL, in Python's own spelling, and
    in base64, of itself or of what holds it.
    """
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub("***", text)
    text = _TOKEN.sub(r"\1***", text)
    pattern = _pattern(frozenset(secrets))
    return text if pattern is None else pattern.sub("***", text)


@functools.lru_cache(maxsize=16)
def _pattern(secrets: frozenset[Secret]) -> re.Pattern[str] | None:
    spellings = {form for secret in secrets for form in _spellings(secret.reveal())}
    spelled = {form for form in spellings if len(form) >= _SHORTEST}
    # The longest first: one secret may be the beginning of another.
    words = sorted(spelled, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words))) if words else None


def _spellings(value: str) -> Iterator[str]:
    if len(value) < _SHORTEST:
        return
    # In a line of JSON a secret stands in JSON's own spelling.
    in_shell = value.replace("'", "'\"'\"'")
    for spelled in (
        value,
        in_shell,
        repr(value)[1:-1],
        url_quote(value, safe="", errors="replace"),
    ):
        yield spelled
        yield json.dumps(spelled, ensure_ascii=False)[1:-1]
    raw = value.encode("utf-8", "surrogateescape")
    for before in range(3):
        # Whole groups only: what stands beside it shares the first and the last.
        inner = raw[-before % 3 :] if before else raw
        coded = base64.b64encode(inner[: len(inner) // 3 * 3]).decode()
        if len(coded) >= _SHORTEST_CODED:
            yield coded
            yield coded.replace("+", "-").replace("/", "_")
