"""A wizard whose runs are scripts of events, not the engine, and a clock that stands still."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from etcd_tui.apply.events import Event, Finished, Reader
from etcd_tui.tui.app import Setup, WizardApp
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.draft import Draft

_FOLDERS = tempfile.TemporaryDirectory(prefix="etcd-tui-test-")
"""Goes with the process."""
_NUMBERS = itertools.count(1)

NODES = [
    {"name": "etcd1", "address": "192.0.2.11"},
    {"name": "etcd2", "address": "192.0.2.12"},
    {"name": "etcd3", "address": "192.0.2.13"},
]


def three_hosts() -> Draft:
    """A draft with three good hosts."""
    draft = Draft(base=Path("/home/ops"))
    draft.add_nodes(NODES)
    return draft


def practice_draft() -> Draft:
    """A draft with three practice hosts."""
    draft = Draft(base=Path("/home/ops"), practice=True)
    draft.put("cluster.name", "practice")
    draft.add_nodes(
        [
            {
                "name": f"etcd{number}",
                "address": f"127.200.1.{number}",
                "ssh": {"port": 4000 + number, "host_key": "SHA256:" + "k" * 43},
            }
            for number in (1, 2, 3)
        ]
    )
    return draft


class Script:
    """A backend that tells the events of each verb. A script without `Finished` hangs in the end.

    `jobs` are those it was asked to do. A hanging run ends as interrupted when it is asked to stop.
    """

    def __init__(self, events: Mapping[str, Sequence[Event]] | None = None) -> None:
        self.events = dict(events or {})
        self.jobs: list[Job] = []

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        """Tell all events at once."""
        self.jobs.append(job)
        last = None
        for event in self.events.get(job.verb, ()):
            reader(event)
            if isinstance(event, Finished):
                last = event
        if last is None:
            await stop.wait()
            last = Finished(130, job.verb, what="Stopped as asked.")
            reader(last)
        return last


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def wizard(
    draft: Draft | None = None,
    events: Mapping[str, Sequence[Event]] | None = None,
    *,
    start: str = "hosts",
    root: Path | None = None,
    **setup: Any,
) -> WizardApp:
    """A wizard on a screen. Its state folders are in a new folder unless `root` is given."""
    folder = root or Path(_FOLDERS.name) / str(next(_NUMBERS))
    options: dict[str, Any] = {"clock": Clock(), **setup}
    backend = options.pop("backend", None) or Script(events)
    app = WizardApp(Setup(backend, folder, draft or Draft(), start=start, **options))
    app.visited.add(start)
    return app


async def until(pilot: Pilot[Any], condition: Callable[[], bool], tries: int = 400) -> None:
    """Wait for what the app does by itself; fails if it never comes."""
    for _number in range(tries):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came")
