"""A connection that dies leaves half of nothing behind, an unknown result, and no noise."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etcd_tui.remote import handshake
from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.spec.model import Node

from .sshd import Sshd, process_name
from .waiting import Gate, eventually

MakeNode = Callable[..., Node]

# The way in which every file is put in place: nothing is moved that did not arrive whole.
PUT = """
t=$(mktemp "$1.XXXXXX"); trap 'rm -f "$t"; touch "$1.over"' EXIT
cat >"$t"; [ "$(wc -c <"$t")" -eq "$2" ] && mv "$t" "$1"
"""
SIZE = 60_000_000


@pytest.fixture(autouse=True)
def no_noise(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever asyncio or asyncssh prints would land in the middle of a screen."""
    yield
    gc.collect()
    assert capfd.readouterr().err == ""
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []


@pytest.mark.fault(
    6,
    injected="the connection's sshd killed in the middle of an upload",
    seen="unknown result; neither target nor temporary file is there",
)
@pytest.mark.parametrize("user", ["root", "nopass"])
async def test_an_upload_that_is_cut_off_installs_nothing(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, tmp_path: Path, user: str
) -> None:
    server = sshd()
    transport = await connect(node(server, user=user), secrets)
    target = tmp_path / "target"

    def cut(sent: int) -> None:
        # In the middle: the file is being written, and most of it is still here.
        if any(path.stat().st_size for path in tmp_path.glob("target.??????")):
            server.kill_connections()

    result = await transport.run(
        PUT, str(target), str(SIZE), stdin=os.urandom(1_000_000) * 60, progress=cut
    )
    assert result.exit_status is None
    await eventually(lambda: Path(f"{target}.over").exists())
    assert not target.exists()
    assert list(tmp_path.glob("target.??????")) == []
    assert not transport.connected
    assert (await transport.run("echo never")).exit_status is None
    await transport.close()


@pytest.mark.fault(
    7,
    injected="sshd killed under three commands",
    seen="no exit status: unknown, not success",
)
async def test_a_command_that_is_cut_off_has_no_status(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, gate: Gate
) -> None:
    server = sshd()
    transport = await connect(node(server), secrets)
    runs = [asyncio.create_task(transport.run('read line <"$1"', gate.path)) for _run in range(3)]
    await eventually(gate.reached)
    server.kill_connections()
    assert [(await run).exit_status for run in runs] == [None] * 3
    await transport.close()


@pytest.mark.fault(
    8,
    injected="the connection's sshd stopped by SIGSTOP",
    seen="keepalive ends the connection",
)
async def test_a_host_that_freezes_is_lost_in_time(
    sshd: Callable[..., Sshd],
    node: MakeNode,
    secrets: Secrets,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handshake, "KEEPALIVE_SECONDS", 0.1)
    server = sshd()
    transport = await connect(node(server), secrets)
    running = asyncio.create_task(transport.run('read line <"$1"', gate.path))
    await eventually(gate.reached)
    frozen = [pid for pid in server.sessions() if process_name(pid).startswith("sshd")]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    assert (await running).exit_status is None
    assert not transport.connected
    await transport.close()


async def test_after_a_loss_the_host_can_be_entered_again(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets
) -> None:
    server = sshd()
    transport = await connect(node(server), secrets)
    server.kill_connections()
    await eventually(lambda: not transport.connected)
    await transport.close()
    again = await connect(node(server), secrets)
    assert (await again.run("echo back")).stdout == b"back\n"
    await again.close()


async def test_a_tunnel_dies_with_its_connection(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets
) -> None:
    server = sshd()
    transport = await connect(node(server), secrets)
    path = await transport.tunnel("127.0.0.1", server.port)
    reader, writer = await asyncio.open_unix_connection(path)
    assert (await reader.readline()).startswith(b"SSH-2.0")
    server.kill_connections()
    assert await reader.read() == b""
    writer.close()
    await transport.close()
    assert not Path(path).parent.exists()
