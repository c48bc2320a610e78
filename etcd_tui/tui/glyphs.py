"""The signs of the wizard, each with its ASCII form. A sign never stands without a word near it."""

from __future__ import annotations

from dataclasses import dataclass, field

from etcd_tui.marks import ASCII_MARKS, Marks


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Signs one cell wide in every font that shows Chinese or ASCII."""

    todo: str = "○"
    running: str = "●"
    done: str = "✓"
    problem: str = "✗"
    warning: str = "!"
    stale: str = "↻"
    unknown: str = "?"
    arrow: str = "→"
    next: str = "›"
    bar: str = "█"
    track: str = "░"
    rule: str = "─"
    leader: str = "★"
    spinner: str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
    marks: Marks = field(default_factory=Marks)


ASCII_GLYPHS = Glyphs(
    todo="-",
    running="*",
    done="v",
    problem="x",
    warning="!",
    stale="~",
    arrow=">",
    next=">",
    bar="#",
    track=".",
    rule="-",
    leader="*",
    spinner="|/-\\",
    marks=ASCII_MARKS,
)
