"""Stop one member on purpose, measure what the others make of it, and bring it back."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass

from etcd_tui.apply.bench import Bench, StepError
from etcd_tui.apply.events import Drilled, DrillStep, Note
from etcd_tui.drill import figures
from etcd_tui.drill.guard import Guard
from etcd_tui.drill.measuring import Measuring
from etcd_tui.drill.pulse import PAUSE
from etcd_tui.errors import ApplyError, Interrupted, NotProvenError, RefusedError
from etcd_tui.i18n import _
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.releases import release
from etcd_tui.verify.cluster import Member, read_member
from etcd_tui.verify.drill import Drill, Target
from etcd_tui.verify.health import wait_healthy
from etcd_tui.verify.member_api import MemberApi, MemberError, Route, client_context
from etcd_tui.verify.routes import client_routes

_PREFIX = "etcd-tui/drill/"
_HEALTHY = 3.0
_ELECTIONS = 3
_SPARE = 4.0
_HOST_LATER = 8.0
_LEASE = 300


def refuse(spec: ClusterSpec, target: Target) -> None:
    """RefusedError if no member can be spared, or if this release must not be killed."""
    if target == "crash" and release(spec.cluster.etcd).unsafe:
        raise RefusedError(
            _("etcd {version} can damage its data when it is killed; there is no drill.").format(
                version=spec.cluster.etcd
            ),
            remedy=_("Use --drill leader, which stops it in good order, and upgrade."),
        )
    count = len(spec.nodes)
    if count - 1 > count // 2:
        return
    if count == 1:
        what = _("A cluster of one member stands still while it is stopped; there is no drill.")
    else:
        what = _("Of {n} members none can be spared; there is no drill.").format(n=count)
    raise RefusedError(what, remedy=_("High availability begins with three members."))


async def run_drill(bench: Bench, target: Target) -> Drill:
    """Carry out one drill, tell it as events, and return it. The member is back at the end.

    RefusedError if not every member is healthy, or another drill is under way: nothing was
    stopped. Interrupted once `bench.stop` was set and the member is back. NotProvenError if it
    does not come back, if writes did not go on without it, or if an acknowledged one was lost.
    Cancelled, it leaves at once, and the host starts the member by itself.
    """
    refuse(bench.spec, target)
    drilling = _Drilling(bench, target, await _look(bench, target))
    drill = await drilling.run()
    bench.stream.emit(Drilled(drill))
    if drilling.trouble is not None:
        raise drilling.trouble
    _judge(drill)
    return drill


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who plays what: the member to stop, the leader, and how each of all is reached."""

    stopped: Member
    leader: Member
    members: dict[str, str]
    """Member IDs to names."""
    routes: dict[str, Route]
    """The way to each member, by name."""

    @property
    def name(self) -> str:
        return self.stopped.node.name

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(name for name in self.routes if name != self.name)


async def _look(bench: Bench, target: Target) -> _Cast:
    """Choose the member to stop; RefusedError unless all are healthy."""
    spec = bench.spec
    bench.stream.emit(DrillStep("check", "", _("Check that every member is healthy")))
    sick = await wait_healthy(spec, bench.state, bench.transports, _HEALTHY)
    if sick:
        raise _sick(sick)
    context = client_context(bench.state.client)
    found = await client_routes(spec, bench.transports, context)
    routes = {name: route for name, route in found.items() if route}
    if len(routes) < len(spec.nodes):
        raise _sick(tuple(name for name in found if name not in routes))
    apis = {name: MemberApi(name, route, context) for name, route in routes.items()}
    try:
        members = await asyncio.gather(*(read_member(apis[n.name], n) for n in spec.nodes))
    except MemberError as error:
        raise RefusedError(
            _("Not every member answers; nothing was stopped: {error}").format(error=error)
        ) from error
    finally:
        for api in apis.values():
            api.close()
    leader = next((m for m in members if m.id == m.leader), None)
    follower = next((m for m in members if m.id != m.leader), None)
    stopped = follower if target == "follower" else leader
    if leader is None or stopped is None:
        raise RefusedError(_("The members do not agree on a leader; nothing was stopped."))
    return _Cast(stopped, leader, {m.id: m.node.name for m in members}, routes)


def _sick(names: tuple[str, ...]) -> RefusedError:
    refused = RefusedError(
        _("Not every member is healthy: {members}. Nothing was stopped.").format(
            members=", ".join(names)
        ),
        remedy=_("Bring them up first (etcd-tui status shows them), then run this again."),
    )
    refused.cause = _("with one member down, stopping another could cost the quorum")
    return refused


