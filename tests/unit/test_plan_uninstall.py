"""What uninstall would do: take back what the manifest names, and nothing else."""

from __future__ import annotations

import random
import re
import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.content.hosts_block import with_block
from etcd_tui.observe.facts import STATE_FOLDER, Firewall, HostFacts, Manifest, PathFact
from etcd_tui.observe.situation import LocalFacts, Situation
from etcd_tui.pki.facts import AuthorityFacts, StoreFacts
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import Plan, RunScript, WriteFile
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.spec.model import ClusterSpec, HostPreparation, Paths
from tests.unit.situations import File, World, carry_out, installed, keys, spec_of, with_host

SPEC = spec_of(host=HostPreparation(selinux="permissive"))
MINE = ("cluster", "prod")
DATA = "/var/lib/etcd"


def bare(spec: ClusterSpec) -> World:
    world = World(spec)
    for host in world.hosts.values():
        host.firewall = Firewall("firewalld", enabled=True)
        host.selinux = ("Enforcing", "enforcing")
    return world


def after_install(spec: ClusterSpec) -> World:
    world = bare(spec)
    carry_out(world, plan_install(spec, world.situation()))
    return world


def trees(world: World) -> list[object]:
    return [host.tree() for host in world.hosts.values()]


def uninstall(world: World, *, purge: bool) -> Plan:
    return plan_uninstall(world.spec, world.situation(), purge=purge)


@given(
    st.lists(st.integers(0, 30), max_size=4), st.integers(0, 60), st.randoms(use_true_random=False)
)
def test_after_an_install_to_anywhere_and_uninstalls_to_anywhere_the_hosts_are_as_before(
    stops: list[int], installed_to: int, order: random.Random
) -> None:
    spec = replace(SPEC, paths=Paths(config="/opt/etcd/conf", data="/opt/etcd/data"))
    world = bare(spec)
    for host in world.hosts.values():
        host.folders["/opt"] = ("711", "root", "root")
    world.hosts["etcd2"].folders["/opt/etcd"] = ("755", "root", "root")
    world.hosts["etcd2"].folders["/opt/etcd/conf"] = ("700", "root", "root")
    before = repr(trees(world))
    plan = plan_install(spec, world.situation())
    carry_out(world, plan, steps=installed_to, order=order)
    for steps in stops:
        carry_out(world, uninstall(world, purge=True), steps=steps, order=order)
    carry_out(world, uninstall(world, purge=True), order=order)
    assert repr(trees(world)) == before
    assert uninstall(world, purge=True).empty


def test_without_purge_the_data_its_user_and_their_record_stay() -> None:
    world = after_install(SPEC)
    plan = uninstall(world, purge=False)
    carry_out(world, plan)
    for host in world.hosts.values():
        assert host.wal
        assert host.user
        assert DATA in host.folders
        assert set(host.manifest) == {
            MINE,
            ("data", DATA),
            ("dir", DATA),
            ("accounts", "saved"),
            ("user", "etcd"),
            ("group", "etcd"),
        }
        assert set(host.files) == {"/etc/hosts"}


def test_data_that_stayed_can_be_purged_later() -> None:
    world = after_install(SPEC)
    before = trees(bare(SPEC))
    carry_out(world, uninstall(world, purge=False))
    assert uninstall(world, purge=False).empty
    carry_out(world, uninstall(world, purge=True))
    assert trees(world) == before


def test_a_data_folder_without_data_goes_without_being_purged_by_name() -> None:
    world = after_install(SPEC)
    for host in world.hosts.values():
        host.wal = False
    carry_out(world, uninstall(world, purge=False))
    assert trees(world) == trees(bare(SPEC))


def test_the_member_is_stopped_before_anything_is_removed() -> None:
    found = keys(uninstall(after_install(SPEC), purge=True))
    assert found["etcd1"] == [
        "stop/stop",
        "remove/files",
        "remove/hosts-file",
        "remove/firewall:firewalld",
        "remove/selinux",
        f"remove/data:{DATA}",
        "remove/folders",
        "remove/user",
        "remove/forget",
    ]


def test_a_hosts_file_that_install_made_goes_too() -> None:
    world = bare(SPEC)
    del world.hosts["etcd1"].files["/etc/hosts"]
    before = repr(trees(world))
    carry_out(world, plan_install(SPEC, world.situation()))
    assert ("file", "/etc/hosts") in world.hosts["etcd1"].manifest
    carry_out(world, uninstall(world, purge=True))
    assert repr(trees(world)) == before


def test_a_hosts_file_that_install_made_stays_if_somebody_else_uses_it_now() -> None:
    world = bare(SPEC)
    host = world.hosts["etcd1"]
    del host.files["/etc/hosts"]
    carry_out(world, plan_install(SPEC, world.situation()))
    host.files["/etc/hosts"] = File(host.files["/etc/hosts"].data + b"192.0.2.99 printer\n")
    carry_out(world, uninstall(world, purge=True))
    assert host.files["/etc/hosts"].data == b"192.0.2.99 printer\n"
    assert host.manifest == []


def test_other_hosts_are_left_alone() -> None:
    world = after_install(SPEC)
    situation = with_host(world.situation(), "etcd1", manifest=Manifest())
    situation = with_host(
        situation, "etcd2", manifest=Manifest((("cluster", "other"), ("file", "/x")))
    )
    assert set(keys(plan_uninstall(SPEC, situation, purge=True))) == {"etcd3"}


