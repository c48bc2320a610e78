"""`python -m tests.benchmarks.many`: `check` against 100 practice hosts: seconds and MB."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from etcd_tui.practice.hosts import practice_hosts
from tests.benchmarks.measuring import measure
from tests.benchmarks.rounds import compiled


async def checked(hosts: int, runs: int) -> dict[str, list[float]]:
    """Return the seconds and the MB of each run."""
    found: dict[str, list[float]] = {"check_100_seconds": [], "check_100_memory": []}
    with tempfile.TemporaryDirectory() as folder:
        async with practice_hosts(hosts, Path(folder)) as practice:
            words = ["check", practice.answers_file, "--state-dir", practice.state_root]
            command = [sys.executable, "-m", "etcd_tui", *words]
            for _ in range(runs):
                sample = await asyncio.to_thread(measure, command, {**os.environ, **compiled()})
                found["check_100_seconds"].append(round(sample.seconds, 3))
                found["check_100_memory"].append(round(sample.memory, 1))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.many", description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parsed = parser.parse_args(arguments)
    print(json.dumps(asyncio.run(checked(parsed.hosts, parsed.runs))))


if __name__ == "__main__":
    main()
