"""Pictures of the screen: SVG in which wide characters stand where they belong, and PNG of it."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len, get_character_cell_size
from textual.app import App

_CELL = 12.2
_TEXT = re.compile(
    r'<text class="(?P<style>[^"]+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" '
    r'textLength="[\d.]+" clip-path="(?P<clip>[^"]+)">(?P<text>[^<\n]*)</text>'
)


def svg(app: App[object]) -> str:
    """Return the screen as SVG. Rich counts characters where terminals count cells (rich #2742)."""
    drawn = app.export_screenshot()
    # The prefix of the classes is a checksum of the picture: it would change every line.
    prefix = re.search(r"terminal-(\d+)-", drawn)
    if prefix:
        drawn = drawn.replace(f"terminal-{prefix[1]}-", "terminal-")
    return _TEXT.sub(_by_cells, drawn)


def _by_cells(found: re.Match[str]) -> str:
    text = html.unescape(found["text"])
    if cell_len(text) == len(text):
        return found[0]
    left = float(found["x"])
    parts = []
    for width, run in groupby(text, get_character_cell_size):
        piece = "".join(run)
        length = _CELL * width * len(piece)
        parts.append(
            f'<text class="{found["style"]}" x="{left:g}" y="{found["y"]}" '
            f'textLength="{length:g}" clip-path="{found["clip"]}">{html.escape(piece)}</text>'
        )
        left += length
    return "".join(parts)


def png(drawn: str, out: Path) -> None:
    """Render an SVG with rsvg-convert (Debian's librsvg2-bin), to look at it."""
    with tempfile.NamedTemporaryFile("w", suffix=".svg") as file:
        file.write(drawn)
        file.flush()
        subprocess.run(["rsvg-convert", file.name, "-o", str(out)], check=True)
