"""The commands of every action are such as a person can type, and show no secret."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from etcd_tui.content.etcd_conf import TOKEN_PLACEHOLDER
from etcd_tui.content.hosts_block import removal, with_block, without_block
from etcd_tui.observe.facts import Firewall
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import OPERATOR, Action, ConfText, StoreFile, Text, WriteFile
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.spec.model import (
    Binaries,
    Certificates,
    ClusterSpec,
    HostPreparation,
    Node,
    OwnCa,
    SecretRef,
    Ssh,
    Subject,
)
from etcd_tui.typed import carry, enter, heredoc, local
from tests.unit.situations import World, carry_out, installed, spec_of, tuned

DETAILS = {
    "firewalld": (("zone", "public"), ("zone", "dmz")),
    "ufw": (),
    "nftables": (("chain", "inet/filter/input"), ("file", "/etc/nftables.conf")),
    "iptables": (("chain", "iptables"), ("chain", "ip6tables")),
}
SPECS = {
    "plain": spec_of(),
    "v6": replace(
        spec_of(host=HostPreparation(client_ranges=("2001:db8::/64", "198.51.100.0/24"))),
        nodes=tuple(Node(f"etcd{n}", f"2001:db8::{n}") for n in (1, 2, 3)),
    ),
    "openssl": spec_of(certificates=Certificates(profile="openssl"), etcd="3.4.23"),
    "own": spec_of(
        certificates=Certificates(
            subject=Subject(organization="O'Land & Co"),
            ca=OwnCa("~/our ca.pem", "/k e y.pem", "~/chain.pem", SecretRef("prompt")),
        )
    ),
    "hosts-fetch": spec_of(binaries=Binaries("https://[2001:db8::1]:8443/a+b", fetch="hosts")),
    "local": spec_of(binaries=Binaries("/tmp/my etcd.tar.gz", sha256=(("*", "ab" * 32),))),
    "off": spec_of(host=HostPreparation(firewall="disable", selinux="disable")),
}


def worlds(spec: ClusterSpec) -> Iterator[World]:
    for kind, detail in DETAILS.items():
        world = World(spec)
        for host in world.hosts.values():
            host.firewall = Firewall(kind, enabled=True, detail=detail)  # type: ignore[arg-type]
            host.selinux = ("Enforcing", "enforcing")
        yield world


def actions_of(spec: ClusterSpec) -> list[Action]:
    """Those of installs and removals of bare and of installed hosts."""
    found: list[Action] = []
    for world in worlds(spec):
        plan = plan_install(spec, world.situation())
        found += [action for _stage, action in plan.actions()]
        if spec.host.firewall == "disable":
            continue
        carry_out(world, plan)
        taken = plan_uninstall(spec, world.situation(), purge=True)
        found += [action for _stage, action in taken.actions()]
    return found


@pytest.mark.parametrize("case", SPECS)
def test_every_command_of_every_action_is_a_shells(case: str) -> None:
    actions = actions_of(SPECS[case])
    assert [action.key for action in actions if not action.commands] == []
    script = "\n".join(c for action in actions for c in (*action.bring, *action.commands))
    done = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_words_of_a_rolling_change_are_a_shells_too() -> None:
    spec = spec_of()
    world = installed(spec, plan_install)
    plan = plan_install(tuned(spec), world.situation())
    assert {"restart", "ready", "config"} <= {a.key for _s, a in plan.actions()}
    assert [a.key for _s, a in plan.actions() if not a.commands] == []


@pytest.mark.parametrize("case", SPECS)
def test_only_the_operator_types_scp_and_never_a_key_in_clear(case: str) -> None:
    for action in actions_of(SPECS[case]):
        if action.host == OPERATOR:
            assert not action.bring
        assert not [command for command in action.commands if command.startswith(("scp", "ssh"))]
        assert "PRIVATE" not in "".join((*action.bring, *action.commands))


def test_a_file_in_full_stands_in_the_commands_that_write_it() -> None:
    for action in actions_of(SPECS["plain"]):
        match action.step:
            case WriteFile(path, Text(text) | ConfText(text)) if path != "/etc/hosts":
                if action.key != "settle":
                    assert action.commands[0] == heredoc(path, text)
            case WriteFile(path, StoreFile(_node, name), owner=owner, mode=mode):
                assert action.bring[0].endswith(f"/{name}") or f":{name}" in action.bring[0]
                assert f"-o {owner} -g {owner} -m {mode} {name} {path}" in action.commands[0]


@pytest.mark.parametrize("known", ["answers", "store"])
def test_no_command_shows_the_token(known: str) -> None:
    spec = spec_of()
    if known == "answers":
        spec = replace(spec, cluster=replace(spec.cluster, token="my-own-token"))
    world = World(spec)
    if known == "store":
        world.token = "my-own-token"
    actions = [action for _stage, action in plan_install(spec, world.situation()).actions()]
    typed = "\n".join(c for action in actions for c in (*action.bring, *action.commands))
    assert "my-own-token" not in typed
    assert f"ETCD_INITIAL_CLUSTER_TOKEN={TOKEN_PLACEHOLDER}" in typed


@pytest.mark.parametrize(
    "before",
    ["127.0.0.1 localhost\n", "127.0.0.1 localhost", "", "a\n\n# BEGIN etcd-tui prod2\nx\n"],
)
def test_the_block_in_the_hosts_file_comes_and_goes_by_hand_as_by_the_tool(
    before: str, tmp_path: Path
) -> None:
    spec = spec_of()
    file = tmp_path / "hosts"
    action = next(
        a
        for _s, a in plan_install(spec, World(spec).situation()).actions()
        if a.key == "hosts-file"
    )
    file.write_text(before)
    for _twice in range(2):
        for command in action.commands:
            in_shell(command.replace("/etc/hosts", str(file)))
        # A tool that comes later finds nothing to do.
        assert with_block(file.read_text(), spec) == file.read_text()
    in_shell(removal("prod", str(file)))
    whole = before if before.endswith("\n") or not before else f"{before}\n"
    assert file.read_text() == whole
    # What the tool put there goes by hand as well.
    file.write_text(with_block(before, spec))
    in_shell(removal("prod", str(file)))
    assert file.read_text() == (whole or without_block(with_block(before, spec), "prod"))


def in_shell(command: str) -> None:
    subprocess.run(["sh", "-e", "-c", command], check=True)


def test_a_here_document_ends_where_its_text_ends(tmp_path: Path) -> None:
    text = "a\nEOF\n$HOME `id` \\\nEOFF\n"
    in_shell(heredoc(str(tmp_path / "file"), text))
    assert (tmp_path / "file").read_text() == text


@pytest.mark.parametrize(
    ("ssh", "address", "entering", "carrying"),
    [
        (Ssh(), "192.0.2.11", "ssh root@192.0.2.11", "scp a root@192.0.2.11:b"),
        (Ssh(), "2001:db8::1", "ssh root@2001:db8::1", "scp a root@[2001:db8::1]:b"),
        (
            Ssh(user="admin", port=2222, jump=("ops@gate:22", "inner")),
            "192.0.2.11",
            "ssh -t -p 2222 -J ops@gate:22,inner admin@192.0.2.11 sudo -s",
            "scp -P 2222 -J ops@gate:22,inner a admin@192.0.2.11:b",
        ),
        (
            Ssh(private_key=("~/.ssh/id_ed25519", "~/my key"), known_hosts="/k h"),
            "192.0.2.11",
            "ssh -i \"$HOME\"/'my key' -o UserKnownHostsFile='/k h' root@192.0.2.11",
            "scp -i \"$HOME\"/'my key' -o UserKnownHostsFile='/k h' a root@192.0.2.11:b",
        ),
        (
            # Whom the file names as user is not known here, so it is left to it.
            Ssh(config="~/.ssh/lab", host="etcd1.lab"),
            "192.0.2.11",
            'ssh -t -F "$HOME"/.ssh/lab etcd1.lab sudo -s',
            'scp -F "$HOME"/.ssh/lab a etcd1.lab:b',
        ),
    ],
)
def test_a_host_is_entered_and_given_files_as_the_answers_say(
    ssh: Ssh, address: str, entering: str, carrying: str
) -> None:
    node = Node("etcd1", address, ssh=ssh)
    assert enter(node) == entering
    assert carry(node, "a", "b") == carrying


def test_a_path_with_a_tilde_is_still_a_path_in_the_middle_of_a_command() -> None:
    assert local("~/a b") == "\"$HOME\"/'a b'"
    assert local("/a b") == "'/a b'"
