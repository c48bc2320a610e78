"""runbook: the whole procedure for these hosts as one Markdown document, ready to be typed."""

from __future__ import annotations

from pathlib import Path

from etcd_tui.runbook.handover import handover
from etcd_tui.runbook.intro import intro
from etcd_tui.runbook.page import Page
from etcd_tui.runbook.proofs import proofs
from etcd_tui.runbook.subject import Subject
from etcd_tui.runbook.undo import undo
from etcd_tui.runbook.work import work
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_root import default_root


def runbook(spec: ClusterSpec, folder: Path | None = None, architecture: str = "amd64") -> str:
    """Return the runbook for `spec`, in the language of the moment. No host is asked.

    `folder` is the cluster's state folder on the operator's machine, where keys and settings are
    made; the default is the one in which the tool looks for them. It is neither read nor made,
    and nothing secret stands in the document.
    """
    subject = Subject(spec, folder or default_root() / spec.cluster.name, architecture)
    page = Page()
    intro(page, subject)
    work(page, subject)
    proofs(page, subject)
    handover(page, subject)
    undo(page, subject)
    return page.text()
