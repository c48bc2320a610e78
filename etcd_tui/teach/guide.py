"""guide_text: the lesson for an action of a plan, for a screen of the wizard, or for an idea."""

from __future__ import annotations

from collections.abc import Iterator

from etcd_tui.i18n import _
from etcd_tui.teach.hosts import HOSTS
from etcd_tui.teach.ideas import IDEAS
from etcd_tui.teach.lesson import Lesson
from etcd_tui.teach.members import MEMBERS
from etcd_tui.teach.screens import SCREENS
from etcd_tui.teach.trust import TRUST

_ALL = {**SCREENS, **HOSTS, **TRUST, **MEMBERS, **IDEAS}


def guide_text(key: str) -> Lesson:
    """Return the lesson for `key`, in the language of the moment.

    `key` is an action's (`config`, `certificate:etcd1`), a screen's (`preview`) or an idea's
    (`quorum`). Of `certificate:etcd1` the part before the colon counts, unless the whole key has
    a lesson of its own. KeyError if there is none.
    """
    lesson = _ALL.get(key) or _ALL[key.partition(":")[0]]
    return Lesson(_(lesson.title), _(lesson.text), lesson.more)


def keys() -> Iterator[str]:
    """Yield every key that has a lesson: screens, then actions, then ideas."""
    yield from _ALL
