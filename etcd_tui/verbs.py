"""The verbs that work on hosts: each is a short list of the engine's steps."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC

from cryptography import x509

from etcd_tui.apply.events import MemberStatus, Note
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.drill.drill import refuse
from etcd_tui.engine import Engine
from etcd_tui.errors import Exit, NotProvenError, RefusedError
from etcd_tui.i18n import _
from etcd_tui.observe.situation import Situation
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.spec.model import Node
from etcd_tui.spec.writer import dump
from etcd_tui.state_folder import write_private
from etcd_tui.verify.cluster import Member, member
from etcd_tui.verify.drill import Target
from etcd_tui.verify.member_api import (
    ALARMS,
    HEALTH,
    STATUS,
    MemberApi,
    MemberError,
    Route,
    client_context,
)
from etcd_tui.verify.routes import client_routes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a verb ended well. `changed` counts actions."""

    exit: Exit = Exit.DONE
    changed: int = 0


async def install(engine: Engine) -> Outcome:
    """Observe, preflight, plan, apply, verify."""
    await engine.connect()
    situation = await engine.observe(download=True, measure=True)
    engine.preflight(situation)
    plan = plan_install(engine.spec, situation)
    engine.tell_plan(plan, actions=False)
    engine.check_stop()
    async with engine.hosts_held(situation.hosts, needed=not plan.empty):
        write_private(engine.state.answers, dump(engine.spec).encode())
        done = 0 if plan.empty else await engine.apply(plan, situation)
        await engine.verify()
    where = engine.state.client_environment
    engine.stream.emit(
        Note(_("Use the cluster: set -a; . {file}; etcdctl member list").format(file=where))
    )
    return Outcome(changed=done)


async def plan(engine: Engine, *, exit_code: bool) -> Outcome:
    """Say what install would do; change nothing."""
    await engine.connect()
    situation = await engine.observe(measure=True)
    engine.preflight(situation)
    wanted = plan_install(engine.spec, situation)
    engine.tell_plan(wanted, actions=True)
    return Outcome(Exit.TO_DO if exit_code and not wanted.empty else Exit.DONE)


async def check(
    engine: Engine,
    *,
    only: str = "",
    earlier: Situation | None = None,
    keep: Callable[[Situation], None] = lambda _situation: None,
) -> Outcome:
    """Preflight only, of every host that lets us in; HostsError in the end names the others.

    `only`: look at this host alone, the others are as in `earlier`. `keep` gets what was seen.
    """
    away = await engine.connect_some(only)
    if engine.transports or earlier:
        gone = {failure.host for failure in away.failures} if away else set()
        if earlier:
            hosts = tuple(host for host in earlier.hosts if host.name not in gone)
            earlier = replace(earlier, hosts=hosts)
        situation = await engine.observe(measure=True, earlier=earlier)
        keep(situation)
        try:
            engine.preflight(situation)
        except RefusedError:
            if not away:
                raise
    if away:
        raise away
    return Outcome()


async def verify(engine: Engine) -> Outcome:
    """Prove an installed cluster."""
    await engine.connect()
    await engine.verify()
    return Outcome()


async def diagnose(engine: Engine) -> Outcome:
    """Tell what is wrong with each member, its cause and what to do; change nothing.

    HostsError if no host could be entered, NotProvenError if anything is wrong; HostsError, too, if
    nothing is, but a host could not be entered.
    """
    away = await engine.connect_some()
    if away and not engine.transports:
        raise away
    found = await engine.diagnose()
    wrong = [one for one in found if one.rank < Rank.NOTICE]
    if wrong:
        hosts = ", ".join(dict.fromkeys(one.host for one in wrong))
        raise NotProvenError(
            _("Something is wrong on {hosts}.").format(hosts=hosts),
            cause=min(wrong, key=lambda one: one.rank).cause,
            remedy=_("Do what is said above, then run this again."),
        )
    if away:
        raise away
    return Outcome()


