"""Rules that bind several keys together."""

from __future__ import annotations

import pytest

from etcd_tui.spec.releases import LATEST_STABLE
from etcd_tui.spec.rules import check

from .conftest import SMALLEST, answers, errors, problems, read, the_error, warnings

ONE_KEY = {"ETCD_MAX_REQUEST_BYTES": "3145728"}


def members(count: int) -> list[dict[str, str]]:
    return [{"name": f"etcd{n}", "address": f"192.0.2.{10 + n}"} for n in range(1, count + 1)]


@pytest.mark.parametrize("count", [3, 5, 7])
def test_odd_counts_need_no_word(count: int) -> None:
    assert warnings(answers(nodes=members(count))) == []


@pytest.mark.parametrize(
    ("count", "said"), [(2, "loss of 0"), (4, "loss of 1"), (6, "loss of 2"), (1, "not highly")]
)
def test_other_counts_say_what_they_survive(count: int, said: str) -> None:
    (problem,) = warnings(answers(nodes=members(count)))
    assert (problem.key, said in problem.what, problem.line) == ("nodes", True, 5)


def test_more_than_seven_members_are_slow() -> None:
    assert ["5 disks" in p.what for p in warnings(answers(nodes=members(9)))] == [True]


def test_no_members_are_an_error() -> None:
    assert the_error(answers(nodes=[])).key == "nodes"


def test_names_and_addresses_are_there_once() -> None:
    text = answers(
        nodes=[
            {"name": "etcd1", "address": "2001:db8::1"},
            {"name": "etcd1", "address": "2001:db8::2"},
            {"name": "etcd3", "address": "2001:DB8:0:0::1"},
        ]
    )
    assert [(p.key, "member 1" in p.what) for p in errors(text)] == [
        ("nodes[1].name", True),
        ("nodes[2].address", True),
    ]


def test_two_members_on_one_ssh_server_are_an_error() -> None:
    text = answers(nodes__0__ssh={"host": "bastion"}, nodes__1__ssh={"host": "Bastion"})
    assert the_error(text).key == "nodes[1].ssh.host"
    assert (
        errors(answers(nodes__0__ssh={"host": "b"}, nodes__1__ssh={"host": "b", "port": 23})) == []
    )


@pytest.mark.fault(
    55,
    injected="members of both families",
    seen="warned",
)
def test_mixed_families_and_loopback_are_warned_of() -> None:
    (problem,) = warnings(answers(nodes__0__address="2001:db8::1"))
    assert problem.key == "nodes"
    (problem,) = warnings(answers(nodes__0__address="127.0.0.11"))
    assert problem.key == "nodes[0].address"


def test_there_is_a_way_to_log_in() -> None:
    assert "no way to log in" in the_error(answers(ssh={"agent": False})).what
    assert errors(answers(ssh={"agent": False, "password": {"prompt": True}})) == []


def test_a_sudo_password_for_root_is_warned_of_once() -> None:
    (problem,) = warnings(answers(ssh__sudo_password={"prompt": True}))
    assert problem.key == "ssh.sudo_password"


@pytest.mark.parametrize("version", ["3.5.0", "3.5.1", "3.5.2"])
def test_a_release_that_corrupts_data_needs_the_override(version: str) -> None:
    changes = {"cluster__etcd": version, "binaries__source": "google"}
    assert "allow_unsafe_version" in the_error(answers(**changes)).fix
    (problem,) = warnings(answers(**changes, cluster__allow_unsafe_version=True))
    assert problem.key == "cluster.etcd"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.4.45", ["no more patches"]),
        ("3.4.21", ["below 3.4.22", "no more patches"]),
        ("3.5.5", ["below 3.5.6"]),
        ("3.5.6", []),
        ("3.6.0", []),
        (LATEST_STABLE, []),
        ("3.7.99", []),
    ],
)
def test_old_releases_are_warned_of_and_newer_patches_are_not(
    version: str, said: list[str]
) -> None:
    found = warnings(answers(cluster__etcd=version, binaries__source="google"))
    assert [part in p.what for part, p in zip(said, found, strict=True)] == [True] * len(said)


