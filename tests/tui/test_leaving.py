"""Leaving: signals, lost terminals and keys; the terminal is as before and runs end well."""

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
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from etcd_tui.tui.app import WizardApp
from etcd_tui.tui.conductor import Job
from etcd_tui.tui.dialogs.quit import QuitDialog
from tests.tui.scenes.deploy import BEGIN, begin
from tests.tui.scripted import Script, three_hosts, until, wizard

SCREENS = ("welcome", "hosts", "preflight", "certificates", "preview", "deploy", "verify")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?7h")
LONGEST = 25.0
"""Seconds until a program that says nothing has failed: many times what it needs."""


class Terminal:
    """A pty with the wizard on it."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (24, 80))
        self.before = termios.tcgetattr(self.slave)
        self.ear, mouth = os.pipe()
        self.mouth = mouth
        self.output = b""
        self.words: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, mode: str, *screens: str, **environment: str) -> None:
        """Run the program; its standard error is the pty too, as an operator's."""
        env = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.tui.leaving_program", str(self.mouth), mode, *screens],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            pass_fds=[self.mouth],
            start_new_session=True,
            env=env,
        )
        os.close(self.mouth)

    def hear(self, wanted: str) -> str:
        """Draw what is written until the program says a word that begins with `wanted`."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            for number, word in enumerate(self.words):
                if word.startswith(wanted):
                    del self.words[: number + 1]
                    return word
            sources = [self.ear, self.master] if self.master >= 0 else [self.ear]
            for source in select.select(sources, [], [], 1)[0]:
                data = os.read(source, 65536)
                if source == self.master:
                    self.output += data
                elif data:
                    self.words += data.decode().split("\n")[:-1]
                else:
                    raise AssertionError(f"it ended without {wanted}: {self.output[-2000:]!r}")
        raise AssertionError(f"it never said {wanted}: {self.words}, {self.output[-500:]!r}")

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        assert self.process is not None
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as a lost ssh session does."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    def ended(self) -> int:
        """Return the exit status, when the program has ended by itself."""
        assert self.process is not None
        deadline = time.monotonic() + LONGEST
        while self.process.poll() is None and time.monotonic() < deadline:
            # Whoever does not read lets the program wait with a full terminal.
            self._draw(0.05)
        code = self.process.wait(0)
        while self._draw(0):
            pass
        return code

    def _draw(self, seconds: float) -> bool:
        if self.master < 0:
            time.sleep(seconds)
            return False
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.output += os.read(self.master, 65536)
        return True

    def assert_as_before(self) -> None:
        """The screen is left, the cursor seen, the mouse free, the line settings are as before."""
        for sequence in LEFT:
            assert sequence in self.output, sequence
        assert self.output.rindex(b"\x1b[?1049l") > self.output.rindex(b"\x1b[?1049h")
        assert self.output.rindex(b"\x1b[?25h") > self.output.rindex(b"\x1b[?25l")
        assert self.output.rindex(b"\x1b[?1000l") > self.output.rindex(b"\x1b[?1000h")
        assert termios.tcgetattr(self.slave) == self.before
        assert b"Traceback" not in self.output

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for descriptor in (self.master, self.slave, self.ear):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    place = Terminal()
    yield place
    place.close()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_wizard_on_every_screen_and_the_terminal_is_as_before(
    terminal: Terminal, number: signal.Signals
) -> None:
    terminal.start("idle", *SCREENS)

    for screen in SCREENS:
        terminal.hear("ready")
        terminal.signal(number)
        assert terminal.hear("left") == f"left {128 + number}", screen

    assert terminal.ended() == 128 + number
    terminal.assert_as_before()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_during_an_install_asks_it_to_stop_and_waits_for_its_end(
    terminal: Terminal, number: signal.Signals
) -> None:
    terminal.start("run", "deploy")
    terminal.hear("ready")

    terminal.signal(number)

    terminal.hear("asked")
    terminal.hear("ended")
    assert terminal.ended() == 128 + number
    terminal.assert_as_before()
    assert b"Stopped as asked." in terminal.output[terminal.output.rindex(b"\x1b[?1049l") :]


@pytest.mark.parametrize("mode", ["deaf", "stone"])
def test_a_second_signal_leaves_although_the_run_does_not_end(
    terminal: Terminal, mode: str
) -> None:
    terminal.start(mode, "deploy")
    terminal.hear("ready")
    terminal.signal(signal.SIGTERM)
    terminal.hear("asked")

    terminal.signal(signal.SIGINT)

    assert terminal.ended() == 130
    terminal.assert_as_before()


@pytest.mark.fault(
    31,
    injected="the wizard's terminal closed during an install",
    seen="running steps end, nothing new begins",
)
@pytest.mark.parametrize("environment", [{}, {"UNSIGNALLED": "yes"}], ids=["signalled", "not"])
@pytest.mark.parametrize("mode", ["idle", "run"])
def test_a_lost_terminal_ends_the_wizard_and_lets_the_running_steps_end(
    terminal: Terminal, mode: str, environment: dict[str, str]
) -> None:
    terminal.start(mode, "deploy", **environment)
    terminal.hear("ready")

    terminal.hang_up()

    if mode == "run":
        terminal.hear("ended")
    terminal.hear("left 129")
    assert terminal.ended() == 129


def installing() -> tuple[WizardApp, Script]:
    script = Script({"install": BEGIN})
    return wizard(three_hosts(), backend=script, start="deploy"), script


def dialogs(app: WizardApp) -> int:
    return sum(isinstance(screen, QuitDialog) for screen in app.screen_stack)


async def choose(pilot: Pilot[Any], key: str, answer: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, QuitDialog))
    await pilot.pause()
    pilot.app.screen.query_one(f"#{answer}", Button).press()
    await until(pilot, lambda: not isinstance(pilot.app.screen, QuitDialog))


async def test_without_a_run_the_key_leaves_at_once() -> None:
    app, _script = installing()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app._exit)

    assert app.return_code == 0


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_leaving_during_a_run_asks_once_and_offers_three_ways(key: str) -> None:
    app, _script = installing()
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await pilot.press(key)
        await until(pilot, lambda: dialogs(app) == 1)
        await pilot.pause()

        buttons = [str(button.label) for button in app.screen.query(Button)]
        assert len(buttons) == 3
        drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert all(name in drawn for name in buttons)
        assert app.screen.focused is app.screen.query_one("#keep")

        await pilot.press("ctrl+q")
        await pilot.press("f1")
        await pilot.press("ctrl+q")
        assert dialogs(app) == 1


async def test_keep_running_goes_on() -> None:
    app, _script = installing()
    async with app.run_test() as pilot:
        await begin(pilot)
        await choose(pilot, "ctrl+q", "keep")

        assert app.conductor.busy
        assert not app.conductor.stopping
        assert not app._exit


async def test_stop_leaves_only_after_the_run_has_ended() -> None:
    app, _script = installing()
    async with app.run_test() as pilot:
        await begin(pilot)
        await choose(pilot, "ctrl+q", "stop")
        await until(pilot, lambda: app._exit)
        view = app.conductor.view("install")
        assert view is not None
        assert view.finished is not None
        assert view.finished.what == "Stopped as asked."
        assert not app.conductor.busy


@pytest.mark.parametrize(
    ("verb", "place"),
    [("install", "deploy"), ("check", "preflight"), ("plan", "preview"), ("verify", "verify"),
     ("drill", "verify")],
)  # fmt: skip
async def test_show_goes_to_where_the_run_is_seen(verb: Any, place: str) -> None:
    script = Script({verb: BEGIN})
    app = wizard(three_hosts(), backend=script, start="hosts")
    async with app.run_test() as pilot:
        app.begin(Job(verb, app.draft.spec))
        await choose(pilot, "ctrl+q", "show")
        await until(pilot, lambda: getattr(app.screen, "key", "") == place)

        assert app.conductor.busy
        assert not app.conductor.stopping
