"""in_browser: whether this process draws for a tab of a browser and not for a terminal."""

from __future__ import annotations

import os

_DRIVER = "textual.drivers.web_driver:WebDriver"


def in_browser() -> bool:
    """Whether textual-serve has started this process."""
    return os.environ.get("TEXTUAL_DRIVER") == _DRIVER
