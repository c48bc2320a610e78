"""The lines of firewall.sh to a Firewall, and what it lacks of the wanted rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from etcd_tui.observe.facts import Firewall

FIREWALL_LOOK = Path(__file__).parent / "firewall_look.sh"
"""Functions that look at a firewall, for the probe and for the scripts that change one."""

_Kind = Literal["none", "firewalld", "ufw", "nftables", "iptables"]
_KINDS: dict[str, _Kind] = {kind: kind for kind in get_args(_Kind)}
_PREFIX = "firewall-"
# `own RULE`: ours, of those that stand. `family 4|6`: what is filtered. `zone` and `chain`: where
# the rules stand. `file PATH`: what nftables loads at boot.
_DETAILS = ("own", "family", "zone", "chain", "file")


def parse_firewall(lines: Iterable[tuple[str, str]]) -> Firewall:
    """Return the firewall that the probe's `lines` (key, value) tell of; other keys are skipped."""
    said = [(key.removeprefix(_PREFIX), value) for key, value in lines if key.startswith(_PREFIX)]

    def every(wanted: str) -> tuple[str, ...]:
        return tuple(sorted({value for key, value in said if key == wanted and value}))

    kinds = [_KINDS[value] for key, value in said if key == "kind" and value in _KINDS]
    if not kinds or kinds[0] == "none":
        return Firewall()
    return Firewall(
        kind=kinds[0],
        rules=every("rule"),
        persistent_rules=every("permanent"),
        enabled="yes" in every("enabled"),
        detail=tuple((key, value) for key in _DETAILS for value in every(key)),
    )


def missing_rules(firewall: Firewall, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the wanted rules that do not stand, or would not after a boot.

    A family that nothing filters (iptables without ip6tables) needs no rule.
    """
    standing = set(firewall.rules) & set(firewall.persistent_rules)
    filtered = {value for key, value in firewall.detail if key == "family"} or {"4", "6"}
    return tuple(rule for rule in wanted if rule not in standing and _family(rule) in filtered)


def stale_rules(firewall: Firewall, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that an earlier run put there and that are not wanted any more."""
    keep = set(wanted)
    return tuple(value for key, value in firewall.detail if key == "own" and value not in keep)


def _family(rule: str) -> str:
    return "6" if ":" in rule else "4"