@pytest.mark.parametrize(
    ("version", "said"),
    [("3.3.27", "too old"), ("2.3.8", "too old"), ("3.8.0", "newer"), ("4.0.0", "newer")],
)
def test_unknown_lines_are_refused(version: str, said: str) -> None:
    problem = the_error(answers(cluster__etcd=version, binaries__source="google"))
    assert said in problem.what


@pytest.mark.parametrize("version", ["3.5", "3.5.x", "latest", "3.6.0-rc.1", "3.05.1", "v3"])
def test_a_release_has_three_numbers(version: str) -> None:
    assert the_error(answers(cluster__etcd=version)).key == "cluster.etcd"


def test_a_tarball_with_upstreams_name_is_of_the_wanted_release() -> None:
    source = "./etcd-v3.5.29-linux-amd64.tar.gz"
    assert "3.5.29" in the_error(answers(binaries__source=source)).what
    assert errors(answers(binaries__source="./my-etcd.tar.gz")) == []
    assert errors(answers(binaries__source="./etcd-v3.5.30-linux-{arch}.tar.gz")) == []
    source = "./etcd-v3.5.30-linux-x86_64.tar.gz"
    assert "architecture" in the_error(answers(binaries__source=source)).what


def test_hosts_cannot_fetch_a_file_of_this_machine() -> None:
    assert the_error(answers(binaries__fetch="hosts")).key == "binaries.fetch"
    assert errors(answers(binaries__fetch="hosts", binaries__source="github")) == []


def test_a_mirror_without_tls_needs_a_sum_from_the_answers() -> None:
    plain = {"binaries__source": "http://mirror.example.org/etcd"}
    assert [p.key for p in warnings(answers(**plain))] == ["binaries.source"]
    assert warnings(answers(**plain, binaries__sha256="ab" * 32)) == []
    assert warnings(answers(binaries__source="https://mirror.example.org/etcd")) == []


def test_client_ranges_need_the_firewall_and_a_bound() -> None:
    ranges = ["192.0.2.0/24"]
    assert warnings(answers(host={"client_ranges": ranges})) == []
    (problem,) = warnings(answers(host={"client_ranges": ranges, "firewall": "leave"}))
    assert "no effect" in problem.what
    assert "every address" in the_error(answers(host={"client_ranges": ["::/0"]})).what


@pytest.mark.parametrize(
    ("paths", "broken"),
    [
        ({"data": "/var/lib"}, "data"),
        ({"config": "/etc"}, "config"),
        ({"config": "/etc/ssh"}, "config"),
        ({"data": "/home/etcd"}, "data"),
        ({"data": "/tmp/etcd"}, "data"),
        ({"data": "/run/etcd"}, "data"),
        ({"binaries": "/root/bin"}, "binaries"),
        ({"binaries": "/etc"}, "binaries"),
        ({"data": "/etc/etcd"}, "config"),
        ({"data": "/etc/etcd/data"}, "data"),
        ({"config": "/var/lib/etcd/conf"}, "config"),
        ({"data": "/opt/etcd", "binaries": "/opt/etcd/bin"}, "binaries"),
        ({"units": "/etc/etcd"}, "units"),
        ({"units": "/etc"}, "units"),
    ],
)
def test_folders_are_for_etcd_alone_and_apart(paths: dict[str, str], broken: str) -> None:
    assert the_error(answers(paths=paths)).key == f"paths.{broken}"


def test_other_folders_are_fine() -> None:
    assert warnings(answers(paths={"data": "/data/etcd", "binaries": "/usr/bin/"})) == []
    found = warnings(answers(paths={"units": "/opt/units"}))
    assert [p.key for p in found] == ["paths.units"]


def test_an_election_takes_at_least_five_heartbeats() -> None:
    tuning = {"heartbeat_interval": 100, "election_timeout": 499}
    assert "500" in the_error(answers(tuning=tuning)).fix
    assert errors(answers(tuning={**tuning, "election_timeout": 500})) == []
    assert the_error(answers(tuning={"election_timeout": 50001})).key == "tuning.election_timeout"


def test_a_quota_above_8_gib_is_warned_of_and_a_tiny_one_refused() -> None:
    assert warnings(answers(tuning={"quota_backend_bytes": "8GiB"})) == []
    assert "9GiB" in warnings(answers(tuning={"quota_backend_bytes": "9GiB"}))[0].what
    assert "16MiB" in the_error(answers(tuning={"quota_backend_bytes": 1024})).fix


