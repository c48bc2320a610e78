"""A changed answer changes exactly what it says, member by member, or is refused with a reason."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.evidence import (
    assert_proven,
    certificate_on_wire,
    incarnation,
    unit,
)
from tests.hosts.tree import difference, folder_tree, host_tree
from tests.lab import LabHost, mirror

pytestmark = pytest.mark.lab


def older() -> dict[str, Any]:
    """The answers for an older patch release."""
    tarball = str(mirror.tarball("3.5.16"))
    return {"cluster": {"etcd": "3.5.16"}, "binaries": {"source": tarball}}


REFUSED: dict[str, tuple[Callable[[Cluster], dict[str, Any]], str]] = {
    "another patch release": (lambda c: older(), "release"),
    "another member name": (
        lambda c: {"nodes": c.nodes_with("etcd2", name="other")}, "identity",
    ),
    "addresses in another order": (
        lambda c: {"nodes": [
            {**node, "address": other["address"]}
            for node, other in zip(c.answers["nodes"], c.answers["nodes"][::-1], strict=True)
        ]}, "identity",
    ),
    "a member less": (lambda c: {"nodes": c.answers["nodes"][:2]}, "identity"),
    "another token": (lambda c: {"cluster": {"token": "another-token"}}, "token"),
    "another certificate profile": (
        lambda c: {"certificates": {"profile": "openssl"}}, "store",
    ),
    "another data folder": (lambda c: {"paths": {"data": "/srv/etcd"}}, "identity"),
    "another cluster name": (lambda c: {"cluster": {"name": "other"}}, "other-cluster"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_install_cannot_change_is_refused_and_nothing_changes(
    installed: Cluster, what: str
) -> None:
    change, key = REFUSED[what]
    changed = installed.but(**change(installed))
    before = [steady(host) for host in installed.hosts]
    running = [incarnation(host) for host in installed.hosts]
    state = steady_state(installed)

    run = changed.json("install")

    assert run.exit == 3, installed.told(run)
    failed = run.failed_checks()
    assert key in {check for _host, check in failed}, failed
    assert all(check["why"] and check["fix"] for check in failed.values())
    assert "nothing was changed" in run.last["what"]
    for tree, host in zip(before, installed.hosts, strict=True):
        assert difference(tree, steady(host)) == []
    assert [incarnation(host) for host in installed.hosts] == running
    assert difference(state, steady_state(installed)) == []


def steady(host: LabHost) -> dict[str, tuple[str, ...]]:
    """The host's file tree without etcd's data, which etcd writes to all the time."""
    return {p: v for p, v in host_tree(host).items() if not p.startswith("var/lib/etcd/")}


def steady_state(cluster: Cluster) -> dict[str, tuple[str, ...]]:
    """The state folder without the record of runs."""
    return folder_tree(cluster.state, {"runs", "lock"})


def test_a_refused_release_names_the_way_to_go(installed: Cluster) -> None:
    run = installed.but(**older()).run("install")

    assert run.exit == 3
    assert "installed is 3.5.30, wanted 3.5.16" in run.text
    assert "upgrade" in run.text


@contextmanager
def writing(cluster: Cluster, folder: Path) -> Iterator[Path]:
    """Write keys w1, w2, … without a pause; the file gets the numbers that were acknowledged."""
    acknowledged = folder / "acknowledged"
    loop = (
        'set -a; . "$1"; n=0; while [ ! -e "$3.stop" ]; do n=$((n+1)); '
        '"$2" put "w$n" "$n" >/dev/null 2>&1 && echo "$n" >>"$3"; done'
    )
    environment = str(cluster.state / "client/etcdctl.env")
    words = ["sh", "-c", loop, "sh", environment, str(cluster.etcdctl_program), str(acknowledged)]
    with subprocess.Popen([*cluster.lab.operator_prefix, *words]) as writer:
        try:
            while not acknowledged.exists():
                assert writer.poll() is None
            yield acknowledged
        finally:
            acknowledged.with_suffix(".stop").touch()


def away(host: LabHost) -> tuple[int, int]:
    """When the unit was last down: from and to, in microseconds of the clock all hosts share."""
    shown = unit(host)
    return int(shown["ActiveExitTimestampMonotonic"]), int(shown["ActiveEnterTimestampMonotonic"])


def test_a_tuning_value_rolls_member_by_member_and_loses_no_write(
    installed: Cluster, tmp_path: Path
) -> None:
    before = [incarnation(host) for host in installed.hosts]
    installed.change(tuning={"snapshot_count": 20000})
    planned = installed.json("plan", "--exit-code")
    assert planned.exit == 10
    actions = planned.of("planned_action")
    assert {(a["host"], a["key"]) for a in actions if a["host"] != "operator"} == {
        (member, key) for member in installed.members for key in ("config", "restart", "ready")
    }
    assert all(
        "+ETCD_SNAPSHOT_COUNT=20000" in action["preview"]
        for action in actions
        if action["key"] == "config"
    )

    with writing(installed, tmp_path) as acknowledged:
        run = installed.json("install")

    assert_proven(installed, run)
    assert all(
        old[0] != incarnation(host)[0] for old, host in zip(before, installed.hosts, strict=True)
    )
    for host in installed.hosts:
        pid = unit(host)["MainPID"]
        environment = host.sh(f"tr '\\0' '\\n' </proc/{pid}/environ", check=True).stdout
        assert "ETCD_SNAPSHOT_COUNT=20000\n" in environment
    first, second, third = sorted(away(host) for host in installed.hosts)
    assert first[1] <= second[0]
    assert second[1] <= third[0]
    gates = [e for e in run.of("action_finished") if e["key"].startswith("gate:")]
    assert len(gates) == len(installed.members) + 1
    numbers = acknowledged.read_text().split()
    assert numbers
    stored = installed.etcdctl("get", "--prefix", "w", "--print-value-only").split()
    assert set(numbers) - set(stored) == set()


def test_an_extra_name_gets_a_new_certificate_without_a_restart(installed: Cluster) -> None:
    running = [incarnation(host) for host in installed.hosts]
    keys = [(host.root / "etc/etcd/server.key").read_bytes() for host in installed.hosts]
    others = certificate_on_wire(installed, "etcd1", 2379)
    installed.change(nodes=installed.nodes_with("etcd2", sans=["etcd2.example.org"]))
    planned = installed.json("plan").of("planned_action")
    assert {(a["host"], a["key"]) for a in planned if not a["key"].startswith("gate:")} == {
        ("operator", "certificate:etcd2"), ("etcd2", "certificate-file"),
    }  # fmt: skip

    run = installed.json("install")

    assert_proven(installed, run)
    assert [incarnation(host) for host in installed.hosts] == running
    assert [(host.root / "etc/etcd/server.key").read_bytes() for host in installed.hosts] == keys
    for port in (2379, 2380):
        shown = subprocess.run(
            ["openssl", "x509", "-noout", "-ext", "subjectAltName"],
            input=certificate_on_wire(installed, "etcd2", port),
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert "DNS:etcd2.example.org" in shown
        assert "IP Address:192.0.2.12" in shown
    assert certificate_on_wire(installed, "etcd1", 2379) == others
