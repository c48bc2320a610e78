"""Outcome: how a verb ended well."""

from __future__ import annotations

from dataclasses import dataclass

from etcd_tui.errors import Exit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb returns. `changed` counts actions."""

    exit: Exit = Exit.DONE
    changed: int = 0
