"""OpenDialog: which file to open."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words


class OpenDialog(Dialog[Path]):
    """Gives back the absolute path of a file that is there."""

    def __init__(self, title: str = "") -> None:
        super().__init__(title or _("Open an answers file"))

    def body(self) -> ComposeResult:
        """The path, and what is wrong with it."""
        yield Words(_("Path of the file:"))
        yield Input(id="path")
        yield Words("", id="wrong", classes="field-problem")

    def buttons(self) -> ComposeResult:
        """Open or not."""
        yield Button(_("Open"), id="open", compact=True, variant="primary")
        yield Button(_("Close"), id="close", compact=True)

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#open")
    def _open(self) -> None:
        typed = self.query_one("#path", Input).value.strip()
        path = (self.app.draft.base / Path(typed).expanduser()).absolute()
        if typed and path.is_file():
            self.dismiss(path)
            return
        text = _("There is no file {path}.").format(path=typed or ".")
        self.query_one("#wrong", Words).say(f"{self.app.glyphs.problem} {text}")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
