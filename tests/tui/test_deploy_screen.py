"""Deploy screen: install, stop, try again; cards and a log that no host can harm or flood."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any, cast

import pytest
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection
from textual.widgets import Input, OptionList

from etcd_tui.apply.events import Event, Finished, HostLine, Reader, Started
from etcd_tui.tui.app import WizardApp
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.run_view import KEPT_LINES, RunView
from etcd_tui.tui.screens.deploy import DeployScreen
from etcd_tui.tui.widgets.host_cards import HostCards
from etcd_tui.tui.widgets.log_lines import LogLines
from etcd_tui.tui.widgets.log_pane import shown
from etcd_tui.tui.widgets.words import Words
from tests.tui.scenes.deploy import BEGIN, DONE, FAILED, begin
from tests.tui.scripted import Script, three_hosts, until, wizard

SIZE = (100, 30)
SEVEN = tuple(f"etcd{number}" for number in range(1, 8))


class Mouth:
    """A backend whose run says what the test wants it to say, when it wants."""

    def __init__(self) -> None:
        self.say: Reader = lambda _event: None

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        """Hang until it is asked to stop."""
        self.say = reader
        reader(Started("install", "prod", SEVEN))
        await stop.wait()
        end = Finished(130, job.verb, what="Stopped as asked.")
        reader(end)
        return end


def deploy(events: list[Event]) -> tuple[WizardApp, Script]:
    script = Script({"install": events})
    return wizard(three_hosts(), backend=script, start="deploy"), script


def page(app: WizardApp) -> DeployScreen:
    return cast("DeployScreen", app.page)


def drawn(app: WizardApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def log_lines(app: WizardApp) -> list[str]:
    return list(page(app).query_one(LogLines).lines)


def state(app: WizardApp) -> str:
    return str(page(app).query_one("#log-state", Words).content)


async def speak(app: WizardApp, mouth: Mouth, pilot: Pilot[Any], *events: Event) -> None:
    """Begin the run if there is none, tell `events`, let the screen draw them."""
    if "install" not in app.conductor.views:
        await pilot.press("f8")
        await until(pilot, lambda: "install" in app.conductor.views)
    for event in events:
        mouth.say(event)
    page(app).refresh_all()
    await pilot.pause()


def told(mouth: Mouth | None = None) -> tuple[WizardApp, Mouth]:
    mouth = mouth or Mouth()
    return wizard(three_hosts(), backend=mouth, start="deploy"), mouth


async def test_f8_begins_the_install_with_the_answers_and_keys_go_to_the_cards() -> None:
    app, script = deploy(BEGIN)
    async with app.run_test(size=SIZE) as pilot:
        assert "Nothing has been done" in drawn(app)
        await begin(pilot)

        assert [job.verb for job in script.jobs] == ["install"]
        assert script.jobs[0].spec.nodes == app.draft.spec.nodes
        assert app.screen.focused is page(app).query_one("#card-list")
        assert app.locked

        await pilot.press("f8", "r")
        assert len(script.jobs) == 1


async def test_it_does_not_begin_with_answers_that_have_problems() -> None:
    app, script = deploy(BEGIN)
    app.draft.put("nodes[1].address", "10.0.0.300")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: "nodes[1].address" in drawn(app))

    assert script.jobs == []


async def test_s_stops_after_the_running_steps_and_r_goes_on() -> None:
    app, script = deploy(BEGIN)
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("s")
        await until(pilot, lambda: not app.conductor.busy)
        await until(pilot, lambda: "Stopped as asked." in drawn(app))

        await pilot.press("r")
        await until(pilot, lambda: len(script.jobs) == 2)
        assert app.conductor.busy


async def test_a_failed_host_comes_first_with_its_cause_and_its_remedy() -> None:
    app, script = deploy(FAILED)
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await until(pilot, lambda: "bind: address already in use" in drawn(app))
        listing = page(app).query_one("#card-list", OptionList)
        prompts = [str(listing.get_option_at_index(n).prompt) for n in range(2)]

        assert "All hosts" in prompts[0]
        assert "etcd3" in prompts[1]
        assert "failed" in prompts[1]
        assert "port 2380 is held by another process" in prompts[1]
        assert "ss -ltnp sport = :2380" in prompts[1]
        message = str(page(app).query_one("#message", Words).content)
        assert "etcd3: etcd on etcd3 did not become ready." in message

        await pilot.press("r")
        await until(pilot, lambda: len(script.jobs) == 2)


async def test_after_the_install_f8_goes_on_to_verify() -> None:
    app, script = deploy(DONE)
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await until(pilot, lambda: not app.conductor.busy)
        await until(pilot, lambda: "installed and proven" in drawn(app))
        await pilot.press("f8")
        await until(pilot, lambda: getattr(app.screen, "key", "") == "verify")

    assert len(script.jobs) == 1


async def test_the_log_follows_pauses_counts_what_waits_and_goes_on() -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        await speak(app, mouth, pilot, *(HostLine("etcd1", f"line {n}", "x") for n in range(60)))
        assert "following" in state(app)
        assert "line 59" in drawn(app)

        await pilot.press("f")
        await speak(app, mouth, pilot, *(HostLine("etcd1", f"later {n}", "x") for n in range(7)))
        assert "paused, +7 new" in state(app)
        assert "later" not in drawn(app)

        await pilot.press("f")
        await pilot.pause()
        assert "following" in state(app)
        assert "later 6" in drawn(app)


async def test_whoever_scrolls_up_is_not_torn_away() -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        await speak(app, mouth, pilot, *(HostLine("etcd1", f"line {n}", "x") for n in range(60)))
        log = page(app).query_one(LogLines)
        log.scroll_to(y=5, animate=False, immediate=True)
        await speak(app, mouth, pilot, HostLine("etcd1", "later", "x"))

        assert log.scroll_y == 5
        assert "paused, +1 new" in state(app)


async def test_the_filter_shows_only_lines_with_the_text_and_escape_ends_it() -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        lines = (HostLine("etcd1", f"{word} {n}", "x") for n in range(9) for word in ("Up", "down"))
        await speak(app, mouth, pilot, *lines)
        await pilot.press("slash")
        page(app).query_one("#log-filter", Input).value = "up"
        await pilot.pause()

        assert len(log_lines(app)) == 9
        assert "only lines with up" in state(app)

        await pilot.press("escape")
        await pilot.pause()
        assert sum("down" in line for line in log_lines(app)) == 9
        assert app.screen.focused is page(app).query_one(LogLines)


@pytest.mark.parametrize("paused", [False, True])
async def test_choosing_a_host_shows_its_lines_only(paused: bool) -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        lines = (HostLine(host, f"{host} says {n}", "x") for n in range(40) for host in SEVEN)
        await speak(app, mouth, pilot, *lines)
        if paused:
            await pilot.press("f")
        await pilot.press("down", "down")
        await until(pilot, lambda: len(log_lines(app)) == 40)

        assert page(app).query_one(HostCards).chosen == "etcd2"
        assert all("etcd2 says" in line for line in log_lines(app))
        assert "Log of etcd2" in state(app)


async def test_l_gives_the_log_the_whole_screen_and_takes_it_back() -> None:
    app, _script = deploy(BEGIN)
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        before = page(app).query_one(LogLines).size.height
        await pilot.press("l")
        await until(pilot, lambda: page(app).query_one(LogLines).size.height > before)
        assert not page(app).query_one(HostCards).display

        await pilot.press("escape")
        await until(pilot, lambda: page(app).query_one(LogLines).size.height == before)


HOSTILE = {
    "clear the screen": "before\x1b[2J\x1b[Hafter",
    "set the title": "\x1b]0;gone\x07title",
    "C1 controls": "\x9b31mred\x9d0;t\x9c",
    "markup": "[bold red]x[/] [/tmp/x] https://[fd00::1]:2379 [@click=app.quit]quit[/]",
    "replacement": "\ufffd\ufffd undecodable",
    "wide": "节点已启动　中文" * 30,
    "combining": "e\u0301" * 100 + "\u0300" * 300,
    "joined": "👩\u200d👩\u200d👧 family",
    "right to left": "abc\u202edef\u2066ghi",
    "tabs and breaks": "a\tb\vc\fd\x85e\u2028f\rg",
    "lone surrogate": "x\udc80y",
    "a megabyte": "a" * 1_000_000,
    "nothing": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_no_line_of_a_host_can_draw_anything_but_printable_characters(text: str) -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        await speak(app, mouth, pilot, HostLine("etcd1", text, "journal"))
        await speak(app, mouth, pilot, HostLine("etcd1", "the end", "journal"))
        strips = app.screen._compositor.render_strips()

        assert "the end" in drawn(app)
        for strip in strips:
            assert strip.text.isprintable(), repr(strip.text)
            assert strip.cell_length == SIZE[0]


async def test_markup_of_a_host_is_shown_as_it_is() -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        await speak(app, mouth, pilot, HostLine("etcd1", HOSTILE["markup"], "journal"))

        assert HOSTILE["markup"] in drawn(app)


def test_a_line_keeps_its_letters_and_loses_what_is_not_printable() -> None:
    assert shown("a\tb\x1b[31m中\u202e\u3000文") == "a  b[31m中  文"
    everything = "".join(map(chr, range(0x3100)))
    for start in range(0, len(everything), 1000):
        clean = shown(everything[start : start + 1000])
        assert clean.isprintable()
        assert not any(unicodedata.category(letter).startswith("C") for letter in clean)


async def test_a_flood_leaves_only_the_last_lines_in_memory_and_on_the_screen() -> None:
    app, mouth = told()
    per_host = 2000
    async with app.run_test(size=SIZE) as pilot:
        flood = (HostLine(host, f"line {n}", "x") for n in range(per_host) for host in SEVEN)
        await speak(app, mouth, pilot, *flood)
        view = app.conductor.view("install")
        assert view is not None
        await speak(app, mouth, pilot, *(HostLine(host, "last", "x") for host in SEVEN))

        await until(pilot, lambda: "last" in drawn(app))
        assert view.log.count > per_host * len(SEVEN)
        assert len(view.log.since(0)) == KEPT_LINES
        assert len(log_lines(app)) <= KEPT_LINES
        assert page(app).query_one(LogLines).virtual_size.height <= KEPT_LINES


def test_every_host_keeps_its_own_last_lines() -> None:
    view = RunView()
    for number in range(KEPT_LINES + 10):
        view(HostLine("etcd1", f"line {number}", "x"))
    view(HostLine("etcd2", "only one", "x"))

    kept = view.log.since(0, "etcd1")
    assert len(kept) == KEPT_LINES
    assert kept[0].text.endswith("line 10")
    assert len(view.log.since(0, "etcd2")) == 1


async def test_what_is_marked_in_the_log_can_be_copied_and_is_drawn_as_marked() -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        await speak(app, mouth, pilot, *(HostLine("etcd1", f"line {n}", "x") for n in range(3)))
        log = page(app).query_one(LogLines)
        first = next(n for n, line in enumerate(log.lines) if "line 0" in line)
        column = log.lines[first].index("line 0")
        plain = [segment.style for segment in log.render_line(first)]
        app.screen.selections = {
            log: Selection(Offset(column, first), Offset(column + 6, first + 1))
        }
        await pilot.pause()

        text = app.screen.get_selected_text()
        assert text is not None
        assert text.splitlines() == [log.lines[first][column:], log.lines[first + 1][: column + 6]]
        assert [segment.style for segment in log.render_line(first)] != plain


async def test_a_line_wider_than_the_log_is_scrolled_to_its_end() -> None:
    app, mouth = told()
    async with app.run_test(size=SIZE) as pilot:
        await speak(app, mouth, pilot, HostLine("etcd1", "节" * 200 + "the end", "x"))
        log = page(app).query_one(LogLines)
        assert log.max_scroll_x > 0
        log.focus()
        log.scroll_to(x=log.max_scroll_x, animate=False, immediate=True)
        await until(pilot, lambda: "the end" in drawn(app))


async def test_the_key_bar_says_what_the_button_says() -> None:
    app, _script = deploy(DONE)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "F8 Install" in drawn(app))
        await begin(pilot)
        await until(pilot, lambda: "F8 Next" in drawn(app))
