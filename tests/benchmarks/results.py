"""What was measured, as a file: `read` and `write` it as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one contender. `line`: `near`, or `far` behind the wire, which counts bytes.

    `to_host`, `from_host` (bytes) and `round_trips` are those of the host that has the most.
    """

    case: str
    hosts: int
    line: str
    who: str
    seconds: float
    cpu: float
    memory: float
    to_host: int = 0
    from_host: int = 0
    round_trips: int = 0


@dataclass(slots=True)
class Results:
    """All of one sitting. `alone`: figures of the tool itself, by name, a list of runs each."""

    date: str
    machine: str
    versions: dict[str, str]
    command: str
    runs: list[Run] = field(default_factory=list)
    alone: dict[str, list[float]] = field(default_factory=dict)

    def of(self, case: str, hosts: int, line: str, who: str) -> list[Run]:
        """Return the runs of one contender in one case."""
        wanted = (case, hosts, line, who)
        return [run for run in self.runs if (run.case, run.hosts, run.line, run.who) == wanted]

    def median(
        self, case: str, hosts: int, line: str, who: str, what: str = "seconds"
    ) -> float | None:
        """Return the median of a field of `Run`; None where nothing was measured."""
        return median(getattr(run, what) for run in self.of(case, hosts, line, who))


def median(values: Iterable[float]) -> float | None:
    """Return the median, None of nothing."""
    found = list(values)
    return float(statistics.median(found)) if found else None


def write(results: Results, path: Path) -> None:
    """Write the file."""
    path.write_text(json.dumps(asdict(results), indent=1) + "\n")


def read(path: Path) -> Results:
    """Read the file back."""
    data: dict[str, Any] = json.loads(path.read_text())
    return Results(**{**data, "runs": [Run(**run) for run in data["runs"]]})
