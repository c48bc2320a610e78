"""HostKeysDialog: the keys of hosts that were never met; each is accepted by somebody or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, DataTable

from etcd_tui.apply.events import HostFailed
from etcd_tui.i18n import N_, _
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words

Keys = frozenset[tuple[str, str]]

_AROUND = 18
"""Lines of the dialog that are not the table, and of the screen that are not the dialog."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """One key that was shown. `hosts`: whom it is met on the way to; a jump host serves several."""

    address: str
    fingerprint: str
    key_type: str
    hosts: tuple[str, ...]


def new_keys_of(failures: Iterable[HostFailed]) -> list[NewKey]:
    """Return the unknown keys, each once. A changed key is not among them: it stays refused."""
    found: dict[tuple[str, str], NewKey] = {}
    for failure in failures:
        if failure.kind != "unknown-host-key" or not failure.fingerprint:
            continue
        place = (failure.address, failure.fingerprint)
        before = found[place].hosts if place in found else ()
        hosts = (*before, failure.host)
        found[place] = NewKey(*place, failure.key_type, hosts)
    return list(found.values())


class HostKeysDialog(Dialog[Keys]):
    """Gives the accepted keys as pairs of address and fingerprint; None: closed without."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", N_("Accept or not"), id="keys.mark", priority=True),
        Binding("a", "all", N_("Accept all"), id="keys.all"),
        Binding("g", "go", N_("Go on"), id="keys.go"),
    ]

    def __init__(self, keys: list[NewKey]) -> None:
        super().__init__(_("Are these your hosts?"))
        self._keys = keys
        self._marked = [False] * len(keys)

    def body(self) -> ComposeResult:
        """Why it matters, the table, how to compare."""
        yield Words(
            _(
                "These hosts were not met before. Compare each fingerprint with the one that the "
                "host itself shows: an accepted key is written down, and trusted from then on."
            )
        )
        yield DataTable(id="keys", cursor_type="row", show_header=True, cell_padding=1)
        yield Words(_("To see it on a host's own console:"), classes="quiet")
        yield Words("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", classes="command")
        yield Words("", id="wrong", classes="field-problem")

    def buttons(self) -> ComposeResult:
        """Accept the marked ones, all, or none."""
        yield Button(_("Accept the marked"), id="go", compact=True, variant="primary")
        yield Button(_("Accept all"), id="all", compact=True, variant="warning")
        yield Button(_("Close"), id="close", compact=True)

    def on_mount(self) -> None:
        """Fill the table: two lines a key, so that a fingerprint fits into 80 columns."""
        table = self.query_one(DataTable)
        table.add_column(Text(_("host, address")), key="host")
        table.add_column(Text(_("key type, fingerprint")), key="key")
        for index, key in enumerate(self._keys):
            shown = Text(f"{key.key_type}\n{key.fingerprint}")
            table.add_row(self._head(index), shown, key=str(index), height=2)
        self.on_resize()
        table.focus()

    def on_resize(self) -> None:
        """The table gives way, so that the words and the buttons stay in sight."""
        room = max(3, self.app.size.height - _AROUND)
        self.query_one(DataTable).styles.max_height = min(1 + 2 * len(self._keys), room)

    def _head(self, index: int) -> Text:
        key = self._keys[index]
        mark = f"[{self.app.glyphs.done if self._marked[index] else ' '}]"
        names = ", ".join(key.hosts)
        return Text(f"{mark} {names}\n{key.address}")

    @on(DataTable.RowSelected)
    def action_mark(self) -> None:
        """Accept the key under the cursor, or take that back; on a button, press it."""
        if isinstance(self.focused, Button):
            self.focused.press()
            return
        index = self.query_one(DataTable).cursor_row
        self._marked[index] = not self._marked[index]
        self.query_one(DataTable).update_cell(str(index), "host", self._head(index))

    @on(Button.Pressed, "#all")
    def action_all(self) -> None:
        """Accept every key and go on."""
        self.dismiss(frozenset((key.address, key.fingerprint) for key in self._keys))

    @on(Button.Pressed, "#go")
    def action_go(self) -> None:
        """Go on with the keys that are marked."""
        chosen = [key for key, marked in zip(self._keys, self._marked, strict=True) if marked]
        if not chosen:
            text = _("No key is marked. Space marks the one under the cursor.")
            self.query_one("#wrong", Words).say(f"{self.app.glyphs.problem} {text}")
            return
        self.dismiss(frozenset((key.address, key.fingerprint) for key in chosen))

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
