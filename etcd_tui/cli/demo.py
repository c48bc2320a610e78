"""`etcd-tui demo`: the installer against practice hosts on this machine."""

from __future__ import annotations

import argparse
import asyncio
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from etcd_tui import verbs
from etcd_tui.apply.events import Event, Finished, Note, Reader, Stream
from etcd_tui.cli.arguments import defaults
from etcd_tui.cli.dispatch import ended, live
from etcd_tui.cli.lesson import (
    LIST,
    enter_host,
    headless,
    lesson_of,
    list_lessons,
    prepare,
    where,
)
from etcd_tui.cli.live import Live
from etcd_tui.cli.session import json_reader, signals, tick
from etcd_tui.ending import finish
from etcd_tui.errors import EtcdTuiError, Exit, UsageError
from etcd_tui.i18n import _
from etcd_tui.practice.hosts import Practice, practice_hosts, stop_kept
from etcd_tui.practice.lessons.lesson import Lesson
from etcd_tui.practice.lessons.page import Page
from etcd_tui.redact import redact
from etcd_tui.remote.secrets import Secrets
from etcd_tui.session import Session, Work
from etcd_tui.spec.rules import check, is_expected_in_practice
from etcd_tui.state_root import default_root

VERB = "demo"


def demo(parsed: argparse.Namespace, began: float) -> int:
    """Run the demo that `parsed` asks for and return the exit code."""
    root = parsed.state_dir.expanduser().absolute() if parsed.state_dir else default_root()
    if parsed.stop:
        return _stop(parsed, root, began)
    if parsed.on:
        return enter_host(parsed, root)
    if parsed.lesson == LIST:
        return list_lessons(VERB, Stream(_reader(parsed, redact)), began)
    lesson = lesson_of(parsed)
    if parsed.autoplay and (parsed.headless or lesson):
        raise UsageError(
            _("--autoplay shows a run without faults, on the screens of the wizard."),
            remedy=_("Leave out --autoplay, or --headless and --break."),
        )
    if parsed.web:
        return _web(parsed, began)
    if parsed.headless:
        return asyncio.run(_headless(parsed, root, began, lesson))
    return _wizard(parsed, root, lesson=lesson)


def _reader(parsed: argparse.Namespace, clean: Callable[[str], str]) -> Reader:
    return json_reader(clean) if parsed.json else live(parsed)


def _stop(parsed: argparse.Namespace, root: Path, began: float) -> int:
    stream = Stream(_reader(parsed, redact))
    stopped = asyncio.run(stop_kept(root))
    text = (
        _("Stopped and removed {n} demos that were kept.").format(n=stopped)
        if stopped
        else _("No demo was kept here.")
    )
    stream.emit(Note(text))
    return ended(stream, VERB, began)


def _web(parsed: argparse.Namespace, began: float) -> int:
    """Show the demo in a browser until a signal ends it."""
    if parsed.headless or parsed.keep:
        raise UsageError(
            _("A demo in the browser ends with its tab."),
            remedy=_("Leave out --web, or --headless and --keep."),
        )
    try:
        from etcd_tui.cli.web import serve
    except ModuleNotFoundError as error:
        text = _("The browser needs the package {name}, which is not installed.")
        raise UsageError(
            text.format(name="textual-serve"),
            remedy=_("Install it: pip install 'etcd-tui[web]'"),
        ) from error
    stream = Stream(_reader(parsed, redact))
    serve(parsed, stream)
    stream.emit(Note(_("Everything of the demo is stopped and removed.")))
    return ended(stream, VERB, began)


def practise(parsed: argparse.Namespace, theme: str) -> int:
    """Run the demo as the wizard's first screen offers it; the exit code. `theme`: its colours."""
    asked = defaults(VERB)
    asked.state_dir, asked.ascii, asked.no_color = parsed.state_dir, parsed.ascii, parsed.no_color
    root = asked.state_dir.expanduser().absolute() if asked.state_dir else default_root()
    return _wizard(asked, root, theme)


def _wizard(
    parsed: argparse.Namespace, root: Path, theme: str = "", lesson: Lesson | None = None
) -> int:
    """Open the wizard on practice hosts. It has an event loop of its own."""
    from etcd_tui.cli.browser import in_browser
    from etcd_tui.cli.wizard import require_terminal
    from etcd_tui.tui.launch import Options, launch

    reader: Reader = live(parsed)
    if in_browser():
        # Standard output is the browser's, and the other end's terminal is nobody's to read.
        reader = Stream().emit
    else:
        require_terminal(parsed, _("Run etcd-tui demo --headless."))
    _tell(reader, _("Starting practice hosts on this machine: {n} …").format(n=parsed.hosts))
    with asyncio.Runner() as runner:
        hosts = practice_hosts(parsed.hosts, root, source=parsed.source, etcd=parsed.etcd)
        practice = runner.run(hosts.__aenter__())
        try:
            page = runner.run(_played(practice, lesson, parsed, reader)) if lesson else None
            options = Options(
                practice.state_root,
                practice.answers_file,
                parsed.ascii,
                parsed.no_color,
                theme,
                practice=lambda: (_what_stays(keep=parsed.keep), *practice.notes),
                page=page,
                speed=(parsed.speed or 1.0) if parsed.autoplay else 0.0,
                only=practice.spec.nodes if in_browser() else (),
            )
            code = launch(options).code
            if parsed.keep:
                practice.keep()
                for text in _farewell(practice, parsed, Finished(code, VERB)):
                    _tell(reader, text)
            else:
                _tell(reader, _("Stopping and removing the practice hosts …"))
        finally:
            runner.run(hosts.__aexit__(None, None, None))
    if not parsed.keep:
        _tell(reader, _("Everything of the demo is stopped and removed."))
    return code


