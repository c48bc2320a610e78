"""Marks: the tool's own signs, for a terminal and for one that has ASCII only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """State is always a word or a sign, never colour alone."""

    good: str = "✓"
    bad: str = "✗"
    warn: str = "!"
    arrow: str = "→"


SIGNS = Marks()
ASCII_MARKS = Marks("ok", "FAIL", "!", "->")
