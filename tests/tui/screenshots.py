"""`python -m tests.tui.screenshots [--check]`: every picture in screenshots/, from fixed data.

`--check` compares instead of writing, and exits with 1 if a picture is missing, old or superfluous.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.widgets import Input, TextArea

from etcd_tui.i18n import set_language
from tests.tui.picture import svg
from tests.tui.scenes import Scene, all_scenes, settle

FOLDER = Path(__file__).parents[2] / "screenshots"
LANGUAGES = ("en", "zh")
SIZE = (100, 30)


async def picture(scene: Scene, language: str) -> str:
    """Return a scene as SVG."""
    set_language(language)
    app = scene.make()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settle(pilot, scene)
        return svg(app)


def pictures() -> dict[str, str]:
    """Return every picture by its file's name."""
    drawn = {}
    for scene in all_scenes().values():
        for language in LANGUAGES:
            if scene.picture:
                name = f"{scene.picture}.{language}.svg"
                drawn[name] = asyncio.run(picture(scene, language))
    return drawn


def _still() -> None:
    Input._toggle_cursor = lambda _self: None  # type: ignore[method-assign]
    TextArea._toggle_cursor_blink_visible = lambda _self: None  # type: ignore[method-assign]
    for name in ("NO_COLOR", "LANG", "LC_ALL"):
        os.environ.pop(name, None)


def main(arguments: list[str]) -> int:
    """Write the pictures, or compare them."""
    _still()
    drawn = pictures()
    there = {path.name: path for path in FOLDER.glob("*.svg")}
    if "--check" in arguments:
        old = [n for n, text in drawn.items() if n not in there or there[n].read_text() != text]
        old += sorted(set(there) - set(drawn))
        for name in old:
            sys.stderr.write(f"not current: screenshots/{name}\n")
        return 1 if old else 0
    FOLDER.mkdir(exist_ok=True)
    for path in there.values():
        path.unlink()
    for name, text in drawn.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
