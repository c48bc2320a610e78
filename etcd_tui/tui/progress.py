"""states: how far each step is, from the draft and the runs alone."""

from __future__ import annotations

from collections.abc import Set

from etcd_tui.tui.conductor import Conductor
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.steps import State, belongs_to


def states(draft: Draft, conductor: Conductor, visited: Set[str]) -> dict[str, State]:
    """Return the state of every step by its key. `visited`: steps that were on the screen."""
    wrong = {belongs_to(problem.key) for problem in draft.errors}
    hosts: State = "done" if draft.nodes and "hosts" not in wrong else "todo"
    if "hosts" in wrong and (draft.nodes or visited - {"hosts"}):
        hosts = "problem"
    certificates: State = "todo"
    if "certificates" in wrong:
        certificates = "problem"
    elif "certificates" in visited:
        certificates = "done"
    return {
        "hosts": hosts,
        "preflight": _of_run(draft, conductor, "check"),
        "certificates": certificates,
        "preview": _of_run(draft, conductor, "plan"),
        "deploy": _deploy(draft, conductor),
        "verify": _verify(draft, conductor),
    }


def _of_run(draft: Draft, conductor: Conductor, verb: str) -> State:
    view = conductor.view(verb)
    if view is None:
        return "todo"
    if view.finished is None:
        return "running"
    if conductor.is_stale(verb, draft.spec):
        return "stale"
    return "done" if view.ok else "problem"


def _deploy(draft: Draft, conductor: Conductor) -> State:
    view = conductor.view("install")
    # Exit 6: everything is installed, and what is wrong is told by the next step.
    if view is not None and view.finished is not None and view.finished.exit == 6:
        return "stale" if conductor.is_stale("install", draft.spec) else "done"
    return _of_run(draft, conductor, "install")


def _verify(draft: Draft, conductor: Conductor) -> State:
    verb = conductor.latest("install", "verify", "drill")
    view = conductor.view(verb)
    # An install that has not come to its proofs says nothing about them.
    if view is None or (verb == "install" and not view.proofs):
        return "todo"
    return _of_run(draft, conductor, verb)
