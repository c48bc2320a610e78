"""HostDialog: one host in full: its names, and how it is entered where that differs from all."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button

from etcd_tui.i18n import _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.form import Field, Form
from etcd_tui.tui.widgets.words import Words

_KEYS = ("name", "address", "sans")
_SSH = (
    "user", "port", "host", "private_key", "passphrase", "password", "sudo_password", "host_key",
    "jump", "config", "known_hosts", "agent", "connect_timeout",
)  # fmt: skip
_OWN = frozenset({"host", "host_key"})
"""Keys of one host only; the others fall back to those of all."""


class HostDialog(Dialog[None]):
    """Edits the member `index` of the draft in place."""

    def __init__(self, index: int) -> None:
        super().__init__(_("Host {n}").format(n=index + 1))
        self._place = f"nodes[{index}]"

    def body(self) -> ComposeResult:
        """A field a key."""
        fields = [Field(f"{self._place}.{name}") for name in _KEYS]
        fields += [
            Field(f"{self._place}.ssh.{name}", inherited="" if name in _OWN else f"ssh.{name}")
            for name in _SSH
        ]
        yield Form(fields)
        yield Words("", id="hint")

    def buttons(self) -> ComposeResult:
        """Close: what was typed is in the draft already."""
        yield Button(_("Close"), id="close", compact=True, variant="primary")

    def on_mount(self) -> None:
        """Show what is wrong at once."""
        self.query_one(Form).sync()

    @on(Field.Changed)
    def _changed(self) -> None:
        self.query_one(Form).sync()

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
