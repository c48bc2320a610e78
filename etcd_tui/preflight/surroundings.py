"""Checks of what is around etcd on a host: proxies, firewall, SELinux, time."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from etcd_tui.content.firewall import wanted_rules
from etcd_tui.i18n import _
from etcd_tui.observe.asking import opens_first
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.firewall import missing_rules
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.verdict import failed, passed, warned
from etcd_tui.spec.model import ClusterSpec, Node

# What Go asks for an https URL; etcd's peers (client/pkg/transport) and gRPC both do.
_CAPTURING = ("HTTPS_PROXY", "https_proxy")


def proxies(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """No proxy variable leads the members' traffic, or etcdctl's, elsewhere."""
    title = _("no proxy takes etcd's connections")
    addresses = [other.address for other in spec.nodes]
    service = facts.process_environment if facts.running else facts.service_proxies
    captured = _captured(service, addresses)
    if captured:
        found = _("systemd gives its services {variable}").format(variable=captured)
        why = _("the members would look for each other through that proxy")
        fix = _(
            "Take it out of DefaultEnvironment (see systemctl show-environment), or add to "
            "NO_PROXY there: {names}"
        )
        return failed(node.name, "proxy", title, found, why, fix.format(names=",".join(addresses)))
    captured = _captured(facts.login_proxies, addresses)
    if captured:
        found = _("/etc/environment has {variable}").format(variable=captured)
        why = _("etcdctl on this host would look for the members through that proxy")
        fix = _("Add to NO_PROXY and no_proxy there: {names}").format(names=",".join(addresses))
        return warned(node.name, "proxy", title, found, why, fix)
    others = facts.login_proxies or facts.service_proxies
    return passed(node.name, "proxy", title, _("exempt") if others else _("none"))


def _captured(variables: Iterable[tuple[str, str]], addresses: list[str]) -> str:
    """The variable that would capture a connection to one of `addresses`; empty: none would."""
    there = dict(variables)
    proxy = next((f"{name}={there[name]}" for name in _CAPTURING if there.get(name)), "")
    exempt = there.get("NO_PROXY") or there.get("no_proxy") or ""
    return proxy if proxy and not all(_exempt(a, exempt) for a in addresses) else ""


def _exempt(address: str, no_proxy: str) -> bool:
    """As Go reads NO_PROXY for an address: `*`, addresses and networks, separated by commas."""
    for entry in (e.strip().strip("[]") for e in no_proxy.split(",")):
        if entry == "*":
            return True
        try:
            if ipaddress.ip_address(address) in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def firewall(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The firewall that is active lets the members in, or install sees to it."""
    title = _("the firewall lets the members in")
    kind = facts.firewall.kind
    if kind == "none":
        return passed(node.name, "firewall", title, _("none is active"))
    if spec.host.firewall == "disable":
        found = _("{firewall} is active; install switches it off, as the answers ask")
        return passed(node.name, "firewall", title, found.format(firewall=kind))
    if opens_first(spec, node, facts):
        found = _("{firewall} is active; install opens 2379 and 2380 to the members")
        return passed(node.name, "firewall", title, found.format(firewall=kind))
    missing = missing_rules(facts.firewall, wanted_rules(spec, node))
    if not missing or facts.ready or _let_in(node, situation):
        found = _("{firewall} is active and lets them in").format(firewall=kind)
        return passed(node.name, "firewall", title, found)
    found = _("{firewall} is active and has no rule for: {rules}").format(
        firewall=kind, rules=", ".join(missing)
    )
    why = _("the answers leave it as it is (host.firewall: leave)")
    fix = _("Let these sources reach these ports, or set host.firewall to open.")
    return warned(node.name, "firewall", title, found, why, fix)


def _let_in(node: Node, situation: Situation) -> bool:
    """Whether all members tried this one's ports and came through."""
    ways = [way for way in situation.passages if way.target == node.name]
    return bool(ways) and all(way.outcome == "open" for way in ways)


def selinux(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check | None:
    """SELinux stays as it is, and our files get their labels; nothing where there is none."""
    if not facts.selinux:
        return None
    title = _("SELinux lets etcd run")
    mode = facts.selinux.lower()
    if mode == "enforcing" and spec.host.selinux != "keep":
        wanted = {"permissive": "permissive", "disable": "disabled"}[spec.host.selinux]
        found = _("{mode}; install sets it to {wanted}, as the answers ask")
        return passed(node.name, "selinux", title, found.format(mode=mode, wanted=wanted))
    if mode == "enforcing" and "restorecon" not in facts.helpers:
        found = _("{mode}, but restorecon is missing").format(mode=mode)
        why = _("without its label systemd may not start the program")
        fix = _("Install policycoreutils on the host.")
        return warned(node.name, "selinux", title, found, why, fix)
    return passed(node.name, "selinux", title, _("{mode}, stays so").format(mode=mode))


def time_sync(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """Something keeps the clock right."""
    title = _("the clock is kept right")
    if facts.timekeepers:
        return passed(node.name, "time-sync", title, ", ".join(facts.timekeepers))
    if facts.container:
        found = _("the clock is that of the machine around this container")
        return passed(node.name, "time-sync", title, found)
    found = _("neither chronyd, ntpd nor systemd-timesyncd runs")
    why = _("clocks drift apart; certificates, leases and logs depend on the time")
    fix = _("Start one: systemctl enable --now systemd-timesyncd (or chronyd).")
    return warned(node.name, "time-sync", title, found, why, fix)
