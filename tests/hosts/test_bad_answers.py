"""Answers that cannot be meant end with exit 2, all problems at once, and no host is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster
from tests.lab import Lab

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A host that must see no visitor."""
    with Lab.create(hosts=1) as lab:
        yield lab


def assert_problems(cluster: Cluster, *lines: int, fix: str = "") -> None:
    """Every verb ends with exit 2 and the problems of just these lines; nobody logged in."""
    (host,) = cluster.hosts
    visits = host.sh("journalctl -u ssh -o cat | grep -c Accepted").stdout
    for verb in ("install", "plan", "check"):
        run = cluster.json(verb)
        assert run.exit == 2
        problems = [p for p in run.of("problem_found") if p["severity"] == "error"]
        assert {problem["line"] for problem in problems} == set(lines), problems
        assert all(p["what"] and p["fix"] and p["file"] == str(cluster.file) for p in problems)
        assert any(fix in problem["fix"] for problem in problems), problems
    text = cluster.run("install")
    assert text.exit == 2
    assert all(f"{cluster.file}:{line}: " in text.stderr for line in lines)
    assert host.sh("journalctl -u ssh -o cat | grep -c Accepted").stdout == visits
    assert not cluster.root.exists()


def test_malformed_yaml_names_the_line(lab: Lab, tmp_path: Path) -> None:
    cluster = Cluster(lab, tmp_path)
    cluster.write("version: 1\ncluster:\n  name: [prod\nnodes:\n")

    assert_problems(cluster, 4)


def test_all_problems_are_told_at_once(lab: Lab, tmp_path: Path) -> None:
    cluster = Cluster(lab, tmp_path)
    cluster.write(
        "version: 1\n"
        "cluster:\n"
        "  name: Not_A_Label\n"
        "  etcd: 3.5.30\n"
        "  tokn: x\n"
        "nodes:\n"
        "  - {name: etcd1, address: 192.0.2.11}\n"
        "  - {name: etcd1, address: 192.0.2.12}\n"
        "  - {name: etcd3, address: 192.0.2.11}\n"
    )

    assert_problems(cluster, 3, 5, 8, 9, fix="token")


@pytest.mark.fault(
    54,
    injected="substitutions, quotes, newlines, paths and 300 letters in every name",
    seen="exit 2 with each key; nobody logs in",
)
@pytest.mark.parametrize(
    "value",
    ["$(touch /tmp/owned)", "a'b", 'a"b', "a;reboot", "a\nb", "../../etc", "x" * 300, "`id`"],
    ids=lambda value: repr(value[:12]),
)
def test_hostile_values_are_refused_before_anybody_is_asked(
    lab: Lab, tmp_path: Path, value: str
) -> None:
    cluster = Cluster(lab, tmp_path)
    node = {**cluster.answers["nodes"][0], "name": value, "sans": [value]}
    cluster.change(
        cluster={"name": value, "token": value},
        nodes=[node],
        ssh={"user": value},
        paths={"data": f"/var/{value}"},
    )

    run = cluster.json("install")

    assert run.exit == 2
    places = {p["key"] for p in run.of("problem_found") if p["severity"] == "error"}
    assert places >= {"cluster.name", "cluster.token", "ssh.user", "paths.data"}
    assert places >= {"nodes[0].name", "nodes[0].sans[0]"}
    assert list(tmp_path.iterdir()) == [cluster.file]


def test_an_even_number_of_members_is_worth_a_warning(three_hosts: Lab, tmp_path: Path) -> None:
    cluster = Cluster(three_hosts, tmp_path, hosts=three_hosts.hosts[:2])

    run = cluster.json("check")

    assert run.exit == 0
    (warning,) = [p for p in run.of("problem_found") if p["severity"] == "warning"]
    assert warning["key"] == "nodes"
