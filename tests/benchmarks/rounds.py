"""Rounds: every contender's turn on hosts as new, the order turned from round to round."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.benchmarks.contenders import OTHER_QUOTA, Contender, Scene
from tests.benchmarks.measuring import BenchmarkError, measure
from tests.benchmarks.results import Run
from tests.benchmarks.wire import Wire
from tests.lab import HostOptions, Lab

ROUND_TRIP = 0.05
"""Seconds, of the slow line."""
RATE = 20e6
"""Bits a second, of the slow line, for each host and direction."""
CASES = ("fresh", "again", "check", "status", "changed")
Reader = Callable[[Run], None]


def turns(contenders: Sequence[Contender], rounds: int) -> Iterator[Contender]:
    """Yield all contenders `rounds` times, each round beginning with another one."""
    for number in range(rounds):
        start = number % len(contenders)
        yield from (*contenders[start:], *contenders[:start])


def near(
    hosts: int, contenders: Sequence[Contender], cases: Sequence[str], rounds: int, reader: Reader
) -> None:
    """Measure with the operator beside the hosts."""
    with Lab.create(hosts=hosts, options=HostOptions(python=True)) as lab:
        for contender in turns(contenders, rounds):
            _take_turn(lab, contender, cases, lab.operator_prefix, None, reader)


def far(contenders: Sequence[Contender], cases: Sequence[str], rounds: int, reader: Reader) -> None:
    """Measure three hosts at the end of the slow line."""
    with (
        Lab.create(hosts=3, options=HostOptions(python=True)) as lab,
        Wire(lab, delay=ROUND_TRIP, rate=RATE) as wire,
    ):
        for contender in turns(contenders, rounds):
            _take_turn(lab, contender, cases, wire.prefix, wire, reader)


def _take_turn(
    lab: Lab,
    contender: Contender,
    cases: Sequence[str],
    prefix: list[str],
    wire: Wire | None,
    reader: Reader,
) -> None:
    """One that fails is told and loses the rest of its turn; the sitting goes on."""
    lab.reset_disks()
    try:
        for run in _turn(lab, contender, cases, prefix, wire):
            reader(run)
    except BenchmarkError as error:
        print(f"{contender.name} did not finish its turn: {error}", file=sys.stderr, flush=True)


def _turn(
    lab: Lab, contender: Contender, cases: Sequence[str], prefix: list[str], wire: Wire | None
) -> Iterator[Run]:
    """Yield the runs of one turn. The first case makes what the others work on."""
    with tempfile.TemporaryDirectory(prefix="etcd-bench-") as folder:
        scene = Scene(lab, Path(folder), prefix, {**lab.operator_env, "LC_ALL": "C.UTF-8"})
        scene.env |= compiled()
        commands = contender.commands(scene)
        _settle()
        for case in CASES:
            if case not in commands or case not in cases:
                continue
            if wire:
                wire.counts()
            sample = measure([*prefix, *commands[case]], scene.env)
            _look(lab, case)
            counts = list(wire.counts().values()) if wire else []
            yield Run(
                case=case,
                hosts=len(lab.hosts),
                line="far" if wire else "near",
                who=contender.name,
                seconds=round(sample.seconds, 4),
                cpu=round(sample.cpu, 3),
                memory=round(sample.memory, 1),
                to_host=max((count.to_host for count in counts), default=0),
                from_host=max((count.from_host for count in counts), default=0),
                round_trips=max((count.round_trips for count in counts), default=0),
            )


def _look(lab: Lab, case: str) -> None:
    """See on the hosts that what was measured was done; BenchmarkError if it was not."""
    script = "systemctl is-active etcd >/dev/null && systemctl is-enabled etcd >/dev/null"
    if case == "changed":
        script += (
            " && tr '\\0' '\\n' </proc/$(pgrep -x etcd)/environ"
            f" | grep -qx ETCD_QUOTA_BACKEND_BYTES={OTHER_QUOTA}"
        )
    for host in lab.hosts:
        if host.sh(script).returncode:
            raise BenchmarkError(f"{host.name}: the run ended well, but it is not so ({case})")


def compiled() -> dict[str, str]:
    """Return the environment in which Python is as installed: with compiled modules."""
    folder = Path(tempfile.gettempdir()) / f"etcd-bench-compiled-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder)}


def _settle() -> None:
    """Wait until the hosts that have just booted leave the machine alone, for 10 s at most.

    A boot goes on for a moment after sshd answers, and would be measured with whoever comes next.
    """
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        before = _busy()
        time.sleep(0.25)
        if _busy() - before < 0.25 * 0.1 * (os.cpu_count() or 1):
            return
    print("the machine is busy with something else: mistrust these figures", file=sys.stderr)


def _busy() -> float:
    """Return the seconds that all processors together have worked since the boot."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")
