"""The last line of defence: no secret leaves through a log, a report or the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from etcd_tui.secret import Secret

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
# Shorter texts would blank out ordinary words; such a secret protects nothing anyway.
_SHORTEST = 4


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Return `text` with private keys and every one of `secrets` replaced by `***`."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub("***", text)
    values = {secret.reveal() for secret in secrets}
    # In a line of JSON a secret stands in JSON's own spelling.
    values |= {json.dumps(value, ensure_ascii=False)[1:-1] for value in values}
    # The longest first: one secret may be the beginning of another.
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    return text
