"""Caption: what a screen is about, over the line of keys, while the wizard plays by itself."""

from __future__ import annotations

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Vertical

from etcd_tui.i18n import _
from etcd_tui.tui.widgets.words import Words

State = Literal["playing", "held", "over"]


class Caption(Vertical):
    """A sentence or two, and below it how to hold or end it."""

    DEFAULT_CSS = """
    Caption {
        height: auto; padding: 0 1; background: $panel; border-top: tall $primary;
        .caption-text { text-style: bold; }
        .caption-keys { color: $text-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        # Made here: the screen under the caption may be taken down before the caption is composed.
        self._text = Words(classes="caption-text")
        self._keys = Words(classes="caption-keys")

    def compose(self) -> ComposeResult:
        """Two texts."""
        yield self._text
        yield self._keys

    def say(self, text: str) -> None:
        """Show `text`."""
        self._text.say(text)

    def tell(self, state: State) -> None:
        """Say which keys do what now."""
        keys = {
            "playing": _("Autoplay. Space: hold. Any other key: take over."),
            "held": _("Held. Space: go on. Any other key: take over."),
            "over": _("Any key takes these lines away."),
        }
        self._keys.say(keys[state])
