"""The page of a lesson: it is there at the start, goes, and comes back by its key."""

from __future__ import annotations

from etcd_tui.practice.lessons.page import Page
from etcd_tui.practice.lessons.table import LESSONS
from etcd_tui.tui.dialogs.page import PageDialog
from etcd_tui.tui.widgets.words import Words
from tests.tui.scripted import three_hosts, until, wizard

PAGE = Page(
    LESSONS["busy-port"],
    {"demo": "etcd-tui demo", "install": "etcd-tui install answers.yaml", "verify": ""},
)


async def test_the_page_is_shown_first_and_again_by_its_key() -> None:
    app = wizard(three_hosts(), page=PAGE)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, PageDialog))
        text = "\n".join(str(words.content) for words in app.screen.query(Words))
        assert "Another program listens on etcd's port" in text
        assert "etcd-tui demo --on etcd2 'systemctl stop old-web'" in text
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PageDialog))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, PageDialog))


async def test_without_a_lesson_there_is_no_key_for_it() -> None:
    app = wizard(three_hosts())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+l")
        assert not isinstance(app.screen, PageDialog)
        keys = {binding.key for _node, binding, _on, _tip in app.screen.active_bindings.values()}
        assert "ctrl+l" not in keys
