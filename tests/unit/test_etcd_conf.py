"""etcd.conf, the unit and etcdctl.env: read back by those who will read them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.content.client_env import client_env
from etcd_tui.content.etcd_conf import (
    BOOTSTRAP_KEYS,
    RESTART_KEY,
    TOKEN_PLACEHOLDER,
    environment,
    etcd_conf,
    needs_restart,
    parse_environment,
)
from etcd_tui.content.unit import unit_file
from etcd_tui.spec.environment import OWN, VALUE, refusal
from etcd_tui.spec.model import (
    Certificates,
    Cluster,
    ClusterSpec,
    HostPreparation,
    Node,
    Paths,
    Tuning,
)
from etcd_tui.spec.releases import release
from tests.unit.situations import spec_of, tuned

RELEASES = ("3.4.23", "3.5.1", "3.5.16", "3.5.30", "3.6.14", "3.7.1")
SPEC = spec_of()
NODE = SPEC.nodes[0]


def conf(spec: ClusterSpec = SPEC) -> str:
    return etcd_conf(spec, spec.nodes[0], "token", "new")


def settings(spec: ClusterSpec = SPEC, architecture: str = "amd64") -> dict[str, str]:
    return environment(spec, spec.nodes[0], "token", "new", architecture)


def sourced(text: str, tmp_path: Path, *names: str) -> list[str]:
    """What a shell that sources `text` has in the variables `names`."""
    file = tmp_path / 'it\'s a "file" $HOME.env'
    file.write_text(text)
    script = 'set -a; . "$1"; shift; for n in "$@"; do eval "printf \'%s\\0\' \\"\\$$n\\""; done'
    done = subprocess.run(
        ["sh", "-euc", script, "sh", file, *names],
        capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.stdout.split("\0")[:-1]


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("profile", ["cfssl", "openssl"])
@pytest.mark.parametrize("architecture", ["amd64", "arm64", "riscv64"])
def test_every_setting_is_understood_by_the_release(
    version: str, profile: str, architecture: str
) -> None:
    certificates = Certificates(profile=profile)  # type: ignore[arg-type]
    spec = spec_of(etcd=version, tuning=Tuning(snapshot_count=10000), certificates=certificates)
    names = set(settings(spec, architecture)) - {RESTART_KEY}
    # Read by etcd's main before it reads anything else, so it is in no table of flags.
    names.discard("ETCD_UNSUPPORTED_ARCH")
    strange = [name for name in names if not release(version).understands(name)]
    assert strange == []


@pytest.mark.parametrize("version", RELEASES)
def test_what_is_written_is_what_is_read_back(version: str) -> None:
    spec = spec_of(etcd=version)
    assert parse_environment(conf(spec)) == settings(spec)
    assert list(parse_environment(conf(spec))) == list(settings(spec))


def test_the_order_is_the_guides() -> None:
    assert list(settings())[:17] == [
        "ETCD_NAME",
        "ETCD_LISTEN_PEER_URLS",
        "ETCD_LISTEN_CLIENT_URLS",
        "ETCD_INITIAL_CLUSTER_TOKEN",
        "ETCD_INITIAL_CLUSTER_STATE",
        "ETCD_INITIAL_CLUSTER",
        "ETCD_INITIAL_ADVERTISE_PEER_URLS",
        "ETCD_ADVERTISE_CLIENT_URLS",
        "ETCD_TRUSTED_CA_FILE",
        "ETCD_CERT_FILE",
        "ETCD_KEY_FILE",
        "ETCD_CLIENT_CERT_AUTH",
        "ETCD_PEER_CLIENT_CERT_AUTH",
        "ETCD_PEER_TRUSTED_CA_FILE",
        "ETCD_PEER_KEY_FILE",
        "ETCD_PEER_CERT_FILE",
        "ETCD_DATA_DIR",
    ]


def test_plain_values_stand_bare_and_others_in_quotes() -> None:
    lines = conf().splitlines()
    assert "ETCD_NAME=etcd1" in lines
    assert 'ETCD_LISTEN_PEER_URLS="https://192.0.2.11:2380"' in lines
    assert 'ETCD_DATA_DIR="/var/lib/etcd"' in lines


@pytest.mark.fault(
    55,
    injected="IPv6 addresses",
    seen="brackets in every URL",
)
def test_ipv6_urls_have_brackets() -> None:
    spec = ClusterSpec(
        Cluster("prod", "3.5.30"), (Node("a", "2001:db8::1"), Node("b", "192.0.2.2"))
    )
    found = settings(spec)
    assert found["ETCD_LISTEN_CLIENT_URLS"] == "https://[2001:db8::1]:2379"
    assert found["ETCD_INITIAL_CLUSTER"] == "a=https://[2001:db8::1]:2380,b=https://192.0.2.2:2380"


def test_old_releases_log_as_json_and_odd_machines_are_allowed() -> None:
    old = spec_of(etcd="3.4.23")
    assert settings(old)["ETCD_LOGGER"] == "zap"
    assert "ETCD_LOGGER" not in settings()
    assert settings(old, "arm64")["ETCD_UNSUPPORTED_ARCH"] == "arm64"
    assert "ETCD_UNSUPPORTED_ARCH" not in settings(SPEC, "arm64")


def test_feature_gates_of_the_operator_join_ours_and_win() -> None:
    gates = (("ETCD_FEATURE_GATES", "CompactHashCheck=false,StopGRPCServiceOnDefrag=true"),)
    spec = spec_of(etcd="3.6.14", tuning=Tuning(environment=gates))
    assert settings(spec)["ETCD_FEATURE_GATES"] == (
        "InitialCorruptCheck=true,CompactHashCheck=false,StopGRPCServiceOnDefrag=true"
    )


def test_the_token_may_be_chosen_later() -> None:
    text = etcd_conf(SPEC, NODE, TOKEN_PLACEHOLDER, "new")
    assert text.replace(TOKEN_PLACEHOLDER, "token") == conf()


# Whatever the answers may hold as a value comes out of the file as it went in.
FREE = sorted(
    name for name in release("3.5.30").environment_names() if name not in OWN and not refusal(name)
)
wanted = st.dictionaries(st.sampled_from(FREE), st.from_regex(VALUE, fullmatch=True), max_size=5)


@given(wanted)
def test_settings_of_the_operator_are_read_back_as_they_were_given(more: dict[str, str]) -> None:
    spec = spec_of(tuning=Tuning(environment=tuple(more.items())))
    read = parse_environment(conf(spec))
    assert read == settings(spec)
    assert more.items() <= read.items()


def test_a_shell_reads_the_same_as_systemd_and_we(tmp_path: Path) -> None:
    more = (("ETCD_CIPHER_SUITES", "A,B"), ("ETCD_CORS", "https://*.example.org [x] a=b c"))
    spec = spec_of(tuning=Tuning(environment=more))
    names = list(settings(spec))
    assert sourced(conf(spec), tmp_path, *names) == list(settings(spec).values())


def test_what_a_hand_made_of_the_file_is_read_too() -> None:
    text = "  # c\n ETCD_A = 'x y' \nexport\nETCD_B=\n#ETCD_C=1\nETCD_D=\"a=b\"\nETCD_E='\n"
    assert parse_environment(text) == {
        "ETCD_A": "x y",
        "ETCD_B": "",
        "ETCD_D": "a=b",
        "ETCD_E": "'",
    }


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(parse_environment(text), dict)


# restart


def test_what_only_a_first_start_reads_needs_no_restart() -> None:
    running = settings() | dict.fromkeys(BOOTSTRAP_KEYS, "another") | {"PATH": "/bin", "HOME": "/"}
    assert needs_restart(settings(), running) == ()


def test_changed_added_and_removed_settings_are_named() -> None:
    running = settings() | {"ETCD_LOG_LEVEL": "debug", "ETCD_OLD": "1"}
    del running["ETCD_DATA_DIR"]
    assert needs_restart(settings(), running) == ("ETCD_DATA_DIR", "ETCD_LOG_LEVEL", "ETCD_OLD")


@pytest.mark.parametrize(
    "changed",
    [
        replace(SPEC, host=HostPreparation(user="root")),
        replace(SPEC, cluster=Cluster("prod", "3.5.29")),
        replace(SPEC, paths=Paths(binaries="/opt/etcd")),
    ],
)
def test_a_change_that_the_environment_does_not_show_needs_one_too(changed: ClusterSpec) -> None:
    assert RESTART_KEY in needs_restart(settings(changed), settings())


def test_a_tuned_setting_is_the_only_reason() -> None:
    assert needs_restart(settings(tuned(SPEC)), settings()) == (
        "ETCD_ELECTION_TIMEOUT", "ETCD_HEARTBEAT_INTERVAL",
    )  # fmt: skip


# the unit


def test_the_unit_names_the_user_only_if_it_is_not_root() -> None:
    assert "\nUser=etcd\nGroup=etcd\nEnvironmentFile=/etc/etcd/etcd.conf\n" in unit_file(SPEC)
    text = unit_file(spec_of(host=HostPreparation(user="root")))
    assert "User=" not in text
    assert "\nType=notify\nEnvironmentFile=/etc/etcd/etcd.conf\n" in text


def test_the_unit_follows_the_folders() -> None:
    text = unit_file(spec_of(paths=Paths("/srv/conf", "/srv/data", "/srv/bin", "/srv/units")))
    assert "EnvironmentFile=/srv/conf/etcd.conf" in text
    assert "ExecStart=/srv/bin/etcd\n" in text
    assert "ReadWritePaths=/srv/data" in text
    assert not re.search(r"\{\w+\}", text)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("user", ["root", "etcd"])
def test_systemd_finds_no_fault_in_the_unit(user: str, tmp_path: Path) -> None:
    spec = spec_of(host=HostPreparation(user=user), paths=Paths(binaries="/bin"))  # type: ignore[arg-type]
    unit = tmp_path / "etcd-tui-test.service"
    # The program need not be installed where this runs.
    unit.write_text(unit_file(spec).replace("ExecStart=/bin/etcd", "ExecStart=/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert complaints == []


# etcdctl.env


def test_etcdctl_env_is_read_by_a_shell_wherever_it_lies(tmp_path: Path) -> None:
    folder = Path('/home/o\'brien/my "state"/$x `y`/client')
    names = ("ETCDCTL_ENDPOINTS", "ETCDCTL_CACERT", "ETCDCTL_CERT", "ETCDCTL_KEY")
    assert sourced(client_env(SPEC, folder), tmp_path, *names) == [
        "https://192.0.2.11:2379,https://192.0.2.12:2379,https://192.0.2.13:2379",
        str(folder / "ca.crt"), str(folder / "client.crt"), str(folder / "client.key"),
    ]  # fmt: skip
