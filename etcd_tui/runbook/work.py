"""work: every step of the plan, why it is taken, its commands and what to expect."""

from __future__ import annotations

from etcd_tui.fetch.archive import programs_of
from etcd_tui.i18n import _
from etcd_tui.plan.model import Stage
from etcd_tui.runbook.bare import FIREWALLS
from etcd_tui.runbook.expected import expected
from etcd_tui.runbook.page import Page
from etcd_tui.runbook.steps import Step, steps
from etcd_tui.runbook.subject import Subject
from etcd_tui.teach.guide import guide_text

_BEFORE = "programs"
"""The step before which the plan deals with firewall and SELinux."""


def work(page: Page, subject: Subject) -> None:
    """Write the stages of the plan."""
    told: set[str] = set()
    for number, stage in enumerate(subject.plan.stages, start=1):
        page.heading(2, f"{number}. {stage.title}")
        if stage.changes_start:
            page.warn(f"**{_('From here on there is no way back.')}** " + _no_return())
        _stage(page, subject, stage, number, told)


def _no_return() -> str:
    return guide_text("point-of-no-return").text


def _stage(page: Page, subject: Subject, stage: Stage, number: int, told: set[str]) -> None:
    count = 0

    def head(title: str, key: str) -> None:
        nonlocal count
        count += 1
        page.heading(3, f"{number}.{count} {title}")
        lesson = guide_text(key)
        # What was explained above is not explained again.
        if lesson.text not in told:
            told.add(lesson.text)
            page.say(lesson.text)

    for step in steps(stage.actions):
        # The record is for who hands the cluster over to the tool, and stands there whole.
        if step.key == "manifest":
            continue
        if step.key == _BEFORE:
            for kind, guarded in _guards(subject).items():
                off = kind == "firewall" and subject.spec.host.firewall == "disable"
                title = guarded[0].title if kind == "selinux" else _("Firewall")
                head(title, "ports" if off else kind)
                if off:
                    page.warn(
                        _(
                            "The answers ask for the firewall to be switched off. This opens "
                            "every service of the hosts to the network, not only etcd's."
                        )
                    )
                _guarded(page, subject, kind, guarded)
        head(step.title, step.key)
        _typed(page, step)
        page.say(expected(step.key, subject.spec))
    if stage.key == "configure" and subject.spec.host.selinux == "keep":
        head(guide_text("selinux-labels").title, "selinux-labels")
        page.type(subject.hosts, (_relabel(subject),))


def _typed(page: Page, step: Step, *marks: str) -> None:
    for block in step.blocks:
        page.type(block.hosts, block.commands, *marks)


def _guards(subject: Subject) -> dict[str, list[Step]]:
    """The steps that depend on what guards a host, by `firewall` and `selinux`."""
    found: dict[str, list[Step]] = {}
    for kind in FIREWALLS:
        found.setdefault("firewall", []).extend(_only(subject, "firewall", firewall=kind))
    found["selinux"] = _only(subject, "selinux", selinux="Enforcing")
    return {kind: guarded for kind, guarded in found.items() if guarded}


def _only(subject: Subject, key: str, *, firewall: str = "none", selinux: str = "") -> list[Step]:
    plan = subject.plan_with(firewall=firewall, selinux=selinux)
    actions = [action for _stage, action in plan.actions() if action.key == key]
    return steps(actions)


def _guarded(page: Page, subject: Subject, kind: str, guarded: list[Step]) -> None:
    if kind == "selinux":
        page.say(_("Only where `getenforce` says Enforcing or Permissive:"))
        for step in guarded:
            _typed(page, step, "if=selinux")
        return
    page.say(
        _(
            "See which one is at work on each host: `firewall-cmd --state` says running for "
            "firewalld, `ufw status` says active for ufw, `nft list ruleset` shows a chain with "
            "hook input that drops, `iptables -S` shows rules. Type what is for that one. Where "
            "there is none, there is nothing to do."
        )
    )
    for name, step in zip(FIREWALLS, guarded, strict=True):
        page.say(_("If it is **{firewall}**:").format(firewall=name))
        if name == "nftables" and subject.spec.host.firewall == "open":
            page.say(
                _(
                    "The chain and the file are Debian's; where yours have other names, put them "
                    "in their place."
                )
            )
        _typed(page, step, f"if={name}")


def _relabel(subject: Subject) -> str:
    paths = subject.spec.paths
    programs = [f"{paths.binaries}/{name}" for name in programs_of(subject.spec.cluster.etcd)]
    labelled = " ".join([paths.config, paths.data, f"{paths.units}/etcd.service", *programs])
    return f"if command -v restorecon >/dev/null; then\n  restorecon -RF {labelled}\nfi"
