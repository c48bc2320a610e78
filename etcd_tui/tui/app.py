"""WizardApp: the draft, the runs, and the way between the screens. It has no logic of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segments
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.screen import Screen

from etcd_tui.i18n import LANGUAGES, N_, _, current_language, set_language
from etcd_tui.spec.problem import Problem
from etcd_tui.tui.conductor import Backend, Conductor, Job
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.drafts import Drafts
from etcd_tui.tui.glyphs import Glyphs
from etcd_tui.tui.progress import states
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.steps import KEYS, STEPS, State
from etcd_tui.tui.styles import style_paths
from etcd_tui.tui.themes import THEMES

if TYPE_CHECKING:
    from etcd_tui.practice.lessons.page import Page

_TICK = 0.1
"""Seconds between two looks at a run: a person sees ten pictures a second as motion."""
_SAVE_AFTER = 1.0
"""Seconds after the last change until the draft is on disk."""
_LOAD_AFTER = 0.3
"""Seconds after the first screen was asked for: a thread that imports would hold up its picture."""
_NEEDED_LATER = ("etcd_tui.tui.run_view", "etcd_tui.session", "etcd_tui.plan.install")
_LOOK_AFTER = 1.0
"""Seconds between two looks whether the terminal is still there: not every loss is signalled."""
_PATIENCE = 1.0
"""Seconds until a run that does not even end when it is cancelled is left behind."""
_PLACES = {"install": "deploy", "plan": "preview", "check": "preflight"}
"""Where a run is seen; all others: verify."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _page(module: str, name: str) -> Callable[[], Screen[Any]]:
    """Load a screen when it is first shown: the first frame waits for none but its own."""

    def make() -> Screen[Any]:
        return getattr(importlib.import_module(f"etcd_tui.tui.screens.{module}"), name)()  # type: ignore[no-any-return]

    return make


@dataclass(slots=True)
class Setup:
    """What the wizard begins with. `root`: the folder of all state folders; `start`: a screen."""

    backend: Backend
    root: Path
    draft: Draft = field(default_factory=Draft)
    glyphs: Glyphs = field(default_factory=Glyphs)
    theme: str = "etcd-dark"
    start: str = "welcome"
    problems: tuple[Problem, ...] = ()
    """Of an answers file that could not be opened."""
    practice: Callable[[], tuple[str, ...]] | None = None
    """What becomes of the practice hosts at the end, then what they cannot do; None: real hosts."""
    page: Page | None = None
    """The lesson that is played on the practice hosts."""
    clock: Callable[[], float] = time.monotonic


