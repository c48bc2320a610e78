"""Welcome: how to begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from etcd_tui import __version__
from etcd_tui.errors import AnswersError
from etcd_tui.i18n import N_, _
from etcd_tui.spec.problem import Problem
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.themes import THEMES
from etcd_tui.tui.widgets.key_bar import KeyBar
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp


class WelcomeScreen(Screen[None]):
    """New cluster, answers file, saved drafts, language, theme."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "app.language", "中文 / English", id="welcome.language"),
        Binding("f1", "help", N_("Help"), id="welcome.help"),
        Binding("question_mark", "help", N_("Help"), show=False, id="welcome.help.mark"),
        Binding("f2", "explain", N_("What is this?"), show=False, id="welcome.explain"),
    ]

    if TYPE_CHECKING:
        app: WizardApp

    def compose(self) -> ComposeResult:
        """A few lines and a list."""
        with Vertical(id="welcome"):
            yield Words(f"etcd-tui {__version__}", id="banner")
            yield Words(
                _("Bare Linux hosts to a TLS-secured, highly available, proven etcd cluster."),
                id="claim",
            )
            yield OptionList(*self._options(), id="begin", markup=False)
            with VerticalScroll(id="welcome-problems", can_focus=False):
                for problem in self.app.setup.problems:
                    yield Words(self._told(problem), classes="bad")
        yield KeyBar()

    def _options(self) -> list[Option]:
        options = [Option(_("Go on"), id="on")] if self.app.draft.nodes else []
        if self.app.setup.practice is None:
            options += self._beginnings()
        options.append(Option("中文 / English", id="language"))
        options.append(Option(_("Colours: dark, light, high contrast"), id="theme"))
        options.append(Option(_("Leave"), id="leave"))
        return options

    def _beginnings(self) -> list[Option]:
        """Where answers come from. Not in practice: what it makes is removed at its end."""
        options = [Option(_("New cluster"), id="new")]
        for index, saved in enumerate(self.app.drafts.saved()):
            text = _("Go on with the draft {name}: {n} hosts, saved {when}").format(
                name=saved.cluster,
                n=saved.members,
                when=saved.saved.astimezone().strftime("%Y-%m-%d %H:%M"),
            )
            options.append(Option(text, id=f"draft-{index}"))
        options.append(Option(_("Open an answers file"), id="open"))
        text = _("Practise without hosts, on this machine")
        options.append(Option(text, id="practice"))
        return options

    def _told(self, problem: Problem) -> Content:
        place = f"{problem.file}:{problem.line}: " if problem.line else ""
        return Content(f"{self.app.glyphs.problem} {place}{problem.what} {problem.fix}")

    def on_mount(self) -> None:
        """Begin with the list."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        match event.option_id:
            case "new":
                self.app.draft.replace(Draft())
                self.app.action_go("hosts")
            case "on":
                self.app.action_go("hosts")
            case "open":
                from etcd_tui.tui.dialogs.open_file import OpenDialog

                self.app.push_screen(OpenDialog(), self._open)
            case "language":
                self.app.action_language()
            case "theme":
                names = [theme.name for theme in THEMES]
                now = names.index(self.app.theme) if self.app.theme in names else -1
                self.app.theme = names[(now + 1) % len(names)]
            case "practice":
                self.app.practise = True
                self.app.leave()
            case "leave":
                self.app.leave()
            case draft:
                self._go_on(int((draft or "draft-0").removeprefix("draft-")))

    def _go_on(self, index: int) -> None:
        saved = self.app.drafts.saved()[index]
        draft = self.app.drafts.open(saved)
        if draft is not None:
            self.app.draft.replace(draft)
            self.app.action_go("hosts")

    def _open(self, path: Path | None) -> None:
        if path is None:
            return
        from etcd_tui.spec.reader import load

        try:
            spec, _warnings = load(path)
        except AnswersError as error:
            self.app.setup.problems = error.problems
            self.refresh(recompose=True)
            return
        self.app.draft.replace(Draft.of(spec, path.parent))
        self.app.action_go("hosts")

    def action_help(self) -> None:
        """Show every key."""
        from etcd_tui.tui.dialogs.help import HelpDialog

        self.app.push_screen(HelpDialog(self))

    def action_explain(self) -> None:
        """Explain what the tool does."""
        from etcd_tui.tui.dialogs.lesson import LessonDialog

        self.app.push_screen(LessonDialog("welcome"))
