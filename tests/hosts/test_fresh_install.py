"""Bare hosts become a proven cluster, whatever the profile, release, size and way in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hosts.authority import make_intermediate
from tests.hosts.cluster import Cluster, Run
from tests.hosts.evidence import assert_installed, exposure, files_with
from tests.hosts.secret_search import Processes, assert_kept
from tests.lab import HostOptions, Lab, LabHost

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("profile", ["cfssl", "openssl"])
def test_three_bare_hosts_become_a_proven_cluster(bare: Cluster, profile: str) -> None:
    bare.change(certificates={"profile": profile})

    run = bare.install()

    assert_installed(bare, run)
    assert_journals_were_heard(bare, run)


def assert_journals_were_heard(cluster: Cluster, run: Run) -> None:
    """Each member's own words stand in the events and in the log, and nobody listens any more."""
    said = [event for event in run.of("host_line") if event["source"] == "journal"]
    kept = Path(run.last["report"]).parent
    log = (kept / "log.txt").read_text()
    for member in cluster.members:
        texts = [event["text"] for event in said if event["host"] == member]
        assert "etcd" in texts[0], texts
        assert any('"msg":"starting an etcd server"' in text for text in texts), texts
        assert f"{member} journal | {texts[-1]}" in log
    assert "starting an etcd server" not in (kept / "report.json").read_text()
    for host in cluster.hosts:
        ended = "timeout 30 sh -c 'while pgrep -x journalctl; do sleep 0.1; done'"
        assert host.sh(ended).returncode == 0, host.name


@pytest.mark.parametrize("version", ["3.4.23", "3.5.16"])
def test_an_older_release_is_installed_and_proven(bare: Cluster, version: str) -> None:
    older = Cluster(bare.lab, bare.folder, cluster={"name": "prod", "etcd": version})

    assert_installed(older, older.install())


def test_an_unsafe_release_is_installed_only_with_the_override(bare: Cluster) -> None:
    unsafe = Cluster(bare.lab, bare.folder, cluster={"name": "prod", "etcd": "3.5.1"})

    refused = unsafe.run("install")
    assert refused.exit == 2
    assert "allow_unsafe_version" in refused.stderr

    unsafe.change(cluster={"allow_unsafe_version": True})
    assert_installed(unsafe, unsafe.install())


def test_one_host_becomes_a_proven_cluster_of_one(alone: Cluster) -> None:
    assert_installed(alone, alone.install())


