"""Words: text that is shown as it is. Square brackets of hosts and addresses are no markup."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Words(Static):
    """A Static that never reads markup; with `style`, e.g. `$error`, the whole text has it."""

    DEFAULT_CSS = "Words { width: 1fr; height: auto; }"

    def __init__(
        self, text: str | Content = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(text, markup=False, id=id, classes=classes)

    def say(self, text: str | Content) -> None:
        """Show `text` instead; does nothing where it is shown already."""
        if str(self.content) != str(text):
            sides = (self.styles.width, self.styles.height)
            moves = any(side is None or side.is_auto for side in sides)
            self.update(text, layout=moves)
