"""EngineBackend: the wizard's jobs, carried out by the engine. Loads it when it is needed."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from etcd_tui.tui.conductor import Job

if TYPE_CHECKING:
    from etcd_tui.apply.events import Finished, Reader
    from etcd_tui.engine import Engine
    from etcd_tui.observe.situation import Situation
    from etcd_tui.outcome import Outcome
    from etcd_tui.spec.model import ClusterSpec


class EngineBackend:
    """Runs sessions over the state folders in `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: tuple[ClusterSpec, Situation] | None = None
        """What the last check saw, so that the next one can look at one host alone."""

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        """Do `job`; the end is told and returned, whatever it is."""
        await asyncio.to_thread(_load)
        from etcd_tui.remote.new_keys import NewKeys
        from etcd_tui.remote.secrets import Secrets
        from etcd_tui.session import Session
        from etcd_tui.state_folder import StateFolder

        session = Session(
            "verify" if job.verb == "drill" else job.verb,
            job.spec,
            StateFolder(self._root / job.spec.cluster.name),
            Secrets(None),
            (reader,),
            (),
            NewKeys.these(dict(job.new_keys)),
            alone=job.verb == "drill",
            take_over=job.take_over,
            stop=stop,
        )
        if job.verb == "check":
            return await session.run(lambda engine: self._check(engine, job))
        return await session.run(lambda engine: _work(engine, job))

    async def _check(self, engine: Engine, job: Job) -> Outcome:
        from etcd_tui import verbs

        spec, earlier = self._seen or (None, None)
        # Without all the others' facts there is nothing to compare one host with: look at all.
        whole = earlier is not None and len(earlier.hosts) == len(job.spec.nodes)
        alone = bool(job.only) and whole and spec == job.spec
        self._seen = None

        def keep(situation: Situation) -> None:
            self._seen = (job.spec, situation)

        return await verbs.check(
            engine,
            only=job.only if alone else "",
            earlier=earlier if alone else None,
            keep=keep,
        )


def _load() -> None:
    """Load all that a run needs, so that no screen waits for it: in a thread."""
    import etcd_tui.session  # noqa: F401
    from etcd_tui import verbs

    for name in (*verbs.LATER, "etcd_tui.apply.pool"):
        importlib.import_module(name)


async def _work(engine: Engine, job: Job) -> Outcome:
    from etcd_tui import verbs

    match job.verb:
        case "plan":
            return await verbs.plan(engine, exit_code=False)
        case "install":
            return await verbs.install(engine)
        case "drill":
            return await verbs.drill(engine, job.target)
        case _:
            return await verbs.verify(engine)
