"""ImportDialog: many hosts at once, pasted or from a file, and what was understood of them."""

from __future__ import annotations

import glob
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, SelectionList, TextArea
from textual.widgets.selection_list import Selection

from etcd_tui.i18n import _
from etcd_tui.spec.imports.ansible_inventory import Inventory, ansible_inventory
from etcd_tui.spec.imports.etc_hosts import etc_hosts
from etcd_tui.spec.imports.imported import Imported, ImportedHost
from etcd_tui.spec.imports.next_names import next_names
from etcd_tui.spec.imports.pasted import pasted
from etcd_tui.spec.imports.recognise import FileFormat, recognise
from etcd_tui.spec.imports.ssh_config import SshAliases, ssh_config_aliases, ssh_config_hosts
from etcd_tui.spec.imports.to_nodes import to_nodes
from etcd_tui.tui.dialogs.dialog import Dialog
from etcd_tui.tui.widgets.words import Words

_LARGEST = 1 << 20
"""Bytes of a file that are read."""
Nodes = list[dict[str, object]]


def _included(pattern: str) -> list[str]:
    """Return the texts of the files that an ssh_config includes; unreadable ones are empty."""
    texts = []
    for name in sorted(glob.glob(str(Path(pattern).expanduser())))[:64]:  # noqa: PTH207
        try:
            texts.append(Path(name).read_text("utf-8", errors="replace")[:_LARGEST])
        except OSError:
            continue
    return texts


class ImportDialog(Dialog[Nodes]):
    """Gives back nodes in the form of the answers file, every one with a name."""

    def __init__(self, text: str = "") -> None:
        super().__init__(_("Paste or import hosts"))
        self._text = text
        self._source: SshAliases | Inventory | None = None
        self._found = Imported()

    def body(self) -> ComposeResult:
        """A place to paste, a file to read, what was understood."""
        yield Words(
            _("One host a line: name and address, user@host:port, [v6]:port, 192.0.2.[11-13]."),
            classes="quiet",
        )
        yield TextArea(self._text, id="text", compact=True, soft_wrap=False)
        yield Input(
            placeholder=_("or a file: /etc/hosts, ~/.ssh/config, an Ansible inventory; Enter"),
            id="file",
            compact=True,
        )
        yield SelectionList[str](id="choices", compact=True)
        with VerticalScroll(id="understood", can_focus=False):
            yield Words("", id="preview")

    def buttons(self) -> ComposeResult:
        """Add them or not."""
        yield Button(_("Add these hosts"), id="add", compact=True, variant="primary")
        yield Button(_("Close"), id="close", compact=True)

    def on_mount(self) -> None:
        """Show what was brought along."""
        self.query_one("#choices").display = False
        self._read_text()
        self.query_one("#text").focus()

    @on(TextArea.Changed)
    def _read_text(self) -> None:
        # The text that was brought along is told before the preview is there to show it.
        if self._source is None and self.query("#preview"):
            self._show(pasted(self.query_one("#text", TextArea).text))

    @on(Input.Submitted, "#file")
    def _read_file(self, event: Input.Submitted) -> None:
        event.stop()
        path = (self.app.draft.base / Path(event.value.strip()).expanduser()).absolute()
        try:
            with path.open("rb") as file:
                text = file.read(_LARGEST).decode("utf-8", errors="replace")
        except OSError as error:
            what = _("{path} cannot be read: {reason}.")
            self._say(what.format(path=path, reason=error.strerror))
            return
        self._take(path, text)

    def _take(self, path: Path, text: str) -> None:
        self._source = None
        self.query_one("#choices").display = False
        match recognise(str(path), text):
            case FileFormat.ETC_HOSTS:
                self._show(etc_hosts(text))
            case FileFormat.SSH_CONFIG:
                aliases = ssh_config_aliases(text, _included)
                self._choose(aliases, list(aliases.names), ())
            case FileFormat.ANSIBLE:
                inventory = ansible_inventory(text)
                names = [group.name for group in inventory.groups]
                self._choose(inventory, names, names[:1])
            case FileFormat.ANSWERS:
                self._say(_("This is an answers file: open it on the first screen."))
            case FileFormat.PROGRAM:
                self._say(_("This is a program: nothing is run here. Paste its output instead."))
            case _:
                self.query_one("#text", TextArea).text = text

    def _choose(
        self, source: SshAliases | Inventory, names: list[str], chosen: tuple[str, ...] | list[str]
    ) -> None:
        self._source = source
        choices: SelectionList[str] = self.query_one("#choices", SelectionList)
        choices.clear_options()
        choices.add_options([Selection(Content(name), name, name in chosen) for name in names])
        choices.display = True
        choices.focus()
        self._chosen()

    @on(SelectionList.SelectedChanged)
    def _chosen(self) -> None:
        choices: SelectionList[str] = self.query_one("#choices", SelectionList)
        match self._source:
            case SshAliases() as aliases:
                found = ssh_config_hosts(aliases, choices.selected)
                if aliases.match_exec:
                    text = _(
                        "The file has Match exec lines, which run commands when ssh reads it. "
                        "The import runs none of them."
                    )
                    found = found.also(notes=[text])
                self._show(found)
            case Inventory() as inventory:
                self._show(inventory.hosts_of(choices.selected))

    def _show(self, found: Imported) -> None:
        self._found = found
        glyphs = self.app.glyphs
        lines = [Content.styled(self._line(host), "$text-success") for host in self._named()]
        lines += [
            Content.styled(
                f"{glyphs.problem} "
                + _("line {n}: {text}: {what} {fix}").format(
                    n=bad.line, text=bad.text, what=bad.what, fix=bad.fix
                ),
                "$text-error",
            )
            for bad in found.rejected
        ]
        lines += [
            Content.styled(f"{glyphs.warning} {note}", "$text-warning") for note in found.notes
        ]
        if not lines:
            lines = [Content.styled(_("Nothing yet."), "$text-muted")]
        self.query_one("#preview", Words).say(Content("\n").join(lines))

    def _named(self) -> tuple[ImportedHost, ...]:
        # Rows that have no more than the name they were made with give their names back.
        taken = [str(n.get("name", "")) for n in self.app.draft.nodes if set(n) > {"name"}]
        return next_names(taken, self._found.hosts)

    def _line(self, host: ImportedHost) -> str:
        where = host.address or _("address to be typed")
        user = f"{host.user}@" if host.user else ""
        port = f":{host.port}" if host.port else ""
        by = f"  SSH {user}{host.host or host.address}{port}" if user or port or host.host else ""
        return f"{self.app.glyphs.done} {host.name}  {where}{by}"

    def _say(self, text: str) -> None:
        shown = Content.styled(f"{self.app.glyphs.problem} {text}", "$text-error")
        self.query_one("#preview", Words).say(shown)

    @on(Button.Pressed, "#add")
    def _add(self) -> None:
        if not self._found.hosts:
            self._say(_("There is no host yet to add."))
            return
        self.dismiss(to_nodes(self._named()))

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)