class WizardApp(App[None]):
    """Screens find here: `draft`, `conductor`, `drafts`, `glyphs`, `states()`, `action_go`."""

    TITLE = "etcd-tui"
    CSS_PATH = [*style_paths()]  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"), (80, "-narrow"), (100, "-wide"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    SCREENS: ClassVar[dict[str, Callable[[], Screen[Any]]]] = {
        "welcome": _page("welcome", "WelcomeScreen"),
        "hosts": _page("hosts", "HostsScreen"),
        "preflight": _page("preflight", "PreflightScreen"),
        "certificates": _page("certificates", "CertificatesScreen"),
        "preview": _page("preview", "PreviewScreen"),
        "deploy": _page("deploy", "DeployScreen"),
        "verify": _page("verify", "VerifyScreen"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save_answers", N_("Save answers"), id="app.save", show=False),
        Binding("ctrl+q", "quit", N_("Leave"), id="app.quit", priority=True),
        Binding("f9", "language", N_("中文 / English"), id="app.language", show=False),
        Binding("ctrl+l", "page", N_("The lesson"), id="app.page"),
    ]

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.draft = setup.draft
        self.glyphs = setup.glyphs
        self.drafts = Drafts(setup.root)
        self.conductor = Conductor(
            setup.backend, self._run_changed, clock=setup.clock, marks=setup.glyphs.marks
        )
        self.visited: set[str] = set()
        self.signal = 0
        self.practise = False
        """Whether the wizard was left for practice hosts."""
        self._at_once = False
        self._dirty = False
        self._saving: object = None
        self._leaving: set[asyncio.Task[None]] = set()
        for theme in THEMES:
            self.register_theme(theme)
        # Now, not when it runs: a change of theme reads every style once more.
        self.theme = setup.theme
        self._styled = self.get_css_variables()
        self.stylesheet.set_variables(self._styled)

    def get_driver_class(self) -> type[Driver]:
        """Return what draws: on a real terminal, one that survives its end."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from etcd_tui.tui.terminal import Terminal

        return Terminal

    def on_mount(self) -> None:
        """Show the first screen, then load what the next ones need while it is read."""
        self.set_interval(_TICK, self._tick)
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in _SIGNALS:
                loop.add_signal_handler(number, self._signalled, number)
            self.set_interval(_LOOK_AFTER, self._look_at_terminal)
        self.push_screen(self.setup.start)
        self.action_page()
        self.set_timer(_LOAD_AFTER, self._load_the_rest)

    def _load_the_rest(self) -> None:
        self.run_worker(self._load, thread=True, exit_on_error=False, group="load")

    def _load(self) -> None:
        for module in _NEEDED_LATER:
            importlib.import_module(module)
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    # -- the way between the screens ------------------------------------------------------------

    @property
    def page(self) -> Screen[Any]:
        """The screen below all dialogs."""
        return self.screen_stack[-1] if len(self.screen_stack) < 2 else self.screen_stack[1]

    def action_go(self, key: str) -> None:
        """Show the screen `key`: `welcome` or one of the steps."""
        if key in KEYS:
            self.visited.add(key)
        if isinstance(self.screen, WizardScreen) and self.screen.key == key:
            return
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(key)

    def states(self) -> dict[str, State]:
        """Return the state of every step."""
        return states(self.draft, self.conductor, self.visited)

    @property
    def locked(self) -> bool:
        """Whether answers must not change now, because a run rests on them."""
        return self.conductor.changing

    # -- the draft ------------------------------------------------------------------------------

    def draft_changed(self) -> None:
        """Call after every change of the draft: steps are drawn anew, the draft is saved soon."""
        self._dirty = True
        if self._saving is None:
            self._saving = self.set_timer(_SAVE_AFTER, self._save_draft)

    def _save_draft(self) -> None:
        self._saving = None
        try:
            self.drafts.save(self.draft)
        except OSError as error:
            text = _("The draft cannot be saved in {folder}: {reason}.")
            self.notify(
                text.format(folder=self.drafts.folder, reason=error.strerror), severity="warning"
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the lesson's page only where one is played."""
        if action == "page":
            return self.setup.page is not None
        return super().check_action(action, parameters)

    def action_page(self) -> None:
        """Show the page of the lesson that is played, if one is."""
        if self.setup.page is None:
            return
        from etcd_tui.tui.dialogs.page import PageDialog

        if not isinstance(self.screen, PageDialog):
            self.push_screen(PageDialog(self.setup.page))

    def action_save_answers(self) -> None:
        """Ask where, then write the answers file."""
        from etcd_tui.tui.dialogs.save import SaveDialog

        if not isinstance(self.screen, SaveDialog):
            self.push_screen(SaveDialog())

    def get_key_display(self, binding: Binding) -> str:
        """Return a key as it stands on keyboards: F8, ^q."""
        shown = super().get_key_display(binding)
        return shown.upper() if shown[:1] == "f" and shown[1:].isdigit() else shown

    # -- runs -----------------------------------------------------------------------------------

    def begin(self, job: Job) -> None:
        """Begin a run, unless one is under way."""
        if not self.conductor.busy:
            self.conductor.start(job, self.draft.spec)
            self._dirty = True

    def _run_changed(self) -> None:
        self._dirty = True

    def _tick(self) -> None:
        if self._dirty or self.conductor.busy:
            self._dirty = False
            for screen in self.screen_stack:
                if isinstance(screen, WizardScreen):
                    screen.refresh_all()

    # -- leaving --------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Leave; while a run is under way, ask first."""
        from etcd_tui.tui.dialogs.quit import QuitDialog

        if not self.conductor.busy:
            self.leave()
            return
        if any(isinstance(screen, QuitDialog) for screen in self.screen_stack):
            return
        job = self.conductor.current
        view = self.conductor.view(job.verb) if job else None
        if view is not None:
            dialog = QuitDialog(view, changing=self.conductor.changing)
            self.push_screen(dialog, self._quit_chosen)

    def action_help_quit(self) -> None:
        """Ctrl+C, where there is nothing to copy."""
        self.call_later(self.action_quit)

    def _quit_chosen(self, choice: str | None) -> None:
        if choice == "show":
            verb = self.conductor.latest("check", "plan", "install", "verify", "drill")
            self.action_go(_PLACES.get(verb, "verify"))
        elif choice == "stop":
            self.run_worker(self._stop_and_leave(), exit_on_error=False, group="leave")

    async def _stop_and_leave(self) -> None:
        self.conductor.ask_to_stop()
        await self.conductor.wait()
        self.leave()

    def leave(self, code: int = 0) -> None:
        """End the wizard; the draft is saved."""
        self._save_draft()
        self.exit(return_code=code)

    def _look_at_terminal(self) -> None:
        """Take a terminal that went without a signal for one that went with it."""
        is_lost = getattr(self._driver, "is_lost", None)
        if not self.signal and is_lost is not None and is_lost():
            self._signalled(signal.SIGHUP)

    def _signalled(self, number: int) -> None:
        """The first signal lets running steps end; the second one leaves at once."""
        # Nobody insists by losing a terminal, of which both the kernel and our own look may tell.
        again = bool(self.signal) and number != signal.SIGHUP
        self.signal = number
        hung_up = getattr(self._driver, "hung_up", None)
        if number == signal.SIGHUP and hung_up is not None:
            hung_up()
        loop = asyncio.get_running_loop()
        self._at_once = again
        task = loop.create_task(self._leave_for(number, at_once=again))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _leave_for(self, number: int, *, at_once: bool) -> None:
        if at_once:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.conductor.abandon(), _PATIENCE)
        else:
            self.conductor.ask_to_stop()
            await self.conductor.wait()
        self.leave(128 + number)

    def on_unmount(self) -> None:
        """The terminal is as before; what refuses to be cancelled would be awaited from here on."""
        if self._at_once:
            asyncio.get_running_loop().call_later(_PATIENCE, os._exit, 128 + self.signal)

    def _handle_exception(self, error: Exception) -> None:
        """Pass over what a screen does not find in itself because it is being taken down."""
        if not (isinstance(error, NoMatches) and (self._exit or not self.is_running)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Show a defect without the values of variables, which Textual would print."""
        from rich.traceback import Traceback

        self.bell()
        shown = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(shown, self.console.options)))
        self._close_messages_no_wait()

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles anew where a theme gives them other values: not for the first theme."""
        variables = self.get_css_variables()
        if variables != self._styled:
            self._styled = variables
            super().refresh_css(animate)

    # -- language, themes, palette --------------------------------------------------------------

    def action_language(self) -> None:
        """Speak the other language from now on."""
        others = [name for name in LANGUAGES if name != current_language()]
        set_language(others[0])
        for screen in {*self.screen_stack[1:], *self._installed_screens.values()}:
            if isinstance(screen, WizardScreen) and screen.ready:
                screen.call_later(screen.remake)
            elif isinstance(screen, Screen) and screen.is_mounted:
                screen.refresh(recompose=True)

    def notify(self, message: str, **options: Any) -> None:
        """Show a toast; never reads markup."""
        options["markup"] = False
        super().notify(message, **options)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        for step in STEPS:
            title = _(step.title)
            text = _("Go to the step {title}").format(title=title)
            yield SystemCommand(text, "", lambda key=step.key: self.action_go(key))
        yield SystemCommand(
            _("Save answers"), _("Write the answers file"), self.action_save_answers
        )
        yield SystemCommand("中文 / English", _("Change the language"), self.action_language)
        for theme in THEMES:
            text = _("Theme {name}").format(name=theme.name)
            yield SystemCommand(text, "", lambda name=theme.name: setattr(self, "theme", name))
        yield SystemCommand(_("Leave"), _("End the wizard"), self.action_quit)
