"""What install would do: nothing where all is as wanted, what mends it where it is not."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.content.etcd_conf import parse_environment
from etcd_tui.observe.facts import STATE_FOLDER, Firewall
from etcd_tui.observe.situation import Situation
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import OPERATOR, Action, ConfText, HealthGate, Plan, RunScript, WriteFile
from etcd_tui.spec.model import Binaries, Certificates, ClusterSpec, HostPreparation, Paths
from tests.unit.situations import (
    File,
    Host,
    World,
    carry_out,
    installed,
    keys,
    spec_of,
    tuned,
    with_host,
)

SPEC = spec_of()
CONF = "/etc/etcd/etcd.conf"
UNIT = "/etc/systemd/system/etcd.service"
FRESH = [
    "prepare/manifest", "prepare/user", "prepare/config-folder", "prepare/data-folder",
    "prepare/hosts-file", "prepare/programs",
    "configure/authority-file", "configure/key-file", "configure/certificate-file",
    "configure/config", "configure/unit", "configure/enable",
    "start/start", "start/ready", "settle/settle",
]  # fmt: skip


def spec_with(**host: object) -> ClusterSpec:
    return spec_of(host=HostPreparation(**host))  # type: ignore[arg-type]


def restarts(plan: Plan) -> list[tuple[str, str]]:
    """(stage mode, host) of every start or restart."""
    return [
        (stage.mode, action.host)
        for stage, action in plan.actions()
        if isinstance(action.step, RunScript) and action.step.script == "start_member"
    ]


def assert_well_formed(plan: Plan) -> None:
    for stage in plan.stages:
        assert stage.actions
        assert stage.title
        pairs = [(action.host, action.key) for action in stage.actions]
        assert len(set(pairs)) == len(pairs)
    touching = [
        stage.key
        for stage in plan.stages
        if any(action.key in ("start", "restart") for action in stage.actions)
    ]
    assert [stage.key for stage in plan.stages if stage.changes_start] == touching[:1]
    for _stage, action in plan.actions():
        assert action.title
        assert action.reason, action.key
        assert "PRIVATE" not in f"{action.preview}{action.commands}"


# fresh hosts


def test_bare_hosts_get_everything_in_the_order_in_which_it_is_needed() -> None:
    plan = plan_install(SPEC, World(SPEC).situation())
    assert [(stage.key, stage.mode) for stage in plan.stages] == [
        ("prepare", "together"),
        ("configure", "together"),
        ("start", "together"),
        ("settle", "together"),
    ]
    found = keys(plan)
    assert found.pop(OPERATOR) == [
        "prepare/token",
        "prepare/authority",
        "prepare/certificate:etcd1",
        "prepare/certificate:etcd2",
        "prepare/certificate:etcd3",
        "prepare/certificate:etcd-tui-operator",
        "prepare/client-environment",
    ]
    assert found == {node.name: FRESH for node in SPEC.nodes}
    assert_well_formed(plan)


def test_root_needs_no_user_and_a_shared_key_one_certificate() -> None:
    spec = spec_of(host=HostPreparation(user="root"), certificates=Certificates(profile="openssl"))
    found = keys(plan_install(spec, World(spec).situation()))
    assert "prepare/certificate:etcd" in found[OPERATOR]
    assert "prepare/certificate:etcd1" not in found[OPERATOR]
    assert found["etcd1"] == [key for key in FRESH if key != "prepare/user"]


def test_members_are_started_apart() -> None:
    plan = plan_install(SPEC, World(SPEC).situation())
    assert {stage.key: bool(stage.apart) for stage in plan.stages} == {
        "prepare": False,
        "configure": False,
        "start": True,
        "settle": False,
    }


def test_one_that_restarts_is_not_let_into_a_quorum_before() -> None:
    world = installed(SPEC, plan_install)
    for host in world.hosts.values():
        host.process = None
    world.hosts["etcd2"].process = {"ETCD_NAME": "etcd2"}
    world.hosts["etcd2"].ready = False
    (start,) = (s for s in plan_install(SPEC, world.situation()).stages if s.key == "start")
    assert next(action.key for action in start.actions if action.host == "etcd2") == "restart"
    assert start.apart == 0.0


def test_only_the_start_is_the_point_of_no_return() -> None:
    plan = plan_install(SPEC, World(SPEC).situation())
    assert [stage.key for stage in plan.stages if stage.changes_start] == ["start"]


def test_the_same_situation_gives_the_same_plan() -> None:
    assert plan_install(SPEC, World(SPEC).situation()) == plan_install(
        spec_of(), World(spec_of()).situation()
    )


def test_the_key_is_the_services_alone_and_the_conf_is_roots() -> None:
    plan = plan_install(SPEC, World(SPEC).situation())
    written = {
        action.step.path: (action.step.owner, action.step.group, action.step.mode)
        for _stage, action in plan.actions()
        if isinstance(action.step, WriteFile) and action.host == "etcd1"
    }
    assert written["/etc/etcd/server.key"] == ("etcd", "etcd", "600")
    assert written["/etc/etcd/server.crt"] == ("root", "root", "644")
    assert written[CONF] == ("root", "root", "600")
    assert written[UNIT] == ("root", "root", "644")


def test_the_hosts_file_keeps_its_owner_and_is_only_replaced_as_it_was_seen() -> None:
    world = World(SPEC)
    world.hosts["etcd1"].files["/etc/hosts"] = File(b"127.0.0.1 localhost\n", "664", "root", "adm")
    plan = plan_install(SPEC, world.situation())
    step = next(a.step for _s, a in plan.actions() if (a.host, a.key) == ("etcd1", "hosts-file"))
    assert isinstance(step, WriteFile)
    assert (step.mode, step.group, step.created) == ("664", "adm", False)
    assert step.expect == world.hosts["etcd1"].files["/etc/hosts"].sha256


def test_the_token_in_a_preview_is_a_promise_until_it_is_chosen() -> None:
    plan = plan_install(SPEC, World(SPEC).situation())
    action = next(a for _s, a in plan.actions() if a.key == "config")
    assert '+ETCD_INITIAL_CLUSTER_TOKEN="(random, chosen at install)"' in action.preview or (
        "(random, chosen at install)" in action.preview
    )
    assert "CHOSEN-AT-INSTALL" not in action.preview


def test_a_token_in_the_answers_is_written_as_it_is() -> None:
    spec = replace(SPEC, cluster=replace(SPEC.cluster, token="of-my-own"))
    plan = plan_install(spec, World(spec).situation())
    step = next(a.step for _s, a in plan.actions() if a.key == "config")
    assert isinstance(step, WriteFile)
    assert isinstance(step.content, ConfText)
    assert parse_environment(step.content.text)["ETCD_INITIAL_CLUSTER_TOKEN"] == "of-my-own"


def test_hosts_that_fetch_for_themselves_are_told_so() -> None:
    spec = spec_of(binaries=Binaries(source="https://mirror.example/etcd", fetch="hosts"))
    action = next(
        a for _s, a in plan_install(spec, World(spec).situation()).actions() if a.key == "programs"
    )
    url = "https://mirror.example/etcd/v3.5.30/etcd-v3.5.30-linux-amd64.tar.gz"
    assert url in "\n".join(action.commands)
    assert action.step.by_host  # type: ignore[union-attr]


# as wanted


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("profile", ["cfssl", "openssl"])
def test_an_installed_cluster_needs_nothing(count: int, profile: str) -> None:
    spec = spec_of(count, certificates=Certificates(profile=profile))  # type: ignore[arg-type]
    world = installed(spec, plan_install)
    assert plan_install(spec, world.situation()).empty
    assert all(host.starts == 1 for host in world.hosts.values())


# one thing is not as wanted


def changed(path: str, **what: object) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        host.files[path] = replace(host.files[path], **what)  # type: ignore[arg-type]

    return change


def do(work: Callable[[Host], object]) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        work(host)

    return change


def set_to(name: str, value: object) -> Callable[[Host], None]:
    return lambda host: setattr(host, name, value)


DEVIATIONS = {
    "another CA": (changed("/etc/etcd/etcd-ca.crt", data=b"?"), ["roll/authority-file"]),
    "another certificate": (changed("/etc/etcd/server.crt", data=b"?"), ["roll/certificate-file"]),
    "another key": (changed("/etc/etcd/server.key", data=b"?"), ["roll/key-file"]),
    "a key for all to read": (changed("/etc/etcd/server.key", mode="644"), ["roll/key-file"]),
    "a key of root": (changed("/etc/etcd/server.key", owner="root"), ["roll/key-file"]),
    "a key of another group": (changed("/etc/etcd/server.key", group="users"), ["roll/key-file"]),
    "no certificate": (
        do(lambda h: h.files.pop("/etc/etcd/server.crt")),
        ["roll/certificate-file"],
    ),
    "another conf": (changed(CONF, data=b"ETCD_NAME=x\n"), ["roll/config"]),
    "a conf for all to read": (changed(CONF, mode="644"), ["roll/config"]),
    "another unit": (changed(UNIT, data=b"[Unit]\n"), ["roll/unit", "roll/enable"]),
    "a unit that others write": (changed(UNIT, mode="666"), ["roll/unit", "roll/enable"]),
    "a disabled unit": (set_to("enabled", False), ["roll/enable"]),
    "an old view of the unit": (set_to("loaded", "old"), ["roll/enable"]),
    "a missing program": (do(lambda h: h.programs.pop("etcdutl")), ["prepare/programs"]),
    "another program": (do(lambda h: h.programs.update(etcdctl="3.5.1")), ["prepare/programs"]),
    "no hosts block": (
        changed("/etc/hosts", data=b"127.0.0.1 localhost\n"),
        ["prepare/hosts-file"],
    ),
    "a leftover": (set_to("leftovers", ["/etc/etcd/.etcd-tui.abc123"]), ["prepare/leftovers"]),
    "an open data folder": (
        do(lambda h: h.folders.update({"/var/lib/etcd": ("755", "etcd", "etcd")})),
        ["prepare/data-folder"],
    ),
    "a data folder of root": (
        do(lambda h: h.folders.update({"/var/lib/etcd": ("700", "root", "root")})),
        ["prepare/data-folder"],
    ),
    "an open config folder of our own": (
        do(lambda h: h.folders.update({"/etc/etcd": ("755", "root", "root")})),
        ["prepare/config-folder"],
    ),
    "a closed config folder": (
        do(lambda h: h.folders.update({"/etc/etcd": ("700", "root", "root")})),
        ["prepare/config-folder"],
    ),
    "no record of the cluster": (
        do(lambda h: h.manifest.remove(("cluster", "prod"))),
        ["prepare/manifest"],
    ),
    "no record of the data": (
        do(lambda h: h.manifest.remove(("data", "/var/lib/etcd"))),
        ["prepare/data-folder"],
    ),
}


@pytest.mark.parametrize(("change", "mends"), DEVIATIONS.values(), ids=DEVIATIONS.keys())
def test_one_deviation_gives_what_mends_it_and_no_restart(
    change: Callable[[Host], None], mends: list[str]
) -> None:
    world = installed(SPEC, plan_install)
    change(world.hosts["etcd2"])
    plan = plan_install(SPEC, world.situation())
    found = keys(plan)
    gates = ["roll/gate:before", "roll/gate:etcd2"] if mends[0].startswith("roll/") else []
    assert found.pop(OPERATOR, []) == gates
    assert found == {"etcd2": mends}
    assert restarts(plan) == []
    assert_well_formed(plan)
    carry_out(world, plan)
    assert plan_install(SPEC, world.situation()).empty


def test_a_stopped_member_is_started_and_waited_for() -> None:
    world = installed(SPEC, plan_install)
    world.hosts["etcd3"].process, world.hosts["etcd3"].ready = None, False
    assert keys(plan_install(SPEC, world.situation())) == {"etcd3": ["start/start", "start/ready"]}


def test_a_member_that_came_up_after_its_install_failed_counts_its_restarts_anew() -> None:
    world = World(SPEC)
    plan = plan_install(SPEC, world.situation())
    *begun, settle = plan.stages

    def failed_before() -> Situation:
        there = world.situation()
        unit = next(host.unit for host in there.hosts if host.name == "etcd2")
        return with_host(there, "etcd2", unit=replace(unit, restarts=3))

    carry_out(world, Plan(tuple(begun)))
    assert keys(plan_install(SPEC, failed_before()))["etcd2"] == ["roll/count-anew", "roll/config"]
    carry_out(world, Plan((settle,)))
    assert plan_install(SPEC, failed_before()).empty


def test_a_member_on_its_way_is_only_waited_for() -> None:
    world = installed(SPEC, plan_install)
    world.hosts["etcd3"].ready = False
    plan = plan_install(SPEC, world.situation())
    assert keys(plan) == {"etcd3": ["start/ready"]}
    assert_well_formed(plan)


@pytest.mark.parametrize(
    ("lost", "wanted"),
    [
        ("token", ["prepare/token"]),
        ("client_environment", ["prepare/client-environment"]),
    ],
)
def test_what_the_operator_lost_is_made_again(lost: str, wanted: list[str]) -> None:
    world = installed(SPEC, plan_install)
    setattr(world, lost, "")
    assert keys(plan_install(SPEC, world.situation()))[OPERATOR][:1] == wanted


def test_a_certificate_to_be_issued_again_reaches_its_host_without_a_restart() -> None:
    world = installed(SPEC, plan_install)
    world.issued.remove("etcd1")
    plan = plan_install(SPEC, world.situation())
    assert keys(plan) == {
        OPERATOR: ["prepare/certificate:etcd1", "roll/gate:before", "roll/gate:etcd1"],
        "etcd1": ["roll/key-file", "roll/certificate-file"],
    }


def test_a_changed_setting_rolls_member_by_member_between_health_gates() -> None:
    world = installed(SPEC, plan_install)
    world.spec = tuned(SPEC)
    plan = plan_install(world.spec, world.situation())
    (stage,) = plan.stages
    assert stage.mode == "one-by-one"
    expected = [(OPERATOR, "gate:before")]
    for name in ("etcd1", "etcd2", "etcd3"):
        expected += [
            (name, "config"),
            (name, "restart"),
            (name, "ready"),
            (OPERATOR, f"gate:{name}"),
        ]
    assert [(action.host, action.key) for action in stage.actions] == expected
    assert "ETCD_HEARTBEAT_INTERVAL" in next(a.reason for a in stage.actions if a.key == "restart")
    assert_well_formed(plan)


def test_a_sick_member_does_not_hold_up_what_may_mend_it() -> None:
    world = installed(SPEC, plan_install)
    for name in ("etcd1", "etcd2"):
        world.issued.remove(name)
    assert excused(plan_install(SPEC, world.situation())) == [("etcd1", "etcd2"), ("etcd2",), ()]
    world.spec = tuned(SPEC)
    assert excused(plan_install(world.spec, world.situation())) == [
        ("etcd1",), ("etcd2",), ("etcd3",), (),
    ]  # fmt: skip


def excused(plan: Plan) -> list[tuple[str, ...]]:
    """The members that each health gate lets be sick."""
    steps = [action.step for _stage, action in plan.actions()]
    return [step.excused for step in steps if isinstance(step, HealthGate)]


def test_a_process_that_missed_a_change_is_restarted_though_its_files_are_right() -> None:
    world = installed(SPEC, plan_install)
    process = world.hosts["etcd2"].process
    assert process is not None
    process["ETCD_LOG_LEVEL"] = "debug"
    assert keys(plan_install(SPEC, world.situation())) == {
        OPERATOR: ["roll/gate:before", "roll/gate:etcd2"],
        "etcd2": ["roll/restart", "roll/ready"],
    }


def test_a_folder_that_was_here_before_and_lets_etcd_pass_stays_as_it_is() -> None:
    world = World(SPEC)
    world.hosts["etcd1"].folders["/etc/etcd"] = ("755", "root", "root")
    world.hosts["etcd2"].folders["/etc/etcd"] = ("700", "root", "root")
    found = keys(plan_install(SPEC, world.situation()))
    assert "prepare/config-folder" not in found["etcd1"]
    assert "prepare/config-folder" in found["etcd2"]


def test_missing_folders_for_programs_and_units_are_made_first() -> None:
    spec = replace(
        SPEC, paths=Paths(binaries="/opt/etcd/bin", units="/usr/local/lib/systemd/system")
    )
    world = World(spec)
    for host in world.hosts.values():
        host.folders |= dict.fromkeys(("/opt", "/usr/local/lib"), ("755", "root", "root"))
    found = keys(plan_install(spec, world.situation()))["etcd1"]
    assert found.index("prepare/programs-folder") < found.index("prepare/programs")
    assert "prepare/units-folder" in found
    carry_out(world, plan_install(spec, world.situation()))
    assert plan_install(spec, world.situation()).empty


# firewall and SELinux


def test_a_firewall_is_opened_left_alone_or_switched_off() -> None:
    world = World(SPEC)
    for host in world.hosts.values():
        host.firewall = Firewall("nftables", enabled=True)
    situation = world.situation()
    scripts = {}
    for choice in ("open", "leave", "disable"):
        plan = plan_install(spec_with(firewall=choice), situation)
        scripts[choice] = [a.step.script for _s, a in plan.actions() if a.key == "firewall"]  # type: ignore[union-attr]
    assert scripts == {
        "open": ["firewall_open"] * 3, "leave": [], "disable": ["firewall_disable"] * 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "now", "config", "acts"),
    [
        ("keep", "Enforcing", "enforcing", False),
        ("permissive", "Enforcing", "enforcing", True),
        ("permissive", "Enforcing", "permissive", True),
        ("permissive", "Permissive", "enforcing", True),
        ("permissive", "Permissive", "permissive", False),
        ("disable", "Permissive", "permissive", True),
        ("disable", "Permissive", "disabled", False),
        ("disable", "Disabled", "disabled", False),
        ("permissive", "", "", False),
    ],
)
def test_selinux_is_touched_only_where_it_differs(
    choice: str, now: str, config: str, acts: bool
) -> None:
    situation = with_host(World(SPEC).situation(), "etcd1", selinux=now, selinux_config=config)
    found = keys(plan_install(spec_with(selinux=choice), situation))
    assert ("prepare/selinux" in found["etcd1"]) is acts


# new, existing, settle


@pytest.mark.parametrize(
    ("wal", "running", "ready"), list(itertools.product([False, True], repeat=3))
)
def test_the_initial_state_follows_from_what_is_there(
    wal: bool, running: bool, ready: bool
) -> None:
    world = installed(SPEC, plan_install)
    host = world.hosts["etcd1"]
    host.wal = wal
    host.ready = ready
    if not running:
        host.process = None
    del host.files[CONF]
    plan = plan_install(SPEC, world.situation())
    texts = {
        action.key: parse_environment(action.step.content.text)["ETCD_INITIAL_CLUSTER_STATE"]
        for _stage, action in plan.actions()
        if isinstance(action.step, WriteFile) and isinstance(action.step.content, ConfText)
    }
    found = keys(plan)["etcd1"]
    joined = wal or (running and ready)
    assert texts.pop("config") == ("existing" if joined else "new")
    assert texts == ({} if joined else {"settle": "existing"})
    assert ("start/start" in found) is (not running)
    assert ("start/ready" in found) is not (running and ready)
    rolling = running and ready
    assert ("roll/config" in found) is rolling
    assert ("configure/config" in found) is not rolling


def test_members_that_never_had_a_quorum_are_restarted_together() -> None:
    world = World(SPEC)
    plan = plan_install(SPEC, world.situation())
    carry_out(world, plan)
    for host in world.hosts.values():
        host.ready = False
    world.spec = tuned(SPEC)
    plan = plan_install(world.spec, world.situation())
    assert restarts(plan) == [("together", name) for name in world.hosts]


# any situation

MUTATIONS = [change for change, _mends in DEVIATIONS.values()] + [
    set_to("process", None),
    set_to("ready", False),
    do(lambda h: (h.process or {}).pop("ETCD_LOG_LEVEL", None)),
    do(lambda h: h.files.pop(CONF, None)),
    do(lambda h: h.files.pop(UNIT, None)),
]
mutations = st.lists(st.tuples(st.integers(1, 5), st.integers(0, len(MUTATIONS) - 1)), max_size=8)


def disturbed(count: int, changes: list[tuple[int, int]], *, tuning: bool) -> World:
    world = installed(spec_of(count), plan_install)
    for number, change in changes:
        host = world.hosts.get(f"etcd{number}")
        if host is None:
            continue
        try:
            MUTATIONS[change](host)
        except (KeyError, ValueError):
            continue  # an earlier change took away what this one changes
        if host.process is None:
            host.ready = False
    if tuning:
        world.spec = tuned(world.spec)
    return world


def assert_no_quorum_is_touched_at_once(plan: Plan, situation: Situation) -> None:
    members = {host.name for host in situation.hosts if host.ready and host.has_wal}
    assert not [host for mode, host in restarts(plan) if mode == "together" and host in members]
    for stage in plan.stages:
        if stage.mode != "one-by-one":
            continue
        by_host = [
            list(group) for _host, group in itertools.groupby(stage.actions, lambda a: a.host)
        ]
        gates = [isinstance(group[0].step, HealthGate) for group in by_host]
        assert gates == [n % 2 == 0 for n in range(len(by_host))]
        assert gates[-1]


@given(st.sampled_from([1, 3, 5]), mutations, st.booleans(), st.randoms(use_true_random=False))
def test_any_disturbed_cluster_is_mended_without_touching_two_of_its_members_at_once(
    count: int, changes: list[tuple[int, int]], tuning: bool, order: random.Random
) -> None:
    world = disturbed(count, changes, tuning=tuning)
    situation = world.situation()
    plan = plan_install(world.spec, situation)
    assert plan == plan_install(world.spec, situation)
    assert_well_formed(plan)
    assert_no_quorum_is_touched_at_once(plan, situation)
    carry_out(world, plan, order=order)
    assert plan_install(world.spec, world.situation()).empty


@given(
    st.sampled_from([1, 3]),
    st.lists(st.integers(0, 30), max_size=4),
    st.randoms(use_true_random=False),
    st.sampled_from(["open", "leave"]),
    st.booleans(),
)
def test_a_run_that_stops_anywhere_any_number_of_times_is_ended_by_the_next(
    count: int, stops: list[int], order: random.Random, firewall: str, own_folders: bool
) -> None:
    host = HostPreparation(firewall=firewall, selinux="permissive")  # type: ignore[arg-type]
    paths = Paths(config="/opt/etcd/conf", binaries="/opt/etcd/bin") if own_folders else Paths()
    spec = spec_of(count, host=host, paths=paths)
    world = World(spec)
    for one in world.hosts.values():
        one.firewall = Firewall("firewalld", enabled=True)
        one.selinux = ("Enforcing", "enforcing")
        one.folders["/opt"] = ("755", "root", "root")
    for steps in stops:
        plan = plan_install(spec, world.situation())
        assert_well_formed(plan)
        carry_out(world, plan, steps=steps, order=order)
        name = order.choice(list(world.hosts))
        world.hosts[name].leftovers = [f"{STATE_FOLDER}/.etcd-tui.abcdef"]
    carry_out(world, plan_install(spec, world.situation()), order=order)
    assert plan_install(spec, world.situation()).empty
    assert all(host.starts == 1 for host in world.hosts.values())
    for one in world.hosts.values():
        conf = parse_environment(one.files[f"{paths.config}/etcd.conf"].data.decode())
        assert conf["ETCD_INITIAL_CLUSTER_STATE"] == "existing"


@given(
    st.integers(0, 14), st.lists(st.integers(0, 14), max_size=3), st.randoms(use_true_random=False)
)
def test_a_rolling_change_that_stops_anywhere_goes_on_and_restarts_nobody_twice(
    first: int, more: list[int], order: random.Random
) -> None:
    world = installed(SPEC, plan_install)
    world.spec = tuned(SPEC)
    for steps in (first, *more):
        plan = plan_install(world.spec, world.situation())
        assert_no_quorum_is_touched_at_once(plan, world.situation())
        carry_out(world, plan, steps=steps, order=order)
    carry_out(world, plan_install(world.spec, world.situation()), order=order)
    assert plan_install(world.spec, world.situation()).empty
    assert all(host.starts == 2 for host in world.hosts.values())


def test_every_action_says_what_a_person_would_type() -> None:
    plan = plan_install(SPEC, World(SPEC).situation())
    assert [action.key for _stage, action in plan.actions() if not action.commands] == []


def test_an_action_names_its_host_in_the_spec_or_the_operator() -> None:
    names = {node.name for node in SPEC.nodes} | {OPERATOR}
    actions: list[Action] = [a for _s, a in plan_install(SPEC, World(SPEC).situation()).actions()]
    assert {action.host for action in actions} == names
