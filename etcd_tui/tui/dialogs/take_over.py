"""TakeOverDialog: the consent to take hosts that another run holds."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words


class TakeOverDialog(Dialog[str]):
    """Gives the ID of the run whose hosts are to be taken; None: leave them to it."""

    def __init__(self, run: str, holder: str) -> None:
        super().__init__(_("Take the hosts over from another run?"))
        self._run = run
        self._holder = holder

    def body(self) -> ComposeResult:
        """Whose run it is, and what becomes of it."""
        with VerticalScroll(can_focus=False):
            yield Words(self._holder)
            yield Words("")
            yield Words(
                _(
                    "If it is still at work, its next step fails, and what it had begun is half "
                    "done until the next install. Ask its owner first."
                )
            )

    def buttons(self) -> ComposeResult:
        """To leave them is the default."""
        yield Button(_("Leave them to it"), id="leave", compact=True, variant="primary")
        yield Button(_("It is dead: take over"), id="take", compact=True, variant="error")

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        self.dismiss(self._run if event.button.id == "take" else None)
