"""`python -m tests.benchmarks`: measure and print ratios; see README.md beside this file."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks import wizard
from tests.hosts.cluster import TOOL, Cluster
from tests.lab import Lab, mirror

_HERE = Path(__file__).parent
RELEASE = "3.5.30"
Times = dict[str, list[float]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turns")
    parser.add_argument("--hosts", type=int, default=7, help="size of the large cluster, 0: none")
    parsed = parser.parse_args(arguments)
    times: Times = {}
    with tempfile.TemporaryDirectory() as folder:
        # As installed: with compiled modules, whatever the machine's environment says of them.
        env = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        measure_starts(times, parsed.runs * 3, env)
        for size in (3, parsed.hosts) if parsed.hosts else (3,):
            with Lab.create(hosts=size) as lab:
                for _ in range(parsed.runs):
                    measure_cluster(times, lab, env)
    sys.stdout.write(table(times, parsed.hosts))
    wizard.main([f"--runs={parsed.runs}"])


def measure_starts(times: Times, runs: int, env: Mapping[str, str]) -> None:
    """Measure how long the tool takes to say what it is, and Python to say nothing."""
    env = {**os.environ, **env}
    for _ in range(runs):
        add(times, "python", lambda: run([sys.executable, "-c", "pass"], env))
        add(times, "help", lambda: run([*TOOL, "--help"], env))


def measure_cluster(times: Times, lab: Lab, env: Mapping[str, str]) -> None:
    """Measure the yardsticks and the tool's install and second run, each on hosts as new."""
    size = len(lab.hosts)
    addresses = [host.address for host in lab.hosts]
    login = [lab.operator.private_key, lab.operator.known_hosts]
    archive = mirror.tarball(RELEASE)

    def as_operator(*command: str | Path) -> Callable[[], None]:
        return lambda: run([*lab.operator_prefix, *command], {**lab.operator_env, **env})

    def script(name: str, *words: str | Path) -> Callable[[], None]:
        return as_operator(sys.executable, _HERE / name, *login, *words)

    lab.reset_disks()
    add(times, f"least {size}", script("least.py", archive, *addresses))
    lab.reset_disks()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(lab, Path(folder), cluster={"etcd": RELEASE})
        install = as_operator(*cluster.command("install"))
        add(times, f"install {size}", install)
        for _ in range(2):
            add(times, f"entering {size}", script("entering.py", *addresses))
            add(times, f"again {size}", install)


def add(times: Times, name: str, work: Callable[[], None]) -> None:
    """Do `work` and note its seconds."""
    began = time.perf_counter()
    work()
    times.setdefault(name, []).append(time.perf_counter() - began)


def run(command: Sequence[str | Path], env: Mapping[str, str]) -> None:
    """Run a command to its end; RuntimeError with its words if it fails."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def table(times: Times, large: int) -> str:
    """Return the medians and ratios, one line each."""
    middle = {name: statistics.median(found) for name, found in times.items()}
    rows = [
        (
            "fresh install of 3, proven",
            "install 3",
            "the least script",
            "least 3",
            "1.3, at most 1.5",
        ),
        ("second run of 3", "again 3", "entering the hosts", "entering 3", ""),
        ("--help", "help", "python -c pass", "python", ""),
    ]
    if large:
        rows += [
            (
                f"fresh install of {large}",
                f"install {large}",
                "the least script",
                f"least {large}",
                "",
            ),
            (
                f"fresh install of {large}",
                f"install {large}",
                "that of 3",
                "install 3",
                "little over 1",
            ),
            (f"second run of {large}", f"again {large}", "that of 3", "again 3", "little over 1"),
        ]
    lines = [f"medians of {len(times['install 3'])} interleaved runs (spread: fastest to slowest)"]
    for title, ours, against, yardstick, goal in rows:
        lines.append(
            f"{title:28} {_shown(times[ours])}  /  {against:20} {_shown(times[yardstick])}"
            f"  =  {middle[ours] / middle[yardstick]:5.2f}" + (f"  (goal: {goal})" if goal else "")
        )
    return "\n".join(lines) + "\n"


def _shown(found: list[float]) -> str:
    return f"{statistics.median(found):6.3f} s ({min(found):.2f}-{max(found):.2f})"


if __name__ == "__main__":
    main()
