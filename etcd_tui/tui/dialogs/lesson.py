"""LessonDialog: What is this? One idea in a few sentences, with the ways that lead on from it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.teach.guide import guide_text
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words


class LessonDialog(Dialog[None]):
    """Shows the lesson `key`, and below it `commands` that a person would type, if any."""

    def __init__(self, key: str, commands: tuple[str, ...] = ()) -> None:
        self._lesson = guide_text(key)
        self._commands = commands
        super().__init__(self._lesson.title)

    def body(self) -> ComposeResult:
        """The text, the commands."""
        with VerticalScroll(can_focus=True):
            yield Words(self._lesson.text)
            if self._commands:
                yield Words("\n" + _("By hand:"), classes="quiet")
                for command in self._commands:
                    yield Words(command, classes="command")

    def buttons(self) -> ComposeResult:
        """Close, and one button for each lesson that leads on."""
        yield Button(_("Close"), id="close", compact=True, variant="primary")
        for key in self._lesson.more:
            yield Button(guide_text(key).title, name=key, classes="more", compact=True)

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, ".more")
    def _more(self, event: Button.Pressed) -> None:
        self.app.push_screen(LessonDialog(event.button.name or ""))
