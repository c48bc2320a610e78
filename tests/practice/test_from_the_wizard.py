"""Practice from the wizard's first screen: by keys, in a terminal, with real practice hosts."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.practice.test_demo import PACKAGE, needs_programs

pytestmark = needs_programs
LONGEST = 40.0
"""Seconds until a program that says nothing has failed: many times what it needs."""
_DOWN = b"\x1b[B"


class Wizard:
    """The program on a pty of 80x24."""

    def __init__(self, state_root: Path) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.output = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "etcd_tui", "--state-dir", str(state_root), "--lang", "en"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=PACKAGE,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"},
        )
        os.close(slave)

    def press(self, keys: bytes) -> None:
        """Type, and forget what was on the screen before."""
        self.output = b""
        os.write(self.master, keys)

    def until(self, wanted: bytes) -> None:
        """Draw what is written until `wanted` was."""
        deadline = time.monotonic() + LONGEST
        while wanted not in self.output:
            assert time.monotonic() < deadline, (wanted, self.output[-3000:])
            if not self._draw():
                raise AssertionError(f"it ended without {wanted!r}: {self.output[-3000:]!r}")

    def ended(self) -> int:
        """Return the exit status, when the program has ended by itself."""
        deadline = time.monotonic() + LONGEST
        while self._draw():
            assert time.monotonic() < deadline, self.output[-3000:]
        return self.process.wait(LONGEST)

    def _draw(self) -> bool:
        """Read what there is within a second; False once everybody has left the terminal."""
        if not select.select([self.master], [], [], 1)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data
        return bool(data)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)


@pytest.fixture
def wizard(tmp_path: Path) -> Iterator[Wizard]:
    running = Wizard(tmp_path / "state")
    yield running
    running.close()


def test_practice_is_begun_on_the_first_screen_and_everything_is_removed_at_the_end(
    wizard: Wizard, tmp_path: Path
) -> None:
    wizard.until(b"Practise without hosts")
    wizard.press(_DOWN * 2 + b"\r")
    wizard.until(b"Starting practice hosts")
    wizard.until(b"removed")
    wizard.until(b"127.")
    assert len([path for path in (tmp_path / "state/.practice").iterdir() if path.is_dir()]) == 1
    wizard.press(b"\x11")
    assert wizard.ended() == 0
    assert b"Everything of the demo is stopped and removed." in wizard.output
    assert [path.name for path in (tmp_path / "state/.practice").iterdir()] == ["lock"]


def test_where_there_can_be_no_practice_the_first_screen_comes_back_and_says_why(
    tmp_path: Path,
) -> None:
    wizard = Wizard(tmp_path / "two words")
    try:
        wizard.until(b"Practise without hosts")
        wizard.press(_DOWN * 2 + b"\r")
        wizard.until(b"special characters")
        wizard.until(b"--state-dir")
        wizard.press(b"\x11")
        assert wizard.ended() == 0
    finally:
        wizard.close()
