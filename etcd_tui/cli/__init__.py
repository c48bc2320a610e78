"""The program: verbs, options, exit codes. Imports what a verb needs when the verb is known."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run etcd-tui with `argv` (default: the process's arguments) and return the exit code."""
    from etcd_tui.cli.arguments import parse

    arguments = sys.argv[1:] if argv is None else list(argv)
    for out in (sys.stdout, sys.stderr):
        # A terminal that lacks a character gets its code: no reason to fail in mid-sentence.
        out.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        parsed = parse(arguments)
        # Only now: --help ends in the parser, and the engine takes longer to load than to ask for.
        from etcd_tui.cli.dispatch import dispatch

        return dispatch(parsed, arguments)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
