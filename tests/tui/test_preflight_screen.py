"""Preflight screen: begins by itself, says what is wrong and where, and lets nobody past it."""

from __future__ import annotations

from typing import Any, cast

from textual.pilot import Pilot
from textual.widgets import DataTable, Input

from etcd_tui.apply.events import Event, Finished, Started
from etcd_tui.holder import Holder
from etcd_tui.observe.facts import HostLock
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.locks import lock_check
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.tui.app import WizardApp
from etcd_tui.tui.dialogs.host_keys import HostKeysDialog
from etcd_tui.tui.dialogs.secrets import SecretsDialog
from etcd_tui.tui.dialogs.take_over import TakeOverDialog
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.screens.preflight import PreflightScreen
from etcd_tui.tui.widgets.check_grid import ENTRY, EVERYWHERE, CheckGrid, rows_of
from etcd_tui.tui.widgets.words import Words
from tests.tui.scenes.preflight import (
    HOSTS,
    OTHER_ETCD,
    PARTLY,
    RUNNING,
    SLOW_DISK,
    STRANGERS,
    done,
    seven_hosts,
    unknown,
)
from tests.tui.scripted import Script, three_hosts, until, wizard

SIZE = (80, 24)


def scripted(events: list[Event], draft: Draft | None = None) -> tuple[WizardApp, Script]:
    script = Script({"check": events})
    return wizard(draft or three_hosts(), backend=script, start="preflight"), script


def page(app: WizardApp) -> PreflightScreen:
    return cast("PreflightScreen", app.page)


def grid(app: WizardApp) -> CheckGrid:
    return page(app).query_one(CheckGrid)


def said(app: WizardApp, place: str) -> str:
    return str(page(app).query_one(place, Words).content)


def text_at(app: WizardApp, row: str, column: str) -> str:
    return grid(app).get_cell(row, column).plain


async def ended(pilot: Pilot[Any], app: WizardApp, runs: int = 1) -> None:
    await until(pilot, lambda: app.conductor._begun >= runs and not app.conductor.busy)
    page(app).refresh_all()
    await pilot.pause()


async def test_the_check_begins_by_itself_once() -> None:
    app, script = scripted(done())
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        app.action_go("hosts")
        await pilot.pause()
        app.action_go("preflight")
        await pilot.pause()
        assert [job.verb for job in script.jobs] == ["check"]
        assert "Every check passed" in said(app, "#status")


async def test_answers_with_problems_are_named_instead_of_checked() -> None:
    draft = three_hosts()
    draft.put("nodes[1].address", "10.0.0.300")
    app, script = scripted(done(), draft)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "nodes[1].address" in said(app, "#nothing-text")
        await pilot.press("r", "f8")
        assert script.jobs == []
        assert app.page is page(app)
        assert "nodes[1].address" in said(app, "#message")


async def test_secrets_are_asked_for_once_before_the_check() -> None:
    draft = three_hosts()
    draft.put("ssh.password", {"prompt": True})
    app, script = scripted(done(), draft)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SecretsDialog))
        await pilot.press("enter")
        assert isinstance(app.screen, SecretsDialog)
        app.screen.query_one(Input).value = "s3cret"
        await pilot.press("enter")
        await ended(pilot, app)
        password = script.jobs[0].spec.ssh.password
        assert password is not None
        assert password.inline is not None
        assert password.inline.reveal() == "s3cret"
        await pilot.press("r")
        await ended(pilot, app, 2)
        assert len(script.jobs) == 2


async def test_closing_the_question_for_secrets_asks_no_second_time() -> None:
    draft = three_hosts()
    draft.put("ssh.password", {"prompt": True})
    app, script = scripted(done(), draft)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SecretsDialog))
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is page(app)
        assert script.jobs == []
        assert "Press r" in said(app, "#nothing-text")


async def test_hosts_are_seen_on_their_way_and_s_stops() -> None:
    app, script = scripted(RUNNING)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: bool(script.jobs))
        page(app).refresh_all()
        assert text_at(app, ENTRY, "etcd1").endswith("ok")
        assert text_at(app, ENTRY, "etcd2").endswith("wait")
        assert "1 of 3 hosts entered" in said(app, "#status")
        await pilot.press("f8")
        assert "under way" in said(app, "#message")
        await pilot.press("s")
        await ended(pilot, app)
        assert "Stopped as asked" in said(app, "#status")
        await until(pilot, lambda: said(app, "#message") == "")


