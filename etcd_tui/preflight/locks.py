"""The check that no other run is at work on a host, and the words for one that is."""

from __future__ import annotations

from collections.abc import Iterable

from etcd_tui.holder import Holder, span
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts, HostLock
from etcd_tui.observe.situation import Situation
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.verdict import warned
from etcd_tui.spec.model import ClusterSpec, Node

TAKE_OVER = "--take-over"
"""The option that names a run whose hosts are to be taken, also as the key of an offer."""


def lock(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check | None:
    """No other run is at work on the host."""
    return lock_check(node.name, facts.lock) if facts.lock else None


def lock_check(host: str, held: HostLock) -> Check:
    """Return what is to be said of a host that is held."""
    title = _("no other run is at work")
    holder = Holder.parse(held.line)
    found = told(holder)
    if held.standing == "other":
        found += "; " + _("its latest sign of life there was {span} ago").format(
            span=span(held.silent)
        )
        why = _("two runs at once would undo each other's work")
        offer = ((TAKE_OVER, holder.run),)
        return Check(host, "lock", title, "fail", found, why, remedy([holder]), offer)
    if held.standing == "ended":
        why = _("it was of this state folder, and has ended without letting the host go")
    else:
        why = _("you asked for it to be taken over; should it still live, its next step fails")
    return warned(host, "lock", title, found, why, _("Nothing: install takes the host over."))


def told(holder: Holder) -> str:
    """Return who holds a host, in words."""
    return _("{verb} by {owner}, begun {age} ago (process {pid}, run {run})").format(
        verb=holder.verb, owner=holder.owner, age=holder.age, pid=holder.pid, run=holder.run
    )


def remedy(holders: Iterable[Holder]) -> str:
    """Return what to do about hosts that others hold."""
    options = " ".join(f"{TAKE_OVER} {run}" for run in dict.fromkeys(h.run for h in holders))
    return _(
        "Ask its owner, or wait until it has ended. Once you know that it is dead: run this again "
        "with {options} (in the wizard: u in the preflight)"
    ).format(options=options)
