"""What was installed is looked at again: nothing to do, nothing restarted, proven once more."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.hosts.cluster import TOOL, Cluster
from tests.hosts.evidence import assert_proven, endpoint_status, incarnation
from tests.hosts.tree import Tree, difference, host_tree

pytestmark = pytest.mark.lab


def trees_without_data(cluster: Cluster) -> dict[str, Tree]:
    """The hosts' file trees; etcd writes to its data all the time."""
    data = cluster.place("data").lstrip("/")
    return {
        host.name: {p: v for p, v in host_tree(host).items() if not p.startswith(f"{data}/")}
        for host in cluster.hosts
    }


def assert_same_trees(before: dict[str, Tree], after: dict[str, Tree]) -> None:
    """No host's file tree differs."""
    assert {name: difference(before[name], after[name]) for name in before} == {
        name: [] for name in before
    }


def test_before_an_install_plan_says_what_is_to_be_done_and_changes_nothing(bare: Cluster) -> None:
    before = trees_without_data(bare)

    checked = bare.json("check")
    planned = bare.json("plan")
    with_code = bare.run("plan", "--exit-code")

    assert (checked.exit, planned.exit, with_code.exit) == (0, 0, 10)
    actions = planned.of("planned_action")
    assert planned.of("planned")[0]["actions"] == len(actions) > 0
    assert {action["host"] for action in actions} == {"operator", *bare.members}
    assert all(action["title"] and action["reason"] for action in actions)
    config = next(a for a in actions if (a["host"], a["key"]) == ("etcd2", "config"))
    assert "+ETCD_NAME=etcd2" in config["preview"]
    assert "etcd2: Start etcd" in with_code.stdout
    assert_same_trees(before, trees_without_data(bare))
    assert not bare.root.exists()


def test_a_second_run_changes_nothing_and_proves_the_cluster_again(installed: Cluster) -> None:
    trees = trees_without_data(installed)
    running = [incarnation(host) for host in installed.hosts]
    kept = {path: path.read_bytes() for path in (installed.state / "pki").iterdir()}

    run = installed.json("install")

    assert_proven(installed, run)
    assert run.of("planned") == [{**run.of("planned")[0], "actions": 0, "stages": []}]
    assert run.of("action_started") == []
    assert run.last["changed"] == 0
    assert [incarnation(host) for host in installed.hosts] == running
    assert {path: path.read_bytes() for path in (installed.state / "pki").iterdir()} == kept
    assert_same_trees(trees, trees_without_data(installed))


def test_a_second_run_in_words_says_what_a_person_wants_to_know(installed: Cluster) -> None:
    run = installed.run("install")

    assert run.exit == 0
    assert "Nothing to do." in run.stdout
    assert "The cluster prod is installed and proven (0 changes" in run.stdout
    assert f"set -a; . {installed.state}/client/etcdctl.env; etcdctl member list" in run.text


def test_plan_after_an_install_says_nothing_to_do(installed: Cluster) -> None:
    run = installed.run("plan", "--exit-code")

    assert run.exit == 0
    assert "Nothing to do." in run.stdout


def test_the_state_is_found_in_the_xdg_folder(installed: Cluster, tmp_path: Path) -> None:
    (tmp_path / "etcd-tui").symlink_to(installed.root)

    run = installed.lab.run_operator(
        [*TOOL, "status", installed.file],
        env={"XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr


def test_what_was_saved_replays_to_the_same_plan(installed: Cluster) -> None:
    saved = installed.but()
    saved.file = installed.state / "answers.yaml"

    assert saved.json("plan", "--exit-code").exit == 0


def test_the_json_output_is_one_stream_of_events_kept_in_the_run_folder(bare: Cluster) -> None:
    run = bare.json("install")

    assert run.exit == 0
    assert run.stderr == ""
    events = run.events
    assert all(isinstance(event["event"], str) for event in events)
    assert [event["event"] for event in events].count("finished") == 1
    assert events[-1]["event"] == "finished"
    assert events[-1]["exit"] == 0
    started = events[0]
    assert started["event"] == "started"
    kept = bare.state / "runs" / started["run"] / "events.jsonl"
    assert without_time(events) == without_time(
        [json.loads(line) for line in kept.read_text().splitlines()]
    )


def without_time(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """Two readers write an event down one after the other."""
    return [{key: value for key, value in e.items() if key != "time"} for e in events]


def test_the_state_folder_is_its_owners_alone(installed: Cluster) -> None:
    everything = [installed.state, *installed.state.rglob("*")]
    found = {path: stat.S_IMODE(path.lstat().st_mode) for path in everything}

    assert {p: oct(mode) for p, mode in found.items() if p.is_dir() and mode != 0o700} == {}
    assert {p: oct(mode) for p, mode in found.items() if not p.is_dir() and mode != 0o600} == {}
    assert {p.name for p in (installed.state / "client").iterdir()} == {
        "ca.crt", "client.crt", "client.key", "etcdctl.env",
    }  # fmt: skip
    (run, *_others) = sorted((installed.state / "runs").iterdir())
    assert {p.name for p in run.iterdir()} == {"events.jsonl", "log.txt", "report.json"}


def test_status_tells_the_truth_about_every_member(installed: Cluster) -> None:
    run = installed.json("status")
    text = installed.run("status")

    assert (run.exit, text.exit) == (0, 0)
    told = {event["host"]: event for event in run.of("member_status")}
    for member, entry in zip(installed.members, endpoint_status(installed), strict=True):
        status = entry["Status"]
        event = told[member]
        assert int(event["member"], 16) == status["header"]["member_id"]
        assert event["leader"] == (status["leader"] == status["header"]["member_id"])
        assert event["version"] == status["version"] == installed.version
        assert (event["healthy"], event["learner"], event["alarms"]) == (True, False, [])
        assert event["raft_term"] == status["raftTerm"]
        (line,) = [line for line in text.stdout.splitlines() if f" {member} " in line]
        assert "healthy" in line
        assert event["certificate_expires"] in line


def test_verify_proves_the_cluster_in_text_and_in_json(installed: Cluster) -> None:
    run = installed.json("verify")
    text = installed.run("verify")

    assert_proven(installed, run)
    keys = {proof["key"] for proof in run.of("proved")}
    assert {"put", "get", "delete", "health", "members", "agreement", "alarms", "hashkv", "peers",
            "mutual-tls", "no-plain-text", "client-certificate", "peer-certificate", "unit",
            "restarts", "journal", "file-modes", "settings", "exposure",
            "operator-files"} <= keys  # fmt: skip
    assert text.exit == 0
    assert "The cluster prod is proven" in text.stdout


ON_THE_HOST = ("unit", "restarts", "journal", "file-modes", "settings", "exposure")


def test_every_command_of_the_report_can_be_typed(installed: Cluster) -> None:
    proofs = installed.json("verify").report()["proofs"]
    client = installed.state / "client"
    etcdctl = installed.etcdctl_program.parent
    for proof in proofs:
        command = proof["command"].replace("etcdctl ", f"etcdctl-{installed.version} ")
        if proof["key"] in ON_THE_HOST:
            done = installed.host_of(proof["member"]).sh(f"{command} | cat")
        else:
            script = f"cd {client}; set -a; . ./etcdctl.env; PATH=$PATH:{etcdctl}; {command}"
            done = installed.lab.run_operator(["sh", "-c", script], capture_output=True, text=True)
        refused = proof["key"] in ("mutual-tls", "no-plain-text")
        said = f"{command}: {done.stdout}{done.stderr}"
        assert ("true" in done.stdout) is False if refused else done.returncode == 0, said
