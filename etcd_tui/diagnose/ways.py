"""Ways: which members cannot reach which others now, in which direction, and who stops them."""

from __future__ import annotations

from collections.abc import Iterable

from etcd_tui.content.firewall import wanted_rules
from etcd_tui.content.firewall_by_hand import open_commands
from etcd_tui.diagnose.diagnosis import Diagnosis
from etcd_tui.diagnose.other_end import plain
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.firewall import missing_rules
from etcd_tui.observe.passage import Passage
from etcd_tui.spec.model import PEER_PORT, ClusterSpec, Node


def diagnose_ways(
    spec: ClusterSpec, hosts: Iterable[HostFacts], passages: Iterable[Passage]
) -> tuple[Diagnosis, ...]:
    """Return one diagnosis for each direction in which etcd's peer port cannot be reached.

    `passages` are of members as they are, where only etcd itself listens; `hosts` those that could
    be asked. A port that is refused where nothing listens is a consequence of that, not a cause.
    """
    there = {facts.name: facts for facts in hosts}
    return tuple(
        _diagnosis(spec, way, there.get(way.target))
        for way in passages
        if way.port == PEER_PORT and way.outcome not in ("open", "untried")
    )


def with_ways(
    host: str, found: Iterable[Diagnosis], ways: Iterable[Diagnosis]
) -> tuple[Diagnosis, ...]:
    """Return what was found about `host`, best explanation first, with its `ways` joined in.

    What the journal says of a member that cannot be reached, was just tried and is known better.
    """
    own = [way for way in ways if way.host == host]
    tried = {way.about for way in own}
    blocked = any(way.rank is Rank.UNREACHED for way in own)
    rest = [
        one
        for one in found
        if not (one.rank is Rank.UNREACHED and one.about in tried)
        and not (one.rank is Rank.WAITING and blocked)
    ]
    return tuple(sorted([*rest, *own], key=lambda one: one.rank))


def _diagnosis(spec: ClusterSpec, way: Passage, facts: HostFacts | None) -> Diagnosis:
    node, target = spec.node(way.source), spec.node(way.target)
    lacking = _lacking(spec, node, target, facts)
    known = facts.firewall if facts and facts.firewall.kind != "none" else None
    unheard = facts is not None and all(one.port != way.port for one in facts.listeners)
    closed = way.outcome == "refused" and unheard
    words = {
        "source": node.name,
        "own": node.address,
        "target": target.name,
        "address": target.address,
        "ports": str(way.port),
        "firewall": known.kind if known else "",
        "command": f"timeout 3 bash -c '</dev/tcp/{target.address}/{way.port}'",
        "commands": "; ".join(open_commands(known.kind, lacking, known.detail)) if known else "",
    }
    said = {"refused": _("refused"), "silent": _("no answer")}.get(way.outcome, way.said)
    who, fix = _closed() if closed else _blocked(spec, way, words["firewall"], lacking)
    cause = _("{source} cannot reach {target} ({address}, port {ports}): {said}; {who}")
    return Diagnosis(
        host=node.name,
        symptom="way-closed" if closed else f"way-{way.outcome}",
        cause=cause.format(**words, said=said, who=who.format(**words)),
        fix=fix.format(**words),
        evidence=way.said,
        rank=Rank.CONSEQUENCE if closed else Rank.UNREACHED,
        about=target.name,
    )


def _closed() -> tuple[str, str]:
    """Return who stops a way, and what to do, where nobody does: templates, as of `_blocked`."""
    return (
        _("nothing listens there."),
        _("etcd does not run on {target}: see what is said of it here."),
    )


def _blocked(
    spec: ClusterSpec, way: Passage, firewall: str, lacking: tuple[str, ...]
) -> tuple[str, str]:
    if way.outcome == "forbidden":
        return (
            _("a firewall on {source} stops what leaves it."),
            _("On {source}, let TCP {ports} out to {address}. To see it again: {command}"),
        )
    if lacking:
        who = _("{firewall} on {target} has no rule that lets {source} in.")
        if spec.host.firewall == "open":
            return who, _("Run etcd-tui install, which opens it; or type on {target}: {commands}")
        return who, _("Type on {target}: {commands}")
    fix = _(
        "Let {own} reach {address} on TCP {ports}: in the firewall of {target} and in the "
        "network's. To see it again, on {source}: {command}"
    )
    if firewall:
        return _("{firewall} on {target}, or something between the two, stops it."), fix
    return _("a firewall on one of them or between them stops it, or {target} is down."), fix


def _lacking(
    spec: ClusterSpec, node: Node, target: Node, facts: HostFacts | None
) -> tuple[str, ...]:
    """Return the rules for `node` that `target` lacks; none if the one for its peer port stands."""
    if facts is None or facts.firewall.kind == "none":
        return ()
    missing = missing_rules(facts.firewall, wanted_rules(spec, target))
    address = plain(node.address)
    if f"{address} {PEER_PORT}" not in missing:
        return ()
    return tuple(rule for rule in missing if rule.startswith(f"{address} "))
