"""`python -m tests.benchmarks`: measure, print the table, publish it; see README.md beside this."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import rounds
from tests.benchmarks.contenders import Contender, contenders
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.publish import PROJECT, publish
from tests.benchmarks.results import Results, Run, read, write
from tests.benchmarks.table import WHO, markdown

PARTS = ("alone", "many", "near", "far")
RESULTS = PROJECT / "tests/benchmarks/results.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for."""
    parsed = _parser().parse_args(arguments)
    if parsed.read:
        results = read(parsed.read)
    else:
        results = _measured(parsed)
        write(results, parsed.output)
    sys.stdout.write(markdown(results))
    if parsed.write:
        publish(results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="rounds beside the hosts")
    parser.add_argument("--far-runs", type=int, default=1, help="rounds behind the slow line")
    parser.add_argument("--hosts", default="3,1,5,7", help="sizes, of which 3 is for everybody")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--who", default=",".join(WHO), help=f"some of {','.join(WHO)}")
    parser.add_argument("--cases", default=",".join(rounds.CASES), help="fresh is always needed")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the results go")
    parser.add_argument("--read", type=Path, help="measure nothing, show these results")
    parser.add_argument("--write", action="store_true", help="publish in the README and picture")
    return parser


def _measured(parsed: argparse.Namespace) -> Results:
    everybody = contenders(parsed.who.split(","))
    results = Results(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        machine=machine(),
        versions=versions(everybody),
        command="python -m tests.benchmarks --write",
    )
    parts, cases = parsed.parts.split(","), parsed.cases.split(",")
    began = time.monotonic()

    def keep(run: Run) -> None:
        results.runs.append(run)
        write(results, parsed.output)
        _say(began, f"{run.case} {run.hosts} {run.line} {run.who}: {run.seconds:.2f} s")

    if "near" in parts:
        for size in map(int, parsed.hosts.split(",")):
            _near(size, everybody, cases, parsed.runs, keep)
    if "far" in parts:
        far = [case for case in cases if case != "changed"]
        rounds.far(everybody, far, parsed.far_runs, keep)
    if "many" in parts:
        results.alone |= _alone("many", f"--runs={parsed.runs}")
        _say(began, "many hosts")
    if "alone" in parts:
        results.alone |= _alone("wizard", "--json", f"--runs={parsed.runs * 3}")
        _say(began, "the tool alone")
    _say(began, "done")
    return results


def _near(
    size: int, everybody: list[Contender], cases: Sequence[str], runs: int, keep: rounds.Reader
) -> None:
    """Let everybody take part with three hosts, and the tool and the floor with other sizes."""
    if size == 3:
        rounds.near(size, everybody, cases, runs, keep)
    else:
        some = [one for one in everybody if one.name in WHO[:2]]
        rounds.near(size, some, [case for case in cases if case in ("fresh", "again")], runs, keep)


def _alone(module: str, *options: str) -> dict[str, list[float]]:
    """Run a module that needs no lab in a process of its own, which begins as small as any.

    Where it fails, its words are on standard error, and its rows are missing.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=PROJECT)
    if done.returncode:
        print(f"{' '.join(command)}: exit {done.returncode}", file=sys.stderr, flush=True)
        return {}
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def _say(began: float, words: str) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