def test_a_user_with_sudo_and_a_password_installs_over_port_2222(
    lab_of: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = lab_of(*[HostOptions(users=("admin",), ssh_port=2222, root_login=False)] * 3)
    entry = {"user": "admin", "port": 2222, "sudo_password": {"env": "SUDO_PW"}}
    cluster = Cluster(lab, tmp_path, ssh=entry)

    run = cluster.install(env={"SUDO_PW": lab.operator.password})

    assert_installed(cluster, run)
    assert_secret_nowhere(cluster, lab.operator.password)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of an agent without keys."""
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    while not socket.exists():
        assert process.poll() is None
    yield socket
    process.terminate()
    process.wait()


def only_login(host: LabHost, method: str) -> None:
    """Make sshd take `method` (of password and keyboard-interactive) and not the other."""
    words = {True: "yes", False: "no"}
    (host.root / "etc/ssh/sshd_config.d/00-only.conf").write_text(
        f"PasswordAuthentication {words[method == 'password']}\n"
        f"KbdInteractiveAuthentication {words[method == 'keyboard-interactive']}\n"
        "PubkeyAuthentication no\n"
    )
    host.sh("systemctl restart ssh", check=True)
    host.wait_for_ssh()


def test_five_hosts_are_entered_each_in_its_own_way_and_no_secret_is_left_anywhere(
    lab_of: Callable[..., Lab], agent: Path, tmp_path: Path
) -> None:
    plain, passwords = HostOptions(), HostOptions(password_login=True)
    deploying = HostOptions(users=("deploy",), root_login=False)
    asking = HostOptions(users=("admin",), root_login=False)
    lab = lab_of(deploying, plain, passwords, passwords, asking)
    only_login(lab.hosts[2], "password")
    only_login(lab.hosts[3], "keyboard-interactive")
    loaded = {"SSH_AUTH_SOCK": str(agent)}
    add = ["ssh-add", "-q", str(lab.operator.private_key)]
    lab.run_operator(add, env=loaded, check=True)
    stranger = str(lab.operator.stranger_key)
    secrets = {"passphrase": lab.operator.passphrase, "password": lab.operator.password}
    given = {name: tmp_path.parent / f"{tmp_path.name}.{name}" for name in secrets}
    for name, path in given.items():
        path.touch(mode=0o600)
        path.write_text(secrets[name])
    passphrase, password = ({"file": str(path)} for path in given.values())
    ways = [
        {"user": "deploy"},
        {"private_key": str(lab.operator.encrypted_key), "passphrase": passphrase},
        {"private_key": stranger, "password": password},
        {"private_key": stranger, "password": password},
        {"user": "admin", "private_key": stranger, "agent": True, "sudo_password": password},
    ]
    cluster = Cluster(lab, tmp_path, ssh={"agent": False})
    nodes = cluster.answers["nodes"]
    cluster.change(nodes=[{**node, "ssh": way} for node, way in zip(nodes, ways, strict=True)])

    with Processes().watched() as processes:
        run = cluster.install(env=loaded)
        shown = [
            cluster.run(*words, env=loaded)
            for words in (("plan",), ("verify",), ("install", "--no-color"))
        ]

    assert_installed(cluster, run)
    assert [each.exit for each in shown] == [0, 0, 0]
    # Whoever finds nothing must have looked: at the tool, at sudo, and at what sudo started.
    for words in (b"-m\0etcd_tui\0install", b"sudo\0-S\0-k", b"IFS= read -r s"):
        assert any(words in command for command in processes.commands), words
    assert_kept(cluster, secrets, "".join(each.text for each in (run, *shown)), processes)
    said = {e["member"]: e["found"] for e in run.of("proved") if e["key"] == "exposure"}
    assert said == {m: f"{exposure(cluster.host_of(m))} of 10" for m in cluster.members}


def assert_secret_nowhere(cluster: Cluster, secret: str) -> None:
    """No file of the run and nothing that a host wrote holds the secret."""
    needle = [secret.encode()]
    assert files_with(cluster.root, needle) == []
    for host in cluster.hosts:
        assert files_with(host.upper, needle) == []


@pytest.mark.fault(
    25,
    injected="no route from the operator to the members",
    seen="installed and proven through a jump host",
)
def test_hosts_behind_a_jump_host_are_installed_through_it(
    lab_of: Callable[..., Lab], tmp_path: Path
) -> None:
    inner = HostOptions(network="inner")
    lab = lab_of(HostOptions(network="both", users=("deploy",)), inner, inner, inner)
    gate, *members = lab.hosts
    cluster = Cluster(lab, tmp_path, hosts=members, ssh={"jump": f"deploy@{gate.address}:22"})

    run = cluster.install()

    assert_installed(cluster, run, at=gate)
    # The lab's own ssh_config says the same: names, user, key and jump host.
    nodes = zip(cluster.answers["nodes"], members, strict=True)
    by_config = cluster.but(
        ssh={"config": str(lab.operator.ssh_config), "jump": [], "private_key": []},
        nodes=[{**node, "ssh": {"host": host.name}} for node, host in nodes],
    )
    assert by_config.json("plan", "--exit-code").exit == 0


@pytest.mark.fault(
    55,
    injected="hosts with IPv6 only",
    seen="installed and proven",
)
def test_a_cluster_is_installed_over_ipv6(lab_of: Callable[..., Lab], tmp_path: Path) -> None:
    cluster = Cluster(lab_of(*[HostOptions()] * 3, family="v6"), tmp_path)

    run = cluster.install()

    assert "[2001:db8::11]" in (cluster.state / "client/etcdctl.env").read_text()
    assert_installed(cluster, run)


def test_the_operator_fetches_from_a_mirror_once_and_keeps_the_archive(bare: Cluster) -> None:
    bare.change(binaries={"source": bare.lab.serve_mirror()})

    run = bare.install()
    assert_installed(bare, run)
    assert tarball_fetches(bare) == ["192.0.2.1"]

    bare.lab.reset_disks()
    folder = bare.folder / "again"
    folder.mkdir()
    Cluster(bare.lab, folder, binaries=bare.answers["binaries"]).install()
    assert tarball_fetches(bare) == ["192.0.2.1"]


def test_the_hosts_fetch_from_a_mirror_themselves(
    lab_of: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = lab_of(*[HostOptions()] * 3)
    source = {"source": lab.serve_mirror(), "fetch": "hosts"}
    cluster = Cluster(lab, tmp_path, binaries=source)

    run = cluster.install()

    assert_installed(cluster, run)
    assert sorted(tarball_fetches(cluster)) == [host.address for host in lab.hosts]


def tarball_fetches(cluster: Cluster) -> list[str]:
    """Who asked the mirror for the tarball, a line each."""
    asked = cluster.lab.mirror_log.read_text().splitlines()
    fetches = [line for line in asked if "GET" in line and ".tar.gz" in line]
    return [line.split(" ")[0].removeprefix("::ffff:") for line in fetches]


def test_etcd_runs_as_root_from_other_folders_where_the_answers_say_so(alone: Cluster) -> None:
    folders = {"config": "/opt/etcd/conf", "data": "/srv/etcd/data", "binaries": "/opt/etcd/bin"}
    alone.change(host={"user": "root"}, paths=folders)

    assert_installed(alone, alone.install())


def test_an_own_intermediate_authority_signs_ecdsa_certificates(bare: Cluster) -> None:
    bare.change(certificates={"key": "ecdsa-p256", "ca": make_intermediate(bare.folder)})

    assert_installed(bare, bare.install())

    key = (bare.hosts[0].root / "etc/etcd/server.key").read_text()
    assert key.startswith("-----BEGIN EC PRIVATE KEY-----")
