"""Dialog: the frame of all dialogs: a title, a body, buttons; Escape gives back nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen

from etcd_tui.i18n import N_
from etcd_tui.tui.widgets.key_bar import KeyBar
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A subclass makes `body` and `buttons`, and dismisses with its answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("Close"), id="dialog.cancel"),
    ]

    if TYPE_CHECKING:
        app: WizardApp

    def __init__(self, title: str) -> None:
        super().__init__(classes="dialog")
        self.heading = title

    def compose(self) -> ComposeResult:
        """Make the frame around the body."""
        with Vertical(classes="dialog-frame"):
            yield Words(self.heading, classes="dialog-title")
            with Vertical(classes="dialog-body"):
                yield from self.body()
            with Horizontal(classes="dialog-buttons"):
                yield from self.buttons()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """Make what is between the title and the buttons."""
        yield from ()

    def buttons(self) -> ComposeResult:
        """Make the buttons."""
        yield from ()

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
