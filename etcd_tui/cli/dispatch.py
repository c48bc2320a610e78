"""From parsed arguments to an exit code: the one place where errors become words and numbers."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Sequence

from etcd_tui import ssh_library
from etcd_tui.apply.events import Event, Finished, Stream
from etcd_tui.apply.run_folder import json_line
from etcd_tui.cli.live import Live
from etcd_tui.ending import finish
from etcd_tui.errors import EtcdTuiError, Exit
from etcd_tui.marks import ASCII_MARKS, Marks
from etcd_tui.redact import redact
from etcd_tui.state_root import require_home


def dispatch(parsed: argparse.Namespace | EtcdTuiError, arguments: Sequence[str]) -> int:
    """Run the verb, or tell the error that came before it, and return the exit code."""
    began = time.monotonic()
    if isinstance(parsed, EtcdTuiError):
        reader = json_reader if "--json" in arguments else live(argparse.Namespace())
        return finish(Stream(reader), "", parsed, began).exit
    stream = Stream(json_reader if parsed.json else live(parsed))
    try:
        require_home()
        if parsed.verb == "answers":
            from etcd_tui.cli.answers import answers

            return answers(parsed, stream, began)
        if parsed.verb == "demo":
            ssh_library.load()
            from etcd_tui.cli.demo import demo

            _loaded()
            return demo(parsed, began)
        from etcd_tui.cli.opening import opened

        opening = opened(parsed)
        if parsed.verb == "runbook":
            from etcd_tui.cli.runbook import run
        else:
            ssh_library.load()
            from etcd_tui.cli.session import run

        _loaded()
        return run(parsed, *opening, began)
    except EtcdTuiError as error:
        return finish(stream, parsed.verb or "", error, began).exit
    finally:
        gc.enable()


def _loaded() -> None:
    """What is loaded now stays: nobody need look for garbage in it, and least of all at the end."""
    gc.freeze()
    gc.enable()


def live(parsed: argparse.Namespace) -> Live:
    """Return the reader for a person: live on a terminal, plain lines in a pipe."""
    terminal = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    encoding = (sys.stderr.encoding or "ascii").lower().replace("-", "")
    ascii_only = getattr(parsed, "ascii", False) or not encoding.startswith("utf")
    colour = terminal and not getattr(parsed, "no_color", False) and not os.environ.get("NO_COLOR")
    for out in (sys.stdout, sys.stderr):
        out.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    marks = ASCII_MARKS if ascii_only else Marks()
    return Live(sys.stderr, sys.stdout, marks, colour=colour, terminal=terminal)


def json_reader(event: Event) -> None:
    """Write an event as a line of JSON to standard output."""
    sys.stdout.write(redact(json_line(event)) + "\n")
    sys.stdout.flush()


def ended(stream: Stream, verb: str, began: float) -> int:
    """Tell that a verb without hosts ended well."""
    stream.emit(Finished(int(Exit.DONE), verb, seconds=round(time.monotonic() - began, 3)))
    return int(Exit.DONE)
