"""write_out: a document to standard output, or to a file that is not there yet."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _


def write_out(path: Path | None, text: str, *, mode: int) -> None:
    """Write `text` to `path`, with `mode` less the umask; None: to standard output.

    UsageError if the file exists or cannot be written.
    """
    if path is None:
        sys.stdout.write(text)
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise UsageError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror),
            remedy=_("Name a file that is not there yet."),
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
