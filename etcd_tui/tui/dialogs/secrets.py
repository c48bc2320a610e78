"""ask_secrets: before a run, ask for the secrets that the answers leave to the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button, Input

from etcd_tui.i18n import _
from etcd_tui.secret import Secret
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.labels import label
from etcd_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from etcd_tui.tui.app import WizardApp

_NODE = re.compile(r"nodes\[(\d+)\]")


def ask_secrets(app: WizardApp, then: Callable[[], None]) -> None:
    """Call `then` once no secret is unanswered: at once, or after a dialog; never if it is closed.

    What is typed goes into the draft's memory, and nowhere else.
    """
    paths = app.draft.unanswered()
    if not paths:
        then()
        return
    if isinstance(app.screen, SecretsDialog):
        return
    app.push_screen(SecretsDialog(paths), lambda typed: then() if typed else None)


def secret_label(draft: Draft, path: str) -> str:
    """Return what the secret at `path` is for: `Password`, or `Password, etcd1`."""
    name = label(_NODE.sub("nodes", path))
    found = _NODE.match(path)
    if found is None:
        return name
    host = draft.get(f"{found[0]}.name") or draft.get(f"{found[0]}.address") or found[0]
    return f"{name}, {host}"


class SecretsDialog(Dialog[bool]):
    """One masked field for each of `paths`; gives True once all are typed."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(_("Secrets for this run"))
        self._paths = paths

    def body(self) -> ComposeResult:
        """A label and a field for each secret."""
        with VerticalScroll(can_focus=False):
            for index, path in enumerate(self._paths):
                yield Words(secret_label(self.app.draft, path))
                yield Input(password=True, id=f"secret-{index}", compact=True)
        text = _("They are kept in memory until you leave, and written nowhere.")
        yield Words(text, classes="quiet")
        yield Words("", id="wrong", classes="field-problem")

    def buttons(self) -> ComposeResult:
        """Go on or not."""
        yield Button(_("Go on"), id="go", compact=True, variant="primary")
        yield Button(_("Close"), id="close", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        fields = [self.query_one(f"#secret-{n}", Input) for n in range(len(self._paths))]
        for path, field in zip(self._paths, fields, strict=True):
            if not field.value:
                field.focus()
                text = _("Type it: {name}.").format(name=secret_label(self.app.draft, path))
                self.query_one("#wrong", Words).say(f"{self.app.glyphs.problem} {text}")
                return
        for path, field in zip(self._paths, fields, strict=True):
            self.app.draft.put_secret(path, Secret(field.value))
        self.app.draft_changed()
        self.dismiss(True)

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
