"""`python -m tests.tui.look SCENE [80x24] [en|zh] [FILE.png|svg]`: a scene as text or picture."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from etcd_tui.i18n import set_language
from tests.tui.picture import png, svg
from tests.tui.scenes import all_scenes, settle


async def _look(name: str, size: str, language: str, out: str) -> None:
    set_language(language)
    scene = all_scenes()[name]
    app = scene.make()
    width, height = map(int, size.split("x"))
    async with app.run_test(size=(width, height), notifications=True) as pilot:
        await settle(pilot, scene)
        strips = app.screen._compositor.render_strips()
        sys.stdout.write("\n".join(strip.text.rstrip() for strip in strips) + "\n")
        if out.endswith(".svg"):
            Path(out).write_text(svg(app))
        elif out:
            png(svg(app), Path(out))


if __name__ == "__main__":
    words = sys.argv[1:]
    if not words or words[0] not in all_scenes():
        sys.exit(f"scenes: {', '.join(all_scenes())}")
    defaults = ["", "80x24", "en", ""]
    asyncio.run(_look(*[*words, *defaults[len(words) :]]))
