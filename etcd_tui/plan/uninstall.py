"""The uninstall planner: take back what the manifest says install made or changed."""

from __future__ import annotations

from etcd_tui.content.firewall import wanted_rules
from etcd_tui.content.firewall_by_hand import ON, close_commands
from etcd_tui.content.hosts_block import removal, without_block
from etcd_tui.i18n import _
from etcd_tui.observe.facts import STATE_FOLDER, HostFacts
from etcd_tui.observe.situation import Situation
from etcd_tui.plan import actions
from etcd_tui.plan.model import Action, Plan, Stage, Text
from etcd_tui.plan.prepare import HOSTS_FILE
from etcd_tui.spec.model import ClusterSpec


def plan_uninstall(spec: ClusterSpec, situation: Situation, *, purge: bool) -> Plan:
    """Return how the hosts become what they were. Without `purge` data and its user stay."""
    stopping: list[Action] = []
    removing: list[Action] = []
    for facts in situation.hosts:
        if facts.manifest.cluster != spec.cluster.name:
            continue
        stopping += _stop(spec, facts)
        removing += actions.leftovers(facts)
        removing += _files(spec, facts)
        removing += _surroundings(spec, facts)
        removing += _folders(facts, purge=purge)
    stages = (
        # A stopping leader hands over to a peer; one that stops as well would let it wait 7 s.
        Stage("stop", _("Stop"), "one-by-one", tuple(stopping), changes_start=True),
        Stage("remove", _("Remove"), "together", tuple(removing)),
    )
    return Plan(tuple(stage for stage in stages if stage.actions))


def _stop(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    unit = f"{spec.paths.units}/etcd.service"
    if not (facts.manifest.has("file", unit) or facts.manifest.has("unit", "etcd.service")):
        return []
    return [
        actions.script(
            facts,
            "stop",
            "stop_member",
            unit,
            title=_("Stop etcd and disable it"),
            reason=_("it is to be removed"),
            commands=("systemctl disable --now etcd",),
            timeout=120,
        )
    ]


def _hosts_file_after(spec: ClusterSpec, facts: HostFacts) -> str:
    return without_block(facts.text(HOSTS_FILE), spec.cluster.name)


def _files(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    # Install made the hosts file where there was none; somebody else may need it by now.
    hosts_file_stays = _hosts_file_after(spec, facts) != ""
    files = [p for p in facts.manifest.all("file") if p != HOSTS_FILE or not hosts_file_stays]
    if not files:
        return []
    return [
        actions.script(
            facts,
            "files",
            "remove_files",
            *files,
            title=_("Remove the files that install made"),
            reason=_("{n} files are recorded").format(n=len(files)),
            commands=(f"rm -f {' '.join(files)}", "systemctl daemon-reload"),
        )
    ]


def _surroundings(spec: ClusterSpec, facts: HostFacts) -> list[Action]:
    due = []
    before, after = facts.text(HOSTS_FILE), _hosts_file_after(spec, facts)
    made = facts.manifest.has("file", HOSTS_FILE)
    # One that cannot be read whole keeps the block: better than to lose what is behind it.
    if before != after and (after or not made) and facts.is_whole(HOSTS_FILE):
        there = facts.path(HOSTS_FILE)
        due.append(
            actions.write_file(
                facts,
                "hosts-file",
                HOSTS_FILE,
                Text(after),
                title=_("Take the members out of {path}").format(path=HOSTS_FILE),
                reason=_("install put them there"),
                owner=there.owner,
                group=there.group,
                mode=there.mode,
                expect=there.sha256,
                created=False,
                commands=(removal(spec.cluster.name, HOSTS_FILE),),
            )
        )
    if made and after:
        due.append(
            actions.script(
                facts,
                "hosts-file-kept",
                "unrecord",
                "file",
                HOSTS_FILE,
                title=_("Leave {path} to the host").format(path=HOSTS_FILE),
                reason=_("install made it, but it holds other entries now"),
                commands=(),
            )
        )
    kinds = dict.fromkeys(entry.split(" ")[0] for entry in facts.manifest.all("firewall"))
    due += [
        actions.script(
            facts,
            f"firewall:{kind}",
            "firewall_close",
            kind,
            title=_("Put {firewall} back as it was").format(firewall=kind),
            reason=_("install changed it"),
            commands=_firewall_commands(spec, facts, kind),
        )
        for kind in kinds
    ]
    if any(kind.startswith("selinux") for kind, _value in facts.manifest.entries):
        due.append(
            actions.script(
                facts,
                "selinux",
                "selinux_restore",
                title=_("Put SELinux back as it was"),
                reason=_("install changed it"),
                commands=_selinux_commands(facts),
            )
        )
    return due


def _firewall_commands(spec: ClusterSpec, facts: HostFacts, kind: str) -> tuple[str, ...]:
    if facts.manifest.has("firewall-off", kind):
        return (ON[kind],)
    rules = wanted_rules(spec, spec.node(facts.name))
    detail = facts.firewall.detail if facts.firewall.kind == kind else ()
    return close_commands(kind, rules, detail)


def _selinux_commands(facts: HostFacts) -> tuple[str, ...]:
    config = tuple(
        f"sed -i 's/^SELINUX=.*/SELINUX={was}/' /etc/selinux/config"
        for was in facts.manifest.all("selinux-config")
        if was != "none"
    )
    enforced = facts.manifest.has("selinux-mode", "Enforcing")
    return (*config, *(("setenforce 1",) if enforced else ()))


def _folders(facts: HostFacts, *, purge: bool) -> list[Action]:
    manifest = facts.manifest
    data = manifest.all("data")
    # A data folder without data holds nothing that anybody could want back.
    going = purge or not facts.data_entries
    due = []
    if going:
        due += [
            actions.script(
                facts,
                f"data:{path}",
                "purge_data",
                path,
                title=_("Delete the data in {path}").format(path=path),
                reason=_("asked for by name") if facts.data_entries else _("it is empty"),
                commands=(f"find {path} -mindepth 1 -xdev -delete",),
                timeout=600,
            )
            for path in data
        ]
    folders = {*manifest.all("dir"), *(entry.split(" ")[0] for entry in manifest.all("dir-was"))}
    if not going:
        folders = {f for f in folders if not any(f"{d}/".startswith(f"{f}/") for d in data)}
    if folders:
        deepest_first = sorted(folders, key=lambda path: (-path.count("/"), path))
        due.append(
            actions.script(
                facts,
                "folders",
                "restore_dirs",
                *deepest_first,
                title=_("Remove the folders that install made"),
                reason=", ".join(deepest_first),
                commands=(f"rmdir {' '.join(deepest_first)}",),
            )
        )
    if going:
        due += _last(facts)
    return due


def _last(facts: HostFacts) -> list[Action]:
    manifest = facts.manifest
    due = []
    if manifest.has("user", "etcd") or manifest.has("accounts", "saved"):
        due.append(
            actions.script(
                facts,
                "user",
                "remove_user",
                title=_("Remove the system user etcd"),
                reason=_("install made it"),
                commands=(
                    "userdel etcd",
                    "if getent group etcd >/dev/null; then groupdel etcd; fi",
                ),
            )
        )
    due.append(
        actions.script(
            facts,
            "forget",
            "forget",
            manifest.cluster,
            title=_("Remove {folder}").format(folder=STATE_FOLDER),
            reason=_("nothing is left to take back"),
            commands=(f"rm -rf {STATE_FOLDER}",),
        )
    )
    return due
