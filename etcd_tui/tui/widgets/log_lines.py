"""LogLines: lines without wrapping, of which only those that are seen are drawn.

Textual's own Log measures what it is given in a thread and asks for a new layout twice for every
batch: with a thousand lines a second the keys wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget


class LogLines(ScrollView, can_focus=True):
    """The newest `most` lines. They have to be printable: nothing is made safe here."""

    ALLOW_SELECT = True
    DEFAULT_CSS = """
    LogLines {
        background: $surface;
        color: $text;
        overflow: scroll;
        &:focus { background-tint: $foreground 5%; }
    }
    """

    def __init__(self, most: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.most = most
        self.lines: list[str] = []
        """What is kept, the newest last."""
        self._width = 0

    def clear(self) -> None:
        """Forget every line."""
        self.lines.clear()
        self._width = 0
        self._measured()

    def extend(self, lines: Iterable[str]) -> None:
        """Add lines below the others; the oldest ones go where there are too many."""
        new = list(lines)[-self.most :]
        self.lines.extend(new)
        del self.lines[: -self.most]
        longest = max((_cells(line) for line in new), default=0)
        self._width = max(self._width, longest)
        self._measured()

    def _measured(self) -> None:
        size = Size(self._width, len(self.lines))
        # Both bars are always there, so that nothing on the screen moves: no layout is needed.
        self.set_reactive(Widget.virtual_size, size)
        self.vertical_scrollbar.window_virtual_size = size.height
        self.horizontal_scrollbar.window_virtual_size = size.width
        self.scroll_y = self.validate_scroll_y(self.scroll_y)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the line that is seen at row `y`."""
        scroll_x, scroll_y = self.scroll_offset
        number = scroll_y + y
        width = self.size.width
        if number >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        strip = self._strip(number).crop_extend(scroll_x, scroll_x + width, self.rich_style)
        return strip.apply_offsets(scroll_x, number)

    def _strip(self, number: int) -> Strip:
        line = self.lines[number]
        plain = self.rich_style
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return Strip([Segment(line, plain)], _cells(line))
        start, end = span[0], len(line) if span[1] == -1 else span[1]
        marked = plain + self.screen.get_component_rich_style("screen--selection")
        return Strip(
            [
                Segment(line[:start], plain),
                Segment(line[start:end], marked),
                Segment(line[end:], plain),
            ],
            _cells(line),
        )

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """Return the selected text, and what stands behind it where more follows."""
        return selection.extract("\n".join(self.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what was marked or is no longer."""
        self.refresh()


def _cells(line: str) -> int:
    return len(line) if line.isascii() else cell_len(line)
