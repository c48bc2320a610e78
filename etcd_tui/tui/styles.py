"""Where the styles are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_FIRST = "app.tcss"


def style_paths() -> list[Path]:
    """Return the style files, `app.tcss` first; FileNotFoundError for a broken installation."""
    for folder in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (folder / _FIRST).is_file():
            rest = sorted(path for path in folder.glob("*.tcss") if path.name != _FIRST)
            return [folder / _FIRST, *rest]
    raise FileNotFoundError(_FIRST)
