"""Where the state folders of all clusters lie."""

from __future__ import annotations

import os
from pathlib import Path

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _


def default_root() -> Path:
    """Return the folder that holds every cluster's state folder."""
    base = os.environ.get("XDG_STATE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return root / "etcd-tui"


def require_home() -> None:
    """UsageError where `~` means nothing: keys, known hosts and state are looked for there."""
    try:
        Path.home()
    except RuntimeError:
        raise UsageError(
            _("This machine knows no home folder for the user {user}.").format(user=os.getuid()),
            remedy=_("Set HOME to a folder of yours, then run this again."),
        ) from None
