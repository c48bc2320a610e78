"""One run of a verb on hosts: answers, state folder, readers, signals, and how it ended."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from etcd_tui import verbs
from etcd_tui.apply.events import Event, Finished, Note, ProblemFound, Reader, Started, Stream
from etcd_tui.apply.pool import Interrupted
from etcd_tui.apply.run_folder import RunFolder, json_line
from etcd_tui.cli.dispatch import finish, live
from etcd_tui.cli.live import Live
from etcd_tui.wording import lines
from etcd_tui.engine import Engine
from etcd_tui.errors import EtcdTuiError, Exit, UsageError
from etcd_tui.i18n import _
from etcd_tui.redact import redact
from etcd_tui.remote.secrets import Secrets
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.state_folder import StateFolder

_CHANGING = frozenset({"install", "uninstall"})
_KEPT = frozenset({"install", "uninstall", "verify"})
_TICK = 0.2


def run(
    parsed: argparse.Namespace,
    spec: ClusterSpec,
    warnings: tuple[Problem, ...],
    state: StateFolder,
    began: float,
) -> int:
    """Run the verb in `parsed` and return the exit code."""
    secrets = Secrets(_prompt if sys.stdin.isatty() else None)

    def clean(text: str) -> str:
        return redact(text, secrets.known)

    reader = _json(clean) if parsed.json else live(parsed)
    stream = Stream(reader)
    _consent(parsed, spec)
    folder: Path | None = None
    with contextlib.ExitStack() as stack:
        try:
            if parsed.verb in _KEPT:
                state.prepare()
                if parsed.verb in _CHANGING:
                    stack.enter_context(state.locked())
                    state.settle()
                folder = state.new_run(parsed.verb)
                keeper = RunFolder(folder, spec, clean, lines)
                stack.callback(keeper.close)
                # Before the reader: a person is pointed to files that are there.
                stream.add(keeper)
            _tell_start(parsed.verb, spec, folder, stream, warnings)
            engine = Engine(spec, state, secrets, stream, parsed.accept_new_host_keys)
            outcome = asyncio.run(_run(engine, parsed, reader))
        except Interrupted:
            return _interrupted(stream, parsed.verb, spec, began)
        except EtcdTuiError as error:
            report = _report(folder)
            return finish(
                stream, parsed.verb, error, began, cluster=spec.cluster.name, report=report
            )
        except Exception as error:  # the one place where a defect becomes exit 1
            return _defect(stream, parsed.verb, spec, began, error, folder, clean)
        stream.emit(
            Finished(
                exit=int(outcome.exit),
                verb=parsed.verb,
                cluster=spec.cluster.name,
                seconds=round(time.monotonic() - began, 3),
                changed=outcome.changed,
                report=_report(folder),
            )
        )
        return int(outcome.exit)


async def _run(engine: Engine, parsed: argparse.Namespace, reader: object) -> verbs.Outcome:
    with _signals(engine):
        ticking = asyncio.create_task(_tick(reader)) if isinstance(reader, Live) else None
        try:
            async with engine:
                return await _verb(engine, parsed)
        finally:
            if ticking:
                ticking.cancel()


async def _verb(engine: Engine, parsed: argparse.Namespace) -> verbs.Outcome:
    match parsed.verb:
        case "install":
            return await verbs.install(engine)
        case "plan":
            return await verbs.plan(engine, exit_code=parsed.exit_code)
        case "check":
            return await verbs.check(engine)
        case "verify":
            return await verbs.verify(engine)
        case "uninstall":
            return await verbs.uninstall(engine, purge=parsed.purge_data)
        case _:
            return await verbs.status(engine)


async def _tick(reader: Live) -> None:
    while True:
        await asyncio.sleep(_TICK)
        reader.tick()


@contextlib.contextmanager
def _signals(engine: Engine) -> Iterator[None]:
    """The first signal lets running steps end and begins nothing new; the second leaves at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def asked() -> None:
        if engine.stop.is_set() and task is not None:
            task.cancel()
            return
        engine.stop.set()
        text = _("Stopping after the running steps; press Ctrl+C again to leave at once.")
        engine.stream.emit(Note(text, level="warning"))

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in caught:
        loop.add_signal_handler(number, asked)
    try:
        yield
    except asyncio.CancelledError:
        raise Interrupted from None
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def _tell_start(
    verb: str, spec: ClusterSpec, folder: Path | None, stream: Stream, warnings: tuple[Problem, ...]
) -> None:
    names = tuple(node.name for node in spec.nodes)
    name = folder.name if folder else ""
    stream.emit(Started(verb, spec.cluster.name, names, name, spec.cluster.etcd))
    for problem in warnings:
        stream.emit(ProblemFound(problem))


def _consent(parsed: argparse.Namespace, spec: ClusterSpec) -> None:
    """Data is deleted only for a typed name; on a terminal, removing asks."""
    if parsed.verb != "uninstall":
        return
    name = spec.cluster.name
    at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if parsed.purge_data:
        typed = parsed.confirm
        if typed is None and at_terminal:
            sys.stderr.write(
                _("This deletes the data of {name}. Type its name: ").format(name=name)
            )
            sys.stderr.flush()
            typed = sys.stdin.readline().strip()
        if typed != name:
            raise UsageError(
                _("The data of {name} is deleted only if its name is given.").format(name=name),
                remedy=f"etcd-tui uninstall {parsed.file} --purge-data --confirm {name}",
            )
        return
    if parsed.yes or not at_terminal:
        return
    sys.stderr.write(_("Remove the cluster {name} from its hosts? [y/N] ").format(name=name))
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(_("Nothing was removed."), remedy=_("Say y, or use --yes."))


def _prompt(purpose: str) -> Secret:
    return Secret(getpass.getpass(f"{purpose}: ", stream=sys.stderr))


def _json(clean: Callable[[str], str]) -> Reader:
    def reader(event: Event) -> None:
        sys.stdout.write(clean(json_line(event)) + "\n")
        sys.stdout.flush()

    return reader


def _report(folder: Path | None) -> str:
    return str(folder / "report.json") if folder else ""


def _interrupted(stream: Stream, verb: str, spec: ClusterSpec, began: float) -> int:
    error = EtcdTuiError(
        _("Stopped as asked; every step that had begun has ended."),
        remedy=_("Run it again to go on from there."),
    )
    error.exit = Exit.INTERRUPTED
    return finish(stream, verb, error, began, cluster=spec.cluster.name)


def _defect(
    stream: Stream,
    verb: str,
    spec: ClusterSpec,
    began: float,
    error: Exception,
    folder: Path | None,
    clean: Callable[[str], str],
) -> int:
    trace = clean("".join(traceback.format_exception(error)))
    where = ""
    if folder is not None:
        path = folder / "traceback.txt"
        path.touch(mode=0o600)
        path.write_text(trace)
        where = str(path)
    else:
        sys.stderr.write(trace)
    problem = EtcdTuiError(
        _("This is a defect of etcd-tui: {kind}: {text}").format(
            kind=type(error).__name__, text=clean(str(error))
        ),
        cause=_("the traceback is in {path}").format(path=where) if where else "",
        remedy=_("Please report it. Running again is safe: it looks first and goes on."),
    )
    return finish(stream, verb, problem, began, cluster=spec.cluster.name)
