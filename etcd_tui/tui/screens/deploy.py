"""Deploy: the install as it goes: a card a host, the whole progress, the log; retry and stop."""

from __future__ import annotations

import os
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from etcd_tui.errors import Exit
from etcd_tui.i18n import N_, _
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.dialogs.secrets import ask_secrets
from etcd_tui.tui.run_view import RunView
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.widgets.host_cards import HostCards, bar, elapsed
from etcd_tui.tui.widgets.log_pane import LogPane
from etcd_tui.tui.widgets.words import Words


class DeployScreen(WizardScreen):
    """Before: what will happen. During: cards and log. After: what came of it."""

    key = "deploy"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", N_("Try again"), id="deploy.retry"),
        Binding("s", "stop", N_("Stop"), id="deploy.stop"),
        Binding("f", "follow", N_("Follow or pause"), id="deploy.follow", show=False),
        Binding("slash", "filter", N_("Filter the log"), id="deploy.filter", show=False),
        Binding("l", "only_log", N_("Log only"), id="deploy.log", show=False),
        Binding("escape", "unfilter", N_("End the filter"), id="deploy.unfilter", show=False),
    ]

    _offered: tuple[int, bool, bool, str] | None = None
    """What the keys on offer depend on, when they were drawn."""

    def body(self) -> ComposeResult:
        """The overall line, the cards, the log."""
        yield Words("", id="overall")
        with Vertical(id="before"):
            yield Words("", id="before-text")
        yield HostCards()
        yield LogPane()

    @property
    def _view(self) -> RunView | None:
        return self.app.conductor.view("install")

    @property
    def next_label(self) -> str:
        """Install until there is something to verify."""
        return _("Next") if self._installed else _("Install")

    @property
    def _installed(self) -> bool:
        view = self._view
        return (
            view is not None
            and view.finished is not None
            and view.finished.exit in (Exit.DONE, Exit.NOT_PROVEN)
            and not self.app.conductor.is_stale("install", self.app.draft.spec)
        )

    def sync(self) -> None:
        """Draw the run as it is now."""
        view = self._view
        self.set_class(view is None, "-before")
        self.query_one("#next").label = self.next_label  # type: ignore[attr-defined]
        if view is None:
            self.query_one("#overall", Words).say(_("Nothing has been done on the hosts yet."))
            self.query_one("#before-text", Words).say(self._promise())
            return
        self.query_one("#overall", Words).say(self._overall(view))
        self.query_one(HostCards).show(view)
        self.query_one(LogPane).show(view, self.query_one(HostCards).chosen)
        self._tell_end(view)
        busy, changing = self.app.conductor.busy, self.app.conductor.changing
        offered = (view.order, busy, changing, self.next_label)
        if offered != self._offered:
            # Costly: the key bar is made anew.
            self._offered = offered
            self.refresh_bindings()

    def _promise(self) -> str:
        draft = self.app.draft
        plan = self.app.conductor.view("plan")
        lines = [
            _("{n} hosts will become the cluster {name}, etcd {version}.").format(
                n=len(draft.nodes), name=draft.spec.cluster.name, version=draft.spec.cluster.etcd
            )
        ]
        if plan is not None and plan.planned is not None:
            lines.append(_("{n} actions are planned.").format(n=plan.planned))
            for stage in plan.stages:
                if stage.point_of_no_return:
                    text = _("Until the stage {title} begins, everything can be left as it is.")
                    lines.append(text.format(title=stage.title))
        lines.append(
            _(
                "You can stop at any time: running steps end, nothing new begins, and the next "
                "run goes on from there."
            )
        )
        if os.environ.get("SSH_TTY") and not (os.environ.get("TMUX") or os.environ.get("STY")):
            lines.append(
                _(
                    "You are logged in over SSH without tmux or screen: if that connection drops, "
                    "the run stops after its running steps."
                )
            )
        lines.append(_("F8 or the button Install begins."))
        return "\n\n".join(lines)

    def _overall(self, view: RunView) -> Content:
        total = sum(sum(stage.actions) for stage in view.stages)
        glyphs = self.app.glyphs
        parts = []
        if view.finished is None and self.app.conductor.stopping:
            parts.append(_("stopping after the running steps"))
        elif view.finished is None and view.proofs:
            parts.append(_("proving the cluster"))
        elif view.finished is None and view.stage is not None:
            text = _("stage {n} of {all}: {title}")
            parts.append(
                text.format(n=view.stage.number, all=view.stage.of, title=view.stage.title)
            )
        elif view.finished is None:
            parts.append(_("looking at the hosts"))
        if total:
            parts.append(f"{bar(view.done, total, glyphs, 20)} {view.done}/{total}")
        parts.append(elapsed(view.elapsed))
        return Content("  ".join(parts))

    def _tell_end(self, view: RunView) -> None:
        end = view.finished
        if end is None:
            self.tell("")
        elif self.app.conductor.is_stale("install", self.app.draft.spec):
            self.tell(
                _("Answers have changed since. Press r to install with the new ones."), "warning"
            )
        elif end.exit == Exit.DONE:
            text = _("The cluster is installed and proven. Report: {path}")
            self.tell(text.format(path=end.report), "good")
        else:
            where = f"{end.host}: " if end.host else ""
            self.tell(f"{where}{end.what} {end.remedy}", "problem")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        busy = self.app.conductor.busy
        if action == "retry":
            return not busy and self._view is not None
        if action == "stop":
            return self.app.conductor.changing
        if action in ("follow", "filter", "only_log"):
            return self._view is not None
        return True

    def first_problem(self) -> str:
        """Begin the install, or say what is in the way."""
        if self._installed:
            return ""
        if self.app.conductor.busy:
            return _("Wait until the run has ended.")
        errors = self.app.draft.errors
        if errors:
            return _("The answers still have problems: {key}: {what}").format(
                key=errors[0].key, what=errors[0].what
            )
        return ""

    def action_next(self) -> None:
        """Install; after that, go on to what was proven."""
        problem = self.first_problem()
        if problem or self._installed:
            super().action_next()
        else:
            self.action_retry()

    def action_retry(self) -> None:
        """Install, or install again: it looks at the hosts first and goes on."""
        problem = self.first_problem() if not self._installed else ""
        if problem:
            self.tell(problem, "problem")
            return
        ask_secrets(self.app, self._begin)

    def _begin(self) -> None:
        self.app.begin(Job("install", self.app.draft.spec_with_secrets()))
        self.refresh_all()
        self.query_one("#card-list").focus()

    def action_stop(self) -> None:
        """Let the running steps end."""
        self.app.conductor.ask_to_stop()
        self.refresh_all()

    def action_follow(self) -> None:
        """Pause the log, or follow it."""
        self.query_one(LogPane).toggle_follow()

    def action_filter(self) -> None:
        """Look for something in the log."""
        self.query_one(LogPane).open_filter()

    def action_unfilter(self) -> None:
        """Show all of the log again; leave the full screen."""
        if not self.query_one(LogPane).close_filter():
            self.remove_class("-only-log")

    def action_only_log(self) -> None:
        """Give the log the whole screen, or take it back."""
        self.toggle_class("-only-log")

    @on(HostCards.Chosen)
    def _chosen(self, message: HostCards.Chosen) -> None:
        self.query_one(LogPane).show(self._view, message.host)