class _Drilling:
    """One drill, step by step."""

    def __init__(self, bench: Bench, target: Target, cast: _Cast) -> None:
        self._bench = bench
        self._target = target
        self._cast = cast
        self._tls = client_context(bench.state.client)
        self._limit = _SPARE + _ELECTIONS * bench.spec.tuning.election_timeout / 1000
        self._guard = Guard(bench, math.ceil(self._limit + _HOST_LATER))
        self._stopped = False
        self.trouble: ApplyError | NotProvenError | None = None
        """What went wrong with the member itself, although the drill went on to its end."""

    async def run(self) -> Drill:
        """Hold, write, stop, measure, start, wait, read back, let go."""
        try:
            return await self._on_held_hosts()
        except asyncio.CancelledError:
            self._tell_the_way_back()
            raise
        finally:
            if not _leaving():
                self._tell("release", "", _("Let the hosts go"))
                await self._guard.release()

    async def _on_held_hosts(self) -> Drill:
        spec, others = self._bench.spec, self._cast.others
        self._tell("hold", "", _("Hold the hosts, so that no other run stops a member meanwhile"))
        await self._guard.hold(others)
        keeper = self._open(others[0])
        seconds = _LEASE + math.ceil(self._limit) + spec.cluster.start_timeout
        try:
            lease = await asyncio.to_thread(keeper.grant_lease, seconds)
        except MemberError as error:
            raise RefusedError(
                _("Keys for the drill cannot be written: {error}").format(error=error),
                remedy=_("See what is wrong with: etcd-tui verify"),
            ) from error
        prefix = f"{_PREFIX}{self._guard.id}/"
        try:
            with Measuring(self._open, self._cast.name, others, prefix, lease) as measuring:
                return await self._measured(measuring)
        finally:
            if not _leaving():
                await self._delete_keys(keeper, lease)

    async def _delete_keys(self, keeper: MemberApi, lease: str) -> None:
        try:
            await asyncio.to_thread(keeper.revoke_lease, lease)
        except MemberError as error:
            text = _("The drill's keys could not be deleted now; they go with their lease: {error}")
            self._bench.stream.emit(Note(text.format(error=error), level="warning"))
        finally:
            keeper.close()

    def _open(self, name: str) -> MemberApi:
        return MemberApi(name, self._cast.routes[name], self._tls)

    async def _measured(self, measuring: Measuring) -> Drill:
        """Everything between the first write and the last."""
        bench, cast = self._bench, self._cast
        names = ", ".join(cast.others)
        self._tell("write", "", _("Write through {members} all the time").format(members=names))
        await measuring.warm_up(bench.stop)
        if bench.stop.is_set():
            raise Interrupted
        role = _("the leader") if cast.stopped is cast.leader else _("a follower")
        text = (
            _("Kill etcd on {host}, {role}; after {n} s the host would start it by itself")
            if self._target == "crash"
            else _("Stop etcd on {host}, {role}; after {n} s the host would start it by itself")
        )
        self._tell("stop", cast.name, text.format(host=cast.name, role=role, n=self._guard.seconds))
        ordered = time.monotonic()
        self._stopped = True
        try:
            await self._guard.stop(cast.name, kill=self._target == "crash")
            self._tell("measure", "", _("Measure until writes go on calmly through all others"))
            await measuring.until_calm(cast.stopped.id, self._limit, bench.stop)
        except RefusedError:
            self._stopped = False
            raise
        except ApplyError as error:
            self.trouble = error
        started = await self._bring_back()
        await measuring.end()
        if bench.stop.is_set():
            raise self.trouble or Interrupted
        return await self._figures(measuring, ordered, started)

    async def _bring_back(self) -> float:
        """Start the member, wait until all are healthy; return when the start was ordered."""
        bench, name = self._bench, self._cast.name
        self._tell("start", name, _("Start etcd on {host} again").format(host=name))
        started = time.monotonic()
        try:
            await self._guard.start(name)
        except StepError as error:
            self._tell_the_way_back(error.what)
        patience = bench.spec.cluster.start_timeout + self._guard.seconds
        self._tell("back", "", _("Wait until every member is healthy again"))
        sick = await wait_healthy(bench.spec, bench.state, bench.transports, patience)
        if sick:
            self.trouble = NotProvenError(
                _("After the drill not every member is healthy: {members}.").format(
                    members=", ".join(sick)
                ),
                host=name,
                step=_("drill"),
                remedy=_("Run etcd-tui install: it starts what is down and names the cause."),
            )
        self._stopped = False
        return started

    async def _figures(self, measuring: Measuring, ordered: float, started: float) -> Drill:
        cast = self._cast
        sights = {name: watcher.sights for name, watcher in measuring.watchers.items()}
        silent = figures.went_silent(sights[cast.name], ordered)
        new = figures.elected((sights[n] for n in cast.others), cast.leader.id, ordered)
        back = figures.came_back(sights[cast.name], started)
        kept = "" if cast.stopped is cast.leader else cast.leader.node.name
        return Drill(
            target=self._target,
            member=cast.name,
            leader_before=cast.leader.node.name,
            leader_after=cast.members.get(new[0], new[0]) if new else kept,
            election_ms=figures.milliseconds(max(0.0, new[1] - silent)) if new else None,
            gaps=measuring.gaps(ordered),
            lost=await measuring.lost(),
            came_back_ms=None if back is None else figures.milliseconds(back - started),
            poll_ms=figures.milliseconds(PAUSE),
        )

    def _tell(self, step: str, host: str, text: str) -> None:
        self._bench.stream.emit(DrillStep(step, host, text))

    def _tell_the_way_back(self, why: str = "") -> None:
        if self._stopped:
            text = _("The host starts etcd by itself, {n} s after it was stopped at the latest.")
            words = f"{why} {text.format(n=self._guard.seconds)}".strip()
            self._bench.stream.emit(Note(words, self._cast.name, "warning"))


def _leaving() -> bool:
    """Whether this task was cancelled: then nothing is begun any more, not even to clean up."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _judge(drill: Drill) -> None:
    """NotProvenError if the cluster did not go on, or lost something."""
    if drill.held:
        return
    if drill.lost:
        what = _("Acknowledged writes were lost: {n}.").format(n=drill.lost)
    elif drill.lost is None:
        what = _("What was written could not be read back.")
    elif not drill.leader_after:
        what = _("No new leader was elected while {member} was stopped.").format(
            member=drill.member
        )
    elif stuck := [gap.member for gap in drill.gaps if not gap.recovered]:
        what = _("Writes through {members} did not go on without {member}.").format(
            members=", ".join(stuck), member=drill.member
        )
    else:
        what = _("{member} did not answer after its start.").format(member=drill.member)
    raise NotProvenError(
        what,
        host=drill.member,
        step=_("drill"),
        remedy=_("Look at the members' journals: journalctl -u etcd -e"),
    )
