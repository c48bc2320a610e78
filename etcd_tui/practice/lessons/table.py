"""LESSONS: all of them by name, in the order in which they are listed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.practice.lessons.hosts import HOSTS
from etcd_tui.practice.lessons.lesson import Lesson
from etcd_tui.practice.lessons.members import MEMBERS

LESSONS = {lesson.name: lesson for lesson in (*HOSTS, *MEMBERS)}
MEMBERS_NEEDED = 3


def find(name: str, hosts: int) -> Lesson:
    """Return the lesson `name`; UsageError where there is none, or too few hosts for it."""
    lesson = LESSONS.get(name)
    if lesson is None:
        near = difflib.get_close_matches(name, LESSONS, 1)
        text = _("Did you mean {name}? All lessons: etcd-tui demo --break list")
        raise UsageError(
            _("There is no lesson {name}.").format(name=name),
            remedy=text.format(name=near[0])
            if near
            else _("All lessons: etcd-tui demo --break list"),
        )
    if hosts < MEMBERS_NEEDED:
        raise UsageError(
            _("A lesson needs three hosts or more."),
            remedy=_("Leave out --hosts {n}.").format(n=hosts),
        )
    return lesson


def listed() -> Iterator[str]:
    """Yield a line for each lesson: its name, and what it is about."""
    width = max(map(len, LESSONS))
    for lesson in LESSONS.values():
        yield f"{lesson.name:{width}}  {_(lesson.title)}"
