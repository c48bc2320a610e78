"""Measure one command: how long it takes, and what it takes of the operator's machine."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 240
"""Seconds; only a run that hangs takes that long."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. `cpu`: seconds of it and of the processes that it waited for; `memory`: MB of the
    largest of these. What a host computes is in neither.
    """

    seconds: float
    cpu: float
    memory: float


class BenchmarkError(Exception):
    """A command that was measured failed; the text holds its last words."""


def measure(command: Sequence[str | Path], env: Mapping[str, str]) -> Sample:
    """Run a command to its end and return what it took; BenchmarkError if it fails."""
    with tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
        killing = threading.Timer(_PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        killing.start()
        try:
            _pid, status, used = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            killing.cancel()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            words.seek(0)
            last = words.read().decode(errors="replace")[-3000:]
            shown = " ".join(map(str, command))
            raise BenchmarkError(f"{shown}: exit {process.returncode}\n{last}")
    return Sample(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
