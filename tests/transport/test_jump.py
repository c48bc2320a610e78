"""Jump hosts: shared, checked like any host, closed when the last node has gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etcd_tui.errors import HostsError
from etcd_tui.remote.connect import connect, connect_all
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.spec.model import Node

from .sshd import Sshd
from .waiting import eventually

MakeNode = Callable[..., Node]


def via(*servers: Sshd) -> tuple[str, ...]:
    return tuple(f"root@127.0.0.1:{server.port}" for server in servers)


def both(path: Path, *servers: Sshd) -> str:
    path.write_text(
        "".join(f"[127.0.0.1]:{server.port} {server.public_key()}\n" for server in servers)
    )
    return str(path)


def logins(server: Sshd) -> int:
    return server.log.read_text().count("Accepted publickey")


async def test_nodes_behind_one_jump_host_share_its_connection(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    jump, server = sshd(), sshd()
    known = both(tmp_path / "kh", jump, server)
    nodes = [
        node(server, f"n{n}", jump=via(jump), known_hosts=known, user=user)
        for n, user in enumerate(("root", "root", "root"))
    ]
    transports = await connect_all(nodes, Secrets(None), new_keys=NewKeys.none())
    assert logins(jump) == 1
    assert logins(server) == 3
    for transport in transports.values():
        assert (await transport.run("cat", stdin=b"x" * 3_000_000)).stdout == b"x" * 3_000_000
    first, *rest = transports.values()
    await first.close()
    assert (await rest[0].run("echo still")).ok
    for transport in rest:
        await transport.close()
    await eventually(lambda: not jump.sessions())


async def test_two_jump_hosts_in_a_row(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    first, second, server = sshd(), sshd(), sshd()
    known = both(tmp_path / "kh", first, second, server)
    transport = await connect(
        node(server, jump=via(first, second), known_hosts=known), Secrets(None)
    )
    assert (await transport.run("echo in")).stdout == b"in\n"
    assert [logins(one) for one in (first, second, server)] == [1, 1, 1]
    await transport.close()
    await eventually(lambda: not first.sessions() and not second.sessions())


async def test_the_key_of_a_jump_host_is_checked_like_any(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    jump, server = sshd(hosts=("other",)), sshd()
    known = both(tmp_path / "kh", server)
    nodes = [node(server, f"n{n}", jump=via(jump), known_hosts=known) for n in range(2)]
    with pytest.raises(HostsError) as caught:
        await connect_all(nodes, Secrets(None), new_keys=NewKeys.none())
    assert [failure.host for failure in caught.value.failures] == ["n0", "n1"]
    for failure in caught.value.failures:
        assert failure.kind == "unknown-host-key"
        assert failure.address == f"[127.0.0.1]:{jump.port}"
        assert f":{jump.port}" in failure.what
    assert logins(server) == 0
    with (tmp_path / "kh").open("a") as file:
        file.write(f"[127.0.0.1]:{jump.port} {jump.public_key('ed25519')}\n")
    with pytest.raises(HostsError) as caught:
        await connect_all(nodes, Secrets(None), new_keys=NewKeys.all())
    assert {failure.kind for failure in caught.value.failures} == {"changed-host-key"}
    assert logins(server) == 0


async def test_a_node_that_the_jump_host_cannot_reach(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    jump, server = sshd(), sshd()
    known = both(tmp_path / "kh", jump, server)
    server.stop()
    with pytest.raises(HostsError) as caught:
        await connect(node(server, jump=via(jump), known_hosts=known), Secrets(None))
    assert caught.value.failures[0].kind == "refused"
    await eventually(lambda: not jump.sessions())


async def test_a_jump_host_that_forwards_nothing(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    jump, server = sshd("AllowTcpForwarding no"), sshd()
    known = both(tmp_path / "kh", jump, server)
    with pytest.raises(HostsError) as caught:
        await connect(node(server, jump=via(jump), known_hosts=known), Secrets(None))
    failure = caught.value.failures[0]
    assert failure.kind == "refused"
    assert "AllowTcpForwarding" in failure.remedy


async def test_a_jump_host_that_dies_takes_the_connection_with_it(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    jump, server = sshd(), sshd()
    known = both(tmp_path / "kh", jump, server)
    transport = await connect(node(server, jump=via(jump), known_hosts=known), Secrets(None))
    jump.kill_connections()
    await eventually(lambda: not transport.connected)
    assert (await transport.run("echo never")).exit_status is None
    await transport.close()


async def test_proxy_jump_of_an_ssh_config(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    jump, server = sshd(), sshd()
    known = both(tmp_path / "kh", jump, server)
    config = tmp_path / "config"
    config.write_text(
        f"Host etcd-one\n HostName 127.0.0.1\n Port {server.port}\n ProxyJump bastion\n"
        f" IdentityFile {server.world.key}\n"
        f"Host bastion\n HostName 127.0.0.1\n Port {jump.port}\n"
        f" IdentityFile {server.world.key}\n"
        "Host *\n UserKnownHostsFile /dev/null\n StrictHostKeyChecking no\n"
    )
    how = {"host": "etcd-one", "port": 22, "private_key": (), "config": str(config)}
    transport = await connect(node(server, known_hosts=known, **how), Secrets(None))
    assert (await transport.run("echo in")).stdout == b"in\n"
    assert logins(jump) == 1
    await transport.close()
    nobody = both(tmp_path / "nobody")
    with pytest.raises(HostsError) as caught:
        await connect(node(server, known_hosts=nobody, **how), Secrets(None))
    assert caught.value.failures[0].kind == "unknown-host-key"
