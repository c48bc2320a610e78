"""WizardScreen: the frame of every step: stepper, body, one line of message, Back and Next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button

from etcd_tui.i18n import N_, _
from etcd_tui.tui.steps import KEYS
from etcd_tui.tui.widgets.key_bar import KeyBar
from etcd_tui.tui.widgets.stepper import Stepper
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp


class WizardScreen(Screen[None]):
    """One step. A subclass sets `key`, makes its `body`, and redraws itself in `sync`.

    The draft and the runs are the truth; a screen only shows them, and writes what is typed into
    the draft at once. `sync` is called when the screen appears, when the draft has changed
    elsewhere, and a few times a second while events arrive.
    """

    key: ClassVar[str] = ""
    lesson: ClassVar[str] = ""
    """What "What is this?" explains here; empty: as the step's key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "next", N_("Next"), id="wizard.next"),
        Binding("f7", "back", N_("Back"), id="wizard.back"),
        Binding("f1", "help", N_("Help"), id="wizard.help"),
        Binding("question_mark", "help", N_("Help"), show=False, id="wizard.help.mark"),
        Binding("f2", "explain", N_("What is this?"), id="wizard.explain", show=False),
    ]

    if TYPE_CHECKING:
        app: WizardApp

    def compose(self) -> ComposeResult:
        """Make the frame around the body."""
        yield Stepper(self.key)
        with Vertical(id="body"):
            yield from self.body()
        yield Words(id="message")
        with Horizontal(id="nav"):
            yield Button(_("Back"), id="back", compact=True)
            yield Words(id="nav-note")
            yield Button(self.next_label, id="next", variant="primary", compact=True)
        yield KeyBar()

    def body(self) -> ComposeResult:
        """Make what is between the stepper and the message line."""
        yield from ()

    @property
    def next_label(self) -> str:
        """What the button Next says."""
        return _("Next")

    def sync(self) -> None:
        """Show the draft and the runs as they are now."""

    ready = False
    """Whether all of the screen is there: not before it is mounted, nor while it is remade."""

    def on_mount(self) -> None:
        """Draw it for the first time."""
        self.ready = True
        self.refresh_all()

    async def remake(self) -> None:
        """Make the screen anew, in the language of the moment."""
        self.ready = False
        await self.recompose()
        self.ready = True
        self.refresh_all()

    def refresh_all(self) -> None:
        """Redraw frame and body, if this screen is composed and not being taken down."""
        if not (self.ready and self.is_running and self.app.is_running):
            return
        if self._waiting and not self.app.conductor.busy:
            self.tell("")
        self.query_one(Stepper).show(self.app.states(), self.app.glyphs)
        self.sync()

    def on_screen_resume(self) -> None:
        """Catch up with what changed while another screen was shown."""
        self.refresh_all()

    _waiting = False
    """Whether the message says what only holds as long as a run is under way."""

    def tell(self, text: str, kind: str = "") -> None:
        """Show one line above the buttons: `kind` is ``, `good`, `problem` or `warning`."""
        self._waiting = False
        message = self.query_one("#message", Words)
        signs = {
            "good": self.app.glyphs.done,
            "problem": self.app.glyphs.problem,
            "warning": self.app.glyphs.warning,
        }
        sign = f"{signs[kind]} " if kind in signs else ""
        message.say(Content(f"{sign}{text}"))
        message.set_classes(f"-{kind}" if kind else "")

    def first_problem(self) -> str:
        """Say why the wizard cannot go on from here, after showing where; empty: it can."""
        return ""

    @on(Button.Pressed, "#next")
    def action_next(self) -> None:
        """Go to the next step, or to the first problem that is in the way."""
        problem = self.first_problem()
        if problem:
            self.tell(problem, "problem")
            self._waiting = self.app.conductor.busy
            return
        place = KEYS.index(self.key)
        if place + 1 < len(KEYS):
            self.app.action_go(KEYS[place + 1])

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Go to the step before; nothing that was typed is lost."""
        place = KEYS.index(self.key)
        self.app.action_go(KEYS[place - 1] if place else "welcome")

    def action_help(self) -> None:
        """Show every key."""
        from etcd_tui.tui.dialogs.help import HelpDialog

        self.app.push_screen(HelpDialog(self))

    def action_explain(self) -> None:
        """Explain the idea behind this screen."""
        from etcd_tui.tui.dialogs.lesson import LessonDialog

        self.app.push_screen(LessonDialog(self.lesson or self.key))
