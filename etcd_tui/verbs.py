"""The verbs that work on hosts: each is a short list of the engine's steps.

What the steps need after the hosts have been entered is loaded meanwhile, so it is named here, and
imported where it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from etcd_tui.apply.events import Note
from etcd_tui.engine import Engine
from etcd_tui.errors import Exit, NotProvenError, RefusedError
from etcd_tui.i18n import _
from etcd_tui.outcome import Outcome
from etcd_tui.spec.writer import dump
from etcd_tui.state_folder import write_private

if TYPE_CHECKING:
    from etcd_tui.observe.situation import Situation
    from etcd_tui.verify.drill import Target

# In pieces of some milliseconds, so those first that the others are built on.
_LOOKING = (
    "cryptography.x509",
    "etcd_tui.pki.facts",
    "etcd_tui.observe.facts",
    "etcd_tui.observe.situation",
    "etcd_tui.pki.store",
    "etcd_tui.observe.observe",
    "etcd_tui.observe.disk",
    "etcd_tui.observe.peers",
    "etcd_tui.preflight.preflight",
)
_PLANNING = (*_LOOKING, "etcd_tui.plan.model", "etcd_tui.plan.install")
_PROVING = (
    "etcd_tui.diagnose.symptoms",
    "etcd_tui.diagnose.journal",
    "etcd_tui.verify.member_api",
    "etcd_tui.verify.cluster",
    "etcd_tui.verify.issued",
)
LATER = (*_PLANNING, *_PROVING)
"""What `install` loads while it enters the hosts."""


async def install(engine: Engine) -> Outcome:
    """Observe, preflight, plan, apply, verify."""
    await engine.connect(later=LATER, proving=True)
    from etcd_tui.plan.install import plan_install

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
    await engine.connect(later=_PLANNING)
    from etcd_tui.plan.install import plan_install

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
    away = await engine.connect_some(only, later=_LOOKING)
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
    await engine.connect(later=_PROVING, proving=True)
    await engine.verify()
    return Outcome()


async def diagnose(engine: Engine) -> Outcome:
    """Tell what is wrong with each member, its cause and what to do; change nothing.

    HostsError if no host could be entered, NotProvenError if anything is wrong; HostsError, too, if
    nothing is, but a host could not be entered.
    """
    away = await engine.connect_some()
    from etcd_tui.diagnose.symptom import Rank

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
    from etcd_tui.drill.drill import refuse

    refuse(engine.spec, target)
    await engine.connect(later=_PROVING)
    await engine.drill(target)
    await engine.verify()
    return Outcome()


async def uninstall(engine: Engine, *, purge: bool) -> Outcome:
    """Take back what install made; data only with `purge`."""
    await engine.connect(later=_LOOKING)
    from etcd_tui.plan.uninstall import plan_uninstall

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
