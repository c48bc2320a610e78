"""Page: what a person reads of a lesson, filled with the names of this demo."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from etcd_tui.i18n import _
from etcd_tui.practice.lessons.lesson import Lesson, Step


@dataclass(frozen=True, slots=True)
class Way:
    """One step as it is typed on this machine, whole."""

    text: str
    command: str


@dataclass(frozen=True, slots=True)
class Page:
    """A lesson and the values of one demo. Its texts are in the language of the moment."""

    lesson: Lesson
    values: Mapping[str, str]

    @property
    def title(self) -> str:
        """The fault in a few words."""
        return _(self.lesson.title)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The idea, then what is played."""
        texts = (_(self.lesson.text), _(self.lesson.played))
        whole = "\n\n".join(text.format_map(self.values) for text in texts)
        return tuple(whole.split("\n\n"))

    @property
    def ways(self) -> tuple[Way, ...]:
        """The steps that mend it, in order."""
        return tuple(Way(_(step.text), self._typed(step)) for step in self.lesson.steps)

    def _typed(self, step: Step) -> str:
        command = step.command.format_map(self.values)
        if not step.host:
            return command
        host = step.host.format_map(self.values)
        return f"{self.values['demo']} --on {host} {shlex.quote(command)}"

    @property
    def heading(self) -> str:
        """The lesson's name and title."""
        return _("Lesson {name}: {title}").format(name=self.lesson.name, title=self.title)

    @property
    def way_out(self) -> tuple[str, ...]:
        """The steps as text, each with its command on a line of its own."""
        steps = (f"{n}. {way.text}\n   {way.command}" for n, way in enumerate(self.ways, start=1))
        return (_("The way out:"), *steps)
