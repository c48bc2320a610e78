"""`etcd-tui` without a verb: the wizard, which needs a terminal."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from etcd_tui.errors import EtcdTuiError, UsageError
from etcd_tui.i18n import _
from etcd_tui.spec.problem import Problem
from etcd_tui.state_root import default_root, require_home


def wizard(parsed: argparse.Namespace) -> int:
    """Open the wizard and return its exit code; UsageError where there is no terminal.

    Where its first screen asks for practice hosts, it goes on with them, or says why not.
    """
    require_home()
    require_terminal(parsed, _("Run etcd-tui install FILE, or etcd-tui --help to see every verb."))
    # What is loaded now stays: looking for garbage in it would hold up the first screen.
    gc.disable()
    from etcd_tui.tui.launch import Options, launch

    root = parsed.state_dir.expanduser().absolute() if parsed.state_dir else default_root()
    left = launch(Options(root, parsed.answers, parsed.ascii, parsed.no_color))
    while left.practise:
        from etcd_tui.cli.demo import practise

        try:
            return practise(parsed, left.theme)
        except EtcdTuiError as error:
            problem = Problem("error", "", error.what, error.remedy)
            left = launch(Options(root, None, parsed.ascii, theme=left.theme, problems=(problem,)))
    return left.code


def require_terminal(parsed: argparse.Namespace, remedy: str) -> None:
    """UsageError with `remedy` where no wizard can be shown."""
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    if parsed.json or dumb or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            _("The wizard needs a terminal."),
            remedy=remedy,
        )
