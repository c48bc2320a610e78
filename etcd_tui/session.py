"""One run of a verb on hosts, for any front end: lock, run folder, stream, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from etcd_tui.apply.events import Finished, Note, ProblemFound, Reader, Started, Stream
from etcd_tui.apply.run_folder import RunFolder
from etcd_tui.ending import finish
from etcd_tui.engine import Engine
from etcd_tui.errors import EtcdTuiError, Exit, Interrupted
from etcd_tui.holder import Holder
from etcd_tui.i18n import _
from etcd_tui.outcome import Outcome
from etcd_tui.redact import redact
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.state_folder import StateFolder
from etcd_tui.wording import lines

CHANGING = frozenset({"install", "uninstall"})
"""Verbs that hold the cluster's lock on this machine."""
KEPT = frozenset({"install", "uninstall", "verify", "diagnose"})
"""Verbs whose runs are kept in a run folder."""
_LONG_TOKEN = 12
"""Characters; those that are chosen at random have 17 and more."""

Work = Callable[[Engine], Awaitable[Outcome]]

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@dataclass(slots=True)
class Session:
    """One run. `readers` see every event after it was kept; `stop` set: begin nothing new.

    `alone`: it holds the cluster's lock on this machine, whatever its verb. `take_over`: IDs of
    other runs whose hosts it takes.
    """

    verb: str
    spec: ClusterSpec
    state: StateFolder
    secrets: Secrets
    readers: tuple[Reader, ...]
    warnings: tuple[Problem, ...] = ()
    new_keys: NewKeys = field(default_factory=NewKeys.none)
    began: float = field(default_factory=time.monotonic)
    kept: bool = field(init=False, default=True)
    """Whether all that happened could be written to `folder`."""
    alone: bool = False
    take_over: frozenset[str] = frozenset()
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    stream: Stream = field(init=False)
    folder: Path | None = field(init=False, default=None)
    _token: tuple[Secret, ...] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.stream = Stream(*self.readers, clean=self.clean)

    def clean(self, text: str) -> str:
        """Return `text` without any secret that this run knows."""
        if self._token is None:
            self._token = self._look_for_token()
        return redact(text, (*self.secrets.known, *(self._token or ())))

    def _look_for_token(self) -> tuple[Secret, ...] | None:
        """Return the cluster's token, or nothing if it is a word as common as a name is.

        None as long as there is none. `redact` knows where etcd says it, whatever it is.
        """
        token = self.spec.cluster.token
        with contextlib.suppress(OSError, UnicodeDecodeError):
            token = self.state.read_token() or token
        if not token:
            return None
        names = (self.spec.cluster.name, *(node.name for node in self.spec.nodes))
        plain = len(token) < _LONG_TOKEN or any(token in name for name in names)
        return () if plain else (Secret(token),)

    async def run(self, work: Work) -> Finished:
        """Do `work` with an engine; tell and return how it ended. Raises nothing but cancellation.

        A cancelled run has told its end, too, before CancelledError goes on.
        """
        with contextlib.ExitStack() as stack:
            try:
                holder = self._open(stack)
                engine = Engine(
                    self.spec,
                    self.state,
                    self.secrets,
                    self.stream,
                    self.new_keys,
                    self.stop,
                    holder,
                    self.take_over,
                )
                async with engine:
                    outcome = await work(engine)
            except Interrupted:
                return self._interrupted()
            except asyncio.CancelledError:
                self._interrupted()
                raise
            except EtcdTuiError as error:
                return self._failed(error, self._report)
            except OSError as error:
                # Hosts' troubles arrive as results: this is the disk of this machine.
                if error.errno not in _DISK:
                    return self._defect(error)
                return self._failed(self.state.unusable(error))
            except Exception as error:  # the one place where a defect becomes exit 1
                return self._defect(error)
            last = Finished(
                exit=int(outcome.exit),
                verb=self.verb,
                cluster=self.spec.cluster.name,
                seconds=round(time.monotonic() - self.began, 3),
                changed=outcome.changed,
                report=self._report,
            )
            self.stream.emit(last)
            return last

    def _open(self, stack: contextlib.ExitStack) -> Holder | None:
        """Begin the run; return it as the holder of the state folder, if it holds that."""
        holder = None
        if self.verb in KEPT:
            self.state.prepare()
            name = self.state.name_run(self.verb)
            if self.alone or self.verb in CHANGING:
                holder = stack.enter_context(self.state.locked(name, self.verb))
                self.state.settle()
            self.folder = self.state.new_run(name)
            keeper = RunFolder(self.folder, self.spec, self.clean, lines, self._lost)
            stack.callback(keeper.close)
            # Before the readers: a person is pointed to files that are there.
            self.stream.add(keeper)
        names = tuple(node.name for node in self.spec.nodes)
        run = self.folder.name if self.folder else ""
        self.stream.emit(
            Started(self.verb, self.spec.cluster.name, names, run, self.spec.cluster.etcd)
        )
        for problem in self.warnings:
            self.stream.emit(ProblemFound(problem))
        return holder

    @property
    def _report(self) -> str:
        return str(self.folder / "report.json") if self.folder and self.kept else ""

    def _lost(self, error: OSError) -> None:
        self.kept = False
        text = _("The record of this run ends here: {path}: {reason}.")
        self.stream.emit(
            Note(text.format(path=self.folder, reason=error.strerror or error), level="warning")
        )

    def _failed(self, error: EtcdTuiError, report: str = "") -> Finished:
        name = self.spec.cluster.name
        return finish(self.stream, self.verb, error, self.began, cluster=name, report=report)

    def _interrupted(self) -> Finished:
        error = EtcdTuiError(
            _("Stopped as asked; every step that had begun has ended."),
            remedy=_("Run it again to go on from there."),
        )
        error.exit = Exit.INTERRUPTED
        return self._failed(error)

    def _defect(self, error: Exception) -> Finished:
        trace = self.clean("".join(traceback.format_exception(error)))
        where = _keep_traceback(self.folder or self.state.path, trace)
        problem = EtcdTuiError(
            _("This is a defect of etcd-tui: {kind}: {text}").format(
                kind=type(error).__name__, text=self.clean(str(error))
            ),
            cause=_("the traceback is in {path}").format(path=where) if where else "",
            remedy=_("Please report it. Running again is safe: it looks first and goes on."),
        )
        return self._failed(problem)


def _keep_traceback(folder: Path, trace: str) -> str:
    """Write the traceback; return where it is, or nothing where it could not be kept."""
    path = folder / "traceback.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(trace)
    except OSError:
        return ""
    return str(path)
