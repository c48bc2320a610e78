"""LogPane: the log of one host or of all: follow, pause, filter. Fed in batches."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from etcd_tui.i18n import _
from etcd_tui.tui.run_view import KEPT_LINES, RunView
from etcd_tui.tui.widgets.log_lines import LogLines
from etcd_tui.tui.widgets.words import Words

_LONGEST = 2000
"""Characters of a line that are shown; log.txt has the rest."""
_TAB = "  "


def shown(text: str) -> str:
    """Return a line as it may be drawn: cut, only printable characters, of any script.

    The second belt: whatever reaches a screen has passed the sanitiser at the SSH boundary.
    """
    text = text[:_LONGEST]
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(letter: str) -> str:
    if letter.isprintable():
        return letter
    if letter == "\t":
        return _TAB
    # An ideographic space is as wide as two.
    return "  " if letter == "\u3000" else " " if letter.isspace() else ""


class LogPane(Vertical):
    """Shows `view`'s lines of `host` (empty: all). `sync` takes in what came since the last."""

    DEFAULT_CSS = "LogPane { height: 1fr; } LogPane LogLines { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="log-pane")
        self._view: RunView | None = None
        self._host = ""
        self._next = 0
        self._fresh = True
        self._waiting = 0
        self._left_at = 0.0
        """Where the log was scrolled to last, other than by the reader."""
        self.following = True

    def compose(self) -> ComposeResult:
        """A line of state, the filter, the log."""
        yield Words("", id="log-state")
        prompt = _("show lines with …; Escape ends")
        wanted = Input(placeholder=prompt, id="log-filter", compact=True)
        wanted.display = False
        yield wanted
        yield LogLines(KEPT_LINES, id="log")

    @property
    def _wanted(self) -> str:
        return self.query_one("#log-filter", Input).value.lower()

    def show(self, view: RunView | None, host: str) -> None:
        """Show another run or host, if it is another."""
        if view is not self._view or host != self._host:
            self._view, self._host = view, host
            self._restart()
        self.sync()

    def _restart(self) -> None:
        self.query_one(LogLines).clear()
        self._next = 0
        self._left_at = 0.0
        # Another log is shown as far as it has come, even where its growth is not followed.
        self._fresh = True

    def sync(self) -> None:
        """Take in new lines, unless the reader has stopped to read."""
        view = self._view
        if view is None:
            return
        log = self.query_one(LogLines)
        if self._fresh or (self.following and self._at_end):
            self._fresh = False
            new = view.log.since(self._next, self._host)
            self._next = view.log.count
            wanted = self._wanted
            lines = [shown(line.text) for line in new if wanted in line.text.lower()]
            if lines:
                log.extend(lines)
            if lines or not log.is_vertical_scroll_end:
                log.scroll_end(animate=False, immediate=True, x_axis=False)
            self._left_at = log.scroll_y
            self._waiting = 0
        else:
            new = view.log.since(self._next, self._host)
            self._waiting = sum(self._wanted in line.text.lower() for line in new)
        self._tell()

    @property
    def _at_end(self) -> bool:
        log = self.query_one(LogLines)
        # A log that has become lower is not at its end, though nobody has scrolled.
        return log.is_vertical_scroll_end or log.scroll_y >= self._left_at

    def _tell(self) -> None:
        parts = [_("Log of {host}").format(host=self._host) if self._host else _("Log of all")]
        if self._waiting or not (self.following and self._at_end):
            parts.append(_("paused, +{n} new").format(n=self._waiting))
        else:
            parts.append(_("following"))
        if self._wanted:
            parts.append(_("only lines with {text}").format(text=self._wanted))
        self.query_one("#log-state", Words).say("  ".join(parts))

    def toggle_follow(self) -> None:
        """Pause, or go on at the end."""
        self.following = not self.following or not self._at_end
        if self.following:
            self._left_at = 0.0
        self.sync()

    def open_filter(self) -> None:
        """Ask what to look for."""
        field = self.query_one("#log-filter", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#log-filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self._restart()
        self.sync()

    @on(Input.Submitted, "#log-filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(LogLines).focus()

    def close_filter(self) -> bool:
        """Show all lines again; False if there was no filter."""
        field = self.query_one("#log-filter", Input)
        if not field.display:
            return False
        field.value = ""
        field.display = False
        self.query_one(LogLines).focus()
        return True
