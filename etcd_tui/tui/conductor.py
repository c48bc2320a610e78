"""Conductor: the wizard's runs. One at a time, in a task of its own that no screen can cancel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from etcd_tui.marks import SIGNS, Marks

if TYPE_CHECKING:
    from etcd_tui.apply.events import Finished, Reader
    from etcd_tui.spec.model import ClusterSpec
    from etcd_tui.tui.run_view import RunView
    from etcd_tui.verify.drill import Target

Verb = Literal["check", "plan", "install", "verify", "drill"]


@dataclass(frozen=True, slots=True)
class Job:
    """What to run. `new_keys`: host keys just accepted, as pairs of address and fingerprint.

    `only`: check this host alone. `target`: whom the drill stops, `leader` or `follower`.
    `take_over`: IDs of runs whose hosts it takes; the conductor fills it in.
    """

    verb: Verb
    spec: ClusterSpec
    new_keys: frozenset[tuple[str, str]] = frozenset()
    only: str = ""
    target: Target = "leader"
    take_over: frozenset[str] = frozenset()


class Backend(Protocol):
    """Carries out jobs: the engine, or the tests' script of events."""

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        """Do `job`, telling `reader`; never raises but for cancellation."""
        ...


class Conductor:
    """Starts and stops runs and keeps what was seen of the last one of each verb.

    `changed` is called after every event and may be called often.
    """

    def __init__(
        self,
        backend: Backend,
        changed: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        marks: Marks = SIGNS,
    ) -> None:
        self._backend = backend
        self._changed = changed
        self._clock = clock
        self._marks = marks
        self._task: asyncio.Task[Finished] | None = None
        self._stop = asyncio.Event()
        self._begun = 0
        self.views: dict[str, RunView] = {}
        self.jobs: dict[str, Job] = {}
        self.current: Job | None = None
        self.take_over: frozenset[str] = frozenset()
        """IDs of runs that the operator has given up: no later run leaves hosts to them."""

    @property
    def busy(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None

    @property
    def stopping(self) -> bool:
        """Whether the run under way was asked to stop."""
        return self.busy and self._stop.is_set()

    @property
    def changing(self) -> bool:
        """Whether the run under way changes hosts."""
        return self.current is not None and self.current.verb in ("install", "drill")

    def view(self, verb: str) -> RunView | None:
        """Return what was seen of the last run of `verb`; None if there was none."""
        return self.views.get(verb)

    def latest(self, *verbs: str) -> str:
        """Return which of `verbs` was begun last; empty if none was."""
        began = [(view.order, verb) for verb, view in self.views.items() if verb in verbs]
        return max(began, default=(0, ""))[1]

    def is_stale(self, verb: str, spec: ClusterSpec) -> bool:
        """Whether the last run of `verb` was for other answers than `spec`."""
        job = self.jobs.get(verb)
        return job is not None and job.spec != spec

    def start(self, job: Job, shown: ClusterSpec) -> RunView:
        """Begin `job`. `shown` is its spec without secrets, to compare with later.

        RuntimeError while another run is under way.
        """
        if self._task is not None:
            raise RuntimeError("a run is under way")
        from etcd_tui.tui.run_view import RunView

        job = replace(job, take_over=self.take_over)
        self._begun += 1
        view = RunView(clock=self._clock, marks=self._marks, order=self._begun)
        before = self.views.get(job.verb)
        if job.only and before is not None and not self.is_stale(job.verb, shown):
            # The other hosts' findings hold until the run tells them again.
            view.checks += [check for check in before.checks if check.host != job.only]
        self.views[job.verb] = view
        self.jobs[job.verb] = Job(job.verb, shown, job.new_keys, job.only, job.target)
        self.current = job
        self._stop = asyncio.Event()

        def reader(event: object) -> None:
            view(event)  # type: ignore[arg-type]
            self._changed()

        self._task = asyncio.create_task(self._run(job, reader), name=f"run {job.verb}")
        return view

    async def _run(self, job: Job, reader: Reader) -> Finished:
        try:
            return await self._backend.run(job, reader, self._stop)
        finally:
            self._task = None
            self.current = None
            self._changed()

    def ask_to_stop(self) -> None:
        """Let running steps end and begin nothing new."""
        self._stop.set()
        self._changed()

    async def wait(self) -> None:
        """Wait until no run is under way."""
        while self._task is not None:
            await asyncio.wait({self._task})

    async def abandon(self) -> None:
        """Cancel the run at once; steps that were running on hosts may go on there."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
