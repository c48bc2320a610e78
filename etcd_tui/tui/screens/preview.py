"""Preview: what would be done, stage by stage and host by host, before anything is done."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from etcd_tui.apply.events import PlannedAction, PlannedStage
from etcd_tui.errors import Exit
from etcd_tui.i18n import N_, _
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.dialogs.secrets import ask_secrets
from etcd_tui.tui.run_view import RunView
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.widgets.words import Words

Held = PlannedStage | PlannedAction | None
_DIFF = {"+": "$text-success", "-": "$text-error", "@": "$text-muted"}


def told(action: PlannedAction) -> Content:
    """Return an action in full: why, the diff or what it makes, the commands by hand."""
    parts = [
        Content.styled(f"{action.host}: {action.title}", "bold"),
        Content(_("Why: {cause}").format(cause=action.reason)),
    ]
    if action.preview:
        parts.append(Content(""))
        parts += [
            Content.styled(line, _DIFF.get(line[:1], "")) for line in action.preview.splitlines()
        ]
    # What is typed on this machine first, to bring something there, then what is typed there.
    by_hand = (*action.bring, *action.commands)
    if by_hand:
        parts.append(Content.styled("\n" + _("By hand:"), "$text-muted"))
        parts += [Content.styled(command, "$text-accent") for command in by_hand]
    return Content("\n").join(parts)


def _runbook(spec: ClusterSpec, state: Path) -> str:
    from etcd_tui.runbook.document import runbook

    return runbook(spec, state)


class PreviewScreen(WizardScreen):
    """The plan as a tree, the chosen action in full beside it."""

    key = "preview"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "plan", N_("Plan again"), id="preview.plan"),
        Binding("g", "guide", N_("The guide's text"), id="preview.guide"),
        Binding("w", "runbook", N_("Save runbook"), id="preview.runbook", show=False),
    ]
    _drawn: tuple[int, int] = (0, 0)

    def body(self) -> ComposeResult:
        """A line that sums up, the tree, the detail."""
        yield Words("", id="summary")
        with Container(id="plan-columns"):
            tree: Tree[Held] = Tree("", id="plan")
            tree.show_root = False
            tree.guide_depth = 2
            yield tree
            with VerticalScroll(id="detail"):
                yield Words("", id="action")

    @property
    def _view(self) -> RunView | None:
        return self.app.conductor.view("plan")

    def on_screen_resume(self) -> None:
        """Plan, if there is no plan of these answers."""
        super().on_screen_resume()
        stale = self.app.conductor.is_stale("plan", self.app.draft.spec)
        if (self._view is None or stale) and not self.app.conductor.busy:
            self.action_plan()

    def action_plan(self) -> None:
        """Look at the hosts and plan; changes nothing."""
        if self.app.conductor.busy or self.app.draft.errors or not self.app.draft.nodes:
            self.refresh_all()
            return
        ask_secrets(self.app, self._begin)

    def _begin(self) -> None:
        self.app.begin(Job("plan", self.app.draft.spec_with_secrets()))
        self.refresh_all()

    def sync(self) -> None:
        """Draw the plan, if it is another than the one that is drawn."""
        view = self._view
        self.query_one("#summary", Words).say(self._summary(view))
        if view is None or view.finished is None or (view.order, view.version) == self._drawn:
            return
        self._drawn = (view.order, view.version)
        tree: Tree[Held] = self.query_one("#plan", Tree)
        tree.clear()
        first: TreeNode[Held] | None = None
        for stage in view.stages:
            if stage.point_of_no_return:
                sign = self.app.glyphs.warning
                tree.root.add_leaf(
                    Text(f"{sign} {_('Point of no return')} {sign}", style="bold"), stage
                )
            branch = tree.root.add(Text(stage.title, style="bold"), stage, expand=True)
            for host in stage.hosts:
                # One by one: a host may come up again, as the operator's gates do.
                shelf = branch.add(Text(host), None, expand=True)
                for action in view.actions:
                    if action.stage == stage.stage and action.host == host:
                        leaf = shelf.add_leaf(Text(action.title), action)
                        first = first or leaf
        if first is not None:
            tree.call_after_refresh(tree.move_cursor, first)
            self.query_one("#action", Words).say(told(first.data))  # type: ignore[arg-type]
        else:
            self.query_one("#action", Words).say("")
        tree.focus()

    def _summary(self, view: RunView | None) -> str:
        if self.app.draft.errors or not self.app.draft.nodes:
            return _("There is no plan yet: the answers have problems. F7 goes back to them.")
        if view is None or view.running:
            return _("Looking at the hosts; nothing is changed …")
        end = view.finished
        if end is not None and end.exit not in (Exit.DONE, Exit.TO_DO):
            where = f"{end.host}: " if end.host else ""
            return f"{where}{end.what} {end.remedy} " + _("Preflight (F7) shows more.")
        if not view.planned:
            return _("Nothing to do: the hosts are as these answers want them.")
        text = _("{n} actions in {k} stages on {h} hosts.")
        summary = text.format(n=view.planned, k=len(view.stages), h=len(view.hosts))
        for stage in view.stages:
            if stage.point_of_no_return:
                more = _("Point of no return: the stage {title}, where members start.")
                summary += " " + more.format(title=stage.title)
        return summary

    @on(Tree.NodeHighlighted)
    def _highlighted(self, event: Tree.NodeHighlighted[Held]) -> None:
        detail = self.query_one("#action", Words)
        match event.node.data:
            case PlannedAction() as action:
                detail.say(told(action))
            case PlannedStage() as stage:
                detail.say(self._of_stage(stage))
            case _:
                detail.say("")
        self.query_one("#detail").scroll_home(animate=False)

    def _of_stage(self, stage: PlannedStage) -> str:
        how = {
            "together": _("All hosts at once."),
            "one-by-one": _("One host after the other; each waits until all are healthy."),
        }
        lines = [stage.title, how[stage.mode]]
        if stage.point_of_no_return:
            lines.append(
                _(
                    "Point of no return: before this stage everything can be left or done again "
                    "without harm; from here on members start, restart or stop."
                )
            )
        return "\n".join(lines)

    @property
    def _action(self) -> PlannedAction | None:
        node = self.query_one("#plan", Tree).cursor_node
        data = node.data if node is not None else None
        return data if isinstance(data, PlannedAction) else None

    def action_guide(self) -> None:
        """Explain the chosen action."""
        from etcd_tui.tui.dialogs.lesson import LessonDialog

        action = self._action
        key = action.key if action else self.key
        self.app.push_screen(LessonDialog(key, action.commands if action else ()))

    def action_runbook(self) -> None:
        """Write the procedure for these hosts as a document."""
        if self.app.draft.errors or not self.app.draft.nodes:
            self.tell(_("The answers have problems: go back with F7."), "problem")
            return
        self.tell(_("The runbook is being written …"))
        self.run_worker(self._write_runbook(), group="runbook", exclusive=True)

    async def _write_runbook(self) -> None:
        from etcd_tui.tui.dialogs.save import SaveDialog

        spec = self.app.draft.spec
        # Every certificate's and file's text is made for it: keys are answered meanwhile.
        text = await asyncio.to_thread(_runbook, spec, self.app.setup.root / spec.cluster.name)
        self.tell("")
        if self.app.screen is self:
            name = f"{spec.cluster.name}-runbook.md"
            self.app.push_screen(SaveDialog(text, name, _("Save the runbook")))

    def first_problem(self) -> str:
        """A plan of these answers has to be seen before it is carried out."""
        view = self._view
        if self.app.draft.errors or not self.app.draft.nodes:
            return _("The answers have problems: go back with F7.")
        if view is None or view.running:
            return _("Wait until the plan is made.")
        if self.app.conductor.is_stale("plan", self.app.draft.spec):
            return _("The answers have changed since: plan again with r.")
        if not view.ok:
            return _("There is no plan: see above what is in the way, then plan again with r.")
        return ""
