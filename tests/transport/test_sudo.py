"""Root by sudo: each way in which it can be refused is told, and its password goes nowhere else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.shell import frame
from etcd_tui.remote.ssh import SshTransport
from etcd_tui.remote.sudo import Become
from etcd_tui.secret import Secret
from etcd_tui.spec.model import Node, SecretRef

from .sshd import SUDO_PASSWORD, Sshd

MakeNode = Callable[..., Node]


def literal(password: str) -> SecretRef:
    return SecretRef("inline", inline=Secret(password))


async def refusal(node: Node, secrets: Secrets) -> HostFailure:
    with pytest.raises(HostsError) as caught:
        await connect(node, secrets)
    (failure,) = caught.value.failures
    assert failure.kind == "sudo"
    assert failure.remedy
    return failure


async def test_root_needs_no_sudo(shared: Sshd, node: MakeNode, secrets: Secrets) -> None:
    transport = await connect(node(shared), secrets)
    assert transport.become == Become(sudo=False)
    await transport.close()


@pytest.mark.parametrize("user", ["nopass", "pass"])
async def test_a_payload_arrives_whole_through_sudo(
    shared: Sshd, node: MakeNode, secrets: Secrets, user: str, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    payload = os.urandom(3_000_001)
    # The password is configured for both; only the host that asks for it may get it (trap 5).
    transport = await connect(
        node(shared, user=user, sudo_password=literal(SUDO_PASSWORD)), secrets
    )
    assert (transport.become.password is None) == (user == "nopass")
    result = await transport.run('id -u; cat >"$1"', str(target), stdin=payload)
    assert (result.exit_status, result.stdout, result.stderr) == (0, b"0\n", b"")
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(payload).digest()
    assert target.stat().st_mode & 0o777 == 0o600
    assert (await transport.run("id -un", root=False)).stdout == f"{user}\n".encode()
    await transport.close()


async def test_secrets_stand_neither_in_sudos_log_nor_in_sshds(
    shared: Sshd, node: MakeNode, secrets: Secrets
) -> None:
    before = shared.world.sudo_log.stat().st_size
    transport = await connect(
        node(shared, user="pass", sudo_password=literal(SUDO_PASSWORD)), secrets
    )
    assert (await transport.run(": hush-script", "hush-argument", stdin=b"hush-payload")).ok
    await transport.close()
    logs = shared.world.sudo_log.read_bytes() + shared.log.read_bytes()
    assert shared.world.sudo_log.stat().st_size > before
    assert b"hush-" not in logs
    assert SUDO_PASSWORD.encode() not in logs


async def test_a_password_that_sudo_does_not_ask_for_is_no_script(
    shared: Sshd, node: MakeNode, secrets: Secrets, tmp_path: Path
) -> None:
    """The host changed to NOPASSWD behind our back: the run fails, the secret stays one."""
    transport = await connect(node(shared, user="nopass"), secrets)
    trap = tmp_path / "trap"
    stale = SshTransport(
        "etcd1", transport._connection, Become(sudo=True, password=Secret(f"touch {trap}"))
    )
    result = await stale.run("cat", stdin=b"payload")
    assert result.exit_status not in (0, None)
    assert result.stdout + result.stderr == b""
    assert not trap.exists()
    await transport.close()


@pytest.mark.fault(
    14,
    injected="a wrong password for sudo",
    seen="exit 4: sudo",
)
async def test_a_wrong_password(shared: Sshd, node: MakeNode, secrets: Secrets) -> None:
    before = shared.world.sudo_log.read_text() if shared.world.sudo_log.exists() else ""
    failure = await refusal(node(shared, user="pass", sudo_password=literal("wrong-pw")), secrets)
    assert "does not accept the password of pass" in failure.what
    assert "wrong-pw" not in repr(failure)
    said = shared.world.sudo_log.read_text().removeprefix(before)
    assert said.count("incorrect password attempt") == 1


async def test_no_password(shared: Sshd, node: MakeNode, secrets: Secrets) -> None:
    failure = await refusal(node(shared, user="pass"), secrets)
    assert "none is given" in failure.what
    assert "ssh.sudo_password" in failure.remedy


@pytest.mark.fault(
    14,
    injected="a user who is not in sudoers",
    seen="exit 4: sudo, with that reason",
)
async def test_not_in_sudoers(shared: Sshd, node: MakeNode, secrets: Secrets) -> None:
    failure = await refusal(
        node(shared, user="plain", sudo_password=literal(SUDO_PASSWORD)), secrets
    )
    assert "may not become root" in failure.what
    assert "sudoers" in failure.cause


@pytest.mark.fault(
    14,
    injected="Defaults requiretty",
    seen="exit 4: sudo, with the line to add to sudoers",
)
async def test_requiretty(shared: Sshd, node: MakeNode, secrets: Secrets) -> None:
    failure = await refusal(node(shared, user="tty"), secrets)
    assert "requiretty" in failure.what
    assert "Defaults:tty !requiretty" in failure.remedy


async def test_sudo_is_not_installed(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets
) -> None:
    server = sshd(mounts=("mount --bind /dev/null /usr/bin/sudo",))
    failure = await refusal(node(server, user="nopass"), secrets)
    assert "not installed" in failure.what


async def test_sudo_may_run_its_commands_in_a_pty(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, world: object
) -> None:
    """The default since sudo 1.9.14: payload and output must still be bytes."""
    server = sshd(sudoers="Defaults use_pty\n")
    for user in ("nopass", "pass"):
        transport = await connect(
            node(server, user=user, sudo_password=literal(SUDO_PASSWORD)), secrets
        )
        payload = bytes(range(256)) * 4000
        result = await transport.run("cat; echo err >&2", stdin=payload)
        assert (result.exit_status, result.stdout, result.stderr) == (0, payload, b"err\n")
        await transport.close()


def test_the_command_line_says_how() -> None:
    framed = frame("true")
    assert Become().command(framed) == f"exec {framed.command}"
    assert Become(sudo=True).command(framed).startswith("exec sudo -n -- sh -c ")
    asking = Become(sudo=True, password=Secret("pw"))
    assert asking.command(framed).startswith("exec sudo -S -k -p '' -- sh -c ")
    assert asking.head(framed) == b"pw\n" + framed.line
    assert "pw" not in repr(asking)
