"""`etcd-tui` without a verb: the wizard, which needs a terminal."""

from __future__ import annotations

import argparse
import os
import sys

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.state_folder import default_root


def wizard(parsed: argparse.Namespace) -> int:
    """Open the wizard and return its exit code; UsageError where there is no terminal."""
    require_terminal(parsed, _("Run etcd-tui install FILE, or etcd-tui --help to see every verb."))
    from etcd_tui.tui.launch import Options, launch

    root = parsed.state_dir.expanduser().absolute() if parsed.state_dir else default_root()
    return launch(Options(root, parsed.answers, parsed.ascii, parsed.no_color))


def require_terminal(parsed: argparse.Namespace, remedy: str) -> None:
    """UsageError with `remedy` where no wizard can be shown."""
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    if parsed.json or dumb or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            _("The wizard needs a terminal."),
            remedy=remedy,
        )
