"""Lesson: one short explanation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lesson:
    """A title and a text; paragraphs are parted by an empty line.

    `more` names lessons that lead on (keys of `guide_text`).
    """

    title: str
    text: str
    more: tuple[str, ...] = ()
