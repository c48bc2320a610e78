"""Lessons about a cluster that runs: a stopped leader, certificates that peers refuse."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding

from etcd_tui.errors import Exit, RefusedError
from etcd_tui.i18n import N_, _
from etcd_tui.pki import folder
from etcd_tui.pki.authority import issue_certificate
from etcd_tui.pki.keys import read_key
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.stored_authority import find_authority
from etcd_tui.pki.wanted import Wanted, wanted_certificates
from etcd_tui.practice.lessons.lesson import Ground, Lesson, Step
from etcd_tui.practice.lessons.scripts import run, script

_ELSEWHERE = ipaddress.ip_address("192.0.2.99")
"""An address of documentation (RFC 5737), which is nobody's."""


async def _stopped_leader(ground: Ground) -> None:
    ground.values["leader"] = ground.leader
    await run(ground, ground.leader, "systemctl stop etcd.service")


async def _wrong_san(ground: Ground) -> None:
    wanted = _wanted(ground, "etcd2")
    wrong = replace(wanted, addresses=(_ELSEWHERE,))
    await _present(ground, "etcd2", wrong)


async def _expired(ground: Ground) -> None:
    await _present(ground, "etcd2", replace(_wanted(ground, "etcd2"), validity_hours=0))


def _wanted(ground: Ground, host: str) -> Wanted:
    return next(w for w in wanted_certificates(ground.practice.spec) if host in w.nodes)


async def _present(ground: Ground, host: str, wanted: Wanted) -> None:
    """Let the member show another certificate, and wait until a peer has refused it."""
    pem = await asyncio.to_thread(_issue, ground, wanted)
    spec = ground.practice.spec
    path = f"{spec.paths.config}/{PROFILES[spec.certificates.profile].on_host.certificate}"
    await run(ground, host, script("present"), path, stdin=pem)
    others = [name for name in ground.transports if name != host]
    await asyncio.gather(*(run(ground, name, script("refused")) for name in others))


def _issue(ground: Ground, wanted: Wanted) -> bytes:
    """Issue it by the cluster's own authority, with the key that the host has."""
    practice = ground.practice
    store = StoreFolders.below(practice.state.path)
    now = datetime.now(UTC)
    authority = find_authority(store, practice.spec, now).authority
    profile = PROFILES[practice.spec.certificates.profile]
    signer = folder.read(store.pki, profile.authority.key)
    key = folder.read(store.pki, wanted.files.key)
    if authority is None or signer is None or key is None:
        raise RefusedError(_("The cluster's authority is not here."))
    certificate = issue_certificate(
        authority, read_key(signer), profile, wanted, key=read_key(key), now=now
    )
    return certificate.public_bytes(Encoding.PEM)


_HEAL = Step(
    text=N_("Install again: it sees which file differs, and puts the right one in place."),
    command="{install}",
)

MEMBERS = (
    Lesson(
        name="stopped-leader",
        title=N_("The leader is stopped"),
        text=N_(
            "One member leads: every write goes through it. When it stops, the others miss its "
            "heartbeat, and within about a second one of them is elected. Clients see a short "
            "pause, no loss. That is what three members are for.\n\n"
            "But now one more failure stops everything: two of three are a quorum, one is not. A "
            "cluster that works is not the same as a cluster that is whole, and so the proofs "
            "fail until the member is back."
        ),
        played=N_("What is played: etcd was really stopped on {leader}, which was the leader."),
        host="",
        named="unit-not-running",
        exit=Exit.NOT_PROVEN,
        play=_stopped_leader,
        steps=(
            Step(
                text=N_("See that it is stopped."),
                command="systemctl status etcd || true",
                host="{leader}",
            ),
            Step(text=N_("Start it."), command="systemctl start etcd", host="{leader}"),
            Step(text=N_("Prove the cluster again."), command="{verify}"),
        ),
        installed=True,
    ),
    Lesson(
        name="wrong-san",
        title=N_("A certificate names another address"),
        text=N_(
            "A certificate says under which names and addresses its owner may be met: the subject "
            "alternative names, SAN. Who connects to an address compares; and etcd also compares "
            "the address that a peer comes from. A host that was renumbered, or a file that was "
            "copied from another host, is refused by all peers.\n\n"
            "A new certificate is enough. etcd reads its certificates anew for every connection, "
            "so no restart is needed."
        ),
        played=N_(
            "What is played: etcd2 was given a certificate of the cluster's own authority, for "
            "its own key, but for the address 192.0.2.99; then it was restarted."
        ),
        host="etcd2",
        named="certificate-wrong-address",
        exit=Exit.NOT_PROVEN,
        play=_wrong_san,
        steps=(_HEAL,),
        installed=True,
    ),
    Lesson(
        name="expired-certificate",
        title=N_("A certificate has expired"),
        text=N_(
            "Each certificate has an end. After it, every peer and every client refuses the "
            "member, and a restart makes it worse: connections that were open until then do not "
            "come back. When all members were issued on one day, they all end on one day.\n\n"
            "etcd-tui status shows the date of each member. Renew long before; the authority and "
            "the keys stay."
        ),
        played=N_(
            "What is played: etcd2 was given a certificate of the cluster's own authority that "
            "ended some minutes ago; then it was restarted."
        ),
        host="etcd2",
        named="certificate-expired",
        exit=Exit.NOT_PROVEN,
        play=_expired,
        steps=(_HEAL,),
        installed=True,
    ),
)