async def test_failures_come_first_and_say_what_to_do() -> None:
    app, _script = scripted(done(OTHER_ETCD, SLOW_DISK))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert grid(app).selected_place() == ("foreign-etcd", "etcd2")
        detail = said(app, "#detail-text")
        for part in (OTHER_ETCD.found, OTHER_ETCD.why, OTHER_ETCD.fix):
            assert part in detail
        assert [row.key for row in grid(app).rows_shown[:2]] == ["foreign-etcd", "disk-speed"]
        await pilot.press("f8")
        assert "Failed checks: 1" in said(app, "#message")
        assert page(app).key == "preflight"


async def test_the_cursor_shows_each_cell_it_comes_to() -> None:
    app, _script = scripted(done(OTHER_ETCD))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        await pilot.press("right")
        assert said(app, "#detail-text").startswith("etcd3: no other etcd is installed")
        grid(app).go_to("store", EVERYWHERE)
        await pilot.pause()
        assert said(app, "#detail-text").startswith("This machine: the authority is whole")


async def test_warnings_do_not_stop_next() -> None:
    app, _script = scripted(done(SLOW_DISK))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert "Warnings worth a look: 1" in said(app, "#status")
        assert page(app).first_problem() == ""


async def test_hosts_that_cannot_be_entered_are_named_beside_the_checks_of_the_others() -> None:
    app, _script = scripted(PARTLY)
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert text_at(app, ENTRY, "etcd3").endswith("fail")
        assert text_at(app, "disk", "etcd1").endswith("ok")
        assert text_at(app, "disk", "etcd3") == "·"
        assert "connection refused" in said(app, "#detail-text")
        assert page(app).first_problem().startswith("Not entered: etcd3.")


async def test_new_host_keys_are_accepted_by_somebody_and_only_those() -> None:
    app, script = scripted(STRANGERS)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HostKeysDialog))
        await pilot.pause()
        assert app.screen.query_one(DataTable).row_count == 2
        await pilot.press("g")
        assert isinstance(app.screen, HostKeysDialog)
        script.events["check"] = done()
        await pilot.press("down", "space", "g")
        await ended(pilot, app, 2)
        (accepted,) = script.jobs[1].new_keys
        assert accepted[0] == "[192.0.2.13]:2222"
        assert accepted[1].startswith("SHA256:etcd3")


async def test_all_new_keys_can_be_accepted_but_never_a_changed_one() -> None:
    app, script = scripted(STRANGERS)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HostKeysDialog))
        script.events["check"] = done()
        await pilot.press("a")
        await ended(pilot, app, 2)
        addresses = {address for address, _key in script.jobs[1].new_keys}
        assert addresses == {"192.0.2.11", "[192.0.2.13]:2222"}


async def test_seven_new_keys_leave_room_for_the_buttons() -> None:
    names = tuple(f"etcd{n}" for n in range(1, 8))
    strangers = [unknown(name, f"192.0.2.{number}") for number, name in enumerate(names, 11)]
    end = Finished(4, "check", what="7 of 7 hosts could not be entered; nothing was changed.")
    app, _script = scripted([Started("check", "prod", names), *strangers, end], seven_hosts())
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HostKeysDialog))
        await pilot.pause()
        frame = app.screen.query_one(".dialog-frame").content_region
        assert frame.contains_region(app.screen.query_one("#go").region)
        assert app.screen.query_one(DataTable).max_scroll_y > 0


async def test_the_dialog_of_keys_comes_back_with_k() -> None:
    app, script = scripted(STRANGERS)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HostKeysDialog))
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is page(app)
        grid(app).go_to(ENTRY, "etcd2")
        await pilot.pause()
        assert "ssh-keygen -R" in said(app, "#detail-text")
        await pilot.press("k")
        assert isinstance(app.screen, HostKeysDialog)
        assert len(script.jobs) == 1


