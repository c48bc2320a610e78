"""RunView: what the screens show of one run, reduced from its events. Knows no screen."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    Checked,
    Diagnosed,
    Drilled,
    DrillStep,
    Event,
    Finished,
    HostFailed,
    HostProgress,
    Note,
    Planned,
    PlannedAction,
    PlannedStage,
    ProblemFound,
    Proved,
    StageFinished,
    StageStarted,
    Started,
)
from etcd_tui.marks import Marks
from etcd_tui.preflight.check import Check
from etcd_tui.spec.problem import Problem
from etcd_tui.verify.drill import Drill
from etcd_tui.verify.proof import Proof
from etcd_tui.wording import lines

KEPT_LINES = 5000
"""Lines kept for the screen; log.txt of the run has them all."""

LONGEST_LINE = 2000
"""Characters of a line that are kept: with the line above the bound of what a flood can take."""

CardState = Literal["waiting", "working", "done", "failed", "unknown"]


@dataclass(slots=True)
class HostCard:
    """One host (or `operator`) on its way. Times are of the clock that the view was given."""

    host: str
    state: CardState = "waiting"
    stage: str = ""
    doing: str = ""
    number: int = 0
    of: int = 0
    since: float = 0.0
    began: float = 0.0
    ended: float = 0.0
    sent: int = 0
    total: int = 0
    what: str = ""
    cause: str = ""
    remedy: str = ""
    finished: int = 0
    """Actions that ended well."""
    diagnoses: list[Diagnosed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log; `number` counts from 0 over the whole run. Host empty: the run's own."""

    number: int
    host: str
    text: str


class LineBuffer:
    """The last KEPT_LINES lines of each host, and of all together, in the order they came."""

    def __init__(self) -> None:
        self._all: deque[Line] = deque(maxlen=KEPT_LINES)
        self._by_host: dict[str, deque[Line]] = {}
        self.count = 0
        """Lines so far, also those that are no longer kept."""

    def add(self, host: str, text: str) -> None:
        """Append one line, which holds no line break."""
        line = Line(self.count, host, text[:LONGEST_LINE])
        self.count += 1
        self._all.append(line)
        if host:
            self._by_host.setdefault(host, deque(maxlen=KEPT_LINES)).append(line)

    def since(self, number: int, host: str = "") -> list[Line]:
        """Return the kept lines from `number` on, of one host or of all."""
        kept = self._by_host.get(host, ()) if host else self._all
        newest = reversed(kept)
        taken = []
        for line in newest:
            if line.number < number:
                break
            taken.append(line)
        taken.reverse()
        return taken

    def last(self, count: int, host: str = "") -> list[Line]:
        """Return the last `count` lines of one host or of all."""
        kept = self._by_host.get(host, deque()) if host else self._all
        return list(islice(kept, max(len(kept) - count, 0), None))


@dataclass(slots=True)
class RunView:
    """One run as far as it has come. `version` grows with every event."""

    verb: str = ""
    cluster: str = ""
    hosts: tuple[str, ...] = ()
    run: str = ""
    clock: Callable[[], float] = time.monotonic
    marks: Marks = field(default_factory=Marks)
    version: int = 0
    order: int = 0
    """Which run of the wizard it is, counted from 1."""
    began: float = 0.0
    ended: float = 0.0
    cards: dict[str, HostCard] = field(default_factory=dict)
    progress: dict[str, str] = field(default_factory=dict)
    """By host: `connecting`, `connected`, `entered`, `observed`, `reconnecting`, `failed`."""
    failures: dict[str, HostFailed] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    """In the order they came; of one host there may be several with the same key."""
    stages: list[PlannedStage] = field(default_factory=list)
    actions: list[PlannedAction] = field(default_factory=list)
    planned: int | None = None
    """Actions in the plan; None before it is made."""
    stage: StageStarted | None = None
    stage_outcomes: dict[str, str] = field(default_factory=dict)
    proofs: list[Proof] = field(default_factory=list)
    drill_step: DrillStep | None = None
    drill: Drill | None = None
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    log: LineBuffer = field(default_factory=LineBuffer)
    finished: Finished | None = None
    done: int = 0
    """Actions that ended well."""

    @property
    def running(self) -> bool:
        """Whether the run has begun and not ended."""
        return bool(self.verb) and self.finished is None

    @property
    def ok(self) -> bool:
        """Whether the run ended well."""
        return self.finished is not None and self.finished.exit == 0

    @property
    def elapsed(self) -> float:
        """Seconds since it began, or that it took."""
        return (self.ended if self.finished else self.clock()) - self.began if self.verb else 0.0

    def card(self, host: str) -> HostCard:
        """Return the card of `host`, made when it is first heard of."""
        return self.cards.setdefault(host, HostCard(host))

    def failed_cards(self) -> Iterable[HostCard]:
        """Return the cards with trouble on them."""
        return [c for c in self.cards.values() if c.state in ("failed", "unknown")]

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self.version += 1
        _reduce(self, event)
        host = getattr(event, "host", "") or getattr(getattr(event, "check", None), "host", "")
        if isinstance(event, Proved):
            host = event.proof.member
        for text in lines(event, self.marks):
            for line in text.splitlines() or [""]:
                self.log.add(host, line)


def _reduce(view: RunView, event: Event) -> None:  # noqa: PLR0912 - one case an event
    match event:
        case Started():
            view.verb, view.cluster, view.hosts = event.verb, event.cluster, event.hosts
            view.run = event.run
            view.began = view.clock()
            for host in event.hosts:
                view.card(host)
        case ProblemFound(problem):
            view.problems.append(problem)
        case HostProgress(host, state):
            view.progress[host] = state
        case HostFailed():
            view.failures[event.host] = event
            view.progress[event.host] = "failed"
            card = view.card(event.host)
            card.state, card.what = "failed", event.what
            card.cause, card.remedy = event.cause, event.remedy
        case Checked(check):
            view.checks.append(check)
        case PlannedStage():
            view.stages.append(event)
        case PlannedAction():
            view.actions.append(event)
        case Planned(count, _stages):
            view.planned = count
        case StageStarted():
            view.stage = event
        case StageFinished(stage, outcome):
            view.stage_outcomes[stage] = outcome
        case ActionStarted() | ActionProgress() | ActionFinished():
            _act(view, event)
        case Diagnosed():
            view.card(event.host).diagnoses.append(event)
        case Proved(proof):
            view.proofs.append(proof)
        case DrillStep():
            view.drill_step = event
        case Drilled(drill):
            view.drill = drill
        case Note():
            view.notes.append(event)
        case Finished():
            view.finished = event
            view.ended = view.clock()
        case _:
            pass


def _act(view: RunView, event: ActionStarted | ActionProgress | ActionFinished) -> None:
    card = view.card(event.host)
    now = view.clock()
    match event:
        case ActionStarted():
            card.state, card.stage, card.doing = "working", event.stage, event.title
            card.number, card.of = event.number, event.of
            card.since = now
            card.began = card.began or now
            card.sent = card.total = 0
        case ActionProgress():
            card.sent, card.total = event.sent, event.total
        case ActionFinished(outcome="done"):
            card.finished += 1
            view.done += 1
            card.ended = now
            card.state = "done" if card.number >= card.of else "waiting"
        case ActionFinished():
            card.state = "failed" if event.outcome == "failed" else "unknown"
            card.what, card.cause, card.remedy = event.what, event.cause, event.remedy
            card.ended = now
