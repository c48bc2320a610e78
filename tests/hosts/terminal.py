"""A real terminal with the tool in it: tmux, driven by keys and read as a person reads it."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

_PATIENCE = 120.0
"""Seconds; only a screen that never comes takes that long."""


_GLANCE = 0.7
"""Seconds after which a key that changes nothing is let be."""


class Terminal:
    """A tmux server of its own with one window; `command` runs in it with `env` added."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = (80, 24)
    ) -> None:
        self._socket = f"etcd-tui-test-{os.getpid()}-{id(self):x}"
        settings = [f"{name}={value}" for name, value in env.items()]
        line = shlex.join(["env", *settings, *command])
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
            f"{line}; echo ended with $?; exec sleep 3600",
        )  # fmt: skip

    def _tmux(self, *words: str) -> str:
        kept = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")}
        done = subprocess.run(
            ["tmux", "-u", "-L", self._socket, *words],
            env={**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: `F8`, `Enter`, `Tab`, `C-q`, `S-Tab`, `NPage`.

        Each waits for the picture to change: keys that come in one piece all go to the field that
        has the focus at first, which no typist is fast enough for.
        """
        for key in keys:
            before = self._drawn
            self._tmux("send-keys", key)
            ends = time.monotonic() + _GLANCE
            while self._drawn == before and time.monotonic() < ends:
                time.sleep(0.02)

    @property
    def _drawn(self) -> str:
        """The screen with its colours: a focus that moves is seen in them."""
        return self._tmux("capture-pane", "-p", "-e")

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._tmux("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        """Make the window another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    @property
    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def shows(self, text: str) -> bool:
        """Whether `text` comes onto the screen within a glance."""
        ends = time.monotonic() + _GLANCE
        while time.monotonic() < ends:
            if text in self.screen:
                return True
            time.sleep(0.02)
        return False

    def wait_for(self, *texts: str, patience: float = _PATIENCE) -> str:
        """Wait until one of `texts` is on the screen; return the screen."""
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            screen = self.screen
            if any(text in screen for text in texts):
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{texts} never came; the screen is:\n{self.screen}")

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tmux("kill-server")
