"""KeyBar: the keys of the moment, five at most; the rest is behind Help."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from etcd_tui.i18n import _

MOST = 5


class KeyBar(Footer):
    """A footer whose descriptions are translated when shown, so that the language can change.

    Bindings with `show=True` stand in it: the focused widget's first, then the screen's, the app's.
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)

    def compose(self) -> ComposeResult:
        """Make one item a binding."""
        if not self._bindings_ready:
            return
        shown = [
            (binding, enabled)
            for _node, binding, enabled, _tooltip in self.screen.active_bindings.values()
            if binding.show and binding.description
        ]
        for binding, enabled in shown[:MOST]:
            yield FooterKey(
                binding.key,
                self.app.get_key_display(binding),
                self._said(binding),
                binding.action,
                disabled=not enabled,
            )

    def _said(self, binding: Binding) -> str:
        """What the key does now: for the key of the button Next what stands on the button."""
        label = getattr(self.screen, "next_label", "") if binding.action == "next" else ""
        return label or _(binding.description)
