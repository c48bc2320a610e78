"""Checks that compare the hosts with each other, and those of the operator's machine."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator

from etcd_tui.fetch.archive import Archive
from etcd_tui.fetch.origin import is_unofficial
from etcd_tui.i18n import _
from etcd_tui.observe.situation import Situation
from etcd_tui.plan.model import OPERATOR
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.verdict import failed, passed, warned
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.releases import release

# etcd warns of a drift above 1 s; certificates are backdated by minutes, so 30 s is where one
# should look before building on it (k0sctl's bound, too).
_CLOCK_WARN = 1.0
_CLOCK_FAIL = 30.0


def cluster_checks(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    """Yield the checks that belong to no single host, and the operator's."""
    yield from _unique(situation, "machine_id", "machine-id", _("machine-ids differ"))
    yield from _unique(situation, "hostname", "hostname", _("host names differ"))
    yield from _addresses(spec, situation)
    yield from _clocks(situation)
    yield from operator_checks(spec, situation)


def operator_checks(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    """Yield the checks of this machine."""
    yield _store(situation)
    yield from _token(spec, situation)
    yield from _archives(spec, situation)


def _unique(situation: Situation, field: str, key: str, title: str) -> Iterator[Check]:
    hosts = defaultdict(list)
    for host in situation.hosts:
        hosts[getattr(host, field)].append(host.name)
    same = {value: names for value, names in hosts.items() if value and len(names) > 1}
    if not same:
        yield passed("", key, title, _("all differ"))
        return
    for value, names in same.items():
        found = _("{names} all have {value}").format(names=", ".join(names), value=value)
        why = _("these may be one machine, or clones of one image")
        if key == "hostname":
            yield warned("", key, title, found, why, _("Set names with hostnamectl set-hostname."))
            continue
        # Two members on one machine would look like a majority and die together.
        fix = _("Check the addresses; a clone needs: rm /etc/machine-id; systemd-machine-id-setup")
        yield failed("", key, title, found, why, fix)


def _addresses(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    """No member's address is on another member's host as well."""
    title = _("each member's address is its own")
    same = [
        (node.address, host.name)
        for node in spec.nodes
        for host in situation.hosts
        if host.name != node.name and node.address in host.addresses
    ]
    if not same:
        yield passed("", "addresses", title, _("all differ"))
    for address, name in same:
        yield failed(
            name,
            "addresses",
            title,
            _("{address}, another member's address, is on this host too").format(address=address),
            _("the network would lead to the one or the other by chance"),
            _("Take it off with: ip address del {address} dev …; or correct the answers.").format(
                address=address
            ),
        )


def _clocks(situation: Situation) -> Iterator[Check]:
    offsets = {host.name: host.clock - host.asked for host in situation.hosts if host.clock}
    # At which moment of a long answer the host looked at its clock is not known.
    unsure = {host.name: host.answered_in / 2 for host in situation.hosts}
    if not offsets:
        return
    middle = statistics.median(offsets.values())
    title = _("the clock agrees with the others")
    why = _("certificates and logs depend on the time")
    fix = _("Start time synchronisation on the host (chrony or systemd-timesyncd).")
    for name, offset in offsets.items():
        skew = offset - middle
        found = _("{skew:+.1f} s from the median").format(skew=skew)
        sure = abs(skew) - unsure[name]
        if sure >= _CLOCK_FAIL:
            yield failed(name, "clock", title, found, why, fix)
        elif sure >= _CLOCK_WARN:
            yield warned(name, "clock", title, found, why, fix)
        else:
            yield passed(name, "clock", title, found)


def _store(situation: Situation) -> Check:
    store = situation.local.store
    title = _("the authority is whole")
    if store.problem:
        problem = store.problem
        why = problem.cause or _("nothing can be issued from it")
        fix = problem.remedy or _("Mend it, then run this again.")
        return failed(OPERATOR, "store", title, problem.what, why, fix)
    if store.warnings:
        why = _("every certificate of the cluster rests on it")
        fix = _("Decide whether you can live with it; install goes on as it is.")
        return warned(OPERATOR, "store", title, "; ".join(store.warnings), why, fix)
    absent = store.authority.state == "absent"
    return passed(OPERATOR, "store", title, _("none yet") if absent else _("present"))


def _token(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    wanted, kept = spec.cluster.token, situation.local.token
    if wanted and kept and wanted != kept:
        yield failed(
            OPERATOR,
            "token",
            _("the token is the cluster's"),
            _("the answers name another token than the one this cluster was made with"),
            _("a cluster's token is chosen once; install cannot change it"),
            _("Take cluster.token out of the answers file."),
        )


def _archives(spec: ClusterSpec, situation: Situation) -> Iterator[Check]:
    title = _("the release archive is right")
    built = release(spec.cluster.etcd).architectures
    for architecture, archive in situation.local.archives:
        if architecture not in built:
            continue  # there is none to be named: the host's own check says so
        match archive:
            case Archive():
                found = f"{archive.path.name} {architecture}, SHA-256 {archive.sha256}"
                if is_unofficial(archive):
                    why = _("it is another build than the one etcd's makers published")
                    fix = _("Use it only if you know where it comes from.")
                    yield warned(OPERATOR, "archive", title, found, why, fix)
                else:
                    yield passed(OPERATOR, "archive", title, found)
            case (what, remedy):
                why = _("its programs would run as a service on every host")
                yield failed(OPERATOR, "archive", title, what, why, remedy)
            case None:
                found = _("not here yet; install fetches it")
                yield passed(OPERATOR, "archive", title, found)
