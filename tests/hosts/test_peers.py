"""The members try each other before anything is written: each way that fails is named."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster, Run
from tests.hosts.tree import difference, host_tree
from tests.lab import HostOptions, Lab, LabHost
from tests.lab.network import outer_namespace

pytestmark = pytest.mark.lab

# The members' own network; SSH goes through another one, so that it stands whatever happens here.
A, B, C = (f"198.51.100.{n}" for n in (11, 12, 13))
CARD = "eth1"
INPUT = "type filter hook input priority 0; policy accept;"
SLOW_DD = """\
#!/bin/sh
cat >/dev/null </dev/null
printf '7+0 records in\\n7+0 records out\\n16100 bytes (16 kB, 16 KiB) copied, 0.3 s, 54 kB/s\\n'
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.create(hosts=[HostOptions(network="both")] * 3) as made:
        yield made


@pytest.fixture
def cluster(lab: Lab, tmp_path: Path) -> Cluster:
    made = Cluster(lab, tmp_path)
    made.change(
        nodes=[
            {"name": name, "address": inner, "ssh": {"host": host.address}}
            for name, inner, host in zip(made.members, (A, B, C), lab.hosts, strict=True)
        ]
    )
    return made


@contextmanager
def nft(host: LabHost, chains: str) -> Iterator[None]:
    """Rules in a table of the test's own on the host; a line for each chain."""
    rules = f"table inet faults {{\n{chains}\n}}\n"
    host.netns_exec(["nft", "-f", "-"], input=rules, check=True)
    try:
        yield
    finally:
        host.netns_exec(["nft", "delete", "table", "inet", "faults"], check=True)