async def test_one_host_is_run_again_and_the_others_stay() -> None:
    app, script = scripted(done(OTHER_ETCD))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        script.events["check"] = [Started("check", "prod", HOSTS)]
        await pilot.press("e")
        await until(pilot, lambda: len(script.jobs) == 2)
        page(app).refresh_all()
        assert script.jobs[1].only == "etcd2"
        assert text_at(app, "disk", "etcd1").endswith("ok")
        assert text_at(app, "disk", "etcd2").endswith("wait")


async def test_a_host_whose_peers_are_in_question_is_run_with_all_others() -> None:
    cut_off = Check("etcd2", "peers:etcd3", "etcd3 can be reached", "fail", "silent", "why", "fix")
    app, script = scripted(done(cut_off))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert grid(app).selected_place() == ("peers:etcd3", "etcd2")
        await pilot.press("e")
        await ended(pilot, app, 2)
        assert script.jobs[1].only == ""


async def test_what_a_check_offers_goes_into_the_answers() -> None:
    app, _script = scripted(done(SLOW_DISK))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        await pilot.press("u")
        assert app.draft.get("tuning.heartbeat_interval") == 300
        assert app.draft.get("tuning.election_timeout") == 3000
        page(app).refresh_all()
        assert "have changed" in said(app, "#status")
        assert "Press r" in page(app).first_problem()


async def test_a_check_of_other_answers_is_said_to_be_old() -> None:
    app, script = scripted(done())
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        app.draft.put("nodes[0].address", "192.0.2.99")
        page(app).refresh_all()
        assert "have changed" in said(app, "#status")
        await pilot.press("r")
        await ended(pilot, app, 2)
        checked: ClusterSpec = script.jobs[1].spec
        assert checked.nodes[0].address == "192.0.2.99"
        assert page(app).first_problem() == ""


async def test_seven_hosts_fit_into_eighty_columns() -> None:
    names = tuple(f"etcd{n}" for n in range(1, 8))
    app, _script = scripted(done(hosts=names), seven_hosts())
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert grid(app).max_scroll_x == 0
        assert "7 etcd7" in said(app, "#legend")


async def test_the_grid_is_made_anew_in_the_other_width() -> None:
    names = tuple(f"etcd{n}" for n in range(1, 8))
    app, _script = scripted(done(hosts=names), seven_hosts())
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        grid(app).go_to("disk", "etcd5")
        await pilot.resize_terminal(140, 40)
        await until(pilot, lambda: text_at(app, "disk", "etcd5").endswith("ok"))
        assert said(app, "#legend") == ""
        assert grid(app).selected_place() == ("disk", "etcd5")


async def test_the_screen_is_composed_anew_for_another_language() -> None:
    app, _script = scripted(done(OTHER_ETCD))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        app.action_language()
        await until(pilot, lambda: bool(page(app).query(CheckGrid)) and grid(app).row_count > 0)
        assert grid(app).row_count == len(rows_of(app.conductor.views["check"], HOSTS))


async def test_hosts_of_a_dead_run_are_taken_over_only_by_a_choice_in_a_dialog() -> None:
    theirs = Holder("run-b", "install", "bert@desk", 12, 1767225600)
    held = lock_check("etcd2", HostLock(theirs.line, 90))
    app, script = scripted(done(held))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert "bert@desk" in said(app, "#detail-text")
        await pilot.press("u", "enter")
        await pilot.pause()
        assert (app.screen, len(script.jobs)) == (page(app), 1)
        script.events["check"] = done()
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, TakeOverDialog))
        await pilot.press("tab", "enter")
        await ended(pilot, app, 2)
        assert [job.take_over for job in script.jobs] == [frozenset(), {"run-b"}]
        assert app.draft.spec == three_hosts().spec


async def test_two_findings_of_one_host_with_one_key_are_both_told_the_worse_one_first() -> None:
    damaged = Check(
        "operator",
        "archive",
        "the release archive is right",
        "fail",
        "etcd-arm64.tar.gz is damaged",
        "its programs would run",
        "Fetch it again.",
    )
    app, _script = scripted(done(damaged))
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot, app)
        assert grid(app).selected_place() == ("archive", EVERYWHERE)
        assert "etcd-arm64.tar.gz is damaged; not here yet" in said(app, "#detail-text")
        assert "Fetch it again." in said(app, "#detail-text")
