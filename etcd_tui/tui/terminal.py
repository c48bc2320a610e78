"""Terminal: Textual's driver, made to outlive the terminal it draws on."""

from __future__ import annotations

import errno
import os
import sys
import termios
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class _Forgiving:
    """A file whose writes go nowhere once its terminal is gone.

    Textual's writer would end with a traceback instead, and the app then wait for it for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> int:
        return self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def _try(self, work: Any) -> int:
        if not self._gone:
            try:
                return work() or 0
            except OSError:
                self._gone = True
        return 0


class Terminal(LinuxDriver):
    """Keeps quiet about a terminal that was closed; SIGHUP or `is_lost` tells of it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file = cast("Any", _Forgiving(cast("Any", self._file)))

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal is gone."""
        try:
            super().run_input_thread()
        except OSError:
            return

    def hung_up(self) -> None:
        """Read no more keys if the terminal is gone: it would be readable, with nothing, always."""
        if self.is_lost():
            self.exit_event.set()

    def is_lost(self) -> bool:
        """Whether the terminal is gone, be it with a signal or without."""
        return is_gone(self.fileno)


def is_gone(fileno: int) -> bool:
    """Whether the terminal `fileno` was closed at its other end."""
    try:
        termios.tcgetattr(fileno)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False


def let_go() -> None:
    """Send what is still to be said on a closed terminal nowhere, so that Python ends in peace."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
