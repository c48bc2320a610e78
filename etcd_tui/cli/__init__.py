"""The program: verbs, options, exit codes. Imports what a verb needs when the verb is known."""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run etcd-tui with `argv` (default: the process's arguments) and return the exit code."""
    from etcd_tui.cli.arguments import parse
    from etcd_tui.errors import EtcdTuiError

    arguments = sys.argv[1:] if argv is None else list(argv)
    _reopen()
    for out in (sys.stdout, sys.stderr):
        # A terminal that lacks a character gets its code: no reason to fail in mid-sentence.
        out.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        parsed: argparse.Namespace | EtcdTuiError = parse(arguments)
        if isinstance(parsed, argparse.Namespace) and parsed.verb is None:
            # By a way of its own: its first screen waits for nothing of the engine.
            from etcd_tui.cli.wizard import wizard

            try:
                return wizard(parsed)
            except EtcdTuiError as error:
                parsed = error
        # Only now: --help ends in the parser, and the engine takes longer to load than to ask for.
        gc.disable()  # until all is loaded, as `dispatch` knows: what is loaded is no garbage
        from etcd_tui.cli.dispatch import dispatch

        return dispatch(parsed, arguments)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        # Errors of files are told where they are met: this is our own output, on a full disk.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        with contextlib.suppress(OSError):
            os.write(2, f"etcd-tui: {error.strerror}\n".encode())
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _reopen() -> None:
    """Give a program that was started without standard streams (`>&-`) ones that lead nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # The lowest free number is the closed one's: no socket gets it, for others to write to.
            handle = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(handle, "r" if name == "stdin" else "w"))
