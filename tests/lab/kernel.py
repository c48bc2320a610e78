"""Limits of the kernel that are too low for a machine full of hosts."""

from __future__ import annotations

import contextlib
from pathlib import Path

_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_MANY = 1024


def allow_many_hosts() -> None:
    """Raise root's number of inotify instances, of which a host takes eight.

    With the kernel's 128 the sixteenth host does not boot. Until the machine's next boot; where
    it may not be changed, it stays as it is.
    """
    with contextlib.suppress(OSError):
        if int(_INOTIFY.read_text()) < _MANY:
            _INOTIFY.write_text(f"{_MANY}\n")
