"""What is due in a host's firewall: open etcd's ports, switch it off, or put it back."""

from __future__ import annotations

from etcd_tui.content.firewall import wanted_rules
from etcd_tui.content.firewall_by_hand import OFF, ON, open_commands
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.firewall import missing_rules, stale_rules
from etcd_tui.plan import actions
from etcd_tui.plan.model import Action
from etcd_tui.spec.model import ClusterSpec, Node


def firewall(spec: ClusterSpec, node: Node, facts: HostFacts) -> list[Action]:
    """Return what the answers ask of the firewall that is active, or that we switched off."""
    kind = facts.firewall.kind
    if spec.host.firewall == "disable":
        return [] if kind == "none" else [_disable(facts)]
    back = [_put_back(facts, off) for off in facts.manifest.all("firewall-off")]
    if spec.host.firewall == "leave":
        return back
    rules = wanted_rules(spec, node)
    if back:
        off = facts.manifest.all("firewall-off")
        return [*back, *(_open(facts, kind, rules, f"firewall:{kind}") for kind in off)]
    missing = missing_rules(facts.firewall, rules)
    if kind == "none" or not (missing or stale_rules(facts.firewall, rules)):
        return []
    return [_open(facts, kind, rules)]


def _disable(facts: HostFacts) -> Action:
    kind = facts.firewall.kind
    return actions.script(
        facts,
        "firewall",
        "firewall_disable",
        kind,
        title=_("Switch {firewall} off").format(firewall=kind),
        reason=_("the answers ask for it"),
        commands=(OFF[kind],),
    )


def _put_back(facts: HostFacts, kind: str) -> Action:
    return actions.script(
        facts,
        f"firewall-back:{kind}",
        "firewall_close",
        kind,
        title=_("Switch {firewall} on again").format(firewall=kind),
        reason=_("the answers no longer ask for it to be off"),
        commands=(ON[kind],),
    )


def _open(facts: HostFacts, kind: str, rules: tuple[str, ...], key: str = "firewall") -> Action:
    shown = tuple(
        _("allow {port}/tcp from {source}").format(source=source, port=port)
        for source, port in (rule.split(" ") for rule in rules)
    )
    return actions.script(
        facts,
        key,
        "firewall_open",
        kind,
        *rules,
        title=_("Open etcd's ports in {firewall}").format(firewall=kind),
        reason=_("the members must reach each other"),
        preview="\n".join(shown),
        commands=open_commands(kind, rules, facts.firewall.detail),
    )