def test_an_etcd_service_that_is_not_ours_is_not_stopped() -> None:
    situation = with_host(
        after_install(SPEC).situation(), "etcd1", manifest=Manifest((MINE, ("dir", "/etc/etcd")))
    )
    assert keys(plan_uninstall(SPEC, situation, purge=True))["etcd1"] == [
        "remove/hosts-file",
        "remove/folders",
        "remove/forget",
    ]


# any manifest

PATHS = [
    "/etc/etcd",
    "/etc/etcd/etcd.conf",
    "/etc/hosts",
    "/usr/local/bin/etcd",
    DATA,
    "/var/lib",
    "/srv/a/b",
    "/srv/a",
    "/etc/systemd/system/etcd.service",
]
entries = st.one_of(
    st.tuples(st.sampled_from(["file", "dir", "data"]), st.sampled_from(PATHS)),
    st.sampled_from(PATHS).map(lambda path: ("dir-was", f"{path} 755 root root")),
    st.sampled_from(
        [
            ("user", "etcd"), ("group", "etcd"), ("accounts", "saved"), ("unit", "etcd.service"),
            ("firewall", "ufw"), ("selinux-mode", "Enforcing"), ("selinux-config", "enforcing"),
        ]
    ),
)  # fmt: skip


def situation_of(manifest: list[tuple[str, str]], data: tuple[str, ...]) -> Situation:
    text = with_block("127.0.0.1 localhost\n", SPEC)
    hosts = tuple(
        HostFacts(
            node.name,
            manifest=Manifest((MINE, *dict.fromkeys(manifest))),
            data_entries=data,
            texts=(("/etc/hosts", text),),
            paths=(
                PathFact("/etc/hosts", "file", "644", "root", "root", File(text.encode()).sha256),
            ),
        )
        for node in SPEC.nodes
    )
    return Situation(hosts, LocalFacts(StoreFacts(AuthorityFacts("present"))))


def touched(plan: Plan) -> set[str]:
    """Every absolute path that a step of the plan names."""
    paths = set()
    for _stage, action in plan.actions():
        match action.step:
            case RunScript(_script, args):
                paths |= {arg for arg in args if arg.startswith("/")}
            case WriteFile(path):
                paths.add(path)
    return paths


@given(st.lists(entries, max_size=12), st.booleans(), st.sampled_from([(), ("member",)]))
def test_no_path_is_named_that_is_not_in_the_manifest(
    manifest: list[tuple[str, str]], purge: bool, data: tuple[str, ...]
) -> None:
    plan = plan_uninstall(SPEC, situation_of(manifest, data), purge=purge)
    noted = {value.split(" ")[0] for _kind, value in manifest}
    # Of /etc/hosts only the block between our own marks goes; the unit is only asked about.
    assert touched(plan) - noted - {"/etc/hosts"} <= {"/etc/systemd/system/etcd.service"}
    for _stage, action in plan.actions():
        for command in action.commands:
            words = [w for w in shlex.split(command) if re.fullmatch(r"(/[\w.*-]+)+/?", w)]
            assert set(words) <= noted | {STATE_FOLDER, "/etc/hosts", "/etc/selinux/config"}


@given(st.lists(entries, max_size=12))
def test_without_purge_no_data_folder_and_nothing_above_it_is_touched(
    manifest: list[tuple[str, str]],
) -> None:
    plan = plan_uninstall(SPEC, situation_of(manifest, ("member",)), purge=False)
    data = {value for kind, value in manifest if kind == "data"}
    scripts = [a.step for _s, a in plan.actions() if isinstance(a.step, RunScript)]
    assert {"purge_data", "forget", "remove_user"}.isdisjoint(step.script for step in scripts)
    for step in scripts:
        if step.script == "restore_dirs":
            assert not [p for p in step.args for d in data if f"{d}/".startswith(f"{p}/")]


@given(st.lists(entries, max_size=12), st.booleans())
def test_folders_go_deepest_first_and_keys_are_unique(
    manifest: list[tuple[str, str]], purge: bool
) -> None:
    plan = plan_uninstall(SPEC, situation_of(manifest, ()), purge=purge)
    for stage in plan.stages:
        pairs = [(action.host, action.key) for action in stage.actions]
        assert len(set(pairs)) == len(pairs)
        for action in stage.actions:
            assert action.title
            assert action.reason
            if isinstance(action.step, RunScript) and action.step.script == "restore_dirs":
                depths = [path.count("/") for path in action.step.args]
                assert depths == sorted(depths, reverse=True)


def test_a_hosts_file_that_cannot_be_read_whole_is_left_alone() -> None:
    situation = after_install(SPEC).situation()
    cut = dict(situation.hosts[0].texts)
    cut["/etc/hosts"] = cut["/etc/hosts"][:-1]
    situation = with_host(situation, "etcd1", texts=tuple(cut.items()))
    found = keys(plan_uninstall(SPEC, situation, purge=True))
    assert "remove/hosts-file" not in found["etcd1"]
    assert "remove/hosts-file" in found["etcd2"]


@pytest.mark.parametrize("purge", [False, True])
def test_leftovers_of_an_interrupted_run_go_as_well(purge: bool) -> None:
    world = after_install(SPEC)
    world.hosts["etcd2"].leftovers = ["/etc/.etcd-tui.abc123"]
    carry_out(world, uninstall(world, purge=purge))
    assert world.hosts["etcd2"].leftovers == []


def test_an_installed_cluster_can_be_installed_again_after_it_was_removed() -> None:
    world = installed(SPEC, plan_install)
    carry_out(world, uninstall(world, purge=True))
    carry_out(world, plan_install(SPEC, world.situation()))
    assert plan_install(SPEC, world.situation()).empty
