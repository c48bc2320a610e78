"""Prove what only the host can show: the unit, its restarts, its journal, and the file modes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from etcd_tui.diagnose.suspicious import suspicious
from etcd_tui.i18n import _
from etcd_tui.pki.profile import PROFILES
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.verify.claims import proved
from etcd_tui.verify.journal import Heard, hear
from etcd_tui.verify.proof import Proof
from etcd_tui.verify.standards import asking, prove_standards

# A member that starts may still be told of by others for a moment; what lasts is said again.
_MOMENT = 0.5


async def hear_hosts(
    spec: ClusterSpec, transports: Mapping[str, Transport]
) -> dict[str, Heard | None]:
    """Ask every host for its journal; None for one that was not entered."""
    names = PROFILES[spec.certificates.profile].on_host
    # Of all its files, these two are what etcd reads again without a restart.
    files = [f"{spec.paths.config}/{name}" for name in (names.certificate, names.key)]

    async def one(node: Node) -> Heard | None:
        transport = transports.get(node.name)
        return None if transport is None else await hear(transport, files, asking(spec))

    heard = await asyncio.gather(*(one(node) for node in spec.nodes))
    return {node.name: said for node, said in zip(spec.nodes, heard, strict=True)}


def since_changes(
    spec: ClusterSpec, node: Node, heard: Mapping[str, Heard | None]
) -> dict[str, float]:
    """Return, by each other member's address, from when on trouble with it counts on `node`.

    That is when the member was last started, or given another certificate, or when `node` was. In
    seconds since the epoch by the clock of `node`.
    """
    own = heard[node.name]
    if own is None or not own.now:
        return {}
    found = {}
    for other in spec.nodes:
        said = heard[other.name]
        settled = said.settled if said is not None else None
        if other.name != node.name and settled is not None:
            age = settled if own.changed is None else min(settled, own.changed)
            found[other.address] = own.now - age + _MOMENT
    return found


async def prove_host(
    spec: ClusterSpec, node: Node, heard: Mapping[str, Heard | None]
) -> list[Proof]:
    """Return the proofs about one member's unit and journal, from what all hosts said."""
    own = heard[node.name]
    if own is None:
        found = _("the host was not entered")
        return [proved("unit", node, False, found)]
    journal, unit = own.journal, own.unit
    runs = unit.active == "active" and unit.enabled == "enabled"
    state = f"{unit.active} ({unit.sub}), {unit.enabled or _('not enabled')}"
    members = [other.address for other in spec.nodes]
    since = since_changes(spec, node, heard)
    lines = await asyncio.to_thread(suspicious, journal, members, since)
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
        *prove_standards(spec, node, own.said),
    ]
