"""launch: open the wizard at a terminal, and say what came of it when it is left."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from etcd_tui.errors import AnswersError, Exit
from etcd_tui.i18n import _
from etcd_tui.spec.problem import Problem
from etcd_tui.tui.app import Setup, WizardApp
from etcd_tui.tui.backend import EngineBackend
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.glyphs import ASCII_GLYPHS, Glyphs
from etcd_tui.tui.themes import PLAIN

if TYPE_CHECKING:
    from etcd_tui.apply.events import Finished
    from etcd_tui.practice.lessons.page import Page
    from etcd_tui.spec.model import Node
    from etcd_tui.tui.conductor import Backend


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about the wizard."""

    root: Path
    answers: Path | None = None
    ascii: bool = False
    plain: bool = False
    theme: str = ""
    """Empty: the usual one."""
    problems: tuple[Problem, ...] = ()
    """What the first screen shows when it is not the first time that it is seen."""
    practice: Callable[[], tuple[str, ...]] | None = None
    """As in `Setup`."""
    page: Page | None = None
    """As in `Setup`."""
    speed: float = 0.0
    """How fast it plays by itself; 0: not at all."""
    only: tuple[Node, ...] = ()
    """The hosts on which alone it may work; none: any."""


@dataclass(frozen=True, slots=True)
class Left:
    """How the wizard was left. `code`: that of the last install or proof, 128 + n after signal n.

    `practise`: to go on with practice hosts, which the caller starts; `theme`: the last one.
    """

    code: int
    practise: bool
    theme: str


def launch(options: Options) -> Left:
    """Run the wizard to its end."""
    draft, start, problems = _opened(options.answers)
    draft.practice = options.practice is not None
    only_ascii = options.ascii or os.environ.get("TERM") == "linux"
    setup = Setup(
        backend=_backend(options),
        root=options.root,
        draft=draft,
        glyphs=ASCII_GLYPHS if only_ascii else Glyphs(),
        theme=options.theme or _usual_theme(options),
        start=start,
        problems=problems + options.problems,
        practice=options.practice,
        page=options.page,
    )
    if options.page and options.page.lesson.installed:
        setup.start = "verify"
    app = _app(setup, options.speed)
    code = run(app)
    return Left(code, app.practise, app.theme)


def _backend(options: Options) -> Backend:
    engine = EngineBackend(options.root)
    if not options.only:
        return engine
    from etcd_tui.tui.only_practice import OnlyPractice

    return OnlyPractice(engine, options.only)


def _app(setup: Setup, speed: float) -> WizardApp:
    if not speed:
        return WizardApp(setup)
    from etcd_tui.tui.autoplay import AutoplayApp

    return AutoplayApp(setup, speed)


def _usual_theme(options: Options) -> str:
    return PLAIN if options.plain or os.environ.get("NO_COLOR") else "etcd-dark"


def run(app: WizardApp) -> int:
    """Run `app` to its end, take leave and return the exit code; 128 + n after the signal n."""
    app.run()
    code = _exit_code(app)
    try:
        _farewell(app)
        sys.stdout.flush()
    except OSError:
        from etcd_tui.tui.terminal import let_go

        let_go()
    return code


def _opened(path: Path | None) -> tuple[Draft, str, tuple[Problem, ...]]:
    if path is None:
        return Draft(), "welcome", ()
    from etcd_tui.spec.reader import load

    try:
        spec, _warnings = load(path)
    except AnswersError as error:
        return Draft(), "welcome", error.problems
    return Draft.of(spec, path.absolute().parent), "hosts", ()


def _last_run(app: WizardApp) -> Finished | None:
    view = app.conductor.view(app.conductor.latest("install", "verify", "drill"))
    return view.finished if view else None


def _exit_code(app: WizardApp) -> int:
    last = _last_run(app)
    return app.return_code or (last.exit if last else 0)


def _farewell(app: WizardApp) -> None:
    """Tell on the plain terminal how the last run ended and where everything lies.

    Of practice only how it ended: whoever started the hosts knows what becomes of them.
    """
    last = _last_run(app)
    practice = app.setup.practice is not None
    if last is None:
        if app.drafts.is_saved and not (app.return_code or practice or app.practise):
            sys.stdout.write(
                _("Your answers are kept; start etcd-tui again to go on with them.") + "\n"
            )
        return
    from etcd_tui.state_folder import StateFolder
    from etcd_tui.wording import lines

    for line in lines(replace(last, report="") if practice else last, app.glyphs.marks):
        sys.stdout.write(line + "\n")
    if last.exit == Exit.DONE and not practice:
        state = StateFolder(app.setup.root / last.cluster)
        text = _("Use the cluster: set -a; . {file}; etcdctl member list")
        sys.stdout.write(text.format(file=state.client_environment) + "\n")
