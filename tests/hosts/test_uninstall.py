"""Uninstall takes back what install did, keeps the data unless it is named, and nothing else."""

from __future__ import annotations

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.evidence import assert_members_agree, assert_proven, endpoint_status, incarnation
from tests.hosts.tree import difference, host_tree
from tests.lab import LabHost

pytestmark = pytest.mark.lab

PURGE = ("--purge-data", "--confirm", "prod")


@pytest.mark.parametrize(("profile", "size"), [("cfssl", 3), ("openssl", 1)])
def test_after_an_uninstall_with_its_data_the_hosts_are_as_before(
    bare: Cluster, profile: str, size: int
) -> None:
    hosts = bare.hosts[:size]
    cluster = Cluster(bare.lab, bare.folder, hosts=hosts, certificates={"profile": profile})
    before = [host_tree(host) for host in hosts]
    cluster.install()

    run = cluster.json("uninstall", *PURGE)

    assert run.exit == 0, cluster.told(run)
    for tree, host in zip(before, hosts, strict=True):
        assert difference(tree, host_tree(host)) == []
        assert host.exec(["systemctl", "show", "etcd", "-P", "LoadState"]).stdout == "not-found\n"
        assert host.sh("getent passwd etcd || getent group etcd").returncode != 0
        assert host.sh("pgrep -x etcd").returncode == 1
    again = cluster.json("uninstall", *PURGE)
    assert (again.exit, again.of("planned")[0]["actions"]) == (0, 0)


def test_what_was_there_before_looks_as_before(alone: Cluster) -> None:
    (host,) = alone.hosts
    host.sh(
        """
        mkdir -m 755 /etc/etcd && echo mine >/etc/etcd/notes
        mkdir -m 750 /var/lib/etcd && chown nobody:nogroup /var/lib/etcd
        printf '192.0.2.200 printer' >>/etc/hosts
        useradd --system --user-group --shell /usr/sbin/nologin etcd
        """,
        check=True,
    )
    before = host_tree(host)
    alone.install()
    assert (host.root / "etc/hosts").read_text().count("192.0.2.200 printer\n") == 1

    assert alone.run("uninstall", *PURGE).exit == 0

    assert difference(before, host_tree(host)) == []


@pytest.mark.fault(
    56,
    injected="files, drop-ins, accounts and lines of others among ours",
    seen="ours are removed, theirs stay",
)
def test_what_others_did_meanwhile_stays(alone: Cluster) -> None:
    (host,) = alone.hosts
    before = host_tree(host)
    alone.install()
    host.sh(
        """
        echo '192.0.2.200 printer' >>/etc/hosts
        echo mine >/etc/etcd/notes
        mkdir /etc/systemd/system/etcd.service.d
        printf '[Service]\\nNice=1\\n' >/etc/systemd/system/etcd.service.d/nice.conf
        echo '# mine' >>/etc/systemd/system/etcd.service
        useradd --system keeper
        """,
        check=True,
    )

    run = alone.run("uninstall", *PURGE)

    assert run.exit == 0, run.text
    assert "/etc/etcd is not empty and stays" in run.text
    left = difference(before, host_tree(host))
    assert {line.split(":")[0] for line in left} - accounts() == {
        "etc/hosts",
        "etc/etcd",
        "etc/etcd/notes",
        "etc/systemd/system/etcd.service.d",
        "etc/systemd/system/etcd.service.d/nice.conf",
    }
    assert (host.root / "etc/hosts").read_text().endswith("192.0.2.200 printer\n")
    assert host.sh("getent passwd keeper").returncode == 0
    assert host.sh("getent passwd etcd").returncode != 0


def accounts() -> set[str]:
    """The files of accounts with their backups, and the folder in which they are."""
    names = ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")
    return {"etc", *(f"etc/{name}{tail}" for name in names for tail in ("", "-"))}


@pytest.mark.fault(
    17,
    injected="data of the same cluster",
    seen="taken up: same cluster ID, same keys",
)
def test_without_purging_the_data_stays_and_the_next_install_takes_it_up(bare: Cluster) -> None:
    bare.install()
    bare.etcdctl("put", "kept", "through it all")
    cluster_id = endpoint_status(bare)[0]["Status"]["header"]["cluster_id"]

    run = bare.run("uninstall")

    assert run.exit == 0, run.text
    assert "--purge-data --confirm prod" in run.text
    for host in bare.hosts:
        assert (host.root / "var/lib/etcd/member/wal").is_dir()
        assert not (host.root / "usr/local/bin/etcd").exists()
        assert not (host.root / "etc/systemd/system/etcd.service").exists()
        assert "etcd-tui" not in (host.root / "etc/hosts").read_text()
        assert host.sh("pgrep -x etcd").returncode == 1

    assert_proven(bare, bare.install())
    assert bare.etcdctl("get", "kept", "--print-value-only") == "through it all\n"
    assert endpoint_status(bare)[0]["Status"]["header"]["cluster_id"] == cluster_id


def test_data_kept_at_first_can_be_purged_later(alone: Cluster) -> None:
    (host,) = alone.hosts
    before = host_tree(host)
    alone.install()
    assert alone.run("uninstall").exit == 0

    assert alone.run("uninstall", *PURGE).exit == 0

    assert difference(before, host_tree(host)) == []


@pytest.mark.parametrize("confirmed", [(), ("--confirm", "pord"), ("--confirm", "")])
def test_data_is_purged_only_by_its_name(installed: Cluster, confirmed: tuple[str, ...]) -> None:
    running = [incarnation(host) for host in installed.hosts]

    run = installed.run("uninstall", "--purge-data", *confirmed)

    assert run.exit == 2
    assert "--confirm prod" in run.stderr
    assert [incarnation(host) for host in installed.hosts] == running


def test_another_clusters_answers_uninstall_nothing(installed: Cluster) -> None:
    running = [incarnation(host) for host in installed.hosts]

    run = installed.but(cluster={"name": "other"}).run("uninstall", "--yes")

    assert run.exit == 3
    assert "another cluster" in run.stderr
    assert [incarnation(host) for host in installed.hosts] == running


@pytest.mark.fault(
    33,
    injected="all hosts rebooted after an install",
    seen="proven again without a run",
)
def test_after_a_reboot_of_all_hosts_the_cluster_is_back_by_itself(installed: Cluster) -> None:
    installed.etcdctl("put", "before", "the reboot")

    for host in installed.hosts:
        host.reboot()
    for host in installed.hosts:
        wait_until_started(host)

    assert installed.etcdctl("get", "before", "--print-value-only") == "the reboot\n"
    assert_members_agree(installed)
    assert_proven(installed, installed.json("verify"))
    assert installed.json("plan", "--exit-code").exit == 0


def wait_until_started(host: LabHost) -> None:
    """Return when systemd has started etcd, which it does once there is a quorum."""
    host.exec(["systemctl", "start", "etcd"], check=True, timeout=120)
