"""Welcome, Certificates, Preview, Verify, and what holds on every screen."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.widgets import DataTable, Input, OptionList, Tree

from etcd_tui.spec.reader import load
from etcd_tui.spec.writer import dump
from etcd_tui.tui.app import WizardApp
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.drafts import Drafts
from etcd_tui.tui.themes import THEMES
from etcd_tui.tui.widgets.words import Words
from tests.tui.scenes import all_scenes
from tests.tui.scenes.preview import NOTHING, PLAN, REFUSED
from tests.tui.scenes.verify import DRILLED, FAILED, PROVEN
from tests.tui.scripted import Script, practice_draft, three_hosts, until, wizard


def said(app: WizardApp, place: str) -> str:
    return str(app.screen.query_one(place, Words).content)


def page(app: WizardApp) -> str:
    return str(getattr(app.screen, "key", ""))


async def test_a_saved_draft_is_offered_first_thing_and_goes_on_where_it_was(
    tmp_path: Path,
) -> None:
    Drafts(tmp_path).save(three_hosts())
    app = wizard(start="welcome", root=tmp_path)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#begin")))
        options = app.screen.query_one("#begin", OptionList)
        assert "prod" in str(options.get_option("draft-0").prompt)
        options.highlighted = options.get_option_index("draft-0")
        await pilot.press("enter")
        await until(pilot, lambda: page(app) == "hosts")
        assert app.draft.get("nodes[2].address") == "192.0.2.13"


async def test_an_answers_file_is_opened_from_the_first_screen(tmp_path: Path) -> None:
    file = tmp_path / "prod.yaml"
    file.write_text(dump(three_hosts().spec))
    app = wizard(start="welcome")
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#begin")))
        options = app.screen.query_one("#begin", OptionList)
        options.highlighted = options.get_option_index("open")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("OpenDialog #path")))
        app.screen.query_one("#path", Input).value = str(file)
        await pilot.press("enter")
        await until(pilot, lambda: page(app) == "hosts")
        assert len(app.draft.nodes) == 3


async def test_the_saved_answers_file_reads_back_to_the_same_spec(tmp_path: Path) -> None:
    draft = three_hosts()
    draft.put("certificates.profile", "openssl")
    app = wizard(draft)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(app.screen.query("SaveDialog #path")))
        app.screen.query_one("#path", Input).value = str(tmp_path / "prod.yaml")
        await pilot.press("enter")
        await until(pilot, lambda: page(app) == "hosts")
    assert load(tmp_path / "prod.yaml")[0] == draft.spec
    assert (tmp_path / "prod.yaml").stat().st_mode & 0o777 == 0o600


async def test_no_file_is_written_over_without_being_told_so(tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text("precious")
    app = wizard(three_hosts())
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(app.screen.query("SaveDialog #path")))
        app.screen.query_one("#path", Input).value = str(tmp_path / "prod.yaml")
        await pilot.press("enter")
        await until(pilot, lambda: "already" in said(app, "#wrong"))
    assert (tmp_path / "prod.yaml").read_text() == "precious"


async def test_the_style_is_chosen_and_the_names_in_the_certificates_follow() -> None:
    app = wizard(three_hosts(), start="certificates")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "etcd2: etcd2, 192.0.2.12" in said(app, "#sans"))
        await pilot.click("#style-openssl")
        await until(pilot, lambda: app.draft.get("certificates.profile") == "openssl")
        app.screen.refresh_all()  # type: ignore[attr-defined]
        assert "etcd1, etcd2, etcd3" in said(app, "#sans")


async def test_next_on_certificates_goes_to_what_is_wrong() -> None:
    draft = three_hosts()
    draft.put("certificates.validity", "soon")
    app = wizard(draft, start="certificates")
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#sans")))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert app.screen.focused.value == "soon"
        assert page(app) == "certificates"


async def test_the_plan_is_made_on_arrival_and_names_the_point_of_no_return() -> None:
    app = wizard(three_hosts(), {"plan": PLAN}, start="preview")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Point of no return" in said(app, "#summary"))
        tree = app.screen.query_one("#plan", Tree)
        await until(pilot, lambda: len(tree.root.children) == 3)
        assert str(tree.root.children[0].label) == "Prepare"
        assert "Point of no return" in str(tree.root.children[1].label)
        await until(pilot, lambda: tree.has_focus and tree.cursor_line == 2)
        await pilot.press("down", "down")
        await until(pilot, lambda: "+192.0.2.11 etcd1" in said(app, "#action"))
        assert "cat >> /etc/hosts" in said(app, "#action")
        await pilot.press("f8")
        await until(pilot, lambda: page(app) == "deploy")


@pytest.mark.parametrize(("events", "word"), [(REFUSED, "2 checks failed"), (NOTHING, "Nothing")])
async def test_what_came_of_planning_is_said(events: list[object], word: str) -> None:
    app = wizard(three_hosts(), {"plan": events}, start="preview")  # type: ignore[dict-item]
    async with app.run_test() as pilot:
        await until(pilot, lambda: word in said(app, "#summary"))


async def test_without_a_plan_next_stays_and_says_why() -> None:
    app = wizard(three_hosts(), {"plan": REFUSED}, start="preview")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "2 checks failed" in said(app, "#summary"))
        await pilot.press("f8")
        await until(pilot, lambda: "no plan" in said(app, "#message"))
        assert page(app) == "preview"


async def test_a_changed_answer_makes_the_plan_stale_and_the_next_visit_plans_again() -> None:
    backend = Script({"plan": PLAN})
    app = wizard(three_hosts(), start="preview", backend=backend)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.states()["preview"] == "done")
        app.draft.put("tuning.log_level", "debug")
        assert app.states()["preview"] == "stale"
        app.action_go("certificates")
        await until(pilot, lambda: page(app) == "certificates")
        app.action_go("preview")
        await until(pilot, lambda: len(backend.jobs) == 2)
        await until(pilot, lambda: app.states()["preview"] == "done")


async def test_the_guides_text_is_one_key_away() -> None:
    app = wizard(three_hosts(), {"plan": PLAN}, start="preview")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "authority" in said(app, "#action"))
        await pilot.press("g")
        await until(pilot, lambda: bool(app.screen.query("LessonDialog #close")))


async def test_the_runbook_is_saved_from_the_preview(tmp_path: Path) -> None:
    app = wizard(three_hosts(), {"plan": PLAN}, start="preview")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.states()["preview"] == "done")
        await pilot.press("w")
        await until(pilot, lambda: bool(app.screen.query("SaveDialog #path")))
        app.screen.query_one("#path", Input).value = str(tmp_path / "book.md")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "book.md").is_file)
    assert "etcd2" in (tmp_path / "book.md").read_text()


async def test_keys_are_answered_while_the_runbook_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = threading.Event()
    monkeypatch.setattr(
        "etcd_tui.tui.screens.preview._runbook", lambda *_about: str(slow.wait(20)) and "# Book"
    )
    app = wizard(three_hosts(), {"plan": PLAN}, start="preview")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.states()["preview"] == "done")
        await pilot.press("w")
        await until(pilot, lambda: "being written" in said(app, "#message"))
        await pilot.press("f1")
        await until(pilot, lambda: len(app.screen_stack) > 2)
        await pilot.press("escape")
        slow.set()
        await until(pilot, lambda: bool(app.screen.query("SaveDialog #path")))
        await pilot.press("escape")
        assert said(app, "#message") == ""


async def test_proofs_come_in_the_guides_order_and_the_leader_is_marked() -> None:
    app = wizard(three_hosts(), {"verify": PROVEN}, start="verify")
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#what-next")))
        await pilot.press("v")
        await until(pilot, lambda: app.states()["verify"] == "done")
        await until(pilot, lambda: "What next" in said(app, "#what-next"))
        table: DataTable[object] = app.screen.query_one("#proofs", DataTable)
        rows = [[str(value) for value in table.get_row_at(i)] for i in range(table.row_count)]
        assert rows[0][2] == "a key is written"
        assert rows[-1][2] == "all agree on leader, term and cluster"
        assert any("etcd2 ★" in row[1] for row in rows)
        assert "etcdctl.env" in said(app, "#what-next")
        assert "put foo bar" in said(app, "#proof")


async def test_in_practice_the_last_screen_says_what_becomes_of_it_all() -> None:
    app = wizard(practice_draft(), {"verify": PROVEN}, start="verify", practice=lambda: ("Gone!",))
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#what-next")))
        await pilot.press("v")
        await until(pilot, lambda: "Gone!" in said(app, "#what-next"))


async def test_a_failed_proof_stands_first_with_its_remedy() -> None:
    app = wizard(three_hosts(), {"verify": FAILED}, start="verify")
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#what-next")))
        await pilot.press("v")
        await until(pilot, lambda: app.states()["verify"] == "problem")
        await until(pilot, lambda: "ETCD_LISTEN_CLIENT_URLS" in said(app, "#proof"))


async def test_a_drill_is_asked_for_and_its_gap_is_shown() -> None:
    backend = Script({"verify": PROVEN, "drill": DRILLED})
    app = wizard(three_hosts(), start="verify", backend=backend)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#what-next")))
        await pilot.press("d")
        await until(pilot, lambda: "v" in said(app, "#message"))
        await pilot.press("v")
        await until(pilot, lambda: app.states()["verify"] == "done")
        await pilot.press("d")
        await until(pilot, lambda: bool(app.screen.query("DrillDialog #follower")))
        await pilot.click("#leader")
        await until(pilot, lambda: "420 ms" in said(app, "#what-next"))
        assert [job.verb for job in backend.jobs] == ["verify", "drill"]
        assert backend.jobs[1].target == "leader"


async def test_what_was_proven_forgets_the_draft(tmp_path: Path) -> None:
    app = wizard(three_hosts(), {"verify": PROVEN}, start="verify", root=tmp_path)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#what-next")))
        app.drafts.save(app.draft)
        assert app.drafts.is_saved
        await pilot.press("v")
        await until(pilot, lambda: not app.drafts.is_saved)


@pytest.mark.parametrize(
    "start", ["hosts", "preflight", "certificates", "preview", "deploy", "verify"]
)
async def test_every_screen_has_help_a_lesson_and_the_other_language(start: str) -> None:
    app = wizard(three_hosts(), {"check": [], "plan": []}, start=start)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#step-hosts")))
        await pilot.press("f1")
        await until(pilot, lambda: bool(app.screen.query("HelpDialog #close")))
        await pilot.press("escape")
        await until(pilot, lambda: page(app) == start)
        await pilot.press("f2")
        await until(pilot, lambda: bool(app.screen.query("LessonDialog #close")))
        await pilot.press("escape")
        await until(pilot, lambda: page(app) == start)
        await pilot.press("f9")
        await until(pilot, lambda: "主机" in str(app.screen.query_one("#step-hosts").render()))


async def test_practice_leaves_the_wizard_for_it_and_keeps_what_was_typed(tmp_path: Path) -> None:
    draft = three_hosts()
    app = wizard(draft, start="welcome", root=tmp_path)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#begin")))
        options = app.screen.query_one("#begin", OptionList)
        options.highlighted = options.get_option_index("practice")
        await pilot.press("enter")
        await until(pilot, lambda: not app.is_running)
    assert app.practise
    assert app.return_code == 0
    assert Drafts(tmp_path).saved()[0].members == 3


async def test_in_practice_nothing_else_can_be_begun_for_it_would_be_removed_with_it() -> None:
    app = all_scenes()["practice-welcome"].make()
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#begin")))
        options = app.screen.query_one("#begin", OptionList)
        offered = [option.id for option in options.options]
        assert offered == ["on", "language", "theme", "leave"]


async def test_in_practice_the_hosts_screen_says_what_practice_cannot_do() -> None:
    app = all_scenes()["practice"].make()
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#practice Words")))
        assert "no firewall" in said(app, "#practice Words")
        await pilot.press("f9")
        await until(pilot, lambda: "没有自己的防火墙" in said(app, "#practice Words"))


def test_a_loopback_address_is_worth_a_warning_except_in_practice() -> None:
    draft = practice_draft()
    assert draft.problems == ()
    assert [problem.key for problem in Draft(draft.document, draft.base).problems] == [
        "nodes[0].address",
        "nodes[1].address",
        "nodes[2].address",
    ]


async def test_the_first_screen_changes_the_colours_and_changes_them_back() -> None:
    app = wizard(Draft(), start="welcome")
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#begin")))
        options = app.screen.query_one("#begin", OptionList)
        options.highlighted = [option.id for option in options.options].index("theme")
        seen = [app.screen.background_colors[1].hex]
        for _theme in THEMES:
            await pilot.press("enter")
            await until(pilot, lambda: app.screen.background_colors[1].hex != seen[-1])
            seen.append(app.screen.background_colors[1].hex)
        assert len(set(seen)) == len(THEMES)
        assert seen[-1] == seen[0]
