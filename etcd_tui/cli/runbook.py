"""`etcd-tui runbook FILE`."""

from __future__ import annotations

import argparse

from etcd_tui.apply.events import Note, ProblemFound, Stream
from etcd_tui.cli.dispatch import ended, json_reader, live
from etcd_tui.cli.output import write_out
from etcd_tui.runbook.document import runbook
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.state_folder import StateFolder

_MODE = 0o666


def run(
    parsed: argparse.Namespace,
    spec: ClusterSpec,
    warnings: tuple[Problem, ...],
    state: StateFolder,
    began: float,
) -> int:
    """Write the runbook and return the exit code; UsageError if it cannot be written."""
    stream = Stream(json_reader if parsed.json else live(parsed))
    for problem in warnings:
        stream.emit(ProblemFound(problem))
    text = runbook(spec, state.path, parsed.arch)
    # With --json, standard output has one object a line and nothing else.
    if parsed.json and parsed.output is None:
        stream.emit(Note(text))
    else:
        write_out(parsed.output, text, mode=_MODE)
    return ended(stream, "runbook", began) if parsed.json else 0
