"""Hosts: typing, pasting, adding, removing, and going to what is wrong."""

from __future__ import annotations

from textual import events
from textual.widgets import Input, TabbedContent, TextArea

from etcd_tui.tui.app import WizardApp
from etcd_tui.tui.screens.wizard import WizardScreen
from etcd_tui.tui.widgets.host_rows import Cell, HostRows
from etcd_tui.tui.widgets.words import Words
from tests.tui.scripted import three_hosts, until, wizard


def cell(app: WizardApp, path: str) -> Cell:
    return next(cell for cell in app.screen.query(Cell) if cell.path == path)


def message(app: WizardApp) -> str:
    return str(app.screen.query_one("#message", Words).content)


async def test_what_is_typed_into_a_cell_is_in_the_draft_at_once() -> None:
    app = wizard(three_hosts())
    async with app.run_test() as pilot:
        await pilot.pause()
        cell(app, "nodes[1].address").value = "192.0.2.99"
        await pilot.pause()
        assert app.draft.get("nodes[1].address") == "192.0.2.99"
        cell(app, "nodes[1].ssh.port").value = "2222"
        await pilot.pause()
        assert app.draft.spec.nodes[1].ssh.port == 2222


async def test_a_list_pasted_into_a_cell_opens_the_import_with_it() -> None:
    app = wizard(three_hosts())
    async with app.run_test() as pilot:
        await pilot.pause()
        cell(app, "nodes[0].name").focus()
        await pilot.pause()
        app.screen.focused.post_message(events.Paste("db1 192.0.2.21\ndb2 192.0.2.22\n"))
        await until(pilot, lambda: bool(app.screen.query("ImportDialog #preview")))
        assert "db2" in app.screen.query_one(TextArea).text
        await pilot.click("#add")
        await until(pilot, lambda: len(app.draft.nodes) == 5)
        assert app.draft.get("nodes[4].address") == "192.0.2.22"


async def test_a_row_that_was_never_filled_gives_way_to_a_list() -> None:
    app = wizard()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: len(app.draft.nodes) == 1)
        await pilot.press("f3")
        await until(pilot, lambda: bool(app.screen.query("ImportDialog #preview")))
        app.screen.query_one(TextArea).text = "192.0.2.11\n192.0.2.12\n192.0.2.13\n"
        await pilot.pause()
        await pilot.click("#add")
        await until(pilot, lambda: len(app.draft.nodes) == 3)
        assert [node["name"] for node in app.draft.nodes] == ["etcd1", "etcd2", "etcd3"]


async def test_a_host_is_removed_with_the_key_while_it_has_the_focus() -> None:
    app = wizard(three_hosts())
    async with app.run_test() as pilot:
        await pilot.pause()
        cell(app, "nodes[1].name").focus()
        await pilot.pause()
        await pilot.press("f6")
        await until(pilot, lambda: app.screen.query_one(HostRows).shown == 2)
        assert [node["name"] for node in app.draft.nodes] == ["etcd1", "etcd3"]


async def test_next_goes_to_the_first_problem_wherever_it_is() -> None:
    draft = three_hosts()
    draft.put("tuning.heartbeat_interval", "often")
    app = wizard(draft)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("f8")
        await pilot.pause()
        assert isinstance(app.screen, WizardScreen)
        assert app.screen.key == "hosts"
        assert app.screen.query_one(TabbedContent).active == "settings"
        assert isinstance(app.screen.focused, Input)
        assert app.screen.focused.value == "often"
        assert "often" in message(app)


async def test_next_without_hosts_says_how_to_add_one() -> None:
    app = wizard()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("f8")
        await pilot.pause()
        assert "F5" in message(app)


async def test_going_on_and_back_loses_nothing() -> None:
    app = wizard(three_hosts())
    async with app.run_test() as pilot:
        await pilot.pause()
        cell(app, "nodes[0].name").value = "first"
        await pilot.pause()
        app.action_go("certificates")
        await until(pilot, lambda: bool(app.screen.query("CertificatesScreen #sans")))
        app.action_go("hosts")
        await until(pilot, lambda: bool(app.screen.query("HostsScreen Cell")))
        assert cell(app, "nodes[0].name").value == "first"


async def test_the_language_changes_on_the_spot_and_nothing_typed_is_lost() -> None:
    app = wizard(three_hosts())
    async with app.run_test() as pilot:
        await pilot.pause()
        cell(app, "nodes[0].name").value = "first"
        await pilot.pause()
        await pilot.press("f9")
        await until(
            pilot, lambda: any("主机" in str(w.content) for w in app.screen.query("#step-hosts"))
        )  # type: ignore[attr-defined]
        assert cell(app, "nodes[0].name").value == "first"
