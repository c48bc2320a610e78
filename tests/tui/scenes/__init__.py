"""Scenes: every screen in every state, from fixed data; for snapshots, screenshots and looking."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from etcd_tui.tui.app import WizardApp


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
    for screen in pilot.app.screen_stack:
        if hasattr(screen, "refresh_all"):
            screen.refresh_all()
    await pilot.pause()
