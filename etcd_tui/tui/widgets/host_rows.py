"""HostRows: the table of hosts to type into: name, address, user and port of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input

from etcd_tui.i18n import _
from etcd_tui.tui.answer_keys import answer_key, as_typed, from_typed
from etcd_tui.tui.labels import label
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp

COLUMNS = ("name", "address", "ssh.user", "ssh.port")


class ManyLines(Message):
    """Several lines were pasted into one cell: somebody has a list of hosts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Cell(Input):
    """One value of one host."""

    def __init__(self, path: str, column: str) -> None:
        super().__init__(compact=True, classes=f"cell cell-{column.replace('.', '-')}")
        self.path = path
        self.column = column

    def _on_paste(self, event: events.Paste) -> None:
        # An Input keeps the first line only and drops the others without a word.
        if len(event.text.strip().splitlines()) > 1:
            event.prevent_default()
            event.stop()
            self.post_message(ManyLines(event.text))


class HostRow(Vertical):
    """One host; below it what is wrong with it."""

    if TYPE_CHECKING:
        app: WizardApp

    def __init__(self, index: int) -> None:
        super().__init__(classes="host-row")
        self.index = index

    def compose(self) -> ComposeResult:
        """The cells of the host."""
        with Horizontal(classes="host-cells"):
            yield Words(f"{self.index + 1:>2}", classes="host-number")
            for column in COLUMNS:
                yield Cell(f"nodes[{self.index}].{column}", column)
            yield Words("", classes="host-more")
        yield Words("", classes="field-problem")

    def on_mount(self) -> None:
        """Fill the cells."""
        for cell in self.query(Cell):
            kind = answer_key(cell.path).kind
            with cell.prevent(Input.Changed):
                cell.value = as_typed(kind, self.app.draft.get(cell.path))
        self.sync()

    def sync(self) -> None:
        """Show what is wrong, and what rules where a cell is empty."""
        draft = self.app.draft
        for cell in self.query(Cell):
            answer = answer_key(cell.path)
            common = draft.get(cell.column) if cell.column.startswith("ssh.") else None
            rule = as_typed(answer.kind, answer.default if common is None else common)
            hint = {"name": f"etcd{self.index + 1}", "address": "192.0.2.11"}
            cell.placeholder = hint.get(cell.column, rule)
            cell.disabled = self.app.locked
            wrong = draft.problem_at(cell.path)
            cell.set_class(wrong is not None and wrong.severity == "error", "-wrong-cell")
        own = draft.get(f"nodes[{self.index}].ssh", {})
        more = [name for name in own if name not in ("user", "port")] if own else []
        if draft.get(f"nodes[{self.index}].sans"):
            more.append("sans")
        self.query_one(".host-more", Words).say(", ".join(more))
        problem = draft.problem_at(f"nodes[{self.index}]")
        below = self.query_one(".field-problem", Words)
        self.set_class(problem is not None, "-wrong")
        if problem is not None:
            bad = problem.severity == "error"
            sign = self.app.glyphs.problem if bad else self.app.glyphs.warning
            below.set_class(not bad, "-warning")
            below.say(f"{sign} {problem.what} {problem.fix}")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        cell = event.input
        if isinstance(cell, Cell):
            value = from_typed(answer_key(cell.path).kind, event.value)
            if value != self.app.draft.get(cell.path):
                self.app.draft.put(cell.path, value)
                self.app.draft_changed()


class HostRows(Vertical):
    """The head and a row for each host of the draft; `rebuild` after rows came or went."""

    if TYPE_CHECKING:
        app: WizardApp

    def compose(self) -> ComposeResult:
        """Head and rows."""
        with Horizontal(classes="host-head"):
            yield Words("", classes="host-number")
            for column in COLUMNS:
                name = label(f"nodes.{column}")
                yield Words(name, classes=f"cell cell-{column.replace('.', '-')}")
            yield Words(_("more"), classes="host-more")
        with VerticalScroll(id="rows", can_focus=False):
            for index in range(len(self.app.draft.nodes)):
                yield HostRow(index)

    building = False

    @property
    def shown(self) -> int:
        """How many rows there are."""
        return len(self.query(HostRow))

    async def rebuild(self, focus: int | None = None) -> None:
        """Make the rows anew from the draft; focus the name of row `focus`."""
        self.building = True
        await self.recompose()
        self.building = False
        if focus is not None:
            for row in self.query(HostRow):
                if row.index == focus:
                    row.query(Cell).first().focus()

    @property
    def current(self) -> int | None:
        """The row with the focus; None if the focus is elsewhere."""
        focused = self.screen.focused
        for node in focused.ancestors_with_self if focused else ():
            if isinstance(node, HostRow):
                return node.index
        return None

    def sync(self) -> None:
        """Show what is wrong in every row."""
        if self.building:
            return
        for row in self.query(HostRow):
            row.sync()

    def focus_path(self, path: str) -> bool:
        """Focus the cell of the key `path`, or the first one of its host."""
        for cell in self.query(Cell):
            if cell.path == path:
                cell.focus()
                return True
        for row in self.query(HostRow):
            if path.startswith(f"nodes[{row.index}]"):
                row.query(Cell).first().focus()
                return True
        return False

    def on_key(self, event: events.Key) -> None:
        """Up and Down go from host to host, as in a table."""
        step = {"up": -1, "down": 1}.get(event.key)
        focused = self.screen.focused
        if step is None or not isinstance(focused, Cell) or self.current is None:
            return
        wanted = self.current + step
        for cell in self.query(Cell):
            if cell.column == focused.column and cell.path.startswith(f"nodes[{wanted}]"):
                event.stop()
                cell.focus()
