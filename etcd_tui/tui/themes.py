"""The wizard's themes. Text colours come from the theme only; state is always a word, too."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="etcd-dark",
    primary="#4FA8E0",
    secondary="#7FB7D9",
    accent="#E0A84F",
    success="#5FC28B",
    warning="#E6B450",
    error="#F0717A",
    foreground="#DCE3EA",
    background="#10161C",
    surface="#161E26",
    panel="#1E2833",
    dark=True,
)
LIGHT = Theme(
    name="etcd-light",
    primary="#0B66A8",
    secondary="#3A6B8C",
    accent="#9A5B00",
    success="#1B7A43",
    warning="#8A5A00",
    error="#B3202C",
    foreground="#1A2229",
    background="#FAFBFC",
    surface="#F0F3F5",
    panel="#E2E8ED",
    dark=False,
)
CONTRAST = Theme(
    name="etcd-contrast",
    primary="#6FC3FF",
    secondary="#FFFFFF",
    accent="#FFD24D",
    # Blue and orange: told apart by people who do not see red and green as two.
    success="#6FC3FF",
    warning="#FFD24D",
    error="#FF9D4D",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#1C1C1C",
    dark=True,
)
THEMES = (DARK, LIGHT, CONTRAST)
PLAIN = "ansi-dark"
"""Textual's own theme that emits no colour codes where NO_COLOR is set."""
