"""Hosts: the members, how they are entered, and what is to be installed on them."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, TabbedContent, TabPane, Tabs

from etcd_tui.i18n import N_, _
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.steps import belongs_to
from etcd_tui.tui.widgets.form import Field, Form
from etcd_tui.tui.widgets.host_rows import HostRows, ManyLines
from etcd_tui.tui.widgets.words import Words

ACCESS = (
    "ssh.user", "ssh.port", "ssh.private_key", "ssh.passphrase", "ssh.password",
    "ssh.sudo_password", "ssh.agent", "ssh.known_hosts", "ssh.jump", "ssh.config",
    "ssh.connect_timeout",
)  # fmt: skip
CLUSTER = (
    "cluster.name", "cluster.etcd", "binaries.source", "binaries.fetch", "binaries.sha256",
    "cluster.token", "cluster.start_timeout", "cluster.allow_unsafe_version",
)  # fmt: skip
SETTINGS = (
    "host.hosts_file", "host.firewall", "host.client_ranges", "host.selinux", "host.user",
    "paths.config", "paths.data", "paths.binaries", "paths.units",
    "tuning.heartbeat_interval", "tuning.election_timeout", "tuning.quota_backend_bytes",
    "tuning.snapshot_count", "tuning.auto_compaction_mode", "tuning.auto_compaction_retention",
    "tuning.log_level", "tuning.environment",
)  # fmt: skip


class HostsScreen(WizardScreen):
    """Four tabs: the hosts, SSH access for all, the cluster, further settings."""

    key = "hosts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "import_hosts", N_("Paste or import"), id="hosts.import"),
        Binding("f4", "details", N_("This host"), id="hosts.details"),
        Binding("f5", "add", N_("Add a host"), id="hosts.add", show=False),
        # With priority: a form that scrolls would take them for its own.
        Binding(
            "ctrl+pagedown", "tab(1)", N_("Next tab"), id="hosts.tab", show=False, priority=True
        ),
        Binding(
            "ctrl+pageup", "tab(-1)", N_("Tab before"), id="hosts.back", show=False, priority=True
        ),
        Binding("f6", "remove", N_("Remove this host"), id="hosts.remove", show=False),
    ]
    _TABS: ClassVar[dict[str, tuple[str, ...]]] = {
        "access": ACCESS,
        "cluster": CLUSTER,
        "settings": SETTINGS,
    }

    def body(self) -> ComposeResult:
        """The tabs."""
        with TabbedContent(id="tabs"):
            with TabPane(self._title("members"), id="members"):
                yield HostRows()
                if self.app.setup.practice is not None:
                    with VerticalScroll(id="practice"):
                        yield Words("\n".join(self.app.setup.practice()))
                with Horizontal(id="host-buttons"):
                    yield Button(_("Add a host"), id="add", compact=True)
                    yield Button(_("Paste or import"), id="import", compact=True)
                    yield Button(_("This host"), id="details", compact=True)
                    yield Button(_("Remove this host"), id="remove", compact=True)
            for tab, paths in self._TABS.items():
                with TabPane(self._title(tab), id=tab):
                    yield Form([Field(path) for path in paths])
        yield Words("", id="hint")

    def _title(self, tab: str) -> str:
        titles = {
            "members": N_("Members"),
            "access": N_("SSH access"),
            "cluster": N_("Cluster and etcd"),
            "settings": N_("Settings"),
        }
        return _(titles[tab])

    def on_mount(self) -> None:
        """Begin where something is missing."""
        self._focus_first()

    def _focus_first(self) -> None:
        if self.app.draft.nodes:
            self.query_one(HostRows).focus_path("nodes[0].name")
        else:
            self.query_one("#add", Button).focus()

    def sync(self) -> None:
        """Show problems where they are, and how many members survive what."""
        rows = self.query_one(HostRows)
        if rows.shown != len(self.app.draft.nodes) and not rows.building:
            self.call_later(rows.rebuild)
        rows.sync()
        for form in self.query(Form):
            form.sync()
        for tab, marked in self._marked().items():
            label = self.query_one("#tabs", TabbedContent).get_tab(tab)
            if str(label.label) != marked:
                label.label = marked
        self._tell_count()

    def _marked(self) -> dict[str, str]:
        """The titles of the tabs, with a sign where there are errors."""
        marked = {}
        wrong = [problem.key for problem in self.app.draft.errors]
        for tab in ("members", *self._TABS):
            bad = any(self._tab_of(key) == tab for key in wrong)
            sign = f" {self.app.glyphs.problem}" if bad else ""
            marked[tab] = f"{self._title(tab)}{sign}"
        return marked

    def _tab_of(self, key: str) -> str:
        if key.startswith("nodes"):
            return "members"
        for tab, paths in self._TABS.items():
            if any(key == path or key.startswith((f"{path}[", f"{path}.")) for path in paths):
                return tab
        return "settings"

    def _tell_count(self) -> None:
        count = len(self.app.draft.nodes)
        note = self.query_one("#nav-note", Words)
        if self.app.locked:
            note.say(_("An install is under way: answers can be read, not changed."))
            return
        if count == 0:
            note.say(_("No hosts yet: three make a cluster that survives the loss of one."))
            return
        text = _("{n} hosts: the cluster survives the loss of {k}")
        note.say(text.format(n=count, k=(count - 1) // 2))

    def first_problem(self) -> str:
        """Focus the first problem and say it."""
        if not self.app.draft.nodes:
            self._show("members")
            self.query_one("#add", Button).focus()
            return _("Add at least one host first: F5, or paste a list with F3.")
        for problem in self.app.draft.errors:
            if belongs_to(problem.key) == "hosts":
                self._show(self._tab_of(problem.key))
                self.call_after_refresh(self._focus_path, problem.key)
                return f"{problem.what} {problem.fix}"
        return ""

    def _show(self, tab: str) -> None:
        # A focused field in a pane that is hidden would bring its own tab back.
        self.set_focus(self.query_one("#tabs", TabbedContent).query_one(Tabs))
        self.query_one("#tabs", TabbedContent).active = tab

    def action_tab(self, step: int) -> None:
        """Show the next tab, or the one before."""
        order = ("members", *self._TABS)
        now = self.query_one("#tabs", TabbedContent).active
        self._show(order[(order.index(now) + step) % len(order)])

    def _focus_path(self, path: str) -> None:
        if path.startswith("nodes"):
            self.query_one(HostRows).focus_path(path)
            return
        for form in self.query(Form):
            if form.focus_path(path):
                return

    @on(Button.Pressed, "#add")
    async def action_add(self) -> None:
        """Append an empty host with the next free name."""
        if self.app.locked:
            return
        taken = {str(node.get("name", "")) for node in self.app.draft.nodes}
        number = next(n for n in range(1, len(taken) + 2) if f"etcd{n}" not in taken)
        self.app.draft.add_nodes([{"name": f"etcd{number}"}])
        self.app.draft_changed()
        self._show("members")
        index = len(self.app.draft.nodes) - 1
        rows = self.query_one(HostRows)
        await rows.rebuild()
        rows.focus_path(f"nodes[{index}].address")

    @on(Button.Pressed, "#remove")
    async def action_remove(self) -> None:
        """Take the host away that has the focus, or the last one that had it."""
        index = self._chosen()
        if index is None or self.app.locked:
            self.tell(_("Go to a host first, then press F6."), "warning")
            return
        name = str(self.app.draft.nodes[index].get("name", ""))
        self.app.draft.remove_node(index)
        self.app.draft_changed()
        self.tell(_("{name} is no longer in the list.").format(name=name or _("The host")))
        left = len(self.app.draft.nodes)
        await self.query_one(HostRows).rebuild(min(index, left - 1) if left else None)

    _last: int | None = None

    def _chosen(self) -> int | None:
        current = self.query_one(HostRows).current
        chosen = self._last if current is None else current
        return chosen if chosen is not None and chosen < len(self.app.draft.nodes) else None

    def on_descendant_focus(self) -> None:
        """Remember the host that had the focus: a button takes it away."""
        current = self.query_one(HostRows).current
        if current is not None:
            self._last = current

    @on(Button.Pressed, "#details")
    def action_details(self) -> None:
        """Everything about one host: SANs and its own SSH access."""
        from etcd_tui.tui.dialogs.host import HostDialog

        index = self._chosen()
        if index is None:
            self.tell(_("Go to a host first, then press F4."), "warning")
            return
        self.app.push_screen(HostDialog(index), self._details_closed)

    async def _details_closed(self, _answer: object) -> None:
        await self.query_one(HostRows).rebuild(self._last)
        self.refresh_all()

    @on(Button.Pressed, "#import")
    def action_import_hosts(self) -> None:
        """Paste a list, or read a file."""
        self._import("")

    @on(ManyLines)
    def _many_lines(self, message: ManyLines) -> None:
        message.stop()
        self._import(message.text)

    def _import(self, text: str) -> None:
        from etcd_tui.tui.dialogs.import_hosts import ImportDialog

        if not self.app.locked:
            self.app.push_screen(ImportDialog(text), self._imported)

    async def _imported(self, nodes: list[dict[str, object]] | None) -> None:
        if not nodes:
            return
        # A row that was added and never filled is no host: the list takes its place.
        for index in range(len(self.app.draft.nodes) - 1, -1, -1):
            if set(self.app.draft.nodes[index]) <= {"name"}:
                self.app.draft.remove_node(index)
        self.app.draft.add_nodes(nodes)
        self.app.draft_changed()
        await self.query_one(HostRows).rebuild(0)
        text = _("{n} hosts were added.").format(n=len(nodes))
        # Said once the focus is where it belongs: whoever reads it may press the next key.
        self.call_after_refresh(self.tell, text, "good")
