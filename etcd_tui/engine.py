"""The engine: connect, observe, preflight, plan, apply, verify, in this order, telling one stream.

A verb is a short list of these steps. The engine knows no screen: whoever wants to see, reads the
stream. Each step imports what it alone needs: most of that is loaded while hosts are entered.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from etcd_tui.apply.events import (
    Checked,
    Diagnosed,
    HostFailed,
    HostProgress,
    Note,
    Planned,
    PlannedAction,
    PlannedStage,
    Proved,
    Stream,
)
from etcd_tui.apply.host_lines import HostLines
from etcd_tui.errors import HostsError, Interrupted, NotProvenError, RefusedError
from etcd_tui.holder import Holder
from etcd_tui.i18n import _
from etcd_tui.remote.connect import connect, connect_all, connect_each
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.transport import Transport
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import StateFolder

if TYPE_CHECKING:
    from etcd_tui.apply.bench import Bench
    from etcd_tui.apply.journals import Journals
    from etcd_tui.diagnose.diagnosis import Diagnosis
    from etcd_tui.fetch.archive import Archive
    from etcd_tui.observe.facts import HostFacts, HostLock
    from etcd_tui.observe.passage import Passage
    from etcd_tui.observe.situation import Situation
    from etcd_tui.plan.model import Plan
    from etcd_tui.preflight.check import Check
    from etcd_tui.verify.drill import Drill, Target
    from etcd_tui.verify.proof import Proof
    from etcd_tui.verify.routes import Ways

T = TypeVar("T")
_THREADS = 32


@dataclass(slots=True)
class Engine:
    """One run over one cluster. Use as: `async with Engine(...) as engine`.

    `holder`: this run, if it holds the state folder; else it may hold no host. `take_over`: IDs of
    runs whose hosts it takes, because the operator said so.
    """

    spec: ClusterSpec
    state: StateFolder
    secrets: Secrets
    stream: Stream
    new_keys: NewKeys = field(default_factory=NewKeys.none)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    holder: Holder | None = None
    take_over: frozenset[str] = frozenset()
    transports: dict[str, Transport] = field(default_factory=dict)
    lines: HostLines = field(init=False)
    journals: Journals | None = field(init=False, default=None)
    _ways: asyncio.Task[Ways | None] | None = field(init=False, default=None)
    """To members that are there, if they were looked for while the hosts were entered."""

    def __post_init__(self) -> None:
        self.lines = HostLines(self.stream)

    async def __aenter__(self) -> Engine:
        # Threads that wait for members: asyncio's own limit is a few more than the processors.
        pool = ThreadPoolExecutor(_THREADS, "etcd-tui")
        asyncio.get_running_loop().set_default_executor(pool)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        try:
            if self.journals:
                await self.journals.close()
            await self.lines.close()
            await self._close_ways()
        finally:
            await asyncio.gather(*(transport.close() for transport in self.transports.values()))

    def check_stop(self) -> None:
        """Raise Interrupted if the run was asked to stop."""
        if self.stop.is_set():
            raise Interrupted

    async def connect(self, *, later: Sequence[str] = (), proving: bool = False) -> None:
        """Enter every host; HostsError names all that could not be entered.

        `later`: the modules that the next steps import, to be loaded while hosts answer. Where they
        will be `proving` a cluster that this machine knows, the ways to its members are looked for,
        too; `later` holds what that needs.
        """
        loaded = _load_beside(later)
        entering = asyncio.ensure_future(
            connect_all(
                self.spec.nodes,
                self.secrets,
                new_keys=self.new_keys,
                on_event=lambda host, what: self.stream.emit(HostProgress(host, what)),
            )
        )
        if proving:
            self._ways = asyncio.create_task(self._look_for_ways(loaded, entering))
        try:
            self.transports.update(await self._unless_stopped(entering))
        except HostsError as error:
            self._tell_failures(error)
            raise self._left_out(len(error.failures), error) from error

    async def _look_for_ways(
        self, loaded: Awaitable[None], entering: Awaitable[Mapping[str, Transport]]
    ) -> Ways | None:
        if not (self.state.client / "client.crt").is_file():
            return None
        await asyncio.shield(loaded)
        from etcd_tui.verify.member_api import client_context
        from etcd_tui.verify.routes import Ways

        try:
            context = client_context(self.state.client)
        except OSError:
            return None  # told where it is needed
        return Ways(self.spec, context, entering)

    async def _close_ways(self) -> None:
        looking, self._ways = self._ways, None
        if looking is not None:
            looking.cancel()
            ways = (await asyncio.gather(looking, return_exceptions=True))[0]
            if not isinstance(ways, BaseException | None):
                await ways.close()

    def _left_out(self, count: int, error: HostsError) -> HostsError:
        what = _("{n} of {all} hosts could not be entered; nothing was changed.")
        return HostsError(
            what.format(n=count, all=len(self.spec.nodes)),
            error.failures,
            remedy=_("Mend what is named above, then run this again."),
        )

    async def connect_some(self, only: str = "", *, later: Sequence[str] = ()) -> HostsError | None:
        """Enter the hosts that let us in, or `only` one; return who did not, or None.

        `later`: as `connect` has it.
        """
        nodes = [node for node in self.spec.nodes if only in ("", node.name)]
        _load_beside(later)
        entered, failures = await self._unless_stopped(
            connect_each(
                nodes,
                self.secrets,
                new_keys=self.new_keys,
                on_event=lambda host, what: self.stream.emit(HostProgress(host, what)),
            )
        )
        self.transports.update(entered)
        if not failures:
            return None
        error = HostsError("", failures)
        self._tell_failures(error)
        return self._left_out(len(failures), error)

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
                raise Interrupted
            return task.result()
        finally:
            stopping.cancel()

    def _tell_failures(self, error: HostsError) -> None:
        for failure in error.failures:
            self.stream.emit(
                HostFailed(
                    failure.host,
                    failure.kind,
                    failure.what,
                    failure.cause,
                    failure.remedy,
                    failure.fingerprint,
                    failure.key_type,
                    failure.address,
                )
            )

    async def observe(
        self,
        *,
        download: bool = False,
        measure: bool = False,
        earlier: Situation | None = None,
    ) -> Situation:
        """Look at the hosts and at this machine; fetch archives that are needed if `download`.

        `measure`: the members also try each other's ports, and the disks that are not in use yet.
        Hosts that were not entered are as they were in `earlier`, or left out.
        """
        from etcd_tui.observe.disk import measure_disks
        from etcd_tui.observe.observe import observe_archives, observe_hosts, observe_store
        from etcd_tui.observe.situation import Situation, joined

        passphrase = self._ca_passphrase()

        def told(host: str) -> None:
            self.stream.emit(HostProgress(host, "observed"))

        try:
            hosts, local = await self._unless_stopped(
                asyncio.gather(
                    observe_hosts(self.spec, self.transports, told),
                    asyncio.to_thread(observe_store, self.spec, self.state, passphrase),
                )
            )
            hosts = self._judged(hosts)
            known = joined(self.spec, earlier, hosts)
            fetching = asyncio.to_thread(observe_archives, self.spec, known, download=download)
            if not measure:
                return Situation(known, replace(local, archives=await fetching))
            archives, hosts, passages = await self._unless_stopped(
                asyncio.gather(
                    fetching,
                    measure_disks(self.spec, hosts, self.transports),
                    self._passages(hosts, earlier),
                )
            )
        except HostsError as error:
            self._tell_failures(error)
            raise
        known = joined(self.spec, earlier, hosts)
        return Situation(known, replace(local, archives=archives), passages)

    def _judged(self, hosts: tuple[HostFacts, ...]) -> tuple[HostFacts, ...]:
        """Give the locks on `hosts` their standing."""
        return tuple(replace(h, lock=self._judge(h.lock)) if h.lock else h for h in hosts)

    def _judge(self, lock: HostLock) -> HostLock:
        holder = Holder.parse(lock.line)
        if holder.run in self.take_over:
            return replace(lock, standing="given")
        ended = self.state.has_ended(holder, alone=self.holder is not None)
        return replace(lock, standing="ended" if ended else "other")

    async def _passages(
        self, hosts: tuple[HostFacts, ...], earlier: Situation | None
    ) -> tuple[Passage, ...]:
        """Both ends have to take part: where one is away, nothing is tried."""
        from etcd_tui.observe.peers import ask_peers

        if len(hosts) < len(self.spec.nodes):
            return earlier.passages if earlier else ()
        return await ask_peers(self.spec, hosts, self.transports)

    def _ca_passphrase(self) -> Secret | None:
        own = self.spec.certificates.ca
        if own is None or own.passphrase is None:
            return None
        return self.secrets.get(own.passphrase, _("passphrase of {key}").format(key=own.key))

    def preflight(self, situation: Situation) -> tuple[Check, ...]:
        """Tell every check; RefusedError if one failed."""
        from etcd_tui.preflight.preflight import preflight

        checks = preflight(self.spec, situation)
        for check in checks:
            self.stream.emit(Checked(check))
        bad = [check for check in checks if check.status == "fail"]
        if bad:
            raise RefusedError(
                _("{n} checks failed; nothing was changed.").format(n=len(bad)),
                bad,
                remedy=_("Mend what they name, then run this again."),
            )
        return checks

    def tell_plan(self, plan: Plan, *, actions: bool) -> None:
        """Tell the stages, with each action if `actions`, and how much there is to do."""
        for stage in plan.stages:
            counts = Counter(action.host for action in stage.actions)
            self.stream.emit(
                PlannedStage(
                    stage.key,
                    stage.title,
                    stage.mode,
                    stage.hosts,
                    tuple(counts[host] for host in stage.hosts),
                    stage.changes_start,
                )
            )
            for action in stage.actions if actions else ():
                self.stream.emit(
                    PlannedAction(
                        stage.key,
                        action.host,
                        action.key,
                        action.title,
                        action.reason,
                        action.preview,
                        action.commands,
                        action.bring,
                    )
                )
        total = sum(1 for _action in plan.actions())
        self.stream.emit(Planned(total, tuple(stage.key for stage in plan.stages)))

    @contextlib.asynccontextmanager
    async def hosts_held(
        self, hosts: tuple[HostFacts, ...] = (), *, needed: bool = True
    ) -> AsyncIterator[None]:
        """Hold all hosts within; errors as `HostLocks.take` raises them. `hosts`: as observed.

        Not `needed`: they are held only to clear away what a run left that has ended.
        """
        if not needed and not any(host.lock and host.lock.standing != "other" for host in hosts):
            yield
            return
        from etcd_tui.apply.host_locks import HostLocks, hosts_seen

        if self.holder is None:
            raise RuntimeError("a run that changes hosts holds the state folder first")
        locks = HostLocks(self._bench({}), self._judge)
        await locks.take(hosts_seen(hosts) or dict.fromkeys(self.transports))
        try:
            yield
        except asyncio.CancelledError:
            # Steps may still be running there, so this run is not over; the next one sees to it.
            raise
        except BaseException:
            await locks.release()
            raise
        else:
            await locks.release()

    async def apply(self, plan: Plan, situation: Situation) -> int:
        """Carry out `plan`; return the number of actions done."""
        from etcd_tui.apply.pool import apply
        from etcd_tui.fetch.archive import Archive
        from etcd_tui.plan.model import MakeAuthority

        await self._close_ways()  # members are about to be stopped, or to get other certificates
        archives = {
            name: found for name, found in situation.local.archives if isinstance(found, Archive)
        }
        making = any(isinstance(a.step, MakeAuthority) for _stage, a in plan.actions())
        bench = self._bench(archives)
        done = await apply(plan, bench)
        if making and self.spec.certificates.ca is None:
            where = self.state.pki
            self.stream.emit(
                Note(_("The authority's key is in {folder}; back it up.").format(folder=where))
            )
        return done

    def _bench(self, archives: Mapping[str, Archive]) -> Bench:
        from etcd_tui.apply.bench import Bench
        from etcd_tui.apply.journals import Journals

        self.journals = self.journals or Journals(self.lines)
        return Bench(
            spec=self.spec,
            state=self.state,
            transports=self.transports,
            reconnect=self._reconnect,
            stream=self.stream,
            lines=self.lines,
            journals=self.journals,
            archives=archives,
            ca_passphrase=self._ca_passphrase(),
            stop=self.stop,
            holder=self.holder.line if self.holder else "",
        )

    async def drill(self, target: Target) -> Drill:
        """Stop one member, measure, bring it back; errors as `run_drill` raises them."""
        from etcd_tui.drill.drill import run_drill
        from etcd_tui.verify.issued import wire_context

        await self._close_ways()
        # Told here if this machine holds no certificates, before anything is asked with them.
        wire_context(self.spec, self.state, self.transports)
        async with self.hosts_held():
            return await run_drill(self._bench({}), target)

    async def _reconnect(self, host: str) -> Transport:
        return await connect(self.spec.node(host), self.secrets)

    def _tell_tunnelled(self, members: list[str]) -> None:
        if members:
            text = _(
                "Port 2379 of {members} is closed to this machine, so the proofs went through SSH. "
                "To use etcdctl from here, put this machine's address into host.client_ranges."
            ).format(members=", ".join(members))
            self.stream.emit(Note(text, level="warning"))

    async def verify(self) -> list[Proof]:
        """Prove the cluster; NotProvenError if a proof fails."""
        from etcd_tui.verify.issued import wire_context
        from etcd_tui.verify.prove import prove

        context = wire_context(self.spec, self.state, self.transports)
        ways = await self._ways if self._ways else None
        self._ways = None
        proofs: list[Proof] = await self._unless_stopped(
            prove(
                context, lambda proof: self.stream.emit(Proved(proof)), self._tell_tunnelled, ways
            )
        )
        bad = [proof for proof in proofs if not proof.passed]
        if bad:
            first = bad[0]
            raise NotProvenError(
                _("{bad} of {all} proofs failed: {title}: {found}").format(
                    bad=len(bad), all=len(proofs), title=first.title, found=first.found
                ),
                host=first.member,
                step=_("verify"),
                remedy=first.fix or _("See it again with: {command}").format(command=first.command),
            )
        return proofs

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Tell and return what is wrong with the members whose hosts were entered."""
        from etcd_tui.verify.examine import examine

        for host in self.transports:
            self.stream.emit(HostProgress(host, "examining"))
        found: tuple[Diagnosis, ...] = await self._unless_stopped(
            examine(self.spec, self.state.client, self.transports)
        )
        for host in self.transports:
            self.stream.emit(HostProgress(host, "observed"))
        for one in found:
            self.stream.emit(Diagnosed(one.host, one.symptom, one.cause, one.fix, one.evidence))
        return found


def _load_beside(modules: Sequence[str]) -> asyncio.Task[None]:
    """Load modules one by one between whatever else there is to do.

    Not in a thread: it would hold the interpreter's lock where the hosts wait for an answer.
    """

    async def load() -> None:
        missing = [name for name in modules if name not in sys.modules]
        if not missing:
            return
        gc.disable()
        try:
            for name in missing:
                await asyncio.sleep(0)
                importlib.import_module(name)
        finally:
            # What is loaded now stays: nobody need look for garbage in it.
            gc.freeze()
            gc.enable()

    loading = asyncio.create_task(load())
    # What cannot be loaded is told where it is needed.
    loading.add_done_callback(lambda done: done.cancelled() or done.exception())
    return loading