@contextmanager
def link_changed(commands: list[str], *, back: list[str], at: list[str]) -> Iterator[None]:
    """`ip` commands in a network namespace, and those that take them back."""
    subprocess.run([*at, "ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)
    try:
        yield
    finally:
        subprocess.run([*at, "ip", "-batch", "-"], input="\n".join(back), text=True, check=True)


def inside(host: LabHost) -> list[str]:
    return ["ip", "netns", "exec", host.netns]


def checked(run: Run) -> dict[tuple[str, str], str]:
    """What was found by checks that do not pass, by host and key, overlay aside."""
    return {
        (c["host"], c["key"]): c["found"]
        for c in run.of("checked")
        if c["status"] != "pass" and c["key"] not in ("file-system", "archive")
    }


def passed(run: Run, key: str) -> dict[str, str]:
    return {
        c["host"]: c["found"]
        for c in run.of("checked")
        if c["key"] == key and c["status"] == "pass"
    }


def assert_named(run: Run, cluster: Cluster, expected: dict[tuple[str, str], str]) -> None:
    """These checks fail, no others, and each found these words."""
    assert run.exit == 3, cluster.told(run)
    found = checked(run)
    assert set(found) == set(expected), found
    for way, words in expected.items():
        assert words in found[way], found[way]
    assert all(check["why"] and check["fix"] for check in run.failed_checks().values())


def test_members_that_reach_each_other_are_measured_and_nothing_is_left(cluster: Cluster) -> None:
    before = [host_tree(host) for host in cluster.hosts]

    run = cluster.json("check")

    assert run.exit == 0, cluster.told(run)
    assert checked(run) == {}
    peers = passed(run, "peers")
    assert set(peers) == {"etcd1", "etcd2", "etcd3"}
    assert all("on 2379 and 2380; round trip at most" in found for found in peers.values())
    assert "longest round trip" in passed(run, "timeouts")[""]
    assert set(passed(run, "write-latency")) == {"etcd1", "etcd2", "etcd3"}
    for host, tree in zip(cluster.hosts, before, strict=True):
        assert difference(tree, host_tree(host)) == []
        assert_no_trace(host)


def assert_no_trace(host: LabHost) -> None:
    """Neither socket nor process of a check is on the host, in a moment."""
    deadline = time.monotonic() + 30
    look = (
        "ss -Htln | grep -E ':(2379|2380) '; "
        "ps -eo comm= | grep -xE 'systemd-socket-|timeout|bash|sleep|dd'"
    )
    while seen := host.sh(look).stdout:
        assert time.monotonic() < deadline, seen


@pytest.mark.fault(
    24,
    injected="six ways between members broken, each in one direction",
    seen="exit 3: each with both ends, port and reason; the good way is not named",
)
@pytest.mark.fault(
    26,
    injected="packets above 1400 bytes dropped",
    seen="exit 3: open, but large packets do not arrive",
)
def test_each_way_that_fails_is_named_with_its_ends(cluster: Cluster) -> None:
    """Six faults, one on each way from one member to another; and one way has none."""
    first, second, third = cluster.hosts
    translating = (
        f"chain out {{ type nat hook postrouting priority 100; ip daddr {C} snat ip to {A}1; }}"
    )
    large = f"chain in {{ {INPUT} ip saddr {B} tcp dport 2380 meta length > 1400 drop; }}"
    dropping = f"ip saddr {A} tcp dport 2380 drop;"
    resetting = f"ip saddr {C} tcp dport 2379 reject with tcp reset;"
    refusing = f"ip saddr {B} tcp dport {{ 2379, 2380 }} reject with icmp type admin-prohibited;"
    with (
        link_changed(
            [f"address add {A}1/24 dev {CARD}"],
            back=[f"address del {A}1/24 dev {CARD}"],
            at=inside(first),
        ),
        nft(first, f"{large}\n{translating}"),
        nft(second, f"chain in {{ {INPUT} {dropping} {resetting} }}"),
        nft(third, f"chain in {{ {INPUT} {refusing} }}"),
    ):
        run = cluster.json("check")

    assert_named(
        run,
        cluster,
        {
            ("etcd1", "peers:etcd2"): f"no answer from {B}, port 2380",
            ("etcd1", "peers:etcd3"): f"etcd3 sees etcd1 come from {A}1",
            ("etcd2", "peers:etcd1"): f"connections to {A}, port 2380, open, but large packets",
            ("etcd2", "peers:etcd3"): f"{C}, port 2379, 2380: No route to host",
            ("etcd3", "peers:etcd2"): f"refused at {B}, port 2379, although etcd2 listens",
        },
    )
    assert ("etcd3", "peers:etcd1") not in checked(run)
    assert run.of("action_started") == []


def test_a_link_that_is_down_is_named_from_both_ends(cluster: Cluster) -> None:
    second = cluster.hosts[1]
    with link_changed([f"link set {CARD} down"], back=[f"link set {CARD} up"], at=inside(second)):
        run = cluster.json("check")

    found = checked(run)
    assert run.exit == 3
    assert {("etcd1", "peers:etcd2"), ("etcd3", "peers:etcd2")} <= set(found)
    assert {("etcd2", "peers:etcd1"), ("etcd2", "peers:etcd3")} <= set(found)
    assert ("etcd2", "source-address") in found
    assert not {("etcd1", "peers:etcd3"), ("etcd3", "peers:etcd1")} & set(found)


def test_a_switch_that_swallows_large_packets_is_named(cluster: Cluster) -> None:
    """The switch's port to one host takes shorter frames than everybody's network card sends."""
    outer = ["ip", "netns", "exec", outer_namespace(cluster.lab.name)]
    first, _second, third = cluster.hosts
    # Whole segments only: the virtual cable would take a large one as it is.
    whole = {"commands": [f"link set {CARD} gso_max_segs 1"],
             "back": [f"link set {CARD} gso_max_segs 65535"]}  # fmt: skip
    with (
        link_changed(**whole, at=inside(first)),
        link_changed(**whole, at=inside(third)),
        link_changed(
            [f"link set h2-{CARD} mtu 1400"], back=[f"link set h2-{CARD} mtu 1500"], at=outer
        ),
    ):
        run = cluster.json("check")

    words = f"connections to {B}, port 2379, 2380, open, but large packets do not arrive"
    ways = {("etcd1", "peers:etcd2"): words, ("etcd3", "peers:etcd2"): words}
    assert_named(run, cluster, ways)


@pytest.mark.fault(
    27,
    injected="a second address that routes prefer",
    seen="exit 3: the address, and to add it to the sans",
)
def test_an_address_of_another_source_is_refused(cluster: Cluster) -> None:
    second = cluster.hosts[1]
    with link_changed(
        [f"address add {B}1/24 dev {CARD}", f"route replace 198.51.100.0/24 dev {CARD} src {B}1"],
        back=[
            f"route replace 198.51.100.0/24 dev {CARD} src {B}",
            f"address del {B}1/24 dev {CARD}",
        ],
        at=inside(second),
    ):
        run = cluster.json("check")

    seen = "come from 198.51.100.121"
    assert_named(
        run,
        cluster,
        {
            ("etcd2", "source-address"): "leave from 198.51.100.121",
            ("etcd2", "peers:etcd1"): seen,
            ("etcd2", "peers:etcd3"): seen,
        },
    )


@pytest.mark.fault(
    39,
    injected="an nftables policy drop",
    seen="told that install opens it; left by the answers: exit 3 with both ends",
)
def test_a_firewall_is_no_fault_if_install_opens_it_and_one_if_it_is_left(
    cluster: Cluster,
) -> None:
    second = cluster.hosts[1]
    rules = "ct state established,related accept; iif lo accept; tcp dport 22 accept;"
    with nft(second, f"chain in {{ type filter hook input priority 0; policy drop; {rules} }}"):
        opened = cluster.json("check")
        left = cluster.but(host={"firewall": "leave"}).json("check")

    assert opened.exit == 0, cluster.told(opened)
    assert "install opens 2379 and 2380" in passed(opened, "firewall")["etcd2"]
    assert "nftables on etcd2 is closed until install opens it" in passed(opened, "peers")["etcd1"]
    silent = f"no answer from {B}, port 2379, 2380"
    found = checked(left)
    assert found[("etcd1", "peers:etcd2")] == found[("etcd3", "peers:etcd2")] == silent
    assert ("etcd2", "firewall") in found
    assert left.exit == 3


@pytest.mark.fault(
    38,
    injected="enforcing, and no restorecon",
    seen="warned: install policycoreutils",
)
def test_what_is_around_etcd_is_told(cluster: Cluster) -> None:
    """A proxy for services, one for people, a mount point, a slow disk, an address used twice."""
    first, second, third = cluster.hosts
    first.sh("systemctl set-environment https_proxy=http://user:word@proxy:3128", check=True)
    first.sh("mkdir -p /var/lib/etcd && mount --bind /var/lib/etcd /var/lib/etcd", check=True)
    (second.root / "etc/environment").write_text('export HTTPS_PROXY="http://proxy:3128"\n')
    dd = second.root / "usr/local/sbin/dd"
    dd.write_text(SLOW_DD)
    dd.chmod(0o755)
    getenforce = third.root / "usr/local/sbin/getenforce"
    getenforce.write_text("#!/bin/sh\necho Enforcing\n")
    getenforce.chmod(0o755)
    again = [f"address add {A}/32 dev lo"], [f"address del {A}/32 dev lo"]
    try:
        with link_changed(again[0], back=again[1], at=inside(third)):
            run = cluster.json("check")
    finally:
        first.sh("umount /var/lib/etcd; rmdir /var/lib/etcd", check=True)
        first.sh("systemctl unset-environment https_proxy", check=True)
        for path in (second.root / "etc/environment", dd, getenforce):
            path.unlink()

    found = checked(run)
    # Who has another's address cannot talk to that other, and is not where it seems to be.
    around = {way for way in found if way[1] != "source-address" and ":" not in way[1]}
    assert around == {
        ("etcd1", "proxy"), ("etcd1", "data-folder"), ("etcd2", "proxy"),
        ("etcd2", "write-latency"), ("etcd3", "selinux"), ("etcd3", "addresses"),
    }  # fmt: skip
    assert found["etcd1", "proxy"] == "systemd gives its services https_proxy=http://proxy:3128"
    assert "word" not in run.text
    assert "42.86 ms on average" in found["etcd2", "write-latency"]
    assert A in found["etcd3", "addresses"]


def test_a_check_that_is_killed_leaves_nothing_behind(cluster: Cluster) -> None:
    second = cluster.hosts[1]
    silent = f"chain in {{ {INPUT} tcp dport {{ 2379, 2380 }} drop; }}"
    with nft(second, silent), cluster.start("check") as tool:
        deadline = time.monotonic() + 60
        while "LISTEN" not in cluster.hosts[0].sh("ss -Htan 'sport = :2380'").stdout:
            assert time.monotonic() < deadline
            assert tool.poll() is None
        tool.kill()
        tool.wait()

        for host in cluster.hosts:
            assert_no_trace(host)


def test_a_cluster_that_runs_is_asked_only_about_members_that_are_down(cluster: Cluster) -> None:
    cluster.install()

    again = cluster.json("install")
    cluster.hosts[1].sh("systemctl stop etcd", check=True)
    down = cluster.json("check")

    assert again.exit == 0
    assert not [c for c in again.of("checked") if c["key"] in ("timeouts", "write-latency")]
    assert passed(again, "peers") == {}
    assert down.exit == 0, cluster.told(down)
    peers = passed(down, "peers")
    assert peers["etcd2"].startswith("etcd1, etcd3 on 2379 and 2380")
    assert peers["etcd1"].startswith("etcd2 on 2379 and 2380; round trip at most")
    assert cluster.install().exit == 0