async def _played(
    practice: Practice, lesson: Lesson, parsed: argparse.Namespace, reader: Reader
) -> Page:
    """Play a lesson before the wizard opens; EtcdTuiError where the hosts cannot be had for it."""
    stop = asyncio.Event()
    run = partial(_run, practice, Secrets(None), stop)
    with signals(stop, Stream(reader)):
        page = await prepare(practice, lesson, parsed, reader, run)
    if isinstance(page, Finished):
        error = EtcdTuiError(page.what, cause=page.cause, remedy=page.remedy)
        error.exit = Exit(page.exit)
        raise error
    return page


def _what_stays(*, keep: bool) -> str:
    if keep:
        return _("These are practice hosts. They go on when you leave: etcd-tui demo --keep.")
    return _("These are practice hosts. When you leave, they and all that they hold are removed.")


def _tell(reader: Reader, text: str) -> None:
    """Say it on the plain terminal, if there still is one."""
    try:
        reader(Note(text))
    except OSError:
        from etcd_tui.tui.terminal import let_go

        let_go()


class _Passing:
    """Passes events on to a reader, but holds back the last one: the hosts end before it.

    `gone`: a folder that goes with the demo, so that no hint leads there; None: it stays.
    """

    def __init__(self, reader: Reader, gone: Path | None) -> None:
        self._reader = reader
        self._gone = gone

    def __call__(self, event: Event) -> None:
        """Pass the event on, if it is still right at the end."""
        hint = isinstance(event, Note) and self._gone and str(self._gone) in event.text
        if not hint and not isinstance(event, Finished):
            self._reader(event)


async def _headless(
    parsed: argparse.Namespace, root: Path, began: float, lesson: Lesson | None
) -> int:
    secrets = Secrets(None)
    reader = _reader(parsed, lambda text: redact(text, secrets.known))
    stream = Stream(reader)
    stop = asyncio.Event()
    ticking = asyncio.create_task(tick(reader)) if isinstance(reader, Live) else None
    try:
        with signals(stop, stream):
            async with practice_hosts(
                parsed.hosts, root, source=parsed.source, etcd=parsed.etcd
            ) as practice:
                gone = None if parsed.keep else practice.folder.path
                told = _Passing(reader, gone)
                for note in practice.notes:
                    told(Note(note))
                run = partial(_run, practice, secrets, stop)
                last = await (
                    headless(practice, lesson, parsed, told, run, stream)
                    if lesson
                    else run(told, "install", verbs.install)
                )
                if parsed.keep and last.exit != Exit.INTERRUPTED:
                    practice.keep()
                    for text in _farewell(practice, parsed, last):
                        stream.emit(Note(text))
                kept = practice.kept
    except asyncio.CancelledError:
        last, kept = Finished(int(Exit.INTERRUPTED), VERB), False
    except EtcdTuiError as error:
        return finish(stream, VERB, error, began).exit
    except Exception as error:  # Session has its own; this is for what is around it
        traceback.print_exc()
        text = _("This is a defect of etcd-tui: {kind}: {text}")
        defect = EtcdTuiError(text.format(kind=type(error).__name__, text=error))
        return finish(stream, VERB, defect, began).exit
    finally:
        if ticking:
            ticking.cancel()
    if not kept:
        stream.emit(Note(_("Everything of the demo is stopped and removed.")))
        last = replace(last, report="")
    seconds = round(time.monotonic() - began, 3)
    stream.emit(replace(last, verb=VERB, seconds=seconds))
    return last.exit


async def _run(
    practice: Practice,
    secrets: Secrets,
    stop: asyncio.Event,
    reader: Reader,
    verb: str,
    work: Work,
) -> Finished:
    # That nobody else can reach a loopback address is what practice is about.
    warnings = tuple(p for p in check(practice.spec) if not is_expected_in_practice(p))
    session = Session(verb, practice.spec, practice.state, secrets, (reader,), warnings, stop=stop)
    return await session.run(work)


def _farewell(practice: Practice, parsed: argparse.Namespace, last: Finished) -> list[str]:
    """Return how to go on with hosts that are kept, and how to end them."""
    host = practice.spec.nodes[0]
    login = f"ssh -i {practice.folder.key} -p {host.ssh.port} root@{host.address}"
    texts = [
        _("Enter a host: {command}").format(command=f"{login} systemctl status etcd"),
        _("Go on with it: etcd-tui status {file} --state-dir {folder}").format(
            file=practice.answers_file, folder=practice.state_root
        ),
        _("Stop and remove it: etcd-tui demo --stop{where}").format(where=where(parsed)),
    ]
    if last.exit == Exit.DONE:
        programs = practice.folder.disk(host.name) / practice.spec.paths.binaries.lstrip("/")
        text = _("The cluster goes on. Use it: set -a; . {file}; {etcdctl} member list")
        file = practice.state.client_environment
        texts.insert(0, text.format(file=file, etcdctl=programs / "etcdctl"))
    return texts
