"""The six steps of the wizard, and the state of each: computed from the draft and the runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from etcd_tui.i18n import N_

State = Literal["todo", "running", "done", "problem", "stale"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `key` names its screen."""

    key: str
    title: str


STEPS = (
    Step("hosts", N_("Hosts")),
    Step("preflight", N_("Preflight")),
    Step("certificates", N_("Certificates")),
    Step("preview", N_("Preview")),
    Step("deploy", N_("Deploy")),
    Step("verify", N_("Verify")),
)
KEYS = tuple(step.key for step in STEPS)

WORDS: dict[State, str] = {
    "todo": N_("not done yet"),
    "running": N_("running"),
    "done": N_("done"),
    "problem": N_("has problems"),
    "stale": N_("an earlier answer has changed since"),
}


def belongs_to(key: str) -> str:
    """Return the step on which the answer `key` is typed."""
    return "certificates" if key.startswith("certificates") else "hosts"
