"""Observe: ask every host at once, in one round trip each, and look at the operator's machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from etcd_tui.content.client_env import client_env
from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.fetch.archive import Archive, ArchiveError
from etcd_tui.fetch.origin import obtain, origin
from etcd_tui.i18n import _
from etcd_tui.observe.facts import STATE_FOLDER, HostFacts
from etcd_tui.observe.parse import parse_probe, with_manifest
from etcd_tui.observe.programs import programs_missing
from etcd_tui.observe.scripts import script
from etcd_tui.observe.situation import LocalFacts
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.store import read_store
from etcd_tui.remote import sanitise
from etcd_tui.remote.transport import Transport
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import StateFolder


@cache
def probe_script() -> str:
    """Return the text of the probe."""
    return script("probe.sh", "surroundings.sh", "firewall_look.sh", "firewall.sh")


async def observe_hosts(
    spec: ClusterSpec, transports: Mapping[str, Transport], told: Callable[[str], None]
) -> tuple[HostFacts, ...]:
    """Return the facts of every host in `transports`, in the spec's order; `told` hears each name.

    HostsError naming every host that could not be asked.
    """
    entered = [transports[node.name] for node in spec.nodes if node.name in transports]
    answers = await asyncio.gather(*(_observe(spec, transport, told) for transport in entered))
    failures = [answer for answer in answers if isinstance(answer, HostFailure)]
    if failures:
        raise HostsError(_("Not every host could be asked."), failures)
    return tuple(answer for answer in answers if isinstance(answer, HostFacts))


async def _observe(
    spec: ClusterSpec, transport: Transport, told: Callable[[str], None]
) -> HostFacts | HostFailure:
    names = PROFILES[spec.certificates.profile].on_host
    asked = time.time()
    result = await transport.run(
        probe_script(),
        spec.paths.config,
        spec.paths.data,
        spec.paths.binaries,
        spec.paths.units,
        STATE_FOLDER,
        f"etcd.conf {names.authority} {names.certificate} {names.key}",
        " ".join(node.address for node in spec.nodes),
        timeout=90,
    )
    if result.exit_status is None:
        return HostFailure(
            transport.name,
            "lost",
            _("The connection to {host} was lost while it was asked.").format(host=transport.name),
            remedy=_("Check the network, then run this again."),
        )
    answered = time.time()
    facts = replace(
        parse_probe(transport.name, result.stdout, (asked + answered) / 2),
        answered_in=max(0.0, answered - asked),
    )
    if not facts.architecture:
        return HostFailure(
            transport.name,
            "shell",
            _("{host} did not answer the questions it was asked.").format(host=transport.name),
            sanitise.text(result.stderr, limit=500).strip(),
            _("Log in by hand and see whether sh, sed and awk work there."),
        )
    told(transport.name)
    return with_manifest(facts, f"{STATE_FOLDER}/manifest")


def observe_store(
    spec: ClusterSpec, state: StateFolder, passphrase: Secret | None = None
) -> LocalFacts:
    """Return what the operator's machine holds, without archives. Blocking."""
    environment = state.client_environment
    return LocalFacts(
        store=read_store(
            StoreFolders(state.pki, state.client), spec, datetime.now(UTC), passphrase
        ),
        token=state.read_token(),
        client_environment=environment.read_text() if environment.is_file() else "",
        wanted_client_environment=client_env(spec, state.client),
    )


def observe_archives(
    spec: ClusterSpec, hosts: tuple[HostFacts, ...], *, download: bool
) -> tuple[tuple[str, Archive | tuple[str, str] | None], ...]:
    """Return the archive of each architecture that some host needs programs for. Blocking."""
    if spec.binaries.fetch == "hosts":
        return ()
    needed = dict.fromkeys(h.architecture for h in hosts if programs_missing(spec, h))
    found: list[tuple[str, Archive | tuple[str, str] | None]] = []
    for architecture in needed:
        try:
            archive = obtain(origin(spec, architecture), download=download)
        except ArchiveError as error:
            found.append((architecture, (str(error), error.remedy)))
        else:
            found.append((architecture, archive))
    return tuple(found)
