"""Refused: why one typed value is not accepted, and what to write instead."""

from __future__ import annotations


class Refused(ValueError):
    """`what` and `fix` are whole sentences in the user's language; no value is echoed raw."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
