"""check: the rules that bind several keys of a spec together, as a list to read from top to bottom.

They need no file, so that the wizard can ask them too. An empty name, address or release means
"not known yet" and is passed over: other checks say so.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator

from etcd_tui.i18n import _
from etcd_tui.spec.folder_rules import folders_are_apart, folders_are_safe
from etcd_tui.spec.model import ClusterSpec, Ssh
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.release_rules import (
    environment_is_understood,
    release_is_fit,
    source_fits_the_release,
    source_is_trustworthy,
)
from etcd_tui.spec.tuning_rules import elections_are_slow_enough, quota_is_sane, retention_has_form

Rule = Callable[[ClusterSpec], Iterable[Problem]]


def enough_members(spec: ClusterSpec) -> Iterator[Problem]:
    """Odd counts from three to seven; etcd's FAQ, "What is failure tolerance?"."""
    count = len(spec.nodes)
    survives = max(count - 1, 0) // 2
    if count == 0:
        fix = _("List at least one host under nodes; three or five for high availability.")
        yield Problem("error", "nodes", _("There are no members."), fix)
    elif count == 1:
        yield Problem(
            "warning",
            "nodes",
            _("One member is not highly available: when its host fails, etcd is gone."),
            _("List three hosts, or keep one if this is meant for a test."),
        )
    elif count % 2 == 0:
        what = _("{count} members survive the loss of {survives}, no more than {fewer} would.")
        yield Problem(
            "warning",
            "nodes",
            what.format(count=count, survives=survives, fewer=count - 1),
            _("List {fewer} or {more} hosts.").format(fewer=count - 1, more=count + 1),
        )
    if count > 7:
        yield Problem(
            "warning",
            "nodes",
            _("With {count} members every write waits for {quorum} disks.").format(
                count=count, quorum=count // 2 + 1
            ),
            _("etcd suggests seven members at most."),
        )


def members_are_distinct(spec: ClusterSpec) -> Iterator[Problem]:
    """Names and addresses are there once; no two members are on one host."""
    names: dict[str, int] = {}
    addresses: dict[str, int] = {}
    logins: dict[tuple[str, int], int] = {}
    for index, node in enumerate(spec.nodes):
        place = f"nodes[{index}]"
        first = names.setdefault(node.name.lower(), index)
        if node.name and first != index:
            what = _("The name {name} is already that of member {number}.")
            fix = _("Give each member a name of its own.")
            yield _error(f"{place}.name", what.format(name=node.name, number=first + 1), fix)
        first = addresses.setdefault(node.address, index)
        if node.address and first != index:
            what = _("The address {address} is already that of member {number}.")
            fix = _("Write the address of this member's own host.")
            what = what.format(address=node.address, number=first + 1)
            yield _error(f"{place}.address", what, fix)
        if node.ssh.host and not node.ssh.jump:
            first = logins.setdefault((node.ssh.host.lower(), node.ssh.port), index)
            if first != index:
                what = _("This leads to the same SSH server as member {number}.")
                fix = _("Write where this member's own host is reached.")
                yield _error(f"{place}.ssh.host", what.format(number=first + 1), fix)


def addresses_suit_each_other(spec: ClusterSpec) -> Iterator[Problem]:
    """One family of addresses, none that only its own host or link knows."""
    families = set()
    for index, node in enumerate(spec.nodes):
        if not node.address:
            continue
        ip = ipaddress.ip_address(node.address)
        families.add(ip.version)
        if ip.is_loopback or ip.is_link_local:
            what = _(
                "Other hosts cannot reach {address}: it is known on its own host or link only."
            )
            fix = _("Write the host's address in the network, unless this is for practice.")
            yield Problem(
                "warning", f"nodes[{index}].address", what.format(address=node.address), fix
            )
    if len(families) > 1:
        what = _("Some members have IPv4 addresses and some IPv6.")
        fix = _("Make sure that every host can send from and to both, or use one family.")
        yield Problem("warning", "nodes", what, fix)


def is_expected_in_practice(problem: Problem) -> bool:
    """Whether it is the warning that nobody else can reach a loopback address: practice is that."""
    return problem.severity == "warning" and problem.key.endswith("].address")


def logins_are_possible(spec: ClusterSpec) -> Iterator[Problem]:
    """Each host has some way to log in, and a sudo password only where sudo is used."""
    if not spec.nodes and not _can_log_in(spec.ssh):
        yield from _no_login("ssh")
    for index, node in enumerate(spec.nodes):
        place = "ssh" if node.ssh == spec.ssh else f"nodes[{index}].ssh"
        if not _can_log_in(node.ssh):
            yield from _no_login(place)
        if node.ssh.user == "root" and node.ssh.sudo_password is not None:
            what = _("There is a password for sudo, but root needs no sudo.")
            fix = _("Delete sudo_password, or write the user who uses sudo.")
            yield Problem("warning", f"{place}.sudo_password", what, fix)


def _can_log_in(ssh: Ssh) -> bool:
    return bool(ssh.agent or ssh.private_key or ssh.password or ssh.config)


def _no_login(place: str) -> Iterator[Problem]:
    what = _("There is no way to log in: no agent, no private key, no password.")
    fix = _("Write private_key or password, or agent: true.")
    yield _error(f"{place}.agent", what, fix)


def client_ranges_have_effect(spec: ClusterSpec) -> Iterator[Problem]:
    """Ranges are opened only by `firewall: open`, and never to everybody."""
    if spec.host.client_ranges and spec.host.firewall != "open":
        what = _("The client ranges have no effect with firewall: {mode}.")
        fix = _("Write firewall: open, or delete client_ranges.")
        yield Problem("warning", "host.client_ranges", what.format(mode=spec.host.firewall), fix)
    for index, item in enumerate(spec.host.client_ranges):
        if item.endswith("/0"):
            what = _("{range} opens the client port to every address.").format(range=item)
            fix = _("Write the networks of the clients only.")
            yield _error(f"host.client_ranges[{index}]", what, fix)


def _error(key: str, what: str, fix: str) -> Problem:
    return Problem("error", key, what, fix)


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    # Each with the keys it rests on: it is passed over while one of them is broken.
    (("nodes",), enough_members),
    ((), members_are_distinct),
    ((), addresses_suit_each_other),
    (("ssh", "nodes"), logins_are_possible),
    (("cluster.etcd", "cluster.allow_unsafe_version"), release_is_fit),
    (("cluster.etcd", "binaries.source", "binaries.fetch"), source_fits_the_release),
    (("cluster.etcd", "binaries.source", "binaries.sha256"), source_is_trustworthy),
    (("host",), client_ranges_have_effect),
    ((), folders_are_safe),
    (("paths",), folders_are_apart),
    (("tuning.heartbeat_interval", "tuning.election_timeout"), elections_are_slow_enough),
    (("tuning.quota_backend_bytes",), quota_is_sane),
    (
        ("tuning.auto_compaction_mode", "tuning.auto_compaction_retention"),
        retention_has_form,
    ),
    (("cluster.etcd", "tuning.environment"), environment_is_understood),
)


def check(spec: ClusterSpec, broken: Collection[str] = ()) -> list[Problem]:
    """Return the problems of `spec`, without file and line.

    `broken` are keys that already have errors, so that their values in `spec` mean nothing.
    """
    problems: dict[Problem, None] = {}
    for bases, rule in RULES:
        if not any(_touches(key, base) for key in broken for base in bases):
            problems.update(dict.fromkeys(rule(spec)))
    return list(problems)


def _touches(broken: str, base: str) -> bool:
    return any(
        longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))
        for longer, shorter in ((broken, base), (base, broken))
    )
