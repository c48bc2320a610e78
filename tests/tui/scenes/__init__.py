"""Scenes: every screen in every state, from fixed data; for snapshots, screenshots and looking."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot
from textual.widgets import DataTable

from etcd_tui.tui.app import WizardApp
from tests.tui.scripted import until


@dataclass(frozen=True, slots=True)
class Scene:
    """`make` builds the app; `act` brings it into the state. `picture`: name in screenshots/."""

    make: Callable[[], WizardApp]
    act: Callable[[Pilot[Any]], Awaitable[None]] | None = None
    picture: str = ""


def all_scenes() -> dict[str, Scene]:
    """Return every scene by its name, in the order of names."""
    found: dict[str, Scene] = {}
    for module in pkgutil.iter_modules(__path__):
        found.update(importlib.import_module(f"{__name__}.{module.name}").SCENES)
    return dict(sorted(found.items()))


async def settle(pilot: Pilot[Any], scene: Scene) -> None:
    """Bring the scene into its state and let the screen catch up."""
    await pilot.pause()
    if scene.act is not None:
        await scene.act(pilot)
    await drawn(pilot)


async def drawn(pilot: Pilot[Any]) -> None:
    """Draw all screens as the draft and the runs are, and wait until that is on the screen.

    A table measures its columns only when the app is idle, and is drawn too narrow until then.
    """
    for screen in pilot.app.screen_stack:
        if hasattr(screen, "refresh_all"):
            screen.refresh_all()
    await pilot.pause()
    await until(pilot, lambda: not _unmeasured(pilot))
    await pilot.pause()


def _unmeasured(pilot: Pilot[Any]) -> bool:
    tables = (table for screen in pilot.app.screen_stack for table in screen.query(DataTable))
    return any(table._require_update_dimensions or table._updated_cells for table in tables)
