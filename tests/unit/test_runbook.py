"""The runbook is the plan: every step, every file in full, and nothing that is secret."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from etcd_tui.content.client_env import client_env
from etcd_tui.content.etcd_conf import TOKEN_PLACEHOLDER, etcd_conf
from etcd_tui.content.unit import unit_file
from etcd_tui.pki.documents import document
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import ConfText, Text, WriteFile
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.runbook.document import runbook
from etcd_tui.runbook.record import record_of
from etcd_tui.secret import Secret
from etcd_tui.spec.model import (
    Binaries,
    Certificates,
    ClusterSpec,
    HostPreparation,
    Node,
    OwnCa,
    Paths,
    SecretRef,
    Ssh,
)
from etcd_tui.verify.claims import CLAIMS
from tests.unit.runbooks import Block, blocks
from tests.unit.situations import World, carry_out, spec_of

FOLDER = Path("/home/me/.local/state/etcd-tui/prod")
SECRET = "s3cret-of-the-answers"
SPECS = {
    "plain": spec_of(),
    "one": spec_of(1),
    "seven": spec_of(7),
    "v6": replace(spec_of(), nodes=tuple(Node(f"etcd{n}", f"2001:db8::{n}") for n in (1, 2, 3))),
    "openssl": spec_of(certificates=Certificates(profile="openssl")),
    "old": spec_of(etcd="3.4.23", host=HostPreparation(user="root", hosts_file=False)),
    "off": spec_of(host=HostPreparation(firewall="disable", selinux="permissive")),
    "left": spec_of(host=HostPreparation(firewall="leave")),
    "places": spec_of(
        paths=Paths("/opt/etcd/conf", "/srv/etcd/data", "/opt/etcd/bin"),
        binaries=Binaries("https://mirror.example/etcd", fetch="hosts"),
        certificates=Certificates(key="ecdsa-p256", ca=OwnCa("/ca.pem", "~/ca.key", "/root.pem")),
    ),
}


def written(spec: ClusterSpec, **options: str) -> list[Block]:
    return blocks(runbook(spec, FOLDER, **options))


def files_on(found: list[Block], host: str) -> dict[str, str]:
    return {
        path: text for block in found if host in block.hosts for path, text in block.files.items()
    }


def after_install(spec: ClusterSpec) -> World:
    world = World(spec)
    for host in world.hosts.values():
        host.folders |= dict.fromkeys(("/opt", "/srv"), ("755", "root", "root"))
    carry_out(world, plan_install(spec, world.situation()))
    return world


@pytest.mark.parametrize("case", SPECS)
def test_every_file_stands_in_it_as_install_writes_it(case: str) -> None:
    spec = SPECS[case]
    found = written(spec)
    for node in spec.nodes:
        files = files_on(found, node.name)
        wanted = etcd_conf(spec, node, TOKEN_PLACEHOLDER, "new")
        assert files[f"{spec.paths.config}/etcd.conf"] == wanted
        assert files[f"{spec.paths.units}/etcd.service"] == unit_file(spec)
    files = files_on(found, "operator")
    assert files["client/etcdctl.env"] == client_env(spec, FOLDER / "client")
    settings = {"cfssl": "ca-config.json", "openssl": "etcd-ca.conf"}[spec.certificates.profile]
    assert files[f"pki/{settings}"] == document(spec).decode()


@pytest.mark.parametrize("case", SPECS)
def test_every_action_of_an_install_of_bare_hosts_is_in_it(case: str) -> None:
    spec = SPECS[case]
    typed = {(h, block.text) for block in written(spec) for h in block.hosts}
    for _stage, action in plan_install(spec, World(spec).situation()).actions():
        # The record comes last and whole, the operator's environment has the folder's true name.
        if action.key in ("manifest", "client-environment"):
            continue
        commands = "\n".join(action.commands)
        assert any(commands in text for host, text in typed if host == action.host), action
        for command in action.bring:
            assert any(command in text for host, text in typed if host == "operator"), action


@pytest.mark.parametrize("case", SPECS)
def test_all_are_started_before_the_first_is_waited_for(case: str) -> None:
    texts = [(block.hosts, block.text) for block in written(SPECS[case])]
    names = tuple(node.name for node in SPECS[case].nodes)
    starts = [n for n, (_hosts, text) in enumerate(texts) if "--no-block" in text]
    waits = [n for n, (_hosts, text) in enumerate(texts) if "timeout 120" in text]
    assert (len(starts), len(waits)) == (1, 1)
    assert starts < waits
    assert texts[starts[0]][0] == texts[waits[0]][0] == names


@pytest.mark.parametrize("case", SPECS)
def test_what_it_records_is_what_an_install_leaves(case: str) -> None:
    spec = SPECS[case]
    world = after_install(spec)
    for name, host in world.hosts.items():
        recorded = record_of(plan_install(spec, World(spec).situation()), name).splitlines()
        left = {f"{kind} {value}" for kind, value in host.manifest}
        # What is saved for later, and folders above ours that the world lacked.
        assert set(recorded) <= left
        more = {entry.split(" ")[0] for entry in left - set(recorded)}
        assert more <= {"accounts", "dir"}


@pytest.mark.parametrize("case", SPECS)
def test_undo_takes_back_every_file_and_folder(case: str) -> None:
    spec = SPECS[case]
    found = written(spec)
    undoing = [block for block in found if block.undo]
    for node in spec.nodes:
        typed = "\n".join(block.text for block in undoing if node.name in block.hosts)
        world = after_install(spec)
        plan = plan_uninstall(spec, world.situation(), purge=True)
        removed = [a for _s, a in plan.actions() if a.host == node.name and a.key == "files"]
        assert set(shlex.split(removed[0].commands[0])) <= set(shlex.split(typed))
        assert f"find {spec.paths.data} -mindepth 1 -xdev -delete" in typed
    assert undoing == found[-len(undoing) :]
    assert any(block.hosts == ("operator",) for block in undoing)


@pytest.mark.parametrize("case", SPECS)
def test_every_block_is_a_shells(case: str) -> None:
    for block in written(SPECS[case]):
        done = subprocess.run(
            ["sh", "-n"], input=block.text, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), block


def test_every_firewall_has_its_block_and_its_undoing() -> None:
    found = written(SPECS["plain"])
    kinds = ("firewalld", "ufw", "nftables", "iptables")
    for undo in (False, True):
        conditions = {block.condition for block in found if block.undo is undo}
        assert conditions - {"", "no-firewall"} == set(kinds)
    off = [b for b in written(SPECS["off"]) if b.condition == "ufw" and not b.undo]
    assert [block.text for block in off] == ["ufw disable\n"]
    assert {b.condition for b in written(SPECS["left"])} == {"", "no-firewall"}


def test_selinux_is_relaxed_only_if_the_answers_ask_and_else_gets_its_labels() -> None:
    relaxed = [b.text for b in written(SPECS["off"]) if b.condition == "selinux"]
    assert relaxed
    assert "setenforce 0" in relaxed[0]
    assert not any("restorecon" in b.text for b in written(SPECS["off"]))
    labels = [b.text for b in written(SPECS["plain"]) if "restorecon" in b.text]
    assert len(labels) == 1
    assert "/usr/local/bin/etcdctl" in labels[0]


def test_every_proof_is_in_it_and_the_guides_four_come_first() -> None:
    text = runbook(SPECS["plain"], FOLDER)
    verify = text[text.index("\n## Verify\n") :]
    places = [verify.index(f"### {c.title[:1].upper()}{c.title[1:]}\n") for c in CLAIMS[1:]]
    assert [claim.key for claim in CLAIMS[1:5]] == ["put", "get", "health", "members"]
    assert places == sorted(places)
    for claim in CLAIMS[1:]:
        assert claim.command(SPECS["plain"].nodes[1 if claim.key == "get" else 0]) in verify


def test_the_archive_is_fetched_and_checked_once_and_carried_to_each_host() -> None:
    operator = "".join(b.text for b in written(SPECS["plain"]) if b.hosts == ("operator",))
    assert operator.count("curl -fsSLO") == 1
    assert operator.count("sha256sum -c") == 1
    assert operator.count("scp etcd-v3.5.30-linux-amd64.tar.gz") == 3


def test_for_another_architecture_another_archive_is_fetched() -> None:
    text = runbook(SPECS["plain"], FOLDER, "arm64")
    assert "linux-arm64.tar.gz" in text
    assert "linux-amd64" not in text


def test_no_secret_is_in_it() -> None:
    reference = SecretRef("inline", inline=Secret(SECRET))
    spec = replace(
        SPECS["plain"],
        cluster=replace(SPECS["plain"].cluster, token=SECRET),
        nodes=tuple(
            replace(node, ssh=Ssh(user="admin", password=reference, sudo_password=reference))
            for node in SPECS["plain"].nodes
        ),
    )
    text = runbook(spec, FOLDER)
    assert SECRET not in text
    assert "read -r TOKEN" in text
    assert TOKEN_PLACEHOLDER in text


def test_the_state_folder_is_neither_read_nor_made(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "token").write_text(SECRET)
    assert SECRET not in runbook(SPECS["plain"], tmp_path / "prod")
    runbook(SPECS["plain"], tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["prod"]


def test_a_host_is_entered_as_the_table_says() -> None:
    node = Node("etcd1", "192.0.2.11", ssh=Ssh(user="admin", port=2222))
    text = runbook(replace(SPECS["one"], nodes=(node,)), FOLDER)
    assert "| etcd1 | 192.0.2.11 | `ssh -t -p 2222 admin@192.0.2.11 sudo -s` |" in text


def test_the_same_answers_give_the_same_document() -> None:
    assert runbook(spec_of(), FOLDER) == runbook(spec_of(), FOLDER)


def test_every_plan_of_texts_is_written_in_full_not_by_difference() -> None:
    spec = SPECS["openssl"]
    found = files_on(written(spec), "etcd2")
    for _stage, action in plan_install(spec, World(spec).situation()).actions():
        match action.step:
            case WriteFile(path, Text(text) | ConfText(text)) if (
                action.host == "etcd2" and action.key not in ("settle", "hosts-file")
            ):
                assert found[path] == text
