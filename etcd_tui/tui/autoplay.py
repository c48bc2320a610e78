"""AutoplayApp: a wizard that walks its screens by itself, with a caption for each. A real run.

It presses the keys that a person would press, and waits for what they lead to. Only the time to
read a caption is its own.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.worker import Worker

from etcd_tui.errors import Exit
from etcd_tui.i18n import N_, _
from etcd_tui.tui.app import Setup, WizardApp
from etcd_tui.tui.widgets.caption import Caption, State
from etcd_tui.tui.widgets.key_bar import KeyBar

_LEAST_SECONDS = 2.5
_SECONDS_A_CELL = 0.055
"""Aloud, in a talk: some 200 English words a minute; a Chinese character takes two cells."""
_LOOK = 0.05
"""Seconds between two looks at whether what is waited for has come."""


@dataclass(frozen=True, slots=True)
class Scene:
    """On screen `page`, once the last run of `after` has ended: `caption`, then press `keys`."""

    page: str
    caption: str
    keys: tuple[str, ...] = ()
    after: str = ""


SCENES = (
    Scene(
        "hosts",
        N_(
            "Every member needs a name, an address and a way in by SSH. These are practice hosts "
            "on this machine; the installer does not know the difference."
        ),
        ("f2",),
    ),
    Scene("hosts", N_("F2 explains the idea behind a screen, wherever you are."), ("escape", "f8")),
    Scene(
        "preflight",
        N_(
            "Each host is looked at in one go, and nothing is changed by it. Every finding says "
            "what is wrong and what to type."
        ),
        ("f8",),
        after="check",
    ),
    Scene(
        "certificates",
        N_(
            "An authority of its own signs one certificate for each member. Its key never leaves "
            "this machine."
        ),
        ("f8",),
    ),
    Scene(
        "preview",
        N_(
            "The plan: what would be done on which host, and why. Still nothing has been changed. "
            "The same plan can be saved as a runbook of commands to type."
        ),
        ("f8",),
        after="plan",
    ),
    Scene(
        "deploy",
        N_("Now it begins, for real: all hosts at once, and each step is seen to have worked."),
        ("f8",),
    ),
    Scene(
        "deploy",
        N_("Installed. The log has what every member said of itself meanwhile."),
        ("f8",),
        after="install",
    ),
    Scene(
        "verify",
        N_(
            "The cluster is proven from outside: a key is written and read through each member, "
            "strangers are refused. Each row has the command that shows it again."
        ),
    ),
)


class AutoplayApp(WizardApp):
    """Plays `SCENES` at `speed` (1: to read along); a person can hold it or take over any time."""

    def __init__(self, setup: Setup, speed: float = 1.0) -> None:
        super().__init__(setup)
        self._speed = speed
        self._pressed: list[events.Key] = []
        self._playing: Worker[None] | None = None
        self._going = asyncio.Event()
        self._held = asyncio.Event()
        self._going.set()

    @property
    def playing(self) -> bool:
        """Whether it goes by itself, or would if it were not held."""
        return self._playing is not None and not self._playing.is_finished

    @property
    def _state(self) -> State:
        return "held" if self._held.is_set() else "playing"

    def on_mount(self) -> None:
        """Begin to play when the first screen is there."""
        super().on_mount()
        self._playing = self.run_worker(self._play(), group="autoplay")

    async def on_event(self, event: events.Event) -> None:
        """Let a person's keys come first: Space holds it, any other key ends it."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if event in self._pressed:
                self._pressed.remove(event)
            elif self.playing and event.key == "space":
                self._hold()
                return
            else:
                self._take_over()
        await super().on_event(event)

    def _hold(self) -> None:
        now, then = (self._held, self._going) if self._going.is_set() else (self._going, self._held)
        then.clear()
        now.set()
        for screen in self.screen_stack:
            for caption in screen.query(Caption):
                caption.tell(self._state)

    def _take_over(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
        for screen in self.screen_stack:
            screen.query(Caption).remove()

    async def _play(self) -> None:
        for scene in SCENES:
            await self._until(partial(self._is_shown, scene.page))
            if scene.after:
                await self._until(partial(self._ended, scene.after))
                if not self._went_well(scene.after):
                    text = _("This run did not end well, and the screen says why. It is your turn.")
                    await self._say(text, "over")
                    return
            await self._say(_(scene.caption))
            await self._read(_(scene.caption))
            for key in scene.keys:
                await self._press(key)
        await self._say(_("That was a real run, to the end. It is your turn."), "over")

    def _is_shown(self, page: str) -> bool:
        return getattr(self.page, "key", "") == page and getattr(self.page, "ready", False)

    def _ended(self, verb: str) -> bool:
        view = self.conductor.view(verb)
        return view is not None and view.finished is not None and not self.conductor.busy

    def _went_well(self, verb: str) -> bool:
        view = self.conductor.view(verb)
        return bool(view and view.finished and view.finished.exit == Exit.DONE)

    async def _until(self, true: Callable[[], bool]) -> None:
        # Screens come and runs end in ways of their own: nobody could tell all of them as events.
        # While the wizard ends there is no screen any more, and soon nobody who waits.
        while not (self.screen_stack and true()):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)

    async def _say(self, text: str, state: State | None = None) -> None:
        while True:
            await self._until(_always)
            screen = self.screen
            caption = await self._caption(screen)
            caption.say(text)
            caption.tell(state or self._state)
            if screen is self.screen:
                return

    async def _caption(self, screen: Screen[Any]) -> Caption:
        """Return the caption of `screen`, made where it has none."""
        try:
            return screen.query_one(Caption)
        except NoMatches:
            caption = Caption()
        bars = screen.query(KeyBar)
        if bars:
            await screen.mount(caption, before=bars.first())
        else:
            caption.styles.dock = "bottom"
            await screen.mount(caption)
        return caption

    async def _read(self, text: str) -> None:
        """Wait as long as it takes to read `text`, not counting the time for which it is held."""
        left = max(_LEAST_SECONDS, _SECONDS_A_CELL * cell_len(text)) / self._speed
        loop = asyncio.get_running_loop()
        while True:
            await self._going.wait()
            began = loop.time()
            try:
                async with asyncio.timeout(left):
                    await self._held.wait()
            except TimeoutError:
                return
            left -= loop.time() - began

    async def _press(self, key: str) -> None:
        """Press `key` as a keyboard would, and let what it does happen."""
        await self._until(_always)
        screen = self.screen
        character = key if len(key) == 1 and unicodedata.category(key)[0] != "C" else None
        event = events.Key(key, character)
        event.set_sender(self)
        self._pressed.append(event)
        self.post_message(event)
        await self._until(lambda: event not in self._pressed)
        if key in ("f2", "escape"):
            await self._until(lambda: self.screen is not screen)


def _always() -> bool:
    return True
