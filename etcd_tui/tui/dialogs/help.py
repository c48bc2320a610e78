"""HelpDialog: every key of the screen, and where to find the rest."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words


class HelpDialog(Dialog[None]):
    """Lists the bindings that are active on `screen`, the screen's own first."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__(_("Keys"))
        self._rows = [
            (self.app.get_key_display(binding), _(binding.description))
            for _node, binding, enabled, _tooltip in screen.active_bindings.values()
            if binding.description and enabled and not binding.system
        ]

    def body(self) -> ComposeResult:
        """One line a key."""
        with VerticalScroll(can_focus=True):
            seen = set()
            for key, description in self._rows:
                if description in seen and key == "?":
                    continue
                seen.add(description)
                yield Words(Content.assemble((f"{key:<14}", "$accent"), description))
            yield Words("")
            yield Words(_("Tab and Shift+Tab go from field to field, Enter presses a button."))
            yield Words(_("To select text with the mouse, hold Shift (in some terminals Option)."))

    def buttons(self) -> ComposeResult:
        """Close."""
        yield Button(_("Close"), id="close", compact=True, variant="primary")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
