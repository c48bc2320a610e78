"""Bench: what the steps of a run share, and how a script is run with its outcome known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from etcd_tui.apply.events import HostProgress, Stream
from etcd_tui.apply.host_lines import HostLines
from etcd_tui.apply.journals import Journals
from etcd_tui.diagnose.diagnosis import Diagnosis
from etcd_tui.errors import HostsError
from etcd_tui.fetch.archive import Archive
from etcd_tui.holder import Holder
from etcd_tui.i18n import _
from etcd_tui.observe.facts import STATE_FOLDER
from etcd_tui.observe.parse import parse_lock
from etcd_tui.plan.script_words import script_words
from etcd_tui.plan.scripts import HELD, TAKE_HOST, script_text
from etcd_tui.preflight.locks import told
from etcd_tui.remote import sanitise
from etcd_tui.remote.shell import quote
from etcd_tui.remote.transport import Result, Transport
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.examine import examine_ways

_ATTEMPTS = 3
_PAUSES = (0.5, 2.0)
_AWAY_SECONDS = 10.0
"""For how long a host that is away is tried again: it may be rebooting, or its sshd restarting."""
_AWAY_PAUSE = 1.0
_AWAY = frozenset({"refused", "unreachable", "timeout", "lost"})


class StepError(Exception):
    """A step did not have its effect. `unknown`: the host could not be asked any more."""

    def __init__(
        self, what: str, cause: str = "", remedy: str = "", *, unknown: bool = False
    ) -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.remedy = remedy
        self.unknown = unknown


class GivenUp(StepError):
    """A step that only watched was left, because the run was asked to stop; nothing failed."""


@dataclass(slots=True)
class Bench:
    """Shared by all workers of one run. `stop` set: begin nothing new."""

    spec: ClusterSpec
    state: StateFolder
    transports: dict[str, Transport]
    reconnect: Callable[[str], Awaitable[Transport]]
    stream: Stream
    lines: HostLines
    journals: Journals
    archives: Mapping[str, Archive] = field(default_factory=dict)
    ca_passphrase: Secret | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    holder: str = ""
    """The line of the run that holds the hosts (see `Holder`): its scripts run on no host that
    another one has taken over. Empty: nobody is asked."""
    _ways: asyncio.Task[tuple[Diagnosis, ...]] | None = None

    async def ways(self) -> tuple[Diagnosis, ...]:
        """Return who cannot reach whom; looked at once, for all members that wait for others."""
        if self._ways is None:
            self._ways = asyncio.create_task(examine_ways(self.spec, self.transports))
        return await asyncio.shield(self._ways)

    async def run(
        self,
        host: str,
        script: str,
        *args: str,
        stdin: bytes | Path = b"",
        timeout: float = 60.0,
        progress: Callable[[int], None] | None = None,
    ) -> Result:
        """Run one of `plan/scripts` until its outcome is known.

        Every script looks before it acts, so after a lost connection running it once more is how
        the host is asked what came of the first time. StepError if the host stays away, or if
        another run has taken it over meanwhile.
        """
        text = f"holder={quote(self.holder)}\n{script_text(script)}"
        for attempt in range(_ATTEMPTS):
            result = await self.transports[host].run(
                text, STATE_FOLDER, *args, stdin=stdin, timeout=timeout, progress=progress
            )
            if result.exit_status is not None:
                self._tell_errors(host, script, result.stderr)
                if result.exit_status == HELD and script != TAKE_HOST:
                    raise _taken_over(host, result)
                return result
            if attempt + 1 < _ATTEMPTS:
                await self._reconnect(host, _PAUSES[attempt])
        raise StepError(
            _("The connection to {host} was lost again and again.").format(host=host),
            _("what the last step did is unknown"),
            _("Check the network, then run this again: it looks first and goes on from there."),
            unknown=True,
        )

    def _tell_errors(self, host: str, script: str, stderr: bytes) -> None:
        for line in stderr.splitlines():
            if not self.lines.add(host, line, script):
                return

    async def _reconnect(self, host: str, pause: float) -> None:
        self.stream.emit(HostProgress(host, "reconnecting"))
        await self.transports[host].close()
        await asyncio.sleep(pause)
        until = time.monotonic() + _AWAY_SECONDS
        while True:
            try:
                self.transports[host] = await self.reconnect(host)
                break
            except HostsError as error:
                failure = error.failures[0]
                late = time.monotonic() >= until
                if late or failure.kind not in _AWAY or self.stop.is_set():
                    raise _gone(host, failure.what) from error
                await asyncio.sleep(_AWAY_PAUSE)
        self.stream.emit(HostProgress(host, "connected"))


def _gone(host: str, cause: str) -> StepError:
    return StepError(
        _("The connection to {host} was lost and could not be made again.").format(host=host),
        cause,
        _("When it can be reached again, run this again: it looks first and goes on."),
        unknown=True,
    )


def _taken_over(host: str, result: Result) -> StepError:
    said = parse_lock(sanitise.text(result.stdout, limit=1000).strip())
    return StepError(
        _("{host} was taken over by another run.").format(host=host),
        told(Holder.parse(said.line)),
        _("Agree with its owner. When it has ended, run this again: it looks first and goes on."),
    )


def failed(result: Result, what: str, remedy: str = "") -> StepError:
    """Return the error for a script that ended with a known failure, its last words as cause.

    `remedy`: where the words bring none of their own.
    """
    words = (
        sanitise.text(result.stderr, limit=4000).strip()
        or sanitise.text(result.stdout, limit=4000).strip()
    )
    said = script_words(words)
    if said is not None:
        return StepError(what, said.cause, said.remedy or remedy)
    cause = words or _("it ended with status {status}").format(status=result.exit_status)
    return StepError(what, cause, remedy)