async def drill(engine: Engine, target: Target) -> Outcome:
    """Stop one member for some seconds, measure, and prove the cluster again.

    RefusedError before any host is entered where the answers alone forbid it.
    """
    refuse(engine.spec, target)
    await engine.connect()
    await engine.drill(target)
    await engine.verify()
    return Outcome()


async def uninstall(engine: Engine, *, purge: bool) -> Outcome:
    """Take back what install made; data only with `purge`."""
    await engine.connect()
    situation = await engine.observe()
    strangers = [
        host.name
        for host in situation.hosts
        if host.manifest.cluster not in ("", engine.spec.cluster.name)
    ]
    if strangers:
        raise RefusedError(
            _("These hosts belong to another cluster: {names}. Nothing was changed.").format(
                names=", ".join(strangers)
            ),
            remedy=_("Use the answers file of that cluster."),
        )
    wanted = plan_uninstall(engine.spec, situation, purge=purge)
    engine.tell_plan(wanted, actions=False)
    async with engine.hosts_held(situation.hosts, needed=not wanted.empty):
        done = 0 if wanted.empty else await engine.apply(wanted, situation)
    kept = [h.name for h in situation.hosts if h.manifest.all("data") and h.data_entries]
    if kept and not purge:
        engine.stream.emit(
            Note(
                _("The data in {path} stays on {hosts}. Delete it with: {command}").format(
                    path=engine.spec.paths.data,
                    hosts=", ".join(kept),
                    command=f"etcd-tui uninstall … --purge-data --confirm {engine.state.path.name}",
                )
            )
        )
    else:
        # The next install is a new cluster: a token that no old data folder knows.
        engine.state.token.unlink(missing_ok=True)
    return Outcome(changed=done)


async def status(engine: Engine) -> Outcome:
    """Tell the state of every member that answers, also while hosts are away.

    HostsError if a host could not be entered, NotProvenError if a member does not answer.
    """
    away = await engine.connect_some()
    if not (engine.state.client / "client.crt").is_file():
        raise NotProvenError(
            _("This machine holds no client certificate for the cluster."),
            cause=_("it is looked for in {folder}").format(folder=engine.state.client),
            remedy=_("Run etcd-tui install, or name the state folder with --state-dir."),
        )
    context = client_context(engine.state.client)
    routes = await client_routes(engine.spec, engine.transports, context)
    told = await asyncio.gather(
        *(_told(node, routes[node.name], context) for node in engine.spec.nodes)
    )
    for event in told:
        engine.stream.emit(event)
    silent = [event.host for event in told if isinstance(event, Note)]
    if away:
        raise away
    if silent:
        raise NotProvenError(
            _("These members do not answer: {names}.").format(names=", ".join(silent)),
            remedy=_("See why with: journalctl -u etcd -e, on the host."),
        )
    return Outcome()


async def _told(node: Node, route: Route | None, context: ssl.SSLContext) -> MemberStatus | Note:
    """Return what a member says of itself, or why it says nothing."""
    if route is None:
        return Note(_("no TLS connection"), node.name, "warning")
    if route.trouble:
        return Note(route.trouble, node.name, "warning")
    api = MemberApi(node.name, route, context)
    try:
        status, alarms, healthy = await asyncio.to_thread(api.ask, STATUS, ALARMS, HEALTH)
    finally:
        api.close()
    for answer in (status, alarms):
        if isinstance(answer, MemberError):
            return Note(str(answer), node.name, "warning")
    return _line(member(node, status), alarms, healthy is True, _expires(route.certificate))


def _line(said: Member, alarms: tuple[str, ...], healthy: bool, expires: str) -> MemberStatus:
    return MemberStatus(
        host=said.node.name,
        member=f"{int(said.id):x}",
        version=said.version,
        leader=said.leader == said.id,
        learner=said.learner,
        healthy=healthy,
        db_size=said.db_size,
        db_in_use=said.db_in_use,
        raft_term=said.term,
        raft_index=said.raft_index,
        alarms=alarms,
        certificate_expires=expires,
    )


def _expires(certificate: bytes) -> str:
    ends = x509.load_der_x509_certificate(certificate).not_valid_after_utc
    return ends.astimezone(UTC).date().isoformat()
