"""Which files of one host differ from what they should be: certificates and the unit."""

from __future__ import annotations

from etcd_tui.content.unit import UNIT, unit_file
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.pki.facts import StoreFacts
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.plan import actions
from etcd_tui.plan.model import Action, StoreFile, Text
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.typed import carry


def config_files(
    spec: ClusterSpec,
    node: Node,
    facts: HostFacts,
    store: StoreFacts,
) -> list[Action]:
    """Return a write for each of the authority, certificate and key files that differs."""
    profile = PROFILES[spec.certificates.profile]
    names = profile.on_host
    stored = next(w.files for w in wanted_certificates(spec) if node.name in w.nodes)
    user = spec.host.user
    # The key is the service user's alone; certificates are public (CIS 1.1.19 to 1.1.21).
    wanted = (
        (names.authority, "authority-file", "644", "root", profile.authority.certificate),
        (names.key, "key-file", "600", user, stored.key),
        (names.certificate, "certificate-file", "644", "root", stored.certificate),
    )
    # Empty while the plan has yet to issue the certificate.
    sums = {digest.name: digest.sha256 for digest in store.digests(node.name)}
    writes = []
    for name, key, mode, owner, source in wanted:
        path = f"{spec.paths.config}/{name}"
        there = facts.path(path)
        same = bool(sums[name]) and there.sha256 == sums[name]
        attributes = (there.mode, there.owner, there.group) == (mode, owner, owner)
        if same and attributes:
            continue
        reason = _("it is not there")
        if there.present:
            reason = _("it differs from the one in the store") if not same else _("wrong mode")
        writes.append(
            actions.write_file(
                facts,
                key,
                path,
                StoreFile(node.name, name),
                title=_("Write {path}").format(path=path),
                reason=reason,
                owner=owner,
                group=owner,
                mode=mode,
                bring=(carry(node, f"pki/{source}", name),),
            )
        )
    return writes


def unit_files(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    """Return the unit's write and its enabling, where they are due."""
    path = f"{spec.paths.units}/{UNIT}"
    there = facts.path(path)
    due = []
    text = unit_file(spec)
    if facts.text(path) != text or (there.mode, there.owner) != ("644", "root"):
        due.append(
            actions.write_file(
                facts,
                "unit",
                path,
                Text(text),
                title=_("Write {path}").format(path=path),
                reason=_("it differs") if there.present else _("it is not there"),
                mode="644",
            )
        )
    if due or facts.unit.enabled != "enabled" or facts.unit.needs_daemon_reload:
        due.append(
            actions.script(
                facts,
                "enable",
                "enable_unit",
                title=_("Enable etcd.service"),
                reason=_("etcd must come back after a reboot"),
                commands=("systemctl daemon-reload", "systemctl enable etcd"),
            )
        )
    return due
