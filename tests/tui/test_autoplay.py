"""The wizard that plays by itself: its captions, a person who holds it or takes over, a bad end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from etcd_tui.apply.events import Event, Finished
from etcd_tui.tui.app import Setup
from etcd_tui.tui.autoplay import SCENES, AutoplayApp
from etcd_tui.tui.widgets.caption import Caption
from etcd_tui.tui.widgets.words import Words
from tests.tui.scenes import deploy, preview
from tests.tui.scripted import Clock, Script, three_hosts, until

SIZE = (100, 30)
CHECKED: list[Event] = [Finished(0, "check", "prod")]
GOOD = {"check": CHECKED, "plan": preview.PLAN, "install": deploy.DONE}


def playing(
    events: Mapping[str, Sequence[Event]], root: Path, speed: float = 1000.0
) -> AutoplayApp:
    setup = Setup(Script(events), root, three_hosts(), start="hosts", clock=Clock())
    return AutoplayApp(setup, speed)


def said(app: AutoplayApp) -> str:
    """What the caption says, all of it; empty where none is shown."""
    return "\n".join(
        str(words.content) for words in app.screen.query("Caption Words").results(Words)
    )


async def test_it_walks_every_screen_to_the_proofs_with_a_caption_for_each(tmp_path: Path) -> None:
    app = playing(GOOD, tmp_path)
    heard: list[str] = []
    say = Caption.say

    def noting(self: Caption, text: str) -> None:
        heard.append(text)
        say(self, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Caption, "say", noting)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: not app.playing)
            assert app.page.key == "verify"  # type: ignore[attr-defined]
            assert "your turn" in said(app)
            assert heard[:-1] == [scene.caption for scene in SCENES]
            await pilot.press("down")
            assert not app.screen.query(Caption)


async def test_space_holds_it_and_lets_it_go_on(tmp_path: Path) -> None:
    # Nobody reads so slowly: the caption stays for the whole test.
    app = playing(GOOD, tmp_path, speed=0.001)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Space: hold" in said(app))
        await pilot.press("space")
        await until(pilot, lambda: "Held" in said(app))
        await pilot.press("space")
        await until(pilot, lambda: "Space: hold" in said(app))
        assert app.playing


async def test_what_is_held_goes_on_when_it_is_let_go(tmp_path: Path) -> None:
    app = playing(GOOD, tmp_path)
    app._hold()
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Held" in said(app))
        held = said(app)
        # More looks than the caption would stay.
        for _look in range(30):
            await pilot.pause(0.02)
            assert said(app) == held
        await pilot.press("space")
        await until(pilot, lambda: not app.playing)
        assert app.page.key == "verify"  # type: ignore[attr-defined]


async def test_any_other_key_takes_over_and_does_what_it_does(tmp_path: Path) -> None:
    app = playing(GOOD, tmp_path, speed=0.5)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Space: hold" in said(app))
        await pilot.press("f8")
        await until(pilot, lambda: app.page.key == "preflight")  # type: ignore[attr-defined]
        assert not app.playing
        assert said(app) == ""


async def test_a_run_that_fails_ends_it_and_is_said(tmp_path: Path) -> None:
    refused = Finished(3, "check", "prod", what="1 check failed; nothing was changed.")
    app = playing({"check": [refused]}, tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: not app.playing)
        assert app.page.key == "preflight"  # type: ignore[attr-defined]
        assert "did not end well" in said(app)


async def test_a_caption_can_be_filled_before_it_is_on_the_screen(tmp_path: Path) -> None:
    app = playing(GOOD, tmp_path, speed=0.001)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Space: hold" in said(app))
        await app.screen.query(Caption).remove()
        caption = Caption()
        caption.say("a sentence")
        caption.tell("held")
        await app.screen.mount(caption)
        assert said(app).startswith("a sentence\nHeld")
