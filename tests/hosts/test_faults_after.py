"""Faults that come after an install: what others did to what is ours, and what was left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.evidence import assert_proven
from tests.hosts.injecting import assert_no_secret
from tests.hosts.tree import difference, host_tree
from tests.lab import Lab

pytestmark = pytest.mark.lab

PURGE = ("--purge-data", "--confirm", "prod")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.create(hosts=1) as made:
        yield made


def assert_stopped(run: Run, *words: str) -> None:
    """The uninstall ended with exit 5, a cause with these words and a remedy."""
    assert run.exit == 5, run.text
    for word in words:
        assert word in run.last["cause"], run.last
    assert run.last["remedy"]


@pytest.mark.fault(
    17,
    injected="the data of a member of an earlier cluster",
    seen="exit 3: move it aside; done as typed, install ends proven",
)
@pytest.mark.fault(
    56,
    injected="data folder a link to /, unit edited, a unit that respawns a process of our user",
    seen="exit 5: not followed, not killed; taken back by hand, uninstall ends",
)
def test_uninstall_follows_no_link_and_an_old_members_data_is_not_brought_to_life(
    lab: Lab, tmp_path: Path
) -> None:
    cluster = Cluster(lab, tmp_path)
    (host,) = cluster.hosts
    bare = host_tree(host)
    cluster.install()
    host.sh("cp -a /var/lib/etcd /srv/old", check=True)

    # The data folder leads to everything; the unit was edited; somebody's unit runs as our user.
    host.sh(
        "mv /var/lib/etcd /srv/moved && ln -s / /var/lib/etcd\n"
        "echo '# theirs' >>/etc/systemd/system/etcd.service\n"
        "systemd-run --quiet --unit=theirs --uid=etcd -p Restart=always sleep 1000",
        check=True,
    )
    linked = cluster.json("uninstall", *PURGE)
    assert_stopped(linked, "/var/lib/etcd leads to another folder, so nothing in it was deleted")
    assert (host.root / "srv/moved/member/wal").is_dir()
    assert (host.root / "etc/passwd").exists()

    host.sh("rm /var/lib/etcd && mv /srv/moved /var/lib/etcd", check=True)
    respawned = cluster.json("uninstall", *PURGE)
    assert_stopped(respawned, "Processes of the user etcd still run")
    assert host.sh("systemctl is-active theirs").stdout == "active\n"

    host.sh("systemctl stop theirs; mv /srv/old /root/old", check=True)
    gone = cluster.json("uninstall", *PURGE)
    assert gone.exit == 0, cluster.told(gone)
    assert {line.split("/")[0] for line in difference(bare, host_tree(host))} <= {"root", "srv"}

    host.sh("mv /root/old /var/lib/etcd", check=True)
    stale = cluster.json("install")
    assert stale.exit == 3, cluster.told(stale)
    (check,) = stale.failed_checks().values()
    assert check["key"] == "data-folder"
    assert "/var/lib/etcd is not empty: member" in check["found"]
    remedy = "mv /var/lib/etcd /var/lib/etcd.old"
    assert remedy in check["fix"]
    assert_no_secret(cluster, stale)

    host.sh(remedy, check=True)
    assert_proven(cluster, cluster.install())
