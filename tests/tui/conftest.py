"""What tests of the wizard share: a still terminal, and an app whose runs are scripts of events."""

from __future__ import annotations

import os

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when textual is imported

from collections.abc import Iterator

import pytest
from textual.widgets import Input, TextArea

from etcd_tui.i18n import set_language


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No blinking cursor, no colours or language from the machine's environment."""
    for name in ("NO_COLOR", "LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _self: None)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda _self: None)
    set_language("en")
    yield
    set_language("en")
