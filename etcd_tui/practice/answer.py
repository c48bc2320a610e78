"""Answer: what a command prints on a practice host, and the status it ends with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Exit status and both streams. `more`: output that comes as it happens, without an end."""

    status: int
    out: bytes = b""
    err: bytes = b""
    more: AsyncIterator[bytes] | None = None


def said(text: str, status: int = 0) -> Answer:
    """Answer with text on standard output; empty text prints nothing."""
    return Answer(status, f"{text}\n".encode() if text else b"")


def refused(text: str, status: int = 1) -> Answer:
    """Answer with text on standard error."""
    return Answer(status, err=f"{text}\n".encode())


def unknown(what: str) -> Answer:
    """Answer a call that practice hosts do not act on: said, never passed over."""
    return refused(f"a practice host does not know: {what}")
