"""Every scene of the wizard, at both sizes and in both languages, as it was agreed to look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from etcd_tui.i18n import set_language
from tests.tui.scenes import all_scenes, settle

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SCENES = all_scenes()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("name", list(SCENES))
def test_the_screen_looks_as_agreed(
    snap_compare: Callable[..., bool], name: str, size: str, language: str
) -> None:
    set_language(language)
    scene = SCENES[name]

    async def act(pilot: Pilot[Any]) -> None:
        await settle(pilot, scene)

    assert snap_compare(scene.make(), terminal_size=SIZES[size], run_before=act)


@pytest.mark.fault(
    57,
    injected="every screen at 1 by 1, 20 by 5, 40 by 12, 200 by 60, and back",
    seen="no screen fails",
)
@pytest.mark.parametrize("name", list(SCENES))
async def test_no_size_is_too_small_or_too_large(name: str) -> None:
    scene = SCENES[name]
    app = scene.make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, scene)
        for size in ((1, 1), (200, 60), (20, 5), (79, 23), (40, 12), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert app.is_running
