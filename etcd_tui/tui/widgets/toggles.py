"""Tick and Pick: toggles whose sign, and not only its colour, says whether they are on."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox, RadioButton


class Tick(Checkbox):
    """A checkbox: `[x]` or `[ ]`."""

    @property
    def _button(self) -> Content:
        style = self.get_visual_style("toggle--button")
        return Content.styled("[x]" if self.value else "[ ]", style)


class Pick(RadioButton):
    """A radio button: `(*)` or `( )`."""

    @property
    def _button(self) -> Content:
        style = self.get_visual_style("toggle--button")
        return Content.styled("(*)" if self.value else "( )", style)
