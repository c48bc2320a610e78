"""Preflight: every reason not to start, found on all hosts at once, before anything is changed."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import DataTable

from etcd_tui.errors import Exit
from etcd_tui.i18n import N_, _
from etcd_tui.plan.model import OPERATOR
from etcd_tui.preflight.locks import TAKE_OVER
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.dialogs.host_keys import HostKeysDialog, Keys, new_keys_of
from etcd_tui.tui.dialogs.secrets import ask_secrets
from etcd_tui.tui.dialogs.take_over import TakeOverDialog
from etcd_tui.tui.run_view import RunView
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.steps import belongs_to
from etcd_tui.tui.widgets.check_grid import ENTRY, WORDS, CheckGrid, Finding, rows_of, sign_of
from etcd_tui.tui.widgets.words import Words

_SHOWN_PROBLEMS = 5


class PreflightScreen(WizardScreen):
    """A line that says how it stands, the grid of hosts by checks, and what the cursor is on."""

    key = "preflight"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", N_("Run all"), id="preflight.run"),
        Binding("e", "run_host", N_("This host again"), id="preflight.host"),
        Binding("u", "use", N_("Use these values"), id="preflight.use"),
        Binding("k", "keys", N_("New host keys"), id="preflight.keys"),
        Binding("s", "stop", N_("Stop"), id="preflight.stop"),
        # The button Back is on the screen; its place in the line of keys is needed here.
        Binding("f7", "back", N_("Back"), id="wizard.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._begun_by_itself = False
        self._told_of = 0
        """The run whose end was acted upon."""
        self._active: tuple[bool, ...] = ()

    def body(self) -> ComposeResult:
        """Status, then either why there is nothing to see, or grid and details."""
        yield Words(id="status")
        with VerticalScroll(id="nothing", can_focus=False):
            yield Words(id="nothing-text")
        with Vertical(id="results"):
            yield CheckGrid(self.app.glyphs, id="grid")
            yield Words(id="legend", classes="quiet")
            with VerticalScroll(id="detail"):
                yield Words(id="detail-text")

    # -- begin ----------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        """The first time there is something to check, the check begins by itself."""
        super().on_screen_resume()
        ready = bool(self.app.draft.nodes) and not self.app.draft.errors
        if ready and not self._begun_by_itself and not self.app.conductor.busy:
            self._begun_by_itself = True
            if self._view is None:
                self.call_after_refresh(self._begin)

    def _begin(self, keys: Keys = frozenset(), only: str = "") -> None:
        refusal = self._why_not()
        if refusal:
            self.tell(refusal, "problem")
            return
        self.tell("")
        ask_secrets(self.app, partial(self._start, keys, only))

    def _why_not(self) -> str:
        if self.app.conductor.busy:
            return _("A run is under way; wait for its end, or stop it.")
        if not self.app.draft.nodes:
            return _("There are no hosts yet. F7 goes back to the hosts.")
        if self.app.draft.errors:
            first = self.app.draft.errors[0]
            return _("The answers have problems: {key}: {what}").format(
                key=first.key, what=first.what
            )
        return ""

    def _start(self, keys: Keys, only: str) -> None:
        spec = self.app.draft.spec_with_secrets()
        self.app.begin(Job("check", spec, new_keys=keys, only=only))

    def action_run(self) -> None:
        """Check all hosts again."""
        self._begin()

    def action_run_host(self) -> None:
        """Check the host under the cursor again; where that cannot be told apart, all."""
        finding = self.query_one(CheckGrid).selected()
        self._run_host(finding.host if finding else "")

    @on(DataTable.HeaderSelected)
    def _head_chosen(self, event: DataTable.HeaderSelected) -> None:
        self._run_host(str(event.column_key.value))

    def _run_host(self, host: str) -> None:
        view = self._view
        names = [node.name for node in self.app.draft.spec.nodes]
        self._begin(only=host if host in names and self._can_run_alone(view, host) else "")

    def _can_run_alone(self, view: RunView | None, host: str) -> bool:
        """One host is enough only where all were seen before and its peers are no question."""
        if view is None or self._stale or view.failures or not view.checks:
            return False
        return not any(
            check.host == host and check.key.startswith("peers") and check.status != "pass"
            for check in view.checks
        )

    def action_stop(self) -> None:
        """End the check early; nothing is changed by it."""
        self.app.conductor.ask_to_stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only where it does something."""
        job = self.app.conductor.current
        checking = job is not None and job.verb == "check"
        match action:
            case "stop":
                return checking
            case "run" | "run_host":
                return not checking and bool(self.app.draft.nodes)
            case "use":
                return bool(self._offer)
            case "keys":
                return not checking and bool(self._new_keys)
            case _:
                return super().check_action(action, parameters)

    # -- new host keys --------------------------------------------------------------------------

    @property
    def _new_keys(self) -> bool:
        view = self._view
        return view is not None and bool(new_keys_of(view.failures.values()))

    def action_keys(self) -> None:
        """Show the keys that no known_hosts file holds."""
        view = self._view
        keys = new_keys_of(view.failures.values()) if view else []
        if keys:
            self.app.push_screen(HostKeysDialog(keys), self._keys_chosen)

    def _keys_chosen(self, keys: Keys | None) -> None:
        if keys:
            self._begin(keys=keys)

    # -- what is offered ------------------------------------------------------------------------

    @property
    def _offer(self) -> tuple[tuple[str, int | str], ...]:
        for grid in self.query(CheckGrid):
            finding = grid.selected()
            return finding.offer if finding else ()
        return ()

    def action_use(self) -> None:
        """Put the values that the check under the cursor offers into the answers."""
        if self.app.locked:
            self.tell(_("Answers cannot change while an install is under way."), "problem")
            return
        offer = self._offer
        if offer and offer[0][0] == TAKE_OVER:
            finding = self.query_one(CheckGrid).selected()
            dialog = TakeOverDialog(str(offer[0][1]), finding.found if finding else "")
            self.app.push_screen(dialog, self._take_over)
            return
        for path, value in offer:
            self.app.draft.put(path, value)
        self.app.draft_changed()
        written = ", ".join(f"{path}: {value}" for path, value in offer)
        text = _("Now in the answers: {values}. Press r to check with them.")
        self.tell(text.format(values=written), "good")

    def _take_over(self, run: str | None) -> None:
        if run:
            self.app.conductor.take_over |= {run}
            self._begin()

    # -- show -----------------------------------------------------------------------------------

    @property
    def _view(self) -> RunView | None:
        return self.app.conductor.view("check")

    @property
    def _stale(self) -> bool:
        return self.app.conductor.is_stale("check", self.app.draft.spec)

    def sync(self) -> None:
        """Show the last check as far as it has come."""
        view = self._view
        self.query_one("#results").display = view is not None
        self.query_one("#nothing").display = view is None
        self.query_one("#status", Words).say(self._status(view))
        if view is None:
            self.query_one("#nothing-text", Words).say(self._nothing())
        else:
            self._show(view)
        self._sync_keys()

    def _sync_keys(self) -> None:
        """The bar of keys is made anew only where other keys do something than before."""
        names = ("run", "use", "keys", "stop")
        active = tuple(bool(self.check_action(name, ())) for name in names)
        if active != self._active:
            self._active = active
            self.refresh_bindings()

    def _show(self, view: RunView) -> None:
        grid = self.query_one(CheckGrid)
        hosts = view.hosts or tuple(node.name for node in self.app.draft.spec.nodes)
        grid.show(rows_of(view, hosts), hosts)
        legend = self.query_one("#legend", Words)
        legend.say(grid.legend)
        legend.display = bool(grid.legend)
        if view.finished is not None and self._told_of != view.order:
            self._told_of = view.order
            grid.go_to_worst()
            if self.app.screen is self:
                grid.focus()
                self.action_keys()
        self._show_detail()

    def on_resize(self) -> None:
        """The columns follow the width."""
        self.call_after_refresh(self.refresh_all)

    @on(DataTable.CellHighlighted)
    def _moved(self) -> None:
        self._show_detail()
        self._sync_keys()

    def _show_detail(self) -> None:
        finding = self.query_one(CheckGrid).selected()
        self.query_one("#detail-text", Words).say(self._told(finding) if finding else "")

    def _told(self, finding: Finding) -> Content:
        where = {"": _("All hosts"), OPERATOR: _("This machine")}.get(finding.host, finding.host)
        style = {"pass": "$text-success", "warn": "$text-warning", "fail": "$text-error"}
        sign = sign_of(finding.state, self.app.glyphs)
        head = f"{sign} {_(WORDS[finding.state])}"
        parts: list[str | tuple[str, str]] = [
            (f"{where}: {finding.title}  ", "bold"),
            (head, style.get(finding.state, "")),
        ]
        for label, text in (
            (_("Found"), finding.found),
            (_("Cause") if finding.key == ENTRY else _("Why it matters"), finding.why),
            (_("What to do"), finding.fix),
            (_("Press u to use"), ", ".join(f"{key}: {value}" for key, value in finding.offer)),
        ):
            if text:
                parts += ["\n", (f"{label}: ", "$text-muted"), text]
        return Content.assemble(*parts)

    def _nothing(self) -> Content:
        draft = self.app.draft
        if not draft.nodes or draft.errors:
            step = belongs_to(draft.errors[0].key) if draft.errors else "hosts"
            where = (
                _("F7 goes back to the hosts, where they can be mended.")
                if step == "hosts"
                else _("They are mended in the step Certificates: Ctrl+P finds it.")
            )
            sign = self.app.glyphs.problem
            told = [f"{sign} {p.key}: {p.what} {p.fix}" for p in draft.errors[:_SHOWN_PROBLEMS]]
            return Content("\n".join([_("The answers are not complete yet."), *told, "", where]))
        return Content(
            _(
                "Preflight enters every host and looks for reasons not to start: another etcd, "
                "a full disk, a closed port, a wrong clock. It changes nothing. Press r to begin."
            )
        )

    def _status(self, view: RunView | None) -> str:
        glyphs = self.app.glyphs
        if view is None:
            return ""
        if view.finished is None:
            entered = sum(1 for s in view.progress.values() if s in ("entered", "observed"))
            seen = sum(1 for state in view.progress.values() if state == "observed")
            text = _("Checking: {entered} of {all} hosts entered, {seen} looked at")
            return f"{glyphs.running} " + text.format(
                entered=entered, all=len(view.hosts), seen=seen
            )
        if self._stale:
            text = _("The answers have changed since this check. Press r to run it again.")
            return f"{glyphs.stale} {text}"
        problem = _result_problem(view)
        if problem:
            return f"{glyphs.problem} {problem}"
        warnings = sum(1 for check in view.checks if check.status == "warn")
        if warnings:
            text = _("Nothing stands in the way. Warnings worth a look: {n}. F8 goes on.")
            return f"{glyphs.warning} {text.format(n=warnings)}"
        return f"{glyphs.done} " + _("Every check passed. F8 goes on.")

    def first_problem(self) -> str:
        """The check has to be there, of these answers, and without a failure."""
        view = self._view
        if view is None:
            return self._why_not() or _("The hosts have not been checked yet. Press r.")
        if view.finished is None:
            return _("The check is under way; wait for its end.")
        if self._stale:
            return _("The answers have changed since the check. Press r to run it again.")
        problem = _result_problem(view)
        if problem:
            self.query_one(CheckGrid).go_to_worst()
            self.query_one(CheckGrid).focus()
        return problem


def _result_problem(view: RunView) -> str:
    """Say in one sentence why a finished check does not let the wizard go on; empty: it does."""
    finished = view.finished
    failed = sum(1 for check in view.checks if check.status == "fail")
    if finished is None or finished.exit == Exit.DONE:
        return ""
    if view.failures:
        names = ", ".join(sorted(view.failures, key=view.hosts.index))
        text = _("Not entered: {names}. Do what the cells say, then press r.")
        return text.format(names=names)
    if failed:
        text = _("Failed checks: {n}. Do what they say, then press r.")
        return text.format(n=failed)
    return " ".join(part for part in (finished.what, finished.cause, finished.remedy) if part)
