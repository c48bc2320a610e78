"""`python -m tests.tui.leaving_program FD MODE SCREEN…`: the wizard, once on each screen, on a pty.

Tells on the file descriptor FD, a word a line: `ready`, what the run is asked, `left CODE`. MODE:
`idle`; `run`: a run is on that ends when it is asked to; `deaf`: it ends only when it is cancelled;
`stone`: not even then. With UNSIGNALLED in the environment nothing is told of a lost terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
import tempfile
import termios
from pathlib import Path

from etcd_tui.apply.events import Finished, Reader
from etcd_tui.tui.app import Setup, WizardApp
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.launch import run
from tests.tui.scenes.deploy import BEGIN
from tests.tui.scripted import Script, three_hosts


class Told(Script):
    """A script that tells the parent what it is asked."""

    def __init__(self, mode: str, fd: int) -> None:
        super().__init__({"install": BEGIN})
        self.mode = mode
        self.fd = fd

    def tell(self, word: str) -> None:
        os.write(self.fd, f"{word}\n".encode())

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        for event in BEGIN:
            reader(event)
        self.tell("running")
        await stop.wait()
        self.tell("asked")
        while self.mode in ("deaf", "stone"):
            with (
                contextlib.suppress(asyncio.CancelledError)
                if self.mode == "stone"
                else (contextlib.nullcontext())
            ):
                await asyncio.Event().wait()
        await asyncio.sleep(0.05)  # a step that takes its time: what leaves at once misses its end
        end = Finished(130, job.verb, what="Stopped as asked.")
        reader(end)
        self.tell("ended")
        return end


class Wizard(WizardApp):
    """Says when its first screen is there, and begins a run if one is wanted."""

    told: Told

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self.told.mode != "idle":
            self.begin(Job("install", self.draft.spec))
        self.call_after_refresh(self.told.tell, "ready")


def main(fd: str, mode: str, *screens: str) -> int:
    """Show each of `screens` until a signal ends it; return the last one's exit code."""
    if "UNSIGNALLED" not in os.environ:
        # Closing the other end must hang this process up, as a lost ssh session does.
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        for screen in screens:
            told = Told(mode, int(fd))
            app = Wizard(Setup(told, Path(folder), three_hosts(), start=screen))
            app.told = told
            code = run(app)
            told.tell(f"left {code}")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
