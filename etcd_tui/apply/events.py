"""The vocabulary of a run: every event there is, on one page.

Wizard, text, JSON and the run folder are readers of one stream of these; none has logic of its own.
Texts are sentences in the user's language; `key`s and enum-like fields are stable for programs.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from etcd_tui.preflight.check import Check
from etcd_tui.spec.problem import Problem
from etcd_tui.verify.drill import Drill
from etcd_tui.verify.proof import Proof


@dataclass(frozen=True, slots=True)
class Started:
    """A run began. `run` is its id and the name of its folder; empty where nothing is kept."""

    verb: str
    cluster: str
    hosts: tuple[str, ...]
    run: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class ProblemFound:
    """A problem (or warning) in the answers file."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class HostProgress:
    """A host on its way: `connecting`, `connected`, `entered`, `observed`, `reconnecting`.

    Or `examining`, which ends with `observed`.
    """

    host: str
    state: str


@dataclass(frozen=True, slots=True)
class HostFailed:
    """A host could not be reached, trusted or entered. The fields: see `errors.HostFailure`."""

    host: str
    kind: str
    what: str
    cause: str = ""
    remedy: str = ""
    fingerprint: str = ""
    key_type: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """One preflight check on one host (or `operator`, or the cluster: empty host)."""

    check: Check


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One stage of the plan, told in order, each before its own actions.

    `mode`: all hosts `together`, or `one-by-one` in the order of `hosts`. `actions` has the number
    of actions for each of `hosts`. `point_of_no_return`: the first stage in which members start,
    restart or stop; before it, all that was done can be left or done again without harm.
    """

    stage: str
    title: str
    mode: Literal["together", "one-by-one"]
    hosts: tuple[str, ...]
    actions: tuple[int, ...]
    point_of_no_return: bool


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One action of the plan, as a dry run shows it.

    `commands` are what a person types on `host` for the same effect; `bring` comes before them,
    on the operator's machine.
    """

    stage: str
    host: str
    key: str
    title: str
    reason: str
    preview: str
    commands: tuple[str, ...]
    bring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made. `actions` 0: nothing to do."""

    actions: int
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A barrier was passed; `number` counts from 1."""

    stage: str
    title: str
    number: int
    of: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionStarted:
    """`number` counts the host's actions in the whole plan from 1."""

    stage: str
    host: str
    key: str
    title: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class ActionProgress:
    """Bytes sent so far of `total` (0: unknown)."""

    stage: str
    host: str
    key: str
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class ActionFinished:
    """`unknown`: the connection was lost and the host could not be asked again."""

    stage: str
    host: str
    key: str
    title: str
    outcome: Literal["done", "failed", "unknown"]
    seconds: float
    what: str = ""
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class HostLine:
    """A line that a host itself printed, made safe for screens.

    `source`: `journal` (etcd's, as it is written), or the script whose standard error it is. `cut`:
    more followed, of the line or, at the end of a host's share of the run, of the host.
    """

    host: str
    text: str
    source: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class StageFinished:
    """All work of the stage that was begun has ended."""

    stage: str
    outcome: Literal["done", "failed"]


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """Why a member does not start or work. `evidence` says so, mostly a line of its journal."""

    host: str
    symptom: str
    cause: str
    fix: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """One proof passed or failed."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class DrillStep:
    """A step of a drill begins: `check`, `hold`, `write`, `stop`, `measure`, `start`, `back`,
    `release`. `host` is empty for what concerns all of them."""

    step: str
    host: str
    text: str


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill has measured."""

    drill: Drill


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """One line of `status`. Sizes in bytes; `certificate_expires` is a date in ISO form."""

    host: str
    member: str
    version: str
    leader: bool
    learner: bool
    healthy: bool
    db_size: int
    db_in_use: int
    raft_term: int
    raft_index: int
    alarms: tuple[str, ...]
    certificate_expires: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a line: a warning, a hint, where a file was put."""

    text: str
    host: str = ""
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event. `what`, `cause` and `remedy` are empty where all went well."""

    exit: int
    verb: str
    cluster: str = ""
    what: str = ""
    host: str = ""
    step: str = ""
    cause: str = ""
    remedy: str = ""
    seconds: float = 0.0
    changed: int = 0
    report: str = ""


Event = (
    Started | ProblemFound | HostProgress | HostFailed | Checked
    | PlannedStage | PlannedAction | Planned
    | StageStarted | ActionStarted | ActionProgress | ActionFinished | HostLine | StageFinished
    | Diagnosed | Proved | DrillStep | Drilled | MemberStatus | Note | Finished
)  # fmt: skip
Reader = Callable[[Event], None]

_NAMES: dict[type, str] = {}


def name_of(event: Event) -> str:
    """Return the event's name in JSON: `action_started` for ActionStarted."""
    kind = type(event)
    if kind not in _NAMES:
        _NAMES[kind] = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    return _NAMES[kind]


def as_json(event: Event) -> dict[str, Any]:
    """Return the event as one flat JSON object, `event` first; nested records are spread."""
    fields: dict[str, Any] = {"event": name_of(event)}
    for item in dataclasses.fields(event):
        value = getattr(event, item.name)
        fields.update(value.as_json() if hasattr(value, "as_json") else {item.name: value})
    return fields


# Names by which readers find things, and words of our own: no secret, whatever it reads like.
_STRUCTURE = frozenset(
    {
        *("host", "hosts", "member", "members", "leader", "leader_before", "leader_after"),
        *("verb", "cluster", "run", "version", "report", "file", "key", "kind", "mode", "level"),
        *("stage", "stages", "step", "state", "status", "outcome", "source", "symptom", "severity"),
        *("target", "address", "fingerprint", "key_type", "certificate_expires"),
    }
)


class Stream:
    """Hands each event to all readers, in order, as it happens.

    `clean` takes the secrets out of a text: of every text in an event, before any reader sees it.
    """

    def __init__(self, *readers: Reader, clean: Callable[[str], str] | None = None) -> None:
        self._readers = list(readers)
        self._clean = clean

    def add(self, reader: Reader) -> None:
        """Let `reader` see every event from now on, before those that were there already."""
        self._readers.insert(0, reader)

    def emit(self, event: Event) -> None:
        """Tell all readers. A reader that raises ends the run: none may be deaf to an event."""
        if self._clean is not None:
            event = _cleaned(event, self._clean)
        for reader in self._readers:
            reader(event)


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """Return the record, tuple or text with every text in it cleaned; itself if nothing changed."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        new = tuple(_cleaned(each, clean) for each in value)
        return new if new != value else value
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changed = {}
    for item in dataclasses.fields(value):
        before = getattr(value, item.name)
        if item.name not in _STRUCTURE and (after := _cleaned(before, clean)) != before:
            changed[item.name] = after
    return dataclasses.replace(value, **changed) if changed else value
