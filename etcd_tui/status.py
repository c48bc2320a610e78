"""The verb `status`: what every member says of itself."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC

from cryptography import x509

from etcd_tui.apply.events import MemberStatus, Note
from etcd_tui.engine import Engine
from etcd_tui.errors import NotProvenError
from etcd_tui.i18n import _
from etcd_tui.outcome import Outcome
from etcd_tui.spec.model import Node
from etcd_tui.verify.cluster import Member, member
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
