"""undo: how everything is taken back, read off the plan of an uninstall."""

from __future__ import annotations

from etcd_tui.i18n import _
from etcd_tui.plan.model import OPERATOR
from etcd_tui.runbook.bare import FIREWALLS
from etcd_tui.runbook.page import Page
from etcd_tui.runbook.steps import Step, steps
from etcd_tui.runbook.subject import Subject
from etcd_tui.typed import local

_MARK = "undo"


def undo(page: Page, subject: Subject) -> None:
    """Write the section that takes everything back."""
    page.heading(2, _("Undo"))
    page.say(
        _(
            "Before the members were started nothing depends on what was done, and any step can be "
            "left or taken back. Afterwards these commands remove the cluster **with all its "
            "data**. `etcdctl snapshot save FILE`, with one member as endpoint, saves the data "
            "before."
        )
    )
    firewalls = _firewalls(subject)
    for stage in subject.undoing().stages:
        for step in steps(stage.actions):
            # The firewall is closed while the hosts still are what they were.
            if step.key == "folders" and firewalls:
                _closing(page, firewalls)
            page.heading(3, step.title)
            _typed(page, step, _MARK)
    page.heading(3, _("The keys on your machine"))
    page.say(
        _("Only when nobody needs the cluster or a snapshot of it any more; a key that is deleted "
          "does not come back.")
    )  # fmt: skip
    folder = local(str(subject.folder))
    page.type((OPERATOR,), ('cd "$HOME"', f"rm -rf {folder}"), _MARK)


def _firewalls(subject: Subject) -> dict[str, list[Step]]:
    found = {}
    for kind in FIREWALLS if _opened(subject) else ():
        plan = subject.undoing(firewall=kind)
        actions = [a for _stage, a in plan.actions() if a.key == f"firewall:{kind}"]
        found[kind] = steps(actions)
    return found


def _opened(subject: Subject) -> bool:
    """Whether there was anything to open or to switch off."""
    plan = subject.plan_with(firewall=FIREWALLS[0])
    return any(action.key == "firewall" for _stage, action in plan.actions())


def _closing(page: Page, firewalls: dict[str, list[Step]]) -> None:
    page.heading(3, _("Firewall"))
    for kind, closing in firewalls.items():
        page.say(_("If it is **{firewall}**:").format(firewall=kind))
        for step in closing:
            _typed(page, step, f"if={kind}", _MARK)


def _typed(page: Page, step: Step, *marks: str) -> None:
    for block in step.blocks:
        page.type(block.hosts, block.commands, *marks)
