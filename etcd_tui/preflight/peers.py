"""Checks that every member reaches every other, both ways, on etcd's own ports."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from etcd_tui.i18n import _
from etcd_tui.observe.passage import Passage
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.host import certificate_addresses
from etcd_tui.preflight.verdict import failed, passed, warned
from etcd_tui.spec.model import ClusterSpec, Node

_FIREWALLS = frozenset({"firewalld", "ufw", "nftables", "iptables"})


def peer_checks(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    """Yield one check for each member that reaches all others, and one for each way that fails."""
    for source, ways in itertools.groupby(situation.passages, key=lambda p: p.source):
        node, tried = spec.node(source), list(ways)
        faults: list[Check] = []
        for target, ports in itertools.groupby(tried, key=lambda p: p.target):
            fault = _fault(spec, node, spec.node(target), list(ports))
            if fault:
                faults.append(fault)
        yield from faults
        if not faults:
            yield _all_well(node, tried)


def _all_well(node: Node, ways: list[Passage]) -> Check:
    title = _("the other members can be reached")
    lacking = next((way.said for way in ways if way.outcome == "untried" and not _closed(way)), "")
    if lacking:
        found = _("not tried: {program} is missing").format(program=lacking)
        why = _("a port that is closed between members then shows only at the start")
        fix = _("Install {program} on the host, or go on and watch the start.")
        return warned(node.name, "peers", title, found, why, fix.format(program=lacking))
    said = []
    tried = list(dict.fromkeys(way.target for way in ways if way.outcome != "untried"))
    if tried:
        said.append(_("{names} on 2379 and 2380").format(names=", ".join(tried)))
    slowest = max(ways, key=lambda way: way.rtt_ms)
    if slowest.rtt_ms:
        said.append(
            _("round trip at most {ms:.2f} ms, to {name}").format(
                ms=slowest.rtt_ms, name=slowest.target
            )
        )
    if any(way.outcome == "refused" for way in ways):
        said.append(_("where nothing could listen, they answered that the port is free"))
    for name, firewall in dict.fromkeys((w.target, w.said) for w in ways if _closed(w)):
        said.append(
            _("{firewall} on {name} is closed until install opens it").format(
                firewall=firewall, name=name
            )
        )
    return passed(node.name, "peers", title, "; ".join(said))


def _closed(way: Passage) -> bool:
    return way.outcome == "untried" and way.said in _FIREWALLS


def _fault(spec: ClusterSpec, node: Node, target: Node, ways: list[Passage]) -> Check | None:
    """What is wrong with the ways from `node` to `target`; None if nothing is."""
    blocked = [way for way in ways if _blocked(way)]
    if blocked:
        return _unreached(node, target, blocked)
    swallowed = [way for way in ways if way.delivered is False]
    if swallowed:
        return _swallowed(node, target, swallowed)
    return _seen_elsewhere(spec, node, target, ways)


def _blocked(way: Passage) -> bool:
    # Where nothing listens, a refusal is the answer of the host itself: the way is free.
    return way.outcome in ("silent", "unreachable", "forbidden") or (
        way.outcome == "refused" and way.listened
    )


def _unreached(node: Node, target: Node, ways: list[Passage]) -> Check:
    worst = ways[0]
    words = {
        "address": target.address,
        "own": node.address,
        "ports": ", ".join(str(way.port) for way in ways),
        "source": node.name,
        "target": target.name,
        "said": worst.said,
        "command": f"timeout 3 bash -c '</dev/tcp/{target.address}/{worst.port}'",
    }
    fix = _(
        "Let {own} reach {address} on TCP {ports}: in the firewall of {target} and in the "
        "network's. To see it again, on {source}: {command}"
    )
    match worst.outcome:
        case "silent":
            found = _("no answer from {address}, port {ports}")
            why = _(
                "something between {source} and {target} drops the packets: a firewall, or a link "
                "that is down"
            )
        case "refused":
            found = _("refused at {address}, port {ports}, although {target} listens there")
            why = _("a firewall on {target}, or between the two, answers in its place")
        case "forbidden":
            found = _("{source} may not send to {address}, port {ports}: {said}")
            why = _("a firewall on {source} stops what leaves it")
            fix = _("On {source}, let TCP {ports} out to {address}. To see it again: {command}")
        case _other:
            found = _("{address}, port {ports}: {said}")
            why = _("there is no way from {source} to {target}, or a firewall says so")
            fix = _(
                "Check links and routes (ip route get {address}) and the firewall of {target}. "
                "To see it again, on {source}: {command}"
            )
    return failed(
        node.name,
        f"peers:{target.name}",
        _reached(target),
        found.format(**words),
        why.format(**words),
        fix.format(**words),
    )


def _reached(target: Node) -> str:
    return _("{name} can be reached").format(name=target.name)


def _swallowed(node: Node, target: Node, ways: list[Passage]) -> Check:
    ports = ", ".join(str(way.port) for way in ways)
    found = _("connections to {address}, port {ports}, open, but large packets do not arrive")
    why = _(
        "something between {source} and {target} takes only smaller packets and does not say so"
    )
    fix = _(
        "Set one MTU on the whole way (ip link show), and let ICMP pass, which would tell of it. "
        "To see it again, on {source}: ping -M do -s 1472 {address}"
    )
    words = {"source": node.name, "target": target.name, "address": target.address, "ports": ports}
    return failed(
        node.name,
        f"peers:{target.name}",
        _reached(target),
        found.format(**words),
        why.format(**words),
        fix.format(**words),
    )


def _seen_elsewhere(
    spec: ClusterSpec, node: Node, target: Node, ways: list[Passage]
) -> Check | None:
    """The target must see the source, and under an address that the source's certificate names."""
    seen = [way.seen_from for way in ways if way.outcome == "open" and way.listened]
    words = {"source": node.name, "target": target.name, "address": target.address}
    if not all(seen):
        found = _("{address} answered, but {target} saw no connection")
        why = _("another machine has the same address, or a gateway answers for it")
        fix = _("On {source}: ip neigh show {address}; compare it with ip link on {target}.")
    else:
        allowed = certificate_addresses(spec, node)
        strange = {a for addresses in seen for a in addresses.split(", ")} - allowed
        # Members on one machine, for practice: no certificate is looked at there.
        strange = {a for a in strange if not a.startswith("127.")}
        if not strange:
            return None
        words["strange"] = ", ".join(sorted(strange))
        found = _("{target} sees {source} come from {strange}")
        why = _("peers refuse a certificate that does not name the address it comes from")
        fix = _("Add it to the sans of {source} in the answers file, or stop what changes it.")
    return failed(
        node.name,
        f"peers:{target.name}",
        _reached(target),
        found.format(**words),
        why.format(**words),
        fix.format(**words),
    )
