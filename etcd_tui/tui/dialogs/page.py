"""PageDialog: the page of the lesson that is played on the practice hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.practice.lessons.page import Page


class PageDialog(Dialog[None]):
    """Shows the idea, what is played, and the steps of the way out with their commands."""

    def __init__(self, page: Page) -> None:
        self._page = page
        super().__init__(page.heading)

    def body(self) -> ComposeResult:
        """The text, the steps, and where in the wizard it goes on."""
        with VerticalScroll(can_focus=True):
            yield Words("\n\n".join(self._page.paragraphs))
            yield Words("\n" + self._how(), classes="quiet")
            for number, way in enumerate(self._page.ways, start=1):
                yield Words(f"\n{number}. {way.text}")
                yield Words(way.command, classes="command")

    def _how(self) -> str:
        if self._page.lesson.installed:
            return _(
                "See it: v proves the cluster and shows what fails. Then mend it with these "
                "commands, typed in another terminal; where they install again, Deploy does the "
                "same. Then press v again. Ctrl+L shows this page."
            )
        return _(
            "See it: go on to Preflight. Then mend it with these commands, typed in another "
            "terminal, check again, and go on here instead of the last one. Ctrl+L shows this page."
        )

    def buttons(self) -> ComposeResult:
        """Close."""
        yield Button(_("Close"), id="close", compact=True, variant="primary")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
