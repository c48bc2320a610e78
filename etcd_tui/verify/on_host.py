"""Prove what only the host can show: the unit, its restarts, its journal, and the file modes."""

from __future__ import annotations

import asyncio

from etcd_tui.diagnose.suspicious import suspicious
from etcd_tui.i18n import _
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.verify.claims import proved
from etcd_tui.verify.journal import read_journal
from etcd_tui.verify.proof import Proof


async def prove_host(spec: ClusterSpec, node: Node, transport: Transport | None) -> list[Proof]:
    """Return the proofs about one member's unit and journal."""
    if transport is None:
        found = _("the host was not entered")
        return [proved("unit", node, False, found)]
    journal, unit = await read_journal(transport)
    runs = unit.active == "active" and unit.enabled == "enabled"
    state = f"{unit.active} ({unit.sub}), {unit.enabled or _('not enabled')}"
    members = [other.address for other in spec.nodes]
    lines = await asyncio.to_thread(suspicious, journal, members)
    return [
        proved("unit", node, runs, state, "" if runs else _("Run etcd-tui install again.")),
        proved(
            "restarts",
            node,
            unit.restarts == 0,
            _("{n} restarts").format(n=unit.restarts),
            ""
            if unit.restarts == 0
            else _("Find out why (journalctl -u etcd), then: systemctl reset-failed etcd"),
        ),
        proved("journal", node, not lines, lines[0] if lines else _("nothing")),
    ]
