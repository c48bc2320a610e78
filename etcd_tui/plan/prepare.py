"""Prepare one host: leftovers, user, folders, hosts file, firewall, SELinux, programs."""

from __future__ import annotations

from etcd_tui.content.hosts_block import marked_block, removal, with_block
from etcd_tui.fetch.archive import Archive, programs_of
from etcd_tui.fetch.by_hand import archive_file, archive_source, fetch_commands
from etcd_tui.fetch.origin import origin
from etcd_tui.i18n import _
from etcd_tui.observe.facts import STATE_FOLDER, HostFacts
from etcd_tui.observe.programs import programs_missing
from etcd_tui.observe.situation import Situation
from etcd_tui.plan import actions
from etcd_tui.plan.firewall import firewall
from etcd_tui.plan.model import Action, InstallPrograms, Text
from etcd_tui.spec.model import ClusterSpec, Node
from etcd_tui.typed import carry, heredoc

HOSTS_FILE = "/etc/hosts"


def prepare(spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation) -> list[Action]:
    """Return what the host lacks before etcd's own files can be written."""
    return [
        *actions.leftovers(facts),
        *_ownership(spec, facts),
        *_user(spec, facts),
        *_folders(spec, facts),
        *_hosts_file(spec, facts),
        *firewall(spec, node, facts),
        *_selinux(spec, facts),
        *_programs(spec, node, facts, situation),
    ]


def _ownership(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    if facts.manifest.cluster == spec.cluster.name:
        return []
    return [
        actions.script(
            facts,
            "manifest",
            "record",
            "cluster",
            spec.cluster.name,
            title=_("Note the cluster in {folder}").format(folder=STATE_FOLDER),
            reason=_("uninstall removes only what is noted there"),
            commands=(
                f"install -d -m 700 {STATE_FOLDER}",
                f"echo 'cluster {spec.cluster.name}' >> {STATE_FOLDER}/manifest",
            ),
        )
    ]


def _user(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    if spec.host.user == "root" or facts.user:
        return []
    home = spec.paths.data
    return [
        actions.script(
            facts,
            "user",
            "make_user",
            home,
            title=_("Make the system user etcd"),
            reason=_("etcd does not need to be root"),
            commands=(
                "groupadd --system etcd",
                f"useradd --system --gid etcd --home-dir {home} --no-create-home "
                "--shell /usr/sbin/nologin --comment etcd etcd",
            ),
        )
    ]


def _folders(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    group = spec.host.user
    due = []
    for key, path, owner, mode in (
        ("config-folder", spec.paths.config, "root", "750"),
        ("data-folder", spec.paths.data, spec.host.user, "700"),
    ):
        there = facts.path(path)
        data = key == "data-folder"
        if not data and _usable(facts, path):
            continue
        noted = not data or facts.manifest.has("data", path)
        if (there.kind, there.mode, there.owner, there.group) != ("dir", mode, owner, group) or (
            not noted
        ):
            due.append(actions.make_dir(facts, key, path, owner, group, mode, data=data))
    for key, path in (
        ("programs-folder", spec.paths.binaries),
        ("units-folder", spec.paths.units),
    ):
        if not facts.path(path).present:
            due.append(actions.make_dir(facts, key, path, "root", "root", "755"))
    return due


def _usable(facts: HostFacts, path: str) -> bool:
    """Whether the folder was here before us and etcd can pass through it as it is."""
    there = facts.path(path)
    return there.kind == "dir" and not facts.manifest.has("dir", path) and there.mode[-1:] in "157"


def _hosts_file(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    before = facts.text(HOSTS_FILE)
    after = with_block(before, spec)
    if not spec.host.hosts_file or before == after:
        return []
    there = facts.path(HOSTS_FILE)
    return [
        actions.write_file(
            facts,
            "hosts-file",
            HOSTS_FILE,
            Text(after),
            title=_("Put the members into {path}").format(path=HOSTS_FILE),
            reason=_("the members' names are not there as they should be"),
            owner=there.owner or "root",
            group=there.group or "root",
            mode=there.mode or "644",
            expect=there.sha256,
            created=not there.present,
            commands=(
                removal(spec.cluster.name, HOSTS_FILE),
                heredoc(HOSTS_FILE, marked_block(spec), append=True),
            ),
        )
    ]


def _selinux(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    wanted = {"permissive": "permissive", "disable": "disabled"}.get(spec.host.selinux, "")
    enforcing = facts.selinux == "Enforcing"
    if not wanted or not facts.selinux or (not enforcing and facts.selinux_config == wanted):
        return []
    return [
        actions.script(
            facts,
            "selinux",
            "selinux_relax",
            wanted,
            title=_("Set SELinux to {mode}").format(mode=wanted),
            reason=_("the answers ask for it"),
            commands=(
                "setenforce 0",
                f"sed -i 's/^SELINUX=.*/SELINUX={wanted}/' /etc/selinux/config",
            ),
        )
    ]


def _programs(
    spec: ClusterSpec, node: Node, facts: HostFacts, situation: Situation
) -> list[Action]:
    if not programs_missing(spec, facts):
        return []
    version, bin_folder = spec.cluster.etcd, spec.paths.binaries
    names = programs_of(version)
    place = origin(spec, facts.architecture)
    step = InstallPrograms(
        version, facts.architecture, bin_folder, names, spec.binaries.fetch == "hosts"
    )
    found = ", ".join(f"{name} {v}" for name, v in facts.versions) or _("nothing")
    reason = _("found {found}, want {version}").format(found=found, version=version)
    here = dict(situation.local.archives).get(facts.architecture)
    top = here.top if isinstance(here, Archive) else f"etcd-v{version}-linux-{facts.architecture}"
    file = archive_file(place)
    fetch = fetch_commands(place, by_host=step.by_host)
    bring = () if step.by_host else (*fetch, carry(node, archive_source(place), file))
    return [
        actions.install_programs(
            facts,
            step,
            reason=reason,
            archive=file,
            top=top,
            fetch=fetch if step.by_host else (),
            bring=bring,
        )
    ]
