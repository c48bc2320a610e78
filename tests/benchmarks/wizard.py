"""`python -m tests.benchmarks.wizard`: how soon the wizard is there, and how it bears a flood.

Needs no lab. Times of processes are also given as ratios to `python -c pass` of the same minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from textual.widgets import OptionList

from etcd_tui.apply.events import Finished, HostLine, Reader, Started
from etcd_tui.spec.writer import dump
from etcd_tui.tui.app import Setup, WizardApp
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.draft import Draft

HOSTS = tuple(f"etcd{number}" for number in range(1, 8))
LINE = "2026-11-25T10:00:00Z info raft.go:1530 [fd00::1] became follower at term 2, msg {}"
FIRST_WORDS = b"Bare Linux hosts"
_TOOL = (sys.executable, "-c", "import sys; from etcd_tui.cli import main; sys.exit(main())")
_LOOK = 0.001
"""Seconds between two looks whether the key has moved the list."""
_BATCH = 0.01
"""Seconds between two batches of the flood: as ssh channels hand lines over."""


class Flood:
    """A backend whose hosts print `rate` lines a second each, for `seconds`, then hang."""

    def __init__(self, rate: int, seconds: float) -> None:
        self.rate = rate
        self.seconds = seconds
        self.told = 0
        self.over = asyncio.Event()

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        """Tell the lines at their times; what is late is told in larger batches."""
        reader(Started(job.verb, "prod", HOSTS))
        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < self.seconds:
            due = int(passed * self.rate) * len(HOSTS)
            self.tell(reader, due - self.told)
            await asyncio.sleep(_BATCH)
        self.over.set()
        await stop.wait()
        return Finished(130, job.verb)

    def tell(self, reader: Reader, count: int) -> None:
        """Tell `count` lines, of the hosts in turns."""
        for number in range(self.told, self.told + count):
            reader(HostLine(HOSTS[number % len(HOSTS)], LINE.format(number), "journal"))
        self.told += count


def _draft() -> Draft:
    draft = Draft()
    draft.add_nodes([{"name": h, "address": f"192.0.2.{n}"} for n, h in enumerate(HOSTS, 11)])
    return draft


def ran(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Return the milliseconds that `command` takes."""
    began = time.perf_counter()
    subprocess.run(command, env=env, capture_output=True, check=True)
    return 1000 * (time.perf_counter() - began)


def first_frame(env: Mapping[str, str]) -> float:
    """Return the milliseconds from the start of the wizard to its first painted screen."""
    master, slave = pty.openpty()
    with tempfile.TemporaryDirectory() as folder:
        termios.tcsetwinsize(slave, (24, 80))
        began = time.perf_counter()
        process = subprocess.Popen(
            [*_TOOL, "--state-dir", folder], stdin=slave, stdout=slave, stderr=slave, env=env,
            start_new_session=True,
        )  # fmt: skip
        try:
            painted = _until(master, FIRST_WORDS) - began
            process.send_signal(signal.SIGTERM)
            os.set_blocking(master, False)
            while process.poll() is None:
                _drain(master)
        finally:
            process.kill()
            process.wait()
            os.close(master)
            os.close(slave)
    return 1000 * painted


def _until(source: int, wanted: bytes) -> float:
    seen = b""
    while select.select([source], [], [], 60)[0]:
        seen += os.read(source, 65536)
        if wanted in seen:
            return time.perf_counter()
    raise RuntimeError(f"the wizard painted nothing: {seen[-500:]!r}")


def _drain(source: int) -> None:
    if select.select([source], [], [], 0.05)[0]:
        os.read(source, 65536)


