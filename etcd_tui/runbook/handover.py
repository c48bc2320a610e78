"""handover: the record with which the tool goes on where the person ended."""

from __future__ import annotations

from etcd_tui.i18n import _
from etcd_tui.observe.facts import STATE_FOLDER
from etcd_tui.runbook.page import Page
from etcd_tui.runbook.subject import Subject
from etcd_tui.teach.guide import guide_text
from etcd_tui.typed import heredoc


def handover(page: Page, subject: Subject) -> None:
    """Write how the cluster is handed to etcd-tui."""
    page.heading(2, _("Hand the cluster to etcd-tui (if you want)"))
    page.say(
        guide_text("manifest").text,
        _(
            "With this record in place the tool takes the cluster for its own: `etcd-tui plan "
            "FILE` says that there is nothing to do, and `verify`, `status` and `uninstall` work."
        ),
    )
    page.type(
        subject.hosts,
        (
            f"install -d -m 700 {STATE_FOLDER}",
            heredoc(f"{STATE_FOLDER}/manifest", subject.record),
        ),
    )
