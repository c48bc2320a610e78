"""Guard: the hosts' own part of a drill, which outlives the tool and the network.

Every host is held by a transient unit of systemd while the drill lasts: another drill, an install
that would restart a member, and `check` all see it. On the host whose member is stopped the unit
itself stops etcd, and its end starts it again, whether that comes by our order or by its time.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from etcd_tui.apply.bench import Bench, StepError, failed
from etcd_tui.errors import ApplyError, HostFailure, HostsError, RefusedError
from etcd_tui.i18n import _
from etcd_tui.remote.transport import Result

_ANOTHER_DRILL = 73
_REFUSALS = frozenset({65, 66, 69, _ANOTHER_DRILL})


@dataclass(slots=True)
class Guard:
    """Holds hosts for one drill. `seconds`: after which a host ends its part by itself."""

    bench: Bench
    seconds: int
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    _held: set[str] = field(default_factory=set)

    async def hold(self, hosts: Iterable[str]) -> None:
        """Hold `hosts`, all at once; RefusedError or HostsError if one cannot be held."""
        answers = await asyncio.gather(
            *(self._begin(host, "hold") for host in hosts), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def stop(self, host: str, *, kill: bool) -> None:
        """Stop (or `kill`) etcd on `host`, once its systemd is set to start it again.

        RefusedError or HostsError if nothing was stopped; ApplyError if that is not known, or if
        etcd did not stop: then `start` is called for.
        """
        await self._begin(host, "kill" if kill else "stop")

    async def _begin(self, host: str, what: str) -> None:
        self._held.add(host)
        try:
            result = await self.bench.run(host, "drill_begin", self.id, str(self.seconds), what)
        except StepError as error:
            if what != "hold":
                raise ApplyError(
                    error.what, host=host, step=_("stop etcd"), cause=error.cause
                ) from error
            failure = HostFailure(host, "lost", error.what, error.cause, error.remedy)
            raise HostsError(
                _("{host} was lost; nothing was stopped.").format(host=host), [failure]
            ) from error
        if not result.ok:
            raise self._refusal(host, what, result)

    def _refusal(self, host: str, what: str, result: Result) -> RefusedError | ApplyError:
        if result.exit_status == _ANOTHER_DRILL:
            self._held.discard(host)
            return RefusedError(
                _("Another drill is under way on {host}; nothing was stopped.").format(host=host),
                remedy=_("It ends by itself within minutes. Then run this again."),
            )
        error = failed(result, _("etcd on {host} could not be stopped.").format(host=host))
        if what != "hold" and result.exit_status not in _REFUSALS:
            return ApplyError(
                error.what,
                host=host,
                step=_("stop etcd"),
                cause=error.cause,
                remedy=error.remedy,
            )
        refused = RefusedError(
            _("{host} is not fit for a drill; nothing was stopped.").format(host=host),
            remedy=_("Run etcd-tui install, which puts it right, then run this again."),
        )
        refused.host, refused.cause = host, error.cause
        return refused

    async def start(self, host: str) -> None:
        """Have etcd on `host` started again, at once; StepError if the host cannot be told so."""
        await self._end(host, "stop")

    async def release(self) -> None:
        """Let all hosts go that are held. One that cannot be told lets itself go in time."""
        await asyncio.gather(
            *(self._end(host, "hold") for host in sorted(self._held)), return_exceptions=True
        )

    async def _end(self, host: str, what: str) -> None:
        result = await self.bench.run(host, "drill_end", self.id, what)
        if not result.ok:
            raise failed(result, _("etcd on {host} could not be started.").format(host=host))
        self._held.discard(host)
