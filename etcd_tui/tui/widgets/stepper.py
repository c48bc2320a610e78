"""Stepper: the six steps in one line, each with its state; a click goes there."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from etcd_tui.i18n import _
from etcd_tui.tui.glyphs import Glyphs
from etcd_tui.tui.steps import STEPS, WORDS, State, Step
from etcd_tui.tui.widgets.words import Words


class StepLabel(Static):
    """One step of the line."""

    def __init__(self, number: int, step: Step) -> None:
        super().__init__(markup=False, id=f"step-{step.key}")
        self.number = number
        self.step = step

    def on_click(self, event: events.Click) -> None:
        """Go there."""
        event.stop()
        self.app.call_later(self.app.run_action, f"app.go('{self.step.key}')")


class Stepper(Horizontal):
    """Shows `states`, one of each step; `current` is the key of the step on the screen."""

    def __init__(self, current: str) -> None:
        super().__init__(id="stepper")
        self.current = current

    def compose(self) -> ComposeResult:
        """Make a label a step."""
        for number, step in enumerate(STEPS, start=1):
            yield StepLabel(number, step)
        yield Words("", id="step-short")

    def show(self, states: dict[str, State], glyphs: Glyphs) -> None:
        """Draw the states; the sign says what colour says, the tooltip says it in words."""
        for label in self.query(StepLabel):
            key = label.step.key
            state = states[key]
            title = _(label.step.title)
            mark = "" if state == "todo" else f" {getattr(glyphs, state)}"
            here = key == self.current
            text = f"{label.number} {title}{mark}"
            if str(label.content) != text:
                label.update(text)
            label.tooltip = f"{title}: {_(WORDS[state])}"
            label.set_classes(f"-{state}{' -here' if here else ''}")
            if here:
                short = f"{label.number}/{len(STEPS)} {title}{mark}"
                self.query_one("#step-short", Words).say(short)
