"""SaveDialog: where to write the answers file; never over another file without being told so."""

from __future__ import annotations

import os
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input

from etcd_tui.i18n import _
from etcd_tui.spec.writer import dump
from etcd_tui.state_folder import write_private
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.toggles import Tick
from etcd_tui.tui.widgets.words import Words


class SaveDialog(Dialog[Path]):
    """Writes the answers of the draft, or the text it was given, and gives back where."""

    def __init__(self, text: str | None = None, name: str = "", title: str = "") -> None:
        super().__init__(title or _("Save the answers file"))
        self._text = text
        self._name = name

    def body(self) -> ComposeResult:
        """The path, and consent to write over a file."""
        name = self._name or f"{self.app.draft.spec.cluster.name or 'cluster'}.yaml"
        yield Words(_("Path of the file:"))
        yield Input(str(self.app.draft.base / name), id="path")
        yield Tick(_("Write over a file that is there"), id="over", compact=True)
        yield Words("", id="wrong", classes="field-problem")
        if self._text is None:
            text = _("Secrets are not written: whoever replays the file is asked for them.")
            yield Words(text, classes="quiet")

    def buttons(self) -> ComposeResult:
        """Save or not."""
        yield Button(_("Save"), id="save", compact=True, variant="primary")
        yield Button(_("Close"), id="close", compact=True)

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        text = self._text
        if text is None:
            errors = self.app.draft.errors
            if errors:
                what = _("The answers still have problems: {key}: {what}")
                self._wrong(what.format(key=errors[0].key, what=errors[0].what))
                return
            text = dump(self.app.draft.spec)
        typed = self.query_one("#path", Input).value.strip()
        path = Path(os.path.abspath(Path(typed).expanduser()))  # noqa: PTH100 - links stay
        if path.exists() and not self.query_one("#over", Tick).value:
            self._wrong(_("{path} is there already.").format(path=path))
            return
        try:
            write_private(path, text.encode())
        except OSError as error:
            text = _("{path} cannot be written: {reason}.")
            self._wrong(text.format(path=path, reason=error.strerror))
            return
        self.app.notify(_("Saved: {path}").format(path=path))
        self.dismiss(path)

    def _wrong(self, text: str) -> None:
        self.query_one("#wrong", Words).say(f"{self.app.glyphs.problem} {text}")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
