"""Checks that nothing foreign is touched, and that nothing is asked that install cannot change."""

from __future__ import annotations

from etcd_tui.content.etcd_conf import parse_environment
from etcd_tui.fetch.archive import programs_of
from etcd_tui.i18n import _
from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.pki.profile import PROFILES
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.verdict import failed, passed, warned
from etcd_tui.spec.model import ClusterSpec, Node


def _foreign() -> str:
    return _("etcd-tui changes only what it put there itself")


def other_cluster(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The host does not belong to another cluster of ours."""
    title = _("the host is free")
    owner = facts.manifest.cluster
    if owner and owner != spec.cluster.name:
        found = _("it is a member of the cluster {name}").format(name=owner)
        why = _("one host holds one member")
        fix = _("Use another host, or uninstall that cluster from it first.")
        return failed(node.name, "other-cluster", title, found, why, fix)
    found = _("ours: {name}").format(name=owner) if owner else _("free")
    return passed(node.name, "other-cluster", title, found)


def foreign_etcd(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """No etcd of somebody else: package, process or Kubernetes."""
    title = _("no other etcd is installed")
    signs = [s for s in facts.foreign if not _is_ours(spec, facts, s)]
    if not signs:
        return passed(node.name, "foreign-etcd", title, _("none"))
    fix = _("Use another host, or remove that etcd yourself once nobody needs it.")
    return failed(node.name, "foreign-etcd", title, "; ".join(signs), _foreign(), fix)


def _is_ours(spec: ClusterSpec, facts: HostFacts, sign: str) -> bool:
    """A process of our own program that systemd no longer follows is still stopping."""
    program = f"{spec.paths.binaries}/etcd"
    return sign.endswith(f": {program} ") and facts.manifest.has("file", program)


def foreign_files(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """No file of somebody else stands where ours will be."""
    title = _("the target files are free")
    names = PROFILES[spec.certificates.profile].on_host
    paths = [f"{spec.paths.binaries}/{name}" for name in programs_of(spec.cluster.etcd)]
    paths += [
        f"{spec.paths.config}/{name}"
        for name in ("etcd.conf", names.authority, names.certificate, names.key)
    ]
    paths.append(f"{spec.paths.units}/etcd.service")
    strange = [p for p in paths if facts.path(p).present and not facts.manifest.has("file", p)]
    # Folders of the system may be links; where we set owner and mode, a link could lead anywhere.
    allowed = {"absent", "dir", "link"}
    strange += [
        folder
        for folder, kinds in (
            (spec.paths.config, allowed - {"link"}),
            (spec.paths.binaries, allowed),
            (spec.paths.units, allowed),
        )
        if facts.path(folder).kind not in kinds
    ]
    if not strange:
        return passed(node.name, "foreign-files", title, _("free or ours"))
    fix = _("Move them away if nobody needs them, or name other folders under paths.")
    return failed(node.name, "foreign-files", title, ", ".join(strange), _foreign(), fix)


def data_folder(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The data folder is ours, or empty."""
    title = _("the data folder is free")
    path = spec.paths.data
    there = facts.path(path)
    if there.kind == "link":
        found = _("{path} is a symbolic link to {target}").format(path=path, target=there.target)
        why = _("what it leads to could be anybody's")
        fix = _("Name the real folder under paths.data.")
        return failed(node.name, "data-folder", title, found, why, fix)
    if there.kind not in ("absent", "dir"):
        found = _("{path} is not a folder").format(path=path)
        return failed(node.name, "data-folder", title, found, _foreign(), _("Move it away."))
    if facts.manifest.has("data", path):
        return passed(node.name, "data-folder", title, _("ours"))
    fs = facts.file_system(path)
    mounted = fs is not None and fs.mount_point == path
    if mounted and set(facts.data_entries) <= {"lost+found"}:
        found = _("{path} is the root of a mounted file system").format(path=path)
        why = _("should the mount be missing after a boot, etcd would start there without its data")
        fix = _("Name a folder below it: paths.data: {path}/data").format(path=path)
        verdict = failed if facts.data_entries else warned
        return verdict(node.name, "data-folder", title, found, why, fix)
    if facts.data_entries:
        shown = ", ".join(facts.data_entries[:5])
        found = _("{path} is not empty: {entries}").format(path=path, entries=shown)
        why = _("an old member's data would come back to life, or somebody's files be lost")
        fix = _("Move it aside (mv {path} {path}.old), or name another folder under paths.data.")
        return failed(node.name, "data-folder", title, found, why, fix.format(path=path))
    return passed(node.name, "data-folder", title, _("free"))


def lost_data(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> Check | None:
    """A member that was part of the cluster still has its data."""
    settings = parse_environment(facts.text(f"{spec.paths.config}/etcd.conf"))
    was_member = settings.get("ETCD_INITIAL_CLUSTER_STATE") == "existing"
    if not was_member or facts.has_wal or not facts.manifest.cluster:
        return None
    title = _("the member still has its data")
    found = _("{path} is empty, but this member had joined the cluster").format(
        path=spec.paths.data
    )
    why = _("started again without its data it could break the cluster's promises")
    fix = _("Replace the member: etcdctl member remove, then add; install cannot do it.")
    return failed(node.name, "lost-data", title, found, why, fix)


def ports(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """Nobody else listens on 2379 and 2380."""
    title = _("ports 2379 and 2380 are free")
    busy = [
        listener
        for listener in facts.listeners
        if not (facts.running and listener.pid == facts.unit.pid)
    ]
    if not busy:
        return passed(node.name, "ports", title, _("free or ours"))
    found = "; ".join(
        _("{port} on {address} is held by {process} (process {pid})").format(
            port=b.port, address=b.address, process=b.process or "?", pid=b.pid or "?"
        )
        for b in busy
    )
    fix = _("Stop it if nobody needs it, then run this again.")
    return failed(node.name, "ports", title, found, _("etcd could not listen"), fix)


def unit(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check:
    """The name etcd.service is free or ours, and nobody amends it."""
    title = _("etcd.service is free")
    ours = f"{spec.paths.units}/etcd.service"
    fragment = facts.unit.fragment
    if fragment and not (fragment == ours and facts.manifest.has("file", ours)):
        found = _("there is another one: {path}").format(path=fragment)
        fix = _("Use another host, or remove that etcd yourself once nobody needs it.")
        return failed(node.name, "unit", title, found, _foreign(), fix)
    if facts.unit.load == "masked":
        fix = _("If that is not on purpose: systemctl unmask etcd")
        return failed(node.name, "unit", title, _("it is masked"), _("it cannot start"), fix)
    if facts.unit.drop_ins:
        found = _("it is amended by {paths}").format(paths=", ".join(facts.unit.drop_ins))
        why = _("what etcd runs with is then not what the answers say")
        return warned(node.name, "unit", title, found, why, _("Move these settings to tuning."))
    return passed(node.name, "unit", title, _("ours") if fragment else _("free"))


def drill(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check | None:
    """No drill is under way, in which a member is stopped on purpose."""
    if not facts.drill:
        return None
    found = _("a member is stopped for one at this moment")
    why = _("with another one restarted, the quorum would be lost")
    fix = _("Wait a minute, then run this again; the drill ends by itself.")
    return failed(node.name, "drill", _("no drill is under way"), found, why, fix)


def user(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check | None:
    """A user etcd that is already there is a service's, not a person's."""
    if spec.host.user == "root" or not facts.user or facts.manifest.has("user", "etcd"):
        return None
    title = _("the user etcd fits")
    uid, _gid, _home, shell = (*facts.user.split(":"), "", "", "", "")[:4]
    login = shell.rpartition("/")[2] not in ("nologin", "false", "")
    found = _("there is one: uid {uid}, shell {shell}").format(uid=uid, shell=shell)  # nosec B604
    why = _("etcd's key file will belong to this user, who is not changed")
    if uid == "0" or (login and uid.isdigit() and int(uid) >= 1000):
        fix = _("Rename that user, or set host.user to root.")
        return failed(node.name, "user", title, found, why, fix)
    if not facts.group:
        fix = _("Make a group etcd, or set host.user to root.")
        return failed(node.name, "user", title, _("there is no group etcd"), why, fix)
    return warned(node.name, "user", title, found, why, _("Check that it is a service's user."))


def release(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check | None:
    """Install does not change the release of a member that has data."""
    others = sorted({v for _name, v in facts.versions if v and v != spec.cluster.etcd})
    if not others:
        return None
    title = _("the installed release is the wanted one")
    found = _("installed is {found}, wanted {want}").format(
        found=", ".join(others), want=spec.cluster.etcd
    )
    why = _("a change of release goes member by member with a snapshot before; install cannot")
    fix = _("Set cluster.etcd to {version}; changing releases is the upgrade's work.").format(
        version=others[-1]
    )
    return failed(node.name, "release", title, found, why, fix)


def identity(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> Check | None:
    """Names, addresses, member set and token of a member with data stay as they are."""
    settings = parse_environment(facts.text(f"{spec.paths.config}/etcd.conf"))
    # The data is looked for in the folder that the answers name now; a quorum shows it elsewhere.
    bootstrapped = any(host.has_wal or host.ready for host in situation.hosts)
    if not facts.manifest.cluster or not bootstrapped:
        return None
    token = spec.cluster.token or situation.local.token
    wanted = {
        _("name"): (settings.get("ETCD_NAME", ""), node.name),
        _("peer URL"): (settings.get("ETCD_INITIAL_ADVERTISE_PEER_URLS", ""), node.peer_url),
        _("member set"): (settings.get("ETCD_INITIAL_CLUSTER", ""), spec.initial_cluster),
        _("token"): (settings.get("ETCD_INITIAL_CLUSTER_TOKEN", ""), token),
        _("data folder"): (settings.get("ETCD_DATA_DIR", ""), spec.paths.data),
    }
    changed = [
        _("{what}: {old} would become {new}").format(what=what, old=old, new=new or _("another"))
        for what, (old, new) in wanted.items()
        if settings and set(old.split(",")) != set(new.split(","))
    ]
    folders = {spec.paths.config, spec.paths.binaries, spec.paths.units, "/etc"}
    changed += [
        _("folder: {path} would be left behind").format(path=path)
        for path in facts.manifest.all("file")
        if path.rpartition("/")[0] not in folders
    ]
    title = _("the member stays who it is")
    if not changed:
        return passed(node.name, "identity", title, node.name)
    why = _("install cannot change these on a cluster that exists")
    fix = _("Take the change back, use the state folder it was installed with, or uninstall first.")
    return failed(node.name, "identity", title, "; ".join(changed), why, fix)


def authority(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> Check | None:
    """The authority on the host is the one in the store."""
    store = situation.local.store
    name = PROFILES[spec.certificates.profile].on_host.authority
    there = facts.path(f"{spec.paths.config}/{name}")
    if not there.sha256 or store.problem or not facts.manifest.cluster:
        return None
    title = _("the host's authority is ours")
    digest = next((d.sha256 for d in store.digests(node.name) if d.name == name), "")
    if digest == there.sha256:
        return passed(node.name, "authority", title, _("the same"))
    found = (
        _("the host trusts another authority than the one in the state folder")
        if digest
        else _("the state folder has no authority, but the host was installed with one")
    )
    why = _("a second authority would split the cluster")
    fix = _("Use the state folder (--state-dir) it was installed from, or uninstall first.")
    return failed(node.name, "authority", title, found, why, fix)
