"""Verify: what was proven, each row with the command to see it again, and what to do next."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import DataTable

from etcd_tui.errors import Exit
from etcd_tui.i18n import N_, _
from etcd_tui.state_folder import StateFolder
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.dialogs.secrets import ask_secrets
from etcd_tui.tui.run_view import RunView
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.widgets.words import Words
from etcd_tui.verify.drill import Target
from etcd_tui.verify.proof import Proof
from etcd_tui.wording import drilled

GUIDE = ("put", "get", "health", "members")
"""The guide's four, in its order; everything else comes below them."""


def in_order(proofs: list[Proof]) -> list[Proof]:
    """Return failed proofs first, then the guide's four, then the rest as they came."""
    place = {key: number for number, key in enumerate(GUIDE)}
    return sorted(proofs, key=lambda p: (p.passed, place.get(p.key, len(GUIDE))))


class VerifyScreen(WizardScreen):
    """The proofs of the last install, verify or drill."""

    key = "verify"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", N_("Prove again"), id="verify.verify"),
        Binding("d", "drill", N_("HA drill"), id="verify.drill"),
        Binding("c", "copy", N_("Copy the command"), id="verify.copy"),
    ]
    _drawn: tuple[int, int] = (0, 0)
    _forgotten = False

    def body(self) -> ComposeResult:
        """A line that sums up, the table, the chosen row in full, what next."""
        yield Words("", id="proven")
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False, id="proofs")
        yield table
        with VerticalScroll(id="proof-detail", can_focus=False):
            yield Words("", id="proof")
            yield Words("", id="what-next")

    @property
    def next_label(self) -> str:
        """There is no step after this one."""
        return _("Finish")

    @property
    def _view(self) -> RunView | None:
        verb = self.app.conductor.latest("install", "verify", "drill")
        view = self.app.conductor.view(verb)
        return view if view is not None and (view.proofs or verb != "install") else None

    def sync(self) -> None:
        """Draw the proofs as far as they have come."""
        view = self._view
        self.query_one("#proven", Words).say(self._summary(view))
        table: DataTable[Text] = self.query_one("#proofs", DataTable)
        if view is None:
            table.display = False
            return
        table.display = True
        if (view.order, view.version) == self._drawn:
            return
        self._drawn = (view.order, view.version)
        self._fill(table, view)
        self.query_one("#what-next", Words).say(self._what_next(view))
        if view.ok and not self._forgotten:
            # What the draft was for is done; its answers are in the state folder.
            self._forgotten = True
            self.app.drafts.forget()

    def _fill(self, table: DataTable[Text], view: RunView) -> None:
        row = table.cursor_row
        table.clear(columns=True)
        for title in ("", _("Member"), _("What"), _("Found")):
            table.add_column(title)
        glyphs = self.app.glyphs
        leader = next((p.leader for p in view.proofs if p.leader), "")
        for number, proof in enumerate(in_order(view.proofs)):
            good = proof.passed
            sign = Text(f"{glyphs.done if good else glyphs.problem} " + self._word(good))
            who = proof.member or _("all")
            if leader and proof.member == leader:
                who = f"{who} {glyphs.leader}"
            table.add_row(sign, Text(who), Text(proof.title), Text(proof.found), key=str(number))
        if view.proofs:
            table.move_cursor(row=min(row, len(view.proofs) - 1))
            self._show(min(row, len(view.proofs) - 1))

    def _word(self, good: bool) -> str:
        return _("proven") if good else _("failed")

    def _summary(self, view: RunView | None) -> Content:
        glyphs = self.app.glyphs
        if view is None:
            text = _(
                "Nothing was installed by this wizard yet. If these answers are those of a cluster "
                "that is there, v proves it."
            )
            return Content(text)
        bad = sum(not proof.passed for proof in view.proofs)
        leader = next((p.leader for p in view.proofs if p.leader), "")
        if view.running and view.drill_step is not None and not view.proofs:
            return Content(view.drill_step.text)
        if view.running:
            return Content(_("Proving the cluster: {n} proofs so far …").format(n=len(view.proofs)))
        end = view.finished
        if view.ok:
            text = _("The cluster {name} is proven: {n} proofs. Leader: {leader} {mark}")
            told = text.format(
                name=view.cluster, n=len(view.proofs), leader=leader, mark=glyphs.leader
            )
            return Content.styled(f"{glyphs.done} {told}", "bold $text-success")
        if end is not None and end.exit != Exit.NOT_PROVEN:
            return Content.styled(f"{glyphs.problem} {end.what} {end.remedy}", "$text-error")
        text = _("Not proven: {bad} of {all} proofs failed.").format(bad=bad, all=len(view.proofs))
        return Content.styled(f"{glyphs.problem} {text}", "bold $text-error")

    @on(DataTable.RowHighlighted)
    def _highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._show(event.cursor_row)

    def _chosen(self, row: int) -> Proof | None:
        view = self._view
        proofs = in_order(view.proofs) if view is not None else []
        return proofs[row] if 0 <= row < len(proofs) else None

    def _show(self, row: int) -> None:
        proof = self._chosen(row)
        if proof is None:
            return
        parts = [Content.styled(proof.title, "bold"), Content(proof.found)]
        if proof.fix:
            parts.append(Content.styled(f"{self.app.glyphs.arrow} {proof.fix}", "$text-warning"))
        if proof.command:
            parts.append(Content.styled(f"$ {proof.command}", "$text-accent"))
        self.query_one("#proof", Words).say(Content("\n").join(parts))

    def _what_next(self, view: RunView) -> Content:
        drill = drilled(view.drill, self.app.glyphs.marks) if view.drill else []
        measured = [Content.styled("\n" + _("HA drill"), "bold"), *map(Content, drill)]
        if not view.ok:
            return Content("\n").join(measured if drill else [])
        state = StateFolder(self.app.setup.root / view.cluster)
        report = view.finished.report if view.finished else ""
        rows = (
            (_("Use it"), f"set -a; . {state.client_environment}; etcdctl member list"),
            (_("Back up"), str(state.pki)),
            (_("Answers"), str(state.answers)),
            (_("Report"), report),
        )
        parts = [*(measured if drill else []), Content.styled("\n" + _("What next"), "bold")]
        parts += [Content(f"{name}: {where}") for name, where in rows if where]
        if self.app.setup.practice is not None:
            parts.append(Content(self.app.setup.practice()[0]))
        parts += [
            Content.styled(f"{self.app.glyphs.warning} {note.text}", "$text-warning")
            for note in view.notes
            if note.level == "warning"
        ]
        return Content("\n").join(parts)

    def action_verify(self) -> None:
        """Prove the cluster again."""
        if self.app.conductor.busy:
            self.tell(_("Wait until the run has ended."), "warning")
        elif self.app.draft.errors or not self.app.draft.nodes:
            self.tell(_("The answers have problems: go back with F7."), "problem")
        else:
            ask_secrets(self.app, self._begin)

    def _begin(self) -> None:
        self.app.begin(Job("verify", self.app.draft.spec_with_secrets()))
        self.refresh_all()

    def action_drill(self) -> None:
        """Ask, then stop a member for a moment and measure."""
        from etcd_tui.tui.dialogs.drill import DrillDialog

        view = self._view
        if self.app.conductor.busy:
            self.tell(_("Wait until the run has ended."), "warning")
        elif view is None or not view.ok:
            self.tell(_("Prove the cluster first: v."), "warning")
        else:
            self.app.push_screen(DrillDialog(), self._drill)

    def _drill(self, target: Target | None) -> None:
        if target is None:
            return
        job = Job("drill", self.app.draft.spec_with_secrets(), target=target)
        ask_secrets(self.app, lambda: self.app.begin(job))

    def action_copy(self) -> None:
        """Send the chosen command to the terminal's clipboard."""
        proof = self._chosen(self.query_one("#proofs", DataTable).cursor_row)
        if proof is None or not proof.command:
            return
        self.app.copy_to_clipboard(proof.command)
        self.tell(_("Sent to the terminal's clipboard. The report has every command, too."), "good")

    def action_next(self) -> None:
        """Leave."""
        self.app.call_later(self.app.action_quit)