@pytest.mark.parametrize(
    ("mode", "kept", "severity"),
    [
        ("periodic", "8h", None),
        ("periodic", "1h30m", None),
        ("periodic", 8, None),
        ("periodic", "0", "warning"),
        ("periodic", "0h", "warning"),
        ("revision", 1000, None),
        ("revision", "8h", "error"),
        ("periodic", "8 hours", "error"),
    ],
)
def test_a_retention_has_the_form_of_its_mode(
    mode: str, kept: object, severity: str | None
) -> None:
    tuning = {"auto_compaction_mode": mode, "auto_compaction_retention": kept}
    assert [p.severity for p in problems(answers(tuning=tuning))] == [severity] * bool(severity)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ETCD_NAME", "nodes[].name"),
        ("ETCD_QUOTA_BACKEND_BYTES", "tuning.quota_backend_bytes"),
        ("ETCD_DATA_DIR", "paths.data"),
        ("ETCD_AUTO_TLS", "nobody can verify"),
        ("ETCD_FORCE_NEW_CLUSTER", "throw"),
        ("ETCD_DISCOVERY", "list of nodes"),
        ("ETCD_DISCOVERY_SRV", "list of nodes"),
        ("ETCD_UNSAFE_NO_FSYNC", "lost"),
        ("ETCD_CONFIG_FILE", "ignore"),
        ("ETCD_CLIENT_CERT_AUTH", "always"),
        ("etcd_name", "capital"),
        ("PATH", "ETCD_"),
        ("ETCD_MAX_REQUEST_BYTE", "Did you mean ETCD_MAX_REQUEST_BYTES"),
        ("ETCD_NOTHING_LIKE_IT_AT_ALL", "does not know"),
    ],
)
def test_some_settings_may_not_stand_in_the_environment(name: str, said: str) -> None:
    problem = the_error(answers(tuning={"environment": {name: "true"}}))
    assert said in f"{problem.what} {problem.fix}"


@pytest.mark.parametrize("value", ["a'b", 'a"b', "a\\b", "a\nb", "$(a)", "", " a", "x" * 1001])
def test_values_of_the_environment_are_safe_in_a_file_of_systemd(value: str) -> None:
    text = answers(tuning={"environment": {"ETCD_METRICS": value}})
    assert the_error(text).key == "tuning.environment.ETCD_METRICS"


def test_settings_keep_their_order_and_their_text() -> None:
    text = SMALLEST + (
        "tuning:\n  environment:\n    ETCD_METRICS: extensive\n    ETCD_MAX_TXN_OPS: 0128\n"
        "    ETCD_PRE_VOTE: true\n    ETCD_CIPHER_SUITES: A,B\n"
    )
    assert read(text)[0].tuning.environment == (
        ("ETCD_METRICS", "extensive"),
        ("ETCD_MAX_TXN_OPS", "0128"),
        ("ETCD_PRE_VOTE", "true"),
        ("ETCD_CIPHER_SUITES", "A,B"),
    )
    assert "etcd knows no other" in the_error(text.replace("true", "yes")).fix


@pytest.mark.parametrize(
    ("version", "name", "known"),
    [
        ("3.5.7", "ETCD_TLS_MIN_VERSION", False),
        ("3.5.8", "ETCD_TLS_MIN_VERSION", True),
        ("3.6.0", "ETCD_FEATURE_GATES", True),
        ("3.5.30", "ETCD_FEATURE_GATES", False),
        ("3.7.0", "ETCD_EXPERIMENTAL_CORRUPT_CHECK_TIME", False),
    ],
)
def test_settings_are_those_that_the_release_knows(version: str, name: str, known: bool) -> None:
    text = answers(
        cluster__etcd=version, binaries__source="google", tuning={"environment": {name: "a"}}
    )
    assert [p.key for p in errors(text)] == ([] if known else [f"tuning.environment.{name}"])


def test_rules_can_be_asked_without_a_file() -> None:
    spec, _ = read(answers(tuning={"environment": ONE_KEY}))
    assert check(spec) == []


def test_a_rule_is_silent_while_a_key_it_rests_on_is_broken() -> None:
    tuning = {"heartbeat_interval": "x", "election_timeout": 10}
    assert the_error(answers(tuning=tuning)).key == "tuning.heartbeat_interval"
