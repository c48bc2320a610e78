"""Hosts: empty, filled, and with problems in several places."""

from typing import Any

from textual.pilot import Pilot
from textual.widgets import TextArea

from etcd_tui.tui.app import WizardApp
from tests.tui.scenes import Scene
from tests.tui.scripted import three_hosts, wizard


def _invalid() -> WizardApp:
    draft = three_hosts()
    draft.put("nodes[1].address", "10.0.0.300")
    draft.put("nodes[2].name", "etcd1")
    draft.put("cluster.etcd", "3.5")
    return wizard(draft)


async def _import(pilot: Pilot[Any]) -> None:
    await pilot.press("f3")
    await pilot.pause()
    text = "etcd1 192.0.2.11\nadmin@192.0.2.12:2222\n# the third\n[2001:db8::13]:22\nwhat is this"
    pilot.app.screen.query_one(TextArea).text = text
    await pilot.pause()


async def _details(pilot: Pilot[Any]) -> None:
    await pilot.press("f4")
    await pilot.pause()


async def _tab(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+pagedown")
    await pilot.pause()


async def _settings(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+pageup")
    await pilot.pause()


async def _lesson(pilot: Pilot[Any]) -> None:
    await pilot.press("f2")
    await pilot.pause()


async def _help(pilot: Pilot[Any]) -> None:
    await pilot.press("f1")
    await pilot.pause()


SCENES = {
    "hosts-import": Scene(wizard, _import, picture="2-hosts-import"),
    "hosts-details": Scene(lambda: wizard(three_hosts()), _details),
    "hosts-access": Scene(lambda: wizard(three_hosts()), _tab, picture="2-hosts-access"),
    "hosts-settings": Scene(lambda: wizard(three_hosts()), _settings),
    "lesson": Scene(lambda: wizard(three_hosts()), _lesson, picture="8-lesson"),
    "help": Scene(lambda: wizard(three_hosts()), _help),
    "hosts": Scene(lambda: wizard(three_hosts()), picture="2-hosts"),
    "hosts-empty": Scene(wizard),
    "hosts-invalid": Scene(_invalid),
}
