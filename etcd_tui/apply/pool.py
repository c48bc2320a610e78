"""Apply a plan: a worker per host, a barrier between stages, failures reported together.

A failing host never cancels a neighbour in mid-step: running steps end, nothing new begins.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence

from etcd_tui.apply.bench import Bench, GivenUp, StepError
from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    StageFinished,
    StageStarted,
)
from etcd_tui.apply.steps import perform
from etcd_tui.errors import ApplyError, EtcdTuiError, Interrupted
from etcd_tui.i18n import _
from etcd_tui.plan.model import Action, Plan, Stage

_PROGRESS_STEPS = 20


async def apply(plan: Plan, bench: Bench) -> int:
    """Carry out `plan`; return how many actions were done.

    Raises ApplyError naming the first failure (all of them were told as events), Interrupted if
    `bench.stop` was set.
    """
    run = _Run(plan, bench)
    for number, stage in enumerate(plan.stages, start=1):
        bench.stream.emit(
            StageStarted(stage.key, stage.title, number, len(plan.stages), stage.hosts)
        )
        await run.stage(stage)
        outcome = "failed" if run.failures else "done"
        bench.stream.emit(StageFinished(stage.key, outcome))  # type: ignore[arg-type]
        error = run.error()
        if error is not None:
            raise error
        if bench.stop.is_set():
            raise Interrupted
    return run.done


class _Run:
    def __init__(self, plan: Plan, bench: Bench) -> None:
        self._bench = bench
        self._totals = Counter(action.host for _stage, action in plan.actions())
        self._begun: Counter[str] = Counter()
        self.failures: list[tuple[Action, StepError]] = []
        self.defects: list[Exception] = []
        self.done = 0

    async def stage(self, stage: Stage) -> None:
        if stage.mode == "one-by-one":
            await self._worker(stage, stage.actions)
        else:
            async with asyncio.TaskGroup() as group:
                by_host = sorted(stage.actions, key=lambda action: stage.hosts.index(action.host))
                groups = itertools.groupby(by_host, key=lambda action: action.host)
                for number, (_host, actions) in enumerate(groups):
                    later = number * stage.apart
                    group.create_task(self._worker(stage, tuple(actions), later))
        if self.defects:
            raise self.defects[0]

    async def _worker(self, stage: Stage, actions: Sequence[Action], later: float = 0.0) -> None:
        if later:
            await asyncio.sleep(later)
        for action in actions:
            if self.failures or self.defects or self._bench.stop.is_set():
                return
            try:
                await self._action(stage, action)
            except Exception as defect:
                # Raised once the neighbours' steps have ended: a group would cancel them.
                self.defects.append(defect)

    async def _action(self, stage: Stage, action: Action) -> None:
        emit = self._bench.stream.emit
        self._begun[action.host] += 1
        emit(
            ActionStarted(
                stage.key,
                action.host,
                action.key,
                action.title,
                self._begun[action.host],
                self._totals[action.host],
            )
        )
        began = time.monotonic()

        told = 0

        def progress(sent: int, total: int) -> None:
            nonlocal told
            if sent * _PROGRESS_STEPS // total > told:
                told = sent * _PROGRESS_STEPS // total
                emit(ActionProgress(stage.key, action.host, action.key, sent, total))

        error: StepError | None = None
        try:
            await perform(self._bench, action, progress)
        except StepError as problem:
            error = problem
        except EtcdTuiError as problem:
            error = StepError(problem.what, problem.cause, problem.remedy)
        except OSError as problem:
            # The operator's own disk or network; a host's troubles arrive as results.
            error = StepError(_("{title} failed.").format(title=action.title), str(problem))
        seconds = round(time.monotonic() - began, 3)
        if error is None:
            self.done += 1
            outcome = "done"
        else:
            self.failures.append((action, error))
            outcome = "unknown" if error.unknown else "failed"
        emit(
            ActionFinished(
                stage.key,
                action.host,
                action.key,
                action.title,
                outcome,  # type: ignore[arg-type]
                seconds,
                error.what if error else "",
                error.cause if error else "",
                error.remedy if error else "",
            )
        )

    def error(self) -> ApplyError | None:
        """Return the first real failure as the error of the run; None if there is none."""
        real = [(a, error) for a, error in self.failures if not isinstance(error, GivenUp)]
        if not real:
            return None
        action, first = real[0]
        return ApplyError(
            first.what,
            host=action.host,
            step=action.title,
            cause=first.cause,
            remedy=first.remedy
            or _("Mend the cause, then run this again: it looks first and goes on from there."),
        )
