"""The terminal: what ended scrolls by, below it one live line a host.

Answers to what was asked go to standard output, everything on the way to standard error.
"""

from __future__ import annotations

import shutil
import time
import unicodedata
from dataclasses import dataclass
from typing import TextIO

from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    Checked,
    Diagnosed,
    Drilled,
    DrillStep,
    Event,
    Finished,
    HostFailed,
    HostLine,
    HostProgress,
    MemberStatus,
    Planned,
    PlannedAction,
    PlannedStage,
    Proved,
    Started,
)
from etcd_tui.errors import Exit
from etcd_tui.i18n import _
from etcd_tui.marks import Marks
from etcd_tui.wording import lines, started_line

_COLOURS = {"good": "32", "bad": "31;1", "warn": "33"}


@dataclass(slots=True)
class _Doing:
    text: str
    since: float
    percent: str = ""


class Live:
    """A reader for a person at a terminal. Call `tick` a few times a second."""

    def __init__(
        self, out: TextIO, results: TextIO, marks: Marks, *, colour: bool, terminal: bool
    ) -> None:
        self._out = out
        self._results = results
        self._marks = marks
        self._colour = colour
        self._terminal = terminal
        self._doing: dict[str, _Doing] = {}
        self._drawn = 0
        self._verb = ""
        self._hosts: tuple[str, ...] = ()

    def __call__(self, event: Event) -> None:
        """Show the event; on a pipe as plain lines, on a terminal above the live block."""
        if isinstance(event, HostLine):
            return  # log.txt has what hosts print; here it would bury what matters
        self._follow(event)
        self._erase()
        out = self._results if self._is_result(event) else self._out
        if out is not self._out:
            self._out.flush()
        for line in self._lines(event):
            out.write(self._painted(line) + "\n")
        out.flush()
        self._draw()
        self._out.flush()

    def tick(self) -> None:
        """Redraw the live block, so that the seconds go on."""
        if self._terminal and self._doing:
            self._erase()
            self._draw()
            self._out.flush()

    def _lines(self, event: Event) -> list[str]:
        # What passed on the way is no news to a person; the run folder and --json have it all.
        passed = isinstance(event, Checked) and event.check.status == "pass"
        if passed and self._verb != "check":
            return []
        # Whoever installs hears of each stage when it begins.
        if isinstance(event, PlannedStage) and self._verb in ("install", "uninstall"):
            return []
        if isinstance(event, Proved) and event.proof.passed:
            return lines(event, self._marks)[:1]
        return lines(event, self._marks)

    def _is_result(self, event: Event) -> bool:
        """Whether the event answers what the verb was asked for: that goes to standard output."""
        if isinstance(event, Finished):
            return event.exit in (Exit.DONE, Exit.TO_DO)
        if isinstance(event, Checked | Diagnosed):
            return self._verb in ("check", "diagnose")
        results = PlannedStage | PlannedAction | Planned | Proved | Drilled | MemberStatus
        return isinstance(event, results)

    def _follow(self, event: Event) -> None:
        now = time.monotonic()
        match event:
            case HostProgress(host, state):
                words = {
                    "connecting": _("connecting"),
                    "connected": _("looking at the host"),
                    "examining": _("looking at the host"),
                    "reconnecting": _("connecting again"),
                }
                if state in words:
                    self._doing[host] = _Doing(words[state], now)
                else:
                    self._doing.pop(host, None)
            case ActionStarted(host=host):
                self._doing[host] = _Doing(started_line(event), now)
            case ActionProgress(host=host, sent=sent, total=total) if total:
                if host in self._doing:
                    self._doing[host].percent = f" {100 * sent // total}%"
            case ActionFinished(host=host) | HostFailed(host=host):
                self._doing.pop(host, None)
            case Started(verb=verb, hosts=hosts):
                self._verb, self._hosts = verb, hosts
            case DrillStep(host=host, text=text):
                self._doing = {host or _("drill"): _Doing(text, now)}
            case Finished() | Drilled():
                self._doing.clear()
            case _:
                pass

    def _erase(self) -> None:
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        if not self._terminal:
            return
        size = shutil.get_terminal_size()
        shown = sorted(self._doing.items(), key=self._place)[: max(1, size.lines - 2)]
        for host, doing in shown:
            seconds = int(time.monotonic() - doing.since)
            text = f"  {host}  {doing.text}{doing.percent}  {seconds} s"
            self._out.write(_cut(text, size.columns - 1) + "\n")
        self._drawn = len(shown)

    def _place(self, item: tuple[str, _Doing]) -> int:
        """The hosts in the order of the answers file, so that lines keep their places."""
        return self._hosts.index(item[0]) if item[0] in self._hosts else -1

    def _painted(self, line: str) -> str:
        if not self._colour:
            return line
        for name, code in _COLOURS.items():
            mark = getattr(self._marks, name)
            if line.lstrip().startswith(f"{mark} "):
                return line.replace(mark, f"\x1b[{code}m{mark}\x1b[0m", 1)
        return line


def _cut(text: str, width: int) -> str:
    """Cut `text` to `width` terminal cells; wide characters take two."""
    cells = 0
    for index, character in enumerate(text):
        cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if cells > width:
            return text[:index]
    return text
