"""Each check: what it passes, what it warns of or refuses, and that it always says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.fetch.archive import Archive
from etcd_tui.observe.facts import (
    FileSystem,
    Firewall,
    HostFacts,
    Listener,
    Manifest,
    PathFact,
    Unit,
)
from etcd_tui.observe.passage import Passage
from etcd_tui.observe.situation import Situation
from etcd_tui.pki.facts import AuthorityFacts, StoreFacts, StoreProblem
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import OPERATOR
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.preflight import preflight
from etcd_tui.spec.model import Cluster, ClusterSpec, HostPreparation, Node, Paths
from etcd_tui.spec.releases import pinned_sha256
from tests.unit.situations import File, World, carry_out, installed, spec_of, with_host

SPEC = spec_of()
BARE = World(SPEC).situation()
INSTALLED = installed(SPEC, plan_install).situation()
CONF = "/etc/etcd/etcd.conf"


def found(situation: Situation, spec: ClusterSpec = SPEC) -> list[Check]:
    """What does not pass; each must say why and what to do."""
    checks = preflight(spec, situation)
    bad = [check for check in checks if check.status != "pass"]
    for check in bad:
        assert check.found, check
        assert check.why, check
        assert check.fix, check
    return bad


def the_only(situation: Situation, spec: ClusterSpec = SPEC) -> Check:
    (check,) = found(situation, spec)
    return check


def host(facts: HostFacts, **changes: object) -> Situation:
    source = BARE if facts is BARE.hosts[1] else INSTALLED
    return with_host(source, facts.name, **changes)


def fs(path: str, **changes: object) -> tuple[FileSystem, ...]:
    """The file systems of a bare host, one of them changed."""
    return tuple(
        replace(one, **changes) if one.path == path else one  # type: ignore[arg-type]
        for one in BARE.hosts[1].file_systems
    )


def paths_with(situation: Situation, *more: PathFact) -> tuple[PathFact, ...]:
    others = tuple(p for p in situation.hosts[1].paths if p.path not in {m.path for m in more})
    return (*others, *more)


@pytest.mark.parametrize("situation", [BARE, INSTALLED], ids=["bare", "installed"])
def test_all_checks_pass_and_need_no_remedy(situation: Situation) -> None:
    checks = preflight(SPEC, situation)
    assert {check.status for check in checks} == {"pass"}
    assert not [check for check in checks if check.why or check.fix]
    assert {check.host for check in checks} == {"", OPERATOR, "etcd1", "etcd2", "etcd3"}


def test_a_clusters_checks_come_first_then_host_by_host() -> None:
    checks = [check for check in preflight(SPEC, INSTALLED) if check.key != "clock"]
    assert list(dict.fromkeys(check.host for check in checks)) == [
        "",
        OPERATOR,
        "etcd1",
        "etcd2",
        "etcd3",
    ]
    keys = [c.key for c in preflight(SPEC, INSTALLED) if c.host == "etcd2"]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("stop", range(0, 70, 3))
def test_an_install_that_was_interrupted_anywhere_may_go_on(stop: int) -> None:
    world = World(SPEC)
    carry_out(world, plan_install(SPEC, world.situation()), steps=stop)
    failed = [c for c in preflight(SPEC, world.situation()) if c.status == "fail"]
    assert failed == []


GB = 1 << 20
BAD_HOSTS: dict[str, tuple[dict[str, object], str, str, str]] = {
    "another kernel": ({"kernel": "FreeBSD 14"}, "system", "fail", "amd64"),
    "no systemd": ({"init": "init"}, "system", "fail", "Debian"),
    "systemd without version": ({"systemd": 0}, "system", "fail", "systemd 0"),
    "an architecture without etcd": ({"architecture": "riscv64"}, "system", "fail", "riscv64"),
    "an old systemd": ({"systemd": 219}, "system", "warn", "219"),
    "a missing tool": ({"missing_tools": ("ip", "tar")}, "tools", "fail", "ip, tar"),
    "a missing tool that a file would be compared with": (
        {
            "missing_tools": ("sha256sum",),
            "paths": paths_with(BARE, PathFact("/etc/hosts", "file", "644", "root", "root")),
        },
        "tools",
        "fail",
        "sha256sum",
    ),
    "another address": (
        {"addresses": ("127.0.0.1", "192.0.2.99")},
        "address",
        "fail",
        "192.0.2.99",
    ),
    "no address": ({"addresses": ()}, "address", "fail", "none"),
    "a source that no certificate names": (
        {"sources": (("192.0.2.11", "10.0.0.7"),)},
        "source-address",
        "fail",
        "10.0.0.7",
    ),
    "no way to a peer": (
        {"sources": (("192.0.2.11", ""),)},
        "source-address",
        "fail",
        "192.0.2.11",
    ),
    "a full disk": ({"file_systems": fs("/var/lib/etcd", free_kib=1024)}, "disk", "fail", "1 MiB"),
    "a full program disk": (
        {"file_systems": fs("/usr/local/bin", free_kib=1024)},
        "disk",
        "fail",
        "/usr/local/bin",
    ),
    "no inodes": (
        {"file_systems": fs("/var/lib/etcd", free_inodes=3)},
        "disk",
        "fail",
        "3 free inodes",
    ),
    "a read-only disk": (
        {"file_systems": fs("/etc/etcd", read_only=True)},
        "disk",
        "fail",
        "read-only",
    ),
    "a noexec disk": (
        {"file_systems": fs("/usr/local/bin", noexec=True)},
        "disk",
        "fail",
        "noexec",
    ),
    "data in memory": (
        {"file_systems": fs("/var/lib/etcd", type="tmpfs")},
        "file-system",
        "warn",
        "tmpfs",
    ),
    "data far away": (
        {"file_systems": fs("/var/lib/etcd", type="nfs4")},
        "file-system",
        "warn",
        "nfs4",
    ),
    "data in a container's layer": (
        {"file_systems": fs("/var/lib/etcd", type="overlay")},
        "file-system",
        "warn",
        "overlay",
    ),
    "data on a cluster file system": (
        {"file_systems": fs("/var/lib/etcd", type="fuse.glusterfs")},
        "file-system",
        "warn",
        "glusterfs",
    ),
    "data on a mount point": (
        {"file_systems": fs("/var/lib/etcd", mount_point="/var/lib/etcd")},
        "data-folder",
        "warn",
        "root of a mounted file system",
    ),
    "data on a mount point that is not empty": (
        {
            "file_systems": fs("/var/lib/etcd", mount_point="/var/lib/etcd"),
            "data_entries": ("lost+found",),
        },
        "data-folder",
        "fail",
        "root of a mounted file system",
    ),
    "a slow disk": ({"writes": 12, "write_ms": 25.5}, "write-latency", "warn", "25.50 ms"),
    "an address of another member": (
        {"addresses": ("192.0.2.12", "192.0.2.13")},
        "addresses",
        "fail",
        "192.0.2.13",
    ),
    "a proxy for services": (
        {"service_proxies": (("https_proxy", "http://proxy:3128"),)},
        "proxy",
        "fail",
        "https_proxy=http://proxy:3128",
    ),
    "a proxy for services that exempts others": (
        {"service_proxies": (("HTTPS_PROXY", "p:1"), ("NO_PROXY", "localhost,192.0.2.11,.x"))},
        "proxy",
        "fail",
        "HTTPS_PROXY=p:1",
    ),
    "a proxy for people": (
        {"login_proxies": (("HTTPS_PROXY", "p:1"),)},
        "proxy",
        "warn",
        "/etc/environment has HTTPS_PROXY=p:1",
    ),
    "SELinux without its tools": (
        {"selinux": "Enforcing", "helpers": ()},
        "selinux",
        "warn",
        "restorecon is missing",
    ),
    "a clock that nobody keeps": ({"timekeepers": ()}, "time-sync", "warn", "neither chronyd"),
    "little memory": ({"memory_kib": 512 * 1024}, "memory", "warn", "512 MiB"),
    "a package": (
        {"foreign": ("package etcd-server 3.4.23",)},
        "foreign-etcd",
        "fail",
        "etcd-server",
    ),
    "a process": (
        {"foreign": ("process 7: /usr/bin/etcd ",)},
        "foreign-etcd",
        "fail",
        "/usr/bin/etcd",
    ),
    "a busy port": ({"listeners": (Listener(2379, "*", "nginx", 7),)}, "ports", "fail", "nginx"),
    "a busy port of nobody": ({"listeners": (Listener(2380, "::"),)}, "ports", "fail", "2380"),
    "a unit of a package": (
        {"unit": Unit("loaded", fragment="/lib/systemd/system/etcd.service")},
        "unit",
        "fail",
        "/lib/systemd",
    ),
    "a masked unit": ({"unit": Unit("masked")}, "unit", "fail", "masked"),
    "drop-ins": (
        {"unit": Unit(drop_ins=("/etc/systemd/system/etcd.service.d/x.conf",))},
        "unit",
        "warn",
        "x.conf",
    ),
    "a person called etcd": (
        {"user": "1001:1001:/home/etcd:/bin/bash", "group": True},
        "user",
        "fail",
        "1001",
    ),
    "root called etcd": (
        {"user": "0:0:/root:/sbin/nologin", "group": True},
        "user",
        "fail",
        "uid 0",
    ),
    "a user without group": ({"user": "998:998:/:/sbin/nologin"}, "user", "fail", "no group"),
    "a service called etcd": (
        {"user": "998:998:/:/sbin/nologin", "group": True},
        "user",
        "warn",
        "998",
    ),
    "another cluster's member": (
        {"manifest": Manifest((("cluster", "test"),))},
        "other-cluster",
        "fail",
        "test",
    ),
    "files of somebody": (
        {"paths": paths_with(BARE, PathFact(CONF, "file", "644", "root", "root", "ab"))},
        "foreign-files",
        "fail",
        CONF,
    ),
    "a program of somebody": (
        {"paths": paths_with(BARE, PathFact("/usr/local/bin/etcd", "file", "755", "root", "root"))},
        "foreign-files",
        "fail",
        "/usr/local/bin/etcd",
    ),
    "a dead link where a file goes": (
        {"paths": paths_with(BARE, PathFact(CONF, "link", target="/nowhere"))},
        "foreign-files",
        "fail",
        CONF,
    ),
    "a file where a folder goes": (
        {"paths": paths_with(BARE, PathFact("/usr/local/bin", "file"))},
        "foreign-files",
        "fail",
        "/usr/local/bin",
    ),
    "a link where the config folder goes": (
        {"paths": paths_with(BARE, PathFact("/etc/etcd", "link", target="/srv/etcd"))},
        "foreign-files",
        "fail",
        "/etc/etcd",
    ),
    "data of somebody": ({"data_entries": ("member", "x")}, "data-folder", "fail", "member, x"),
    "a link to the data": (
        {"paths": paths_with(BARE, PathFact("/var/lib/etcd", "link", target="/srv"))},
        "data-folder",
        "fail",
        "/srv",
    ),
    "a file instead of the data": (
        {"paths": paths_with(BARE, PathFact("/var/lib/etcd", "file"))},
        "data-folder",
        "fail",
        "not a folder",
    ),
    "a hosts file that is a link": (
        {"paths": paths_with(BARE, PathFact("/etc/hosts", "link", "777", target="/run/hosts"))},
        "hosts-file",
        "fail",
        "/run/hosts",
    ),
    "a hosts file that was cut": (
        {"texts": (("/etc/hosts", "127.0.0.1"),)},
        "hosts-file",
        "fail",
        "256 KiB",
    ),
    "a clock that is off": ({"clock": 1002.0}, "clock", "warn", "+2.0 s"),
    "a clock that is far off": ({"clock": 940.0}, "clock", "fail", "-60.0 s"),
    "a clone": ({"machine_id": "id-etcd1"}, "machine-id", "fail", "etcd1, etcd2"),
    "a name used twice": ({"hostname": "etcd3"}, "hostname", "warn", "etcd2, etcd3"),
}


@pytest.mark.fault(
    18,
    injected="tmpfs, nfs4, overlay, glusterfs under the data folder",
    seen="warned, with the kind by name",
)
@pytest.mark.fault(
    23,
    injected="2 s ahead, 60 s behind",
    seen="warned, failed",
)
@pytest.mark.fault(
    36,
    injected="no systemd; an old one",
    seen="failed, warned",
)
@pytest.mark.fault(
    37,
    injected="etcd with uid 0, without a group, as a service",
    seen="failed, failed, reused with a warning",
)
@pytest.mark.fault(
    38,
    injected="enforcing without restorecon",
    seen="warned: install policycoreutils",
)
@pytest.mark.parametrize(
    ("changes", "key", "status", "words"), BAD_HOSTS.values(), ids=BAD_HOSTS.keys()
)
def test_a_bare_host_with_one_fault(
    changes: dict[str, object], key: str, status: str, words: str
) -> None:
    check = the_only(with_host(BARE, "etcd2", **changes))
    assert (check.key, check.status) == (key, status)
    assert check.host in ("etcd2", "")
    assert words in check.found


def test_hosts_that_are_no_fault() -> None:
    fine: list[dict[str, object]] = [
        {"paths": paths_with(BARE, PathFact("/usr/local/bin", "link", target="/usr/bin"))},
        {"paths": paths_with(BARE, PathFact("/etc/etcd", "dir", "755", "root", "root"))},
        {"paths": paths_with(BARE, PathFact("/var/lib/etcd", "dir", "755", "root", "root"))},
        {"file_systems": ()},
        {"file_systems": fs("/var/lib/etcd", free_inodes=-1)},
        {"addresses": ("192.0.2.12",)},
        {"clock": 0.0},
        {"clock": 1002.0, "answered_in": 4.0},
        {"machine_id": ""},
        {"sources": (("192.0.2.12", "127.0.0.1"), ("192.0.2.11", "192.0.2.12"))},
        {"writes": 100, "write_ms": 10.0},
        {"service_proxies": (("HTTPS_PROXY", "p:1"), ("NO_PROXY", "10.0.0.1, 192.0.2.0/24"))},
        {"service_proxies": (("https_proxy", "p:1"), ("no_proxy", "*"))},
        {"service_proxies": (("http_proxy", "p:1"),)},
        {"login_proxies": (("https_proxy", "p:1"), ("no_proxy", "192.0.2.0/28"))},
        {"selinux": "Enforcing"},
        {"selinux": "Permissive", "helpers": ()},
        {"timekeepers": (), "container": "systemd-nspawn"},
        {"firewall": Firewall("ufw")},
    ]
    for changes in fine:
        assert found(with_host(BARE, "etcd2", **changes)) == [], changes


def test_a_disk_must_hold_what_all_folders_on_it_need() -> None:
    small = tuple(replace(f, free_kib=300 << 10) for f in BARE.hosts[1].file_systems)
    quota, disk = found(with_host(BARE, "etcd2", file_systems=small))
    assert (quota.key, disk.key, disk.status) == ("quota", "disk", "fail")
    assert "needed are 418" in disk.found
    apart = tuple(replace(f, mount_point=f.path) for f in small)
    assert {c.key for c in found(with_host(BARE, "etcd2", file_systems=apart))} == {
        "quota", "data-folder",
    }  # fmt: skip


def test_a_proxy_in_a_running_members_environment_is_told() -> None:
    environment = (*INSTALLED.hosts[1].process_environment, ("HTTPS_PROXY", "p:1"))
    check = the_only(with_host(INSTALLED, "etcd2", process_environment=environment))
    assert (check.key, check.status) == ("proxy", "fail")
    fine = with_host(INSTALLED, "etcd2", service_proxies=(("HTTPS_PROXY", "p:1"),))
    assert found(fine) == []


def test_a_mount_point_that_holds_a_members_data_is_no_news() -> None:
    mounted = fs("/var/lib/etcd", mount_point="/var/lib/etcd")
    assert found(with_host(INSTALLED, "etcd2", file_systems=mounted)) == []


@pytest.mark.parametrize(
    ("policy", "status", "words"),
    [
        ("open", "pass", "install opens 2379 and 2380"),
        ("disable", "pass", "install switches it off"),
        ("leave", "warn", "no rule for: 192.0.2.11 2379, "),
    ],
)
def test_an_active_firewall_is_what_the_answers_make_of_it(
    policy: Literal["open", "leave", "disable"], status: str, words: str
) -> None:
    spec = spec_of(host=HostPreparation(firewall=policy))
    situation = with_host(BARE, "etcd2", firewall=Firewall("ufw"))
    (check,) = (c for c in preflight(spec, situation) if (c.host, c.key) == ("etcd2", "firewall"))
    assert check.status == status
    assert words in check.found


def test_a_firewall_that_is_left_and_lets_everybody_in_is_fine() -> None:
    spec = spec_of(host=HostPreparation(firewall="leave"))
    situation = with_host(BARE, "etcd2", firewall=Firewall("ufw"))
    ways = [Passage(a, "etcd2", p, "open") for a in ("etcd1", "etcd3") for p in (2379, 2380)]
    assert found(replace(situation, passages=tuple(ways)), spec) == []
    shut = (*ways[:-1], replace(ways[-1], outcome="silent"))
    bad = found(replace(situation, passages=shut), spec)
    assert {c.key for c in bad} == {"firewall", "peers:etcd2"}


def test_selinux_that_the_answers_relax_is_told() -> None:
    spec = spec_of(host=HostPreparation(selinux="permissive"))
    situation = with_host(BARE, "etcd2", selinux="Enforcing")
    (check,) = (c for c in preflight(spec, situation) if c.key == "selinux")
    assert (check.status, "install sets it to permissive" in check.found) == ("pass", True)


def test_addresses_compare_by_value_and_without_their_zone() -> None:
    spec = ClusterSpec(Cluster("prod", "3.5.30"), (Node("etcd1", "2001:db8::1"),))
    situation = with_host(
        World(spec).situation(),
        "etcd1",
        addresses=("2001:DB8:0::1%eth0",),
        sources=(("x", "2001:db8:0:0::1"),),
    )
    assert found(situation, spec) == []


def test_a_process_of_our_own_program_that_is_still_stopping_is_no_foreign_etcd() -> None:
    signs = ("process 7: /usr/local/bin/etcd ",)
    assert found(with_host(INSTALLED, "etcd2", foreign=signs)) == []
    assert the_only(with_host(BARE, "etcd2", foreign=signs)).key == "foreign-etcd"
    other = ("process 7: /usr/local/bin/etcd --data-dir /srv ",)
    assert the_only(with_host(INSTALLED, "etcd2", foreign=other)).key == "foreign-etcd"


def test_a_drill_that_is_under_way_is_waited_for() -> None:
    check = the_only(with_host(INSTALLED, "etcd2", drill=True))
    assert (check.host, check.key, check.status) == ("etcd2", "drill", "fail")


def test_ports_held_by_another_process_beside_our_running_member_are_told() -> None:
    listeners = (Listener(2379, "192.0.2.12", "etcd", 100), Listener(2380, "::", "socat", 7))
    check = the_only(with_host(INSTALLED, "etcd2", listeners=listeners))
    assert "2380" in check.found
    assert "2379" not in check.found


def test_a_hosts_file_of_any_kind_does_if_it_is_not_to_be_touched() -> None:
    spec = spec_of(host=HostPreparation(hosts_file=False))
    paths = paths_with(BARE, PathFact("/etc/hosts", "link", target="/run/hosts"))
    assert found(with_host(BARE, "etcd2", paths=paths), spec) == []


# what install cannot change


def refused(situation: Situation, spec: ClusterSpec) -> set[str]:
    return {check.key for check in found(situation, spec) if check.status == "fail"}


def swapped(**changes: object) -> ClusterSpec:
    return replace(SPEC, **changes)  # type: ignore[arg-type]


def test_another_member_set_is_refused() -> None:
    nodes = (*SPEC.nodes[:2], Node("etcd9", "192.0.2.13"))
    hosts = (*INSTALLED.hosts[:2], replace(INSTALLED.hosts[2], name="etcd9"))
    spec = swapped(nodes=nodes)
    situation = replace(INSTALLED, hosts=hosts, local=World(spec).situation().local)
    assert "identity" in refused(situation, spec)


def test_another_token_is_refused() -> None:
    spec = swapped(cluster=replace(SPEC.cluster, token="another"))
    assert {"token", "identity"} <= refused(INSTALLED, spec)


def test_a_state_folder_without_the_clusters_token_is_refused() -> None:
    situation = replace(INSTALLED, local=replace(INSTALLED.local, token=""))
    assert "identity" in refused(situation, SPEC)


def test_another_release_is_refused() -> None:
    spec = swapped(cluster=Cluster("prod", "3.5.29"))
    checks = [check for check in found(INSTALLED, spec) if check.key == "release"]
    assert len(checks) == 3
    assert "3.5.30" in checks[0].fix


def with_folders(**folders: str) -> tuple[Situation, ClusterSpec]:
    """An installed cluster as it is seen when the answers name other folders."""
    world = installed(SPEC, plan_install)
    world.spec = swapped(paths=Paths(**folders))
    for one in world.hosts.values():
        one.wal = "data" not in folders
        if "binaries" in folders:
            one.programs = {}
    return world.situation(), world.spec


@pytest.mark.parametrize("interrupted", [False, True])
@pytest.mark.parametrize("folder", ["data", "config", "binaries"])
def test_another_folder_is_refused_on_a_cluster_that_exists(folder: str, interrupted: bool) -> None:
    situation, spec = with_folders(**{folder: f"/srv/etcd/{folder}"})
    if interrupted:  # before the state was set to existing
        for name in ("etcd1", "etcd2", "etcd3"):
            texts = {
                path: text.replace("STATE=existing", "STATE=new")
                for path, text in situation.hosts[0].texts
            }
            situation = with_host(situation, name, texts=tuple(texts.items()))
    assert "identity" in refused(situation, spec)


def test_a_member_that_lost_its_data_is_refused() -> None:
    world = installed(SPEC, plan_install)
    world.hosts["etcd2"].wal = False
    world.hosts["etcd2"].process = None
    world.hosts["etcd2"].ready = False
    assert the_only(world.situation()).key == "lost-data"


def test_an_authority_that_is_not_the_stores_is_refused() -> None:
    world = installed(SPEC, plan_install)
    world.hosts["etcd2"].files["/etc/etcd/etcd-ca.crt"] = File(b"another")
    check = the_only(world.situation())
    assert (check.host, check.key) == ("etcd2", "authority")
    world = installed(SPEC, plan_install)
    world.authority = False
    world.issued.clear()
    assert "authority" in refused(world.situation(), SPEC)


# the operator's machine


def with_store(store: StoreFacts) -> Situation:
    return replace(BARE, local=replace(BARE.local, store=store))


def test_a_store_that_is_half_there_is_refused_with_its_remedy() -> None:
    problem = StoreProblem("The key is missing.", "somebody deleted it", "Restore it.")
    check = the_only(with_store(StoreFacts(AuthorityFacts("half"), problem=problem)))
    assert (check.status, check.found, check.why, check.fix) == (
        "fail", "The key is missing.", "somebody deleted it", "Restore it.",
    )  # fmt: skip


def test_a_store_with_a_problem_without_cause_or_remedy_still_says_what_to_do() -> None:
    check = the_only(
        with_store(StoreFacts(AuthorityFacts("half"), problem=StoreProblem("It cannot be read.")))
    )
    assert check.status == "fail"


def test_a_stores_warnings_are_warnings() -> None:
    store = replace(BARE.local.store, warnings=("The authority expires on 2026-09-01.",))
    check = the_only(with_store(store))
    assert (check.key, check.status) == ("store", "warn")
    assert "2026-09-01" in check.found


def archive(sha256: str) -> Archive:
    return Archive(Path("/tmp/etcd.tar.gz"), "3.5.30", "amd64", sha256, 1, "top", ("etcd",))


@pytest.mark.parametrize(
    ("what", "status"),
    [
        (archive(pinned_sha256("3.5.30", "amd64") or ""), "pass"),
        (archive("0" * 64), "warn"),
        (("It is a web page.", "Fetch it again."), "fail"),
        (None, "pass"),
    ],
)
def test_the_archive_is_right_unofficial_wrong_or_not_here_yet(
    what: Archive | tuple[str, str] | None, status: str
) -> None:
    situation = replace(BARE, local=replace(BARE.local, archives=(("amd64", what),)))
    check = next(c for c in preflight(SPEC, situation) if c.key == "archive")
    assert check.status == status
    assert bool(check.fix) is (status != "pass")


def test_for_an_architecture_that_etcd_is_not_built_for_no_archive_is_asked_for() -> None:
    local = replace(BARE.local, archives=(("riscv64", ("There is none.", "Name it.")),))
    assert "archive" not in {check.key for check in preflight(SPEC, replace(BARE, local=local))}


def test_a_check_is_json_as_it_stands() -> None:
    check = Check("etcd1", "disk", "title", "fail", "found", "why", "fix", (("paths.data", "/x"),))
    assert check.as_json() == {
        "host": "etcd1", "key": "disk", "title": "title", "status": "fail", "found": "found",
        "why": "why", "fix": "fix", "offer": (("paths.data", "/x"),),
    }  # fmt: skip


FAULTS: list[Callable[[Situation], Situation]] = [
    lambda s, c=changes: with_host(s, "etcd2", **c)  # type: ignore[misc]
    for changes, _key, _status, _words in BAD_HOSTS.values()
]


@given(st.lists(st.sampled_from(FAULTS), max_size=6), st.booleans())
def test_any_mixture_of_faults_is_told_with_remedies(
    faults: list[Callable[[Situation], Situation]], bare: bool
) -> None:
    situation = BARE if bare else INSTALLED
    for fault in faults:
        situation = fault(situation)
    checks = found(situation)
    assert bool(checks) or not faults or not bare
