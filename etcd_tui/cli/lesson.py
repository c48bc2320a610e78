"""Lessons of the demo at the command line: list them, play one, enter a host to mend it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from etcd_tui.apply.events import Event, Finished, Note, Reader, Stream
from etcd_tui.cli.dispatch import ended
from etcd_tui.errors import Exit
from etcd_tui.i18n import _
from etcd_tui.practice.hosts import Practice
from etcd_tui.practice.lessons.enter import enter
from etcd_tui.practice.lessons.lesson import Lesson
from etcd_tui.practice.lessons.page import Page
from etcd_tui.practice.lessons.play import play, run_of
from etcd_tui.practice.lessons.table import find, listed
from etcd_tui.remote import sanitise
from etcd_tui.session import Work

LIST = "list"
_OUTPUT = 1 << 20
_UNKNOWN = 255
"""What ssh ends with, too, where the connection was lost."""

RunOn = Callable[[Reader, str, Work], Awaitable[Finished]]
"""Runs a verb's work on the practice hosts."""


def lesson_of(parsed: argparse.Namespace) -> Lesson | None:
    """Return the lesson that `parsed` asks for; UsageError where it cannot be played."""
    return find(parsed.lesson, parsed.hosts) if parsed.lesson else None


def list_lessons(verb: str, stream: Stream, began: float) -> int:
    """Print every lesson with a line."""
    for line in listed():
        stream.emit(Note(line))
    return ended(stream, verb, began)


def enter_host(parsed: argparse.Namespace, root: Path) -> int:
    """Run a command on a host of the demo that runs; the exit code is the command's."""
    host, command = parsed.on
    result = asyncio.run(enter(root, host, command))
    for stream, said in ((sys.stdout, result.stdout), (sys.stderr, result.stderr)):
        stream.write(sanitise.text(said, limit=_OUTPUT))
        stream.flush()
    return _UNKNOWN if result.exit_status is None else result.exit_status


class _Leader:
    """Passes events on, and keeps the name of the leader that the proofs tell."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.name = ""

    def __call__(self, event: Event) -> None:
        self._reader(event)
        proof = getattr(event, "proof", None)
        if proof is not None and proof.leader:
            self.name = proof.leader


async def prepare(
    practice: Practice, lesson: Lesson, parsed: argparse.Namespace, reader: Reader, run: RunOn
) -> Page | Finished:
    """Play the lesson, on a cluster if it needs one; how the install ended if it failed."""
    leader = _Leader(reader)
    if lesson.installed:
        from etcd_tui import verbs

        reader(Note(_("This lesson needs a cluster that works: first it is installed.")))
        last = await run(leader, "install", verbs.install)
        if last.exit != Exit.DONE:
            return last
    return await play(practice, lesson, leader=leader.name, where=where(parsed))


async def headless(
    practice: Practice,
    lesson: Lesson,
    parsed: argparse.Namespace,
    reader: Reader,
    run: RunOn,
    stream: Stream,
) -> Finished:
    """Play the lesson, show how a run fails on it, and say what mends it."""
    page = await prepare(practice, lesson, parsed, reader, run)
    if isinstance(page, Finished):
        return page
    for text in (page.heading, *page.paragraphs):
        stream.emit(Note(text))
    last = await run(reader, *run_of(lesson))
    for text in page.way_out:
        stream.emit(Note(text))
    if not parsed.keep:
        stream.emit(
            Note(_("To type this yourself, play the lesson with --keep, or in the wizard."))
        )
    return last


def where(parsed: argparse.Namespace) -> str:
    """Return the options by which another command finds the same demos."""
    return f" --state-dir {parsed.state_dir}" if parsed.state_dir else ""
