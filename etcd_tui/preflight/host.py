"""Checks of one host as it is: system, tools, addresses, disks."""

from __future__ import annotations

import ipaddress

from etcd_tui.i18n import _
from etcd_tui.observe.facts import FileSystem, HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.plan.prepare import HOSTS_FILE
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.verdict import failed, passed, warned
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.spec.releases import release

# 239: Red Hat 8. Older ones ignore most of the unit's hardening.
_OLDEST_SYSTEMD = 239
# The WAL is preallocated in two segments of 64 MB beside the database (reference a7, row 30).
DATA_KIB = 256 * 1024
"""What a data folder takes before anything is stored in it."""
# Three programs of up to 25 MB, unpacked beside the archive before the swap.
_PROGRAMS_KIB = 160 * 1024
_OTHER_KIB = 1024
_FEW_INODES = 64
_REMOTE = frozenset(
    {"cifs", "fuse.sshfs", "fuse.glusterfs", "glusterfs", "ceph", "fuse.ceph", "9p", "virtiofs"}
)
_MEMORY_KIB = 900 * 1024


def operating_system(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> Check:
    """Linux with systemd on an architecture that etcd is built for."""
    title = _("systemd and architecture fit")
    found = f"{facts.os or facts.kernel}, {facts.architecture}, systemd {facts.systemd}"
    if not facts.kernel.startswith("Linux"):
        fix = _("Use a Linux host.")
        return failed(node.name, "system", title, found, _("etcd-tui knows Linux only"), fix)
    if facts.init != "systemd" or not facts.systemd:
        why = _("etcd is run as a systemd unit, and systemd does not run here")
        return failed(node.name, "system", title, found, why, _("Use a host that boots systemd."))
    architectures = release(spec.cluster.etcd).architectures
    if facts.architecture not in architectures:
        why = _("etcd {version} is built for {architectures}").format(
            version=spec.cluster.etcd, architectures=", ".join(architectures)
        )
        return failed(node.name, "system", title, found, why, _("Use another host or release."))
    if facts.systemd < _OLDEST_SYSTEMD:
        why = _("before systemd {n} most of the unit's protection is ignored").format(
            n=_OLDEST_SYSTEMD
        )
        return warned(node.name, "system", title, found, why, _("Prefer a newer system."))
    return passed(node.name, "system", title, found)


def tools(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The programs that the scripts call are there."""
    title = _("the needed programs are there")
    if facts.missing_tools:
        found = _("missing: {names}").format(names=", ".join(facts.missing_tools))
        fix = _("Install them with the host's package manager.")
        return failed(node.name, "tools", title, found, _("the steps call them"), fix)
    return passed(node.name, "tools", title, _("all there"))


def hosts_file(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> Check | None:
    """The hosts file can be read whole and replaced: a regular file of moderate size."""
    if not spec.host.hosts_file:
        return None
    title = _("the members' names can be put into {path}").format(path=HOSTS_FILE)
    there = facts.path(HOSTS_FILE)
    if there.kind == "file" and not there.sha256:
        return None  # not to be compared with itself; `tools` says what is missing for that
    if not there.present or facts.is_whole(HOSTS_FILE):
        return passed(node.name, "hosts-file", title, _("yes"))
    found = _("it is larger than 256 KiB")
    if there.kind != "file":
        found = _("it is no regular file")
    if there.kind == "link":
        found = _("it is a symbolic link to {target}").format(target=there.target)
    why = _("it would be replaced by a file, or lose its end")
    fix = _("Set host.hosts_file to false; members find each other by address.")
    return failed(node.name, "hosts-file", title, found, why, fix)


def address(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The member's address is on one of the host's network cards."""
    title = _("the address is on the host")
    there = {_canonical(a) for a in facts.addresses}
    if _canonical(node.address) in there:
        return passed(node.name, "address", title, node.address)
    found = _("{address} is not among {all}").format(
        address=node.address, all=", ".join(facts.addresses) or _("none")
    )
    why = _("etcd listens on it and could not start")
    fix = _("Correct the address of {name} in the answers file.").format(name=node.name)
    return failed(node.name, "address", title, found, why, fix)


def source_address(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The address that peers will see is in the certificate (etcd compares the two)."""
    title = _("peers will see an address of the certificate")
    allowed = certificate_addresses(spec, node)
    strange = sorted(
        {
            source
            for peer, source in facts.sources
            if peer != node.address and _canonical(source) not in allowed
        }
    )
    if not strange:
        return passed(node.name, "source-address", title, node.address)
    cut_off = [peer for peer, source in facts.sources if not source]
    if cut_off:
        found = _("there is no route to {addresses}").format(addresses=", ".join(cut_off))
        why = _("the members must reach each other")
        fix = _("Correct the host's routes, or the addresses in the answers file.")
        return failed(node.name, "source-address", title, found, why, fix)
    found = _("connections to peers leave from {addresses}").format(addresses=", ".join(strange))
    why = _("peers refuse a certificate that does not name the address it comes from")
    fix = _("Add it to the sans of {name} in the answers file.").format(name=node.name)
    return failed(node.name, "source-address", title, found, why, fix)


def certificate_addresses(spec: ClusterSpec, node: Node) -> frozenset[str]:
    """Return the addresses that the certificate of `node` will name."""
    wanted = next(w for w in wanted_certificates(spec) if node.name in w.nodes)
    return frozenset(str(a) for a in wanted.addresses)


def disk(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """Every target folder has room, inodes, and can be written and run from."""
    title = _("there is room on the disks")
    why = _("a full disk stops etcd, and the install half way")
    needs = {
        spec.paths.data: 0 if facts.has_wal else DATA_KIB,
        spec.paths.binaries: 0 if facts.versions else _PROGRAMS_KIB,
        spec.paths.config: _OTHER_KIB,
        spec.paths.units: _OTHER_KIB,
    }
    for path, own in needs.items():
        fs = facts.file_system(path)
        if fs is None:
            continue
        kib = _together(needs, facts, fs) if own else 0
        if fs.read_only:
            found = _("{path} is on a file system that is mounted read-only").format(path=path)
            return failed(node.name, "disk", title, found, why, _("Mount it writable."))
        if fs.free_kib < kib:
            found = _("{path} has {free} MiB free, needed are {need}").format(
                path=path, free=fs.free_kib // 1024, need=kib // 1024
            )
            fix = _("Make room, or name another folder under paths in the answers file.")
            return failed(node.name, "disk", title, found, why, fix)
        if 0 <= fs.free_inodes < _FEW_INODES and kib:
            found = _("{path} has {n} free inodes").format(path=path, n=fs.free_inodes)
            return failed(node.name, "disk", title, found, why, _("Remove files there."))
        if path == spec.paths.binaries and fs.noexec:
            found = _("{path} is mounted noexec").format(path=path)
            fix = _("Name another folder under paths.binaries.")
            return failed(node.name, "disk", title, found, _("etcd could not be run"), fix)
    return passed(node.name, "disk", title, _("enough"))


def _together(needs: dict[str, int], facts: HostFacts, fs: FileSystem) -> int:
    """KiB that all target folders on this file system need."""
    places = ((kib, facts.file_system(path)) for path, kib in needs.items())
    return sum(kib for kib, place in places if place and place.mount_point == fs.mount_point)


def file_systems(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The data folder is on a file system that keeps what it was told to keep."""
    title = _("the data folder's file system is durable")
    fs = facts.file_system(spec.paths.data)
    kind = fs.type if fs else ""
    if kind in ("tmpfs", "ramfs"):
        found = _("{path} is on {kind}").format(path=spec.paths.data, kind=kind)
        why = _("its content is gone after a reboot, and with it the member")
        return warned(node.name, "file-system", title, found, why, _("Use a disk (paths.data)."))
    if kind == "overlay":
        found = _("{path} is on {kind}").format(path=spec.paths.data, kind=kind)
        why = _("that is a container's or a live system's layer, and may be gone with it")
        fix = _("Mount a disk for the data, and name it under paths.data.")
        return warned(node.name, "file-system", title, found, why, fix)
    if kind in _REMOTE or kind.startswith(("nfs", "smb")):
        found = _("{path} is on {kind}").format(path=spec.paths.data, kind=kind)
        why = _("etcd needs a local disk that syncs within 10 ms")
        return warned(node.name, "file-system", title, found, why, _("Use a local disk."))
    return passed(node.name, "file-system", title, kind or _("unknown"))


def memory(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """Little memory is worth a word."""
    title = _("there is enough memory")
    found = _("{n} MiB").format(n=facts.memory_kib // 1024)
    if facts.memory_kib < _MEMORY_KIB:
        why = _("etcd keeps an index of all keys and the database in memory")
        return warned(node.name, "memory", title, found, why, _("Give the host 2 GiB or more."))
    return passed(node.name, "memory", title, found)


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return text
