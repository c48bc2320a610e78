"""CheckGrid: hosts by checks, one cell a finding; failures come first. Pure part: `rows_of`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from etcd_tui.i18n import N_, _
from etcd_tui.preflight.check import Check
from etcd_tui.tui.glyphs import Glyphs
from etcd_tui.tui.run_view import RunView

FindingState = Literal["pass", "warn", "fail", "wait", "none"]

ENTRY = "entry"
"""Key of the first row: whether the host could be entered at all."""
EVERYWHERE = ""
"""Name of the column of the checks that belong to no single host."""
_TITLE = "title"
_LEAST_TITLE = 28
_PADDING = 2

WORDS: dict[FindingState, str] = {
    "pass": N_("ok"),
    "warn": N_("warn"),
    "fail": N_("fail"),
    "wait": N_("wait"),
    "none": N_("not checked"),
}
_WORST = ("fail", "warn", "wait", "pass", "none")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one cell says. `host` is as in Check: empty for all hosts, `operator`, or a name."""

    host: str
    key: str
    title: str
    state: FindingState
    found: str = ""
    why: str = ""
    fix: str = ""
    offer: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One check on all hosts; `cells` by column."""

    key: str
    title: str
    cells: dict[str, Finding] = field(default_factory=dict)

    @property
    def worst(self) -> Finding:
        """The finding that matters most."""
        return min(self.cells.values(), key=lambda finding: _WORST.index(finding.state))


def rows_of(view: RunView, hosts: Sequence[str]) -> list[Row]:
    """Return the rows of a check run: failures first, then warnings, then the order of arrival."""
    rows = {ENTRY: Row(ENTRY, _("the host can be entered over SSH"))}
    for host in hosts:
        rows[ENTRY].cells[host] = _entry(view, host, rows[ENTRY].title)
    for check in view.checks:
        row = rows.setdefault(check.key, Row(check.key, check.title))
        column = check.host if check.host in hosts else EVERYWHERE
        there = row.cells.get(column)
        row.cells[column] = _together(there, _of_check(check)) if there else _of_check(check)
    for row in rows.values():
        if EVERYWHERE not in row.cells and view.running and not row.key.startswith("peers"):
            for host in hosts:
                row.cells.setdefault(host, Finding(host, row.key, row.title, "wait"))
    order = {"fail": 0, "warn": 1}
    return sorted(
        (row for row in rows.values() if row.cells),
        key=lambda row: (order.get(row.worst.state, 2), EVERYWHERE in row.cells),
    )


def _entry(view: RunView, host: str, title: str) -> Finding:
    failure = view.failures.get(host)
    if failure is not None:
        unknown = failure.kind == "unknown-host-key"
        fix = _("Press k, compare the fingerprint, and accept it if it is the host's.")
        return Finding(
            host,
            ENTRY,
            title,
            "fail",
            failure.what,
            failure.cause,
            fix if unknown else failure.remedy,
        )
    state: FindingState
    match view.progress.get(host, ""):
        case "entered" | "observed":
            state, found = "pass", _("entered")
        case "failed":
            state, found = "fail", _("it could not be entered")
        case "" if any(check.host == host for check in view.checks):
            state, found = "pass", _("entered by the run before")
        case "":
            state, found = ("wait" if view.running else "none"), ""
        case "connected":
            state, found = "wait", _("connected; logging in")
        case _:
            state, found = "wait", _("connecting")
    return Finding(host, ENTRY, title, state, found)


def _of_check(check: Check) -> Finding:
    return Finding(
        check.host,
        check.key,
        check.title,
        check.status,
        check.found,
        check.why,
        check.fix,
        check.offer,
    )


def _together(one: Finding, other: Finding) -> Finding:
    """Return what a cell says that has two findings: the archives of two architectures."""
    worse, better = sorted((one, other), key=lambda finding: _WORST.index(finding.state))
    return replace(
        worse,
        found="; ".join((worse.found, better.found)),
        why="; ".join(dict.fromkeys(filter(None, (worse.why, better.why)))),
        fix=" ".join(dict.fromkeys(filter(None, (worse.fix, better.fix)))),
        offer=worse.offer or better.offer,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """How wide the columns are and what stands at their heads."""

    heads: tuple[str, ...]
    widths: tuple[int, ...]
    title: int
    words: bool


def _layout(columns: Sequence[str], rows: Iterable[Row], room: int) -> _Layout:
    full = [column or _("all") for column in columns]
    signs = [[str(n) if c else "*" for n, c in _numbered(columns)], _short(columns)]
    longest = max(cell_len(_(WORDS[state])) for state in ("pass", "warn", "fail", "wait")) + 2
    ways = [(full, True), (full, False), (signs[1], False), (signs[0], False)]
    wanted = max((cell_len(row.title) for row in rows), default=0)
    for heads, words in ways:
        least = longest if words else 1
        widths = tuple(max(cell_len(head), least) for head in heads)
        left = room - sum(width + _PADDING for width in widths) - _PADDING
        if left >= min(wanted, _LEAST_TITLE):
            break
    return _Layout(tuple(heads), widths, max(8, min(wanted, left)), words)


def _numbered(columns: Sequence[str]) -> list[tuple[int, str]]:
    number = 0
    numbered = []
    for column in columns:
        number += bool(column)
        numbered.append((number, column))
    return numbered


def _short(columns: Sequence[str]) -> list[str]:
    """Names without what all begin with: etcd1, etcd2 are 1, 2."""
    names = [column for column in columns if column]
    common = 0
    while names and all(len(n) > common + 1 and n[common] == names[0][common] for n in names):
        common += 1
    return [column[common:] if column else "*" for column in columns]


class CheckGrid(DataTable[Text]):
    """Shows rows; changes only what changed, so that the cursor stays where it is."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(
            id=id, cursor_type="cell", zebra_stripes=True, header_height=1, fixed_columns=1
        )
        self._glyphs = glyphs
        self.rows_shown: list[Row] = []
        self._columns_shown: tuple[object, ...] = ()
        self._cells_shown: dict[tuple[str, str], str] = {}
        self._plan = _Layout((), (), 0, words=True)

    @property
    def legend(self) -> str:
        """What shortened column heads stand for; empty where they are whole."""
        columns = [str(key.value) for key in self.columns if key.value != _TITLE]
        if list(self._plan.heads) == [column or _("all") for column in columns]:
            return ""
        names = [column or _("all") for column in columns]
        heads = zip(self._plan.heads, names, strict=True)
        return "  ".join(f"{head} {name}" for head, name in heads)

    def show(self, rows: list[Row], hosts: Sequence[str]) -> None:
        """Show `rows`, with one column for each of `hosts` and one for the rest."""
        columns = [*hosts, EVERYWHERE]
        layout = _layout(columns, rows, max(self.size.width - 1, 20))
        look = (layout, tuple(columns), self.app.theme)
        if look == self._columns_shown and rows == self.rows_shown:
            return
        kept = self.selected_place()
        if look != self._columns_shown:
            self.clear(columns=True)
            self.add_column(Text(_("check")), width=layout.title, key=_TITLE)
            for column, head, width in zip(columns, layout.heads, layout.widths, strict=True):
                self.add_column(Text(head), width=width, key=column)
            self._columns_shown, self._plan, self.rows_shown = look, layout, []
        if [row.key for row in rows] != [row.key for row in self.rows_shown]:
            self.clear()
            self._cells_shown = {}
            for row in rows:
                self.add_row(*self._texts(row, columns), key=row.key)
        else:
            self._update(rows, columns)
        self.rows_shown = rows
        if kept is not None:
            self.go_to(*kept)

    def _update(self, rows: list[Row], columns: Sequence[str]) -> None:
        for row in rows:
            for column in columns:
                text = self._cell(row.cells.get(column))
                if self._cells_shown.get((row.key, column)) != text.plain:
                    self._cells_shown[row.key, column] = text.plain
                    self.update_cell(row.key, column, text)

    def _texts(self, row: Row, columns: Sequence[str]) -> list[Text]:
        title = Text(row.title, no_wrap=True)
        title.truncate(self._plan.title, overflow="ellipsis")
        texts = [title]
        for column in columns:
            text = self._cell(row.cells.get(column))
            self._cells_shown[row.key, column] = text.plain
            texts.append(text)
        return texts

    def _cell(self, finding: Finding | None) -> Text:
        if finding is None or finding.state == "none":
            return Text("·", Style(dim=True))
        sign = sign_of(finding.state, self._glyphs)
        word = f" {_(WORDS[finding.state])}" if self._plan.words else ""
        names = {"pass": "success", "warn": "warning", "fail": "error"}
        name = names.get(finding.state)
        style = Style(dim=True)
        if name is not None:
            color = Color.parse(self.app.theme_variables[name])
            style = Style(color=color.rich_color, bold=finding.state == "fail")
        return Text(f"{sign}{word}", style)

    def selected_place(self) -> tuple[str, str] | None:
        """Return the keys of row and column under the cursor; None where there is no row."""
        if not self.is_valid_coordinate(self.cursor_coordinate):
            return None
        row, column = self.coordinate_to_cell_key(self.cursor_coordinate)
        return str(row.value), str(column.value)

    def selected(self) -> Finding | None:
        """Return the finding under the cursor; on a title, the worst of its row."""
        place = self.selected_place()
        if place is None:
            return None
        row = next((row for row in self.rows_shown if row.key == place[0]), None)
        if row is None:
            return None
        if place[1] == _TITLE:
            return row.worst
        host = place[1]
        return row.cells.get(host) or Finding(host, row.key, row.title, "none")

    def go_to(self, row: str, column: str) -> None:
        """Put the cursor on a cell, if it is there."""
        if row in self.rows and column in (str(key.value) for key in self.columns):
            place = self.get_row_index(row), self.get_column_index(ColumnKey(column))
            if place != tuple(self.cursor_coordinate):
                self.move_cursor(row=place[0], column=place[1])

    def go_to_worst(self) -> None:
        """Put the cursor on the finding that matters most."""
        if self.rows_shown:
            row = self.rows_shown[0]
            column = row.worst.host
            self.go_to(row.key, column if column in row.cells else EVERYWHERE)


def sign_of(state: FindingState, glyphs: Glyphs) -> str:
    """Return the sign of a state."""
    signs = {"pass": glyphs.done, "warn": glyphs.warning, "fail": glyphs.problem}
    return signs.get(state, glyphs.todo if state == "wait" else "·")
