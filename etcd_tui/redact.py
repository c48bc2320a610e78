"""The last line of defence: no secret leaves through a log, a report or the screen."""

from __future__ import annotations

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
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST and value in text:
            text = text.replace(value, "***")
    return text