async def keys(rate: int, seconds: float) -> tuple[list[float], int]:
    """Return the milliseconds from key to drawn screen during a flood, and the lines told."""
    flood = Flood(rate, seconds)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        app = WizardApp(Setup(flood, Path(folder), _draft(), start="deploy"))
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            app.begin(Job("install", app.draft.spec))
            # The cards appear once: what is measured is the run, not its beginning.
            await asyncio.sleep(1)
            await pilot.pause()
            listing = app.screen.query_one("#card-list", OptionList)
            listing.focus()
            drawn = asyncio.Event()
            while not flood.over.is_set():
                down = len(times) // len(HOSTS) % 2 == 0
                drawn.clear()
                before = listing.highlighted
                began = time.perf_counter()
                app.simulate_key("down" if down else "up")
                # The key passes several queues until the list has moved; only then can it be drawn.
                while listing.highlighted == before:
                    await asyncio.sleep(_LOOK)
                app.screen.call_after_refresh(drawn.set)
                await drawn.wait()
                times.append(1000 * (time.perf_counter() - began))
                await asyncio.sleep(0.03)
            app.conductor.ask_to_stop()
            await app.conductor.wait()
    return times, flood.told


async def growth(lines: int) -> float:
    """Return the MB of memory that `lines` lines of a run add, after the buffers are full."""
    flood = Flood(0, 0)
    with tempfile.TemporaryDirectory() as folder:
        app = WizardApp(Setup(flood, Path(folder), _draft(), start="deploy"))
        async with app.run_test(size=(120, 40)) as pilot:
            app.begin(Job("install", app.draft.spec))
            await pilot.pause()
            view = app.conductor.view("install")
            if view is None:
                raise RuntimeError("the run did not begin")
            before = 0.0
            full = 60_000
            while flood.told < lines + full:
                flood.tell(view, 2_000)
                app._run_changed()
                await asyncio.sleep(0)
                if flood.told % 20_000 == 0:
                    await pilot.pause()
                if flood.told == full:
                    before = resident()
            await pilot.pause()
            after = resident()
            app.conductor.ask_to_stop()
            await app.conductor.wait()
    return after - before


def resident() -> float:
    """Return the MB of memory this process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def found(runs: int, seconds: float, lines: int) -> dict[str, list[float]]:
    """Return what was measured by name: milliseconds, but `growth` in MB."""
    times: dict[str, list[float]] = {"python": [], "help": [], "validate": [], "frame": []}
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": folder,
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
        }
        answers = Path(folder) / "answers.yaml"
        answers.write_text(dump(_draft().spec))
        first_frame(env)
        for _ in range(runs):
            times["python"].append(ran([sys.executable, "-c", "pass"], env))
            times["help"].append(ran([*_TOOL, "--help"], env))
            times["validate"].append(ran([*_TOOL, "answers", "validate", str(answers)], env))
            times["frame"].append(first_frame(env))
    pressed, told = asyncio.run(keys(1000, seconds))
    pressed.sort()
    times["key_p50"] = [pressed[len(pressed) // 2]]
    times["key_p99"] = [pressed[int(len(pressed) * 0.99)]]
    times["key_worst"] = [pressed[-1]]
    times["keys"] = [len(pressed)]
    times["lines_a_second"] = [told / seconds]
    times["growth"] = [asyncio.run(growth(lines))]
    return {name: [round(value, 2) for value in values] for name, values in times.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.wizard", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="starts of each, in turns")
    parser.add_argument("--seconds", type=float, default=5, help="length of the flood")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines for the memory")
    parser.add_argument("--json", action="store_true", help="print the runs as JSON")
    parsed = parser.parse_args(arguments)
    times = found(parsed.runs, parsed.seconds, parsed.lines)
    if parsed.json:
        print(json.dumps(times))
        return
    base = statistics.median(times["python"])
    for name, title in (
        ("python", "python -c pass"),
        ("help", "etcd-tui --help"),
        ("validate", "etcd-tui answers validate"),
        ("frame", "start to first frame"),
    ):
        middle = statistics.median(times[name])
        spread = f"({min(times[name]):.0f}-{max(times[name]):.0f})"
        print(f"{title:34} {middle:7.0f} ms {spread:12} = {middle / base:5.1f} x python")
    p50, p99, worst, count, rate = (
        times[name][0] for name in ("key_p50", "key_p99", "key_worst", "keys", "lines_a_second")
    )
    print(
        f"key to paint, {rate:.0f} lines/s{'':8} p50 {p50:.0f} ms, p99 {p99:.0f} ms,"
        f" worst {worst:.0f} ms of {count:.0f} keys"
    )
    print(f"memory over {parsed.lines} lines {'':8} {times['growth'][0]:+.1f} MB")


if __name__ == "__main__":
    main()
