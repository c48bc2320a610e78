"""HostLocks: every host held by one run, from before its first change until its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from etcd_tui.apply.bench import Bench, StepError, failed
from etcd_tui.apply.events import Checked, Note
from etcd_tui.errors import HostFailure, HostsError, RefusedError
from etcd_tui.holder import Holder
from etcd_tui.i18n import _
from etcd_tui.observe.facts import STATE_FOLDER, HostFacts, HostLock
from etcd_tui.observe.parse import parse_lock
from etcd_tui.plan.scripts import CHANGED, HELD, TAKE_HOST, script_text
from etcd_tui.preflight.locks import lock_check, remedy, told
from etcd_tui.remote import sanitise
from etcd_tui.remote.transport import Result

_PATIENCE = 90.0
_RELEASE = 5.0
_TRIES = 2

Judge = Callable[[HostLock], HostLock]
"""Gives a lock its standing."""


@dataclass(slots=True)
class HostLocks:
    """The hosts' locks of one run, whose line is `bench.holder`.

    A lock that is another run's is replaced only where `judge` says that this run has ended or was
    given up, and this is told.
    """

    bench: Bench
    judge: Judge
    _held: set[str] = field(default_factory=set)

    async def take(self, seen: Mapping[str, HostFacts | None]) -> None:
        """Take all hosts in `seen` at once, or none of them.

        `seen` has what was observed of each host, None where it does not matter. RefusedError if
        another run holds a host, or has held one since it was observed; HostsError if one is lost.
        """
        answers = await asyncio.gather(
            *(self._take(host, facts) for host, facts in seen.items()), return_exceptions=True
        )
        troubles = [answer for answer in answers if isinstance(answer, BaseException)]
        others = {h: a for h, a in zip(seen, answers, strict=True) if isinstance(a, HostLock)}
        theirs = {host: lock for host, lock in others.items() if lock.standing == "other"}
        if troubles or theirs:
            # Of two runs that have some hosts each, both let go: neither waits for the other.
            await self.release()
        if theirs:
            raise self._refused(theirs)
        if troubles:
            raise troubles[0]
        if others:
            self._tell(others)

    async def _take(self, host: str, facts: HostFacts | None) -> HostLock | None:
        """Take one host; return whose lock was there, with its standing."""
        turn = "-" if facts is None else facts.turn
        there = self.judge(facts.lock) if facts is not None and facts.lock else None
        for _attempt in range(_TRIES):
            was = there.line if there and there.standing != "other" else ""
            self._held.add(host)
            result = await self._run(host, was, turn)
            if result.ok:
                return there if was else None
            self._held.discard(host)
            if result.exit_status != HELD:
                raise _failure(host, result)
            there = self.judge(parse_lock(sanitise.text(result.stdout, limit=1000).strip()))
            if there.standing == "other":
                break
        return replace(there, standing="other") if there else None

    async def _run(self, host: str, was: str, turn: str) -> Result:
        try:
            return await self.bench.run(host, TAKE_HOST, was, turn, timeout=_PATIENCE)
        except StepError as error:
            failure = HostFailure(host, "lost", error.what, error.cause, error.remedy)
            raise HostsError(
                _("{host} was lost; nothing was changed.").format(host=host), [failure]
            ) from error

    def _refused(self, theirs: Mapping[str, HostLock]) -> RefusedError:
        for host, lock in theirs.items():
            self.bench.stream.emit(Checked(lock_check(host, lock)))
        holders = [Holder.parse(lock.line) for lock in theirs.values()]
        refused = RefusedError(
            _("Another run is at work on {hosts}: {holder}. Nothing was changed.").format(
                hosts=", ".join(theirs), holder=told(holders[0])
            ),
            remedy=remedy(holders),
        )
        refused.host = next(iter(theirs))
        return refused

    def _tell(self, replaced: Mapping[str, HostLock]) -> None:
        by_line: dict[str, list[str]] = {}
        for host, lock in replaced.items():
            by_line.setdefault(lock.line, []).append(host)
        for line, hosts in by_line.items():
            given = replaced[hosts[0]].standing == "given"
            text = (
                _("{hosts}: taken over, as you asked, from {holder}.")
                if given
                else _("{hosts}: taken over from your own run, which has ended: {holder}.")
            )
            words = text.format(hosts=", ".join(hosts), holder=told(Holder.parse(line)))
            self.bench.stream.emit(Note(words, level="warning"))

    async def release(self) -> None:
        """Let all hosts go; one that cannot be told is named. Raises nothing."""
        hosts = sorted(self._held)
        self._held.clear()
        results = await asyncio.gather(*(self._release(host) for host in hosts))
        left = [host for host, gone in zip(hosts, results, strict=True) if not gone]
        if left:
            text = _(
                "{hosts} could not be let go; the next run with this state folder does it, another "
                "one needs --take-over {run}."
            )
            run = Holder.parse(self.bench.holder).run
            self.bench.stream.emit(
                Note(text.format(hosts=", ".join(left), run=run), level="warning")
            )

    async def _release(self, host: str) -> bool:
        result = await self.bench.transports[host].run(
            script_text("release_host"),
            STATE_FOLDER,
            self.bench.holder,
            STATE_FOLDER,
            timeout=_RELEASE,
        )
        return result.ok


def _failure(host: str, result: Result) -> RefusedError:
    if result.exit_status == CHANGED:
        refused = RefusedError(
            _("Another run has changed {host} since it was looked at; this one changed nothing.")
            .format(host=host),
            remedy=_("Run this again: it looks at the hosts anew."),
        )  # fmt: skip
    else:
        what = _("{host} could not be held for this run; nothing was changed.").format(host=host)
        refused = RefusedError(what, remedy=_("Mend the cause, then run this again."))
        refused.cause = failed(result, what).cause
    refused.host = host
    return refused


def hosts_seen(hosts: Iterable[HostFacts]) -> dict[str, HostFacts | None]:
    """Return facts by the names of their hosts, as `HostLocks.take` wants them."""
    return {facts.name: facts for facts in hosts}
