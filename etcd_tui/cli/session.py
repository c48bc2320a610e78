"""A verb on hosts from the command line: consent, prompts, signals, and who reads the events."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import signal
import sys
from collections.abc import Callable, Iterator

from etcd_tui import verbs
from etcd_tui.apply.events import Event, Finished, Note, Reader, Stream
from etcd_tui.apply.run_folder import json_line
from etcd_tui.cli.dispatch import live
from etcd_tui.cli.live import Live
from etcd_tui.engine import Engine
from etcd_tui.errors import Exit, UsageError
from etcd_tui.i18n import _
from etcd_tui.outcome import Outcome
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.secret import Secret
from etcd_tui.session import Session
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.drill import Target

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
    session: Session

    def clean(text: str) -> str:
        return session.clean(text)

    reader = json_reader(clean) if parsed.json else live(parsed)
    session = Session(
        parsed.verb,
        spec,
        state,
        secrets,
        (reader,),
        warnings,
        NewKeys.all() if parsed.accept_new_host_keys else NewKeys.none(),
        began,
        alone=_drill(parsed) is not None,
        take_over=frozenset(getattr(parsed, "take_over", None) or ()),
    )
    _consent(parsed, spec)
    return asyncio.run(_run(session, parsed, reader))


async def _run(session: Session, parsed: argparse.Namespace, reader: object) -> int:
    with signals(session.stop, session.stream):
        ticking = asyncio.create_task(tick(reader)) if isinstance(reader, Live) else None
        try:
            last: Finished = await session.run(lambda engine: _verb(engine, parsed))
        except asyncio.CancelledError:
            return int(Exit.INTERRUPTED)
        finally:
            if ticking:
                ticking.cancel()
    return last.exit


async def _verb(engine: Engine, parsed: argparse.Namespace) -> Outcome:
    match parsed.verb:
        case "install":
            return await verbs.install(engine)
        case "plan":
            return await verbs.plan(engine, exit_code=parsed.exit_code)
        case "verify":
            target = _drill(parsed)
            return await (verbs.drill(engine, target) if target else verbs.verify(engine))
        case "status":
            from etcd_tui.status import status

            return await status(engine)
        case "uninstall":
            return await verbs.uninstall(engine, purge=parsed.purge_data)
        case _:
            plain = {"check": verbs.check, "diagnose": verbs.diagnose}
            return await plain[parsed.verb](engine)


async def tick(reader: Live) -> None:
    """Let the seconds of a live reader go on until cancelled."""
    while True:
        await asyncio.sleep(_TICK)
        reader.tick()


@contextlib.contextmanager
def signals(stop: asyncio.Event, stream: Stream) -> Iterator[None]:
    """The first signal lets running steps end and begins nothing new; the second leaves at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def asked() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        stop.set()
        text = _("Stopping after the running steps; press Ctrl+C again to leave at once.")
        stream.emit(Note(text, level="warning"))

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in caught:
        loop.add_signal_handler(number, asked)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def _consent(parsed: argparse.Namespace, spec: ClusterSpec) -> None:
    """Data is deleted only for a typed name; on a terminal, removing and stopping asks."""
    name = spec.cluster.name
    at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    target = _drill(parsed)
    if target and at_terminal and not parsed.yes:
        _agree_to_drill(name, target)
    if parsed.verb != "uninstall":
        return
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


def _drill(parsed: argparse.Namespace) -> Target | None:
    return getattr(parsed, "drill", None)


def _agree_to_drill(name: str, target: Target) -> None:
    """Ask; UsageError unless the answer is yes."""
    text = {
        "leader": _("Stop the leader of {name} for some seconds? The others go on meanwhile."),
        "follower": _("Stop a follower of {name} for some seconds? The others go on meanwhile."),
        "crash": _("Kill the leader of {name} and start it some seconds later? Others take over."),
    }[target]
    sys.stderr.write(text.format(name=name) + _(" [y/N] "))
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(_("Nothing was stopped."), remedy=_("Say y, or use --yes."))


def _prompt(purpose: str) -> Secret:
    return Secret(getpass.getpass(f"{purpose}: ", stream=sys.stderr))


def json_reader(clean: Callable[[str], str]) -> Reader:
    """Return the reader that prints one JSON object a line."""

    def reader(event: Event) -> None:
        sys.stdout.write(clean(json_line(event)) + "\n")
        sys.stdout.flush()

    return reader
