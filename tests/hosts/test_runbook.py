"""The runbook is as real as the tool: typed into bare hosts it ends in the same proven cluster."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.evidence import (
    assert_authority_key_on_no_host,
    assert_host_in_order,
    assert_members_agree,
    assert_mutual_tls,
)
from tests.hosts.tree import difference, host_tree
from tests.hosts.typist import Typist
from tests.lab import HostOptions, Lab, LabHost

pytestmark = pytest.mark.lab

# What useradd and userdel leave beside the account files, and firewalld beside a zone.
_BACKUPS = re.compile(r"etc/(passwd|group|shadow|gshadow|subuid|subgid)-: |.*\.xml(\.old)?: ")


@pytest.mark.skipif(
    not (shutil.which("cfssl") and shutil.which("cfssljson")),
    reason="cfssl is not installed (Debian: golang-cfssl)",
)
def test_three_bare_hosts_become_a_proven_cluster_by_hand_in_the_manner_of_cfssl(
    bare: Cluster,
) -> None:
    work_through_and_back(bare)


def test_whatever_firewall_stands_it_is_opened_by_hand_in_the_manner_of_openssl(
    lab_of: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = lab_of(
        HostOptions(firewall="firewalld"),
        HostOptions(firewall="ufw", users=("deploy",), root_login=False, ssh_port=2222),
        HostOptions(firewall="nftables"),
    )
    cluster = Cluster(
        lab,
        tmp_path,
        certificates={"profile": "openssl"},
        binaries={"source": lab.serve_mirror(), "fetch": "hosts"},
        host={"client_ranges": ["192.0.2.1/32"]},
    )
    entry = {"user": "deploy", "port": 2222}
    cluster.change(nodes=cluster.nodes_with("etcd2", ssh=entry))

    work_through_and_back(cluster, {"etcd1": "firewalld", "etcd2": "ufw", "etcd3": "nftables"})


def work_through_and_back(cluster: Cluster, guards: Mapping[str, str] | None = None) -> None:
    """Type the runbook, look at what came of it, let the tool look, and type the way back."""
    before = [host_tree(host) for host in cluster.hosts]
    written = cluster.run("runbook")
    assert written.exit == 0, written.stderr

    with Typist(cluster.lab, written.stdout, guards) as typist:
        seen = list(typist.work())
        # Where a firewall stands, only a member reaches the peer ports.
        assert_cluster(cluster, at=cluster.hosts[0] if guards else None)
        assert_shown([printed for _host, _block, printed in seen], cluster)
        assert_taken_over(cluster)
        for _typed in typist.work(undo=True):
            pass

    assert not cluster.state.exists()
    for tree, host in zip(before, cluster.hosts, strict=True):
        changes = difference(tree, host_tree(host))
        assert [change for change in changes if not _BACKUPS.match(change)] == []
        assert host.sh("pgrep -x etcd").returncode == 1


def assert_cluster(cluster: Cluster, *, at: LabHost | None) -> None:
    """What anybody can see, without the tool."""
    assert_members_agree(cluster)
    for member in cluster.members:
        assert_mutual_tls(cluster, member, at=at)
        assert_host_in_order(cluster, member)
    assert_authority_key_on_no_host(cluster)


def assert_shown(printed: list[str], cluster: Cluster) -> None:
    """The four of every guide printed what the runbook says that they print."""
    everything = "\n".join(printed)
    assert "OK\n" in printed
    assert "foo\nbar\n" * (len(cluster.members) - 1) in printed
    assert everything.count('{"health":"true"') == len(cluster.members)
    lists = [text for text in printed if text.count(", started, ") == len(cluster.members) ** 2]
    assert len(lists) == 1


def assert_taken_over(cluster: Cluster) -> None:
    """The tool finds nothing that it would have done otherwise, and proves the cluster."""
    planned = cluster.json("plan", "--exit-code")
    assert planned.exit == 0, [event["title"] for event in planned.of("planned_action")]
    verified = cluster.json("verify")
    assert verified.exit == 0, cluster.told(verified)
