"""QuitDialog: leaving while a run is under way: go on, stop after the running steps, or look."""

from __future__ import annotations

from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.run_view import RunView
from etcd_tui.tui.widgets.words import Words

Choice = Literal["stop", "show"]


class QuitDialog(Dialog[Choice]):
    """Gives `stop`, `show` (go to where the half-done work is seen), or None: keep running."""

    def __init__(self, view: RunView, *, changing: bool) -> None:
        super().__init__(_("A run is under way"))
        self._view = view
        self._changing = changing

    def body(self) -> ComposeResult:
        """What stopping means, and what each host is doing now."""
        with VerticalScroll(can_focus=False):
            if self._changing:
                yield Words(
                    _(
                        "Stopping lets the steps end that are running now and begins nothing new. "
                        "Run it again later: it looks at the hosts first and goes on from there."
                    )
                )
            else:
                yield Words(_("Nothing is being changed on the hosts; stopping is harmless."))
            yield Words("")
            for card in self._view.cards.values():
                if card.state == "working":
                    step = _("{host}: step {n} of {all}: {title}")
                    yield Words(
                        step.format(host=card.host, n=card.number, all=card.of, title=card.doing)
                    )

    def buttons(self) -> ComposeResult:
        """Keep running is the default."""
        yield Button(_("Keep running"), id="keep", compact=True, variant="primary")
        yield Button(_("Stop after the running steps"), id="stop", compact=True, variant="warning")
        yield Button(_("Show what is half done"), id="show", compact=True)

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        answers: dict[str, Choice] = {"stop": "stop", "show": "show"}
        self.dismiss(answers.get(event.button.id or ""))
