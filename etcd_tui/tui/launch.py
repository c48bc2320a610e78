"""launch: open the wizard at a terminal, and say what came of it when it is left."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.errors import AnswersError, Exit
from etcd_tui.i18n import _
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.reader import load
from etcd_tui.state_folder import StateFolder
from etcd_tui.tui.app import Setup, WizardApp
from etcd_tui.tui.backend import EngineBackend
from etcd_tui.tui.draft import Draft
from etcd_tui.tui.glyphs import ASCII_GLYPHS, Glyphs
from etcd_tui.tui.themes import PLAIN
from etcd_tui.wording import lines


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about the wizard."""

    root: Path
    answers: Path | None = None
    ascii: bool = False
    plain: bool = False


def launch(options: Options) -> int:
    """Run the wizard to its end and return the exit code: that of the last install or proof."""
    draft, start, problems = _opened(options.answers)
    only_ascii = options.ascii or os.environ.get("TERM") == "linux"
    setup = Setup(
        backend=EngineBackend(options.root),
        root=options.root,
        draft=draft,
        glyphs=ASCII_GLYPHS if only_ascii else Glyphs(),
        theme=PLAIN if options.plain or os.environ.get("NO_COLOR") else "etcd-dark",
        start=start,
        problems=problems,
    )
    app = WizardApp(setup)
    app.run()
    return _farewell(app)


def _opened(path: Path | None) -> tuple[Draft, str, tuple[Problem, ...]]:
    if path is None:
        return Draft(), "welcome", ()
    try:
        spec, _warnings = load(path)
    except AnswersError as error:
        return Draft(), "welcome", error.problems
    return Draft.of(spec, path.absolute().parent), "hosts", ()


def _farewell(app: WizardApp) -> int:
    """Tell on the plain terminal how the last run ended and where everything lies."""
    verb = app.conductor.latest("install", "verify", "drill")
    view = app.conductor.view(verb)
    code = app.return_code or 0
    if view is None or view.finished is None:
        if app.drafts.is_saved and not code:
            sys.stdout.write(
                _("Your answers are kept; start etcd-tui again to go on with them.") + "\n"
            )
        return code
    for line in lines(view.finished, app.glyphs.marks):
        sys.stdout.write(line + "\n")
    if view.finished.exit == Exit.DONE:
        state = StateFolder(app.setup.root / view.finished.cluster)
        text = _("Use the cluster: set -a; . {file}; etcdctl member list")
        sys.stdout.write(text.format(file=state.client_environment) + "\n")
    return code or view.finished.exit
