"""Following a script: its lines as they come, and never in the way of what runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.ssh import SshTransport
from etcd_tui.spec.model import Node, SecretRef

from .sshd import SUDO_PASSWORD, Sshd
from .waiting import Gate, eventually

MakeNode = Callable[..., Node]
# As the journal's: what prints is ended when standard input ends.
LISTENED_TO = 'sleep 1000 & echo "$!"; read -r _ || :; kill $!; echo ended'


class Heard:
    """What was told."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.cut: list[bool] = []

    def __call__(self, line: bytes, cut: bool) -> None:
        self.lines.append(line)
        self.cut.append(cut)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def gone(heard: Heard) -> bool:
    """Whether the process whose number was told has ended."""
    return not Path(f"/proc/{heard.lines[0].decode()}").exists()


async def test_lines_are_told_while_the_script_goes_on(
    root: SshTransport, heard: Heard, gate: Gate
) -> None:
    script = 'printf "one\\ntw"; read line <"$1"; printf "o\\n$line"'
    following = asyncio.create_task(root.follow(script, gate.path, tell=heard))
    await eventually(lambda: heard.lines == [b"one"])
    await eventually(gate.reached)
    gate.open()
    await following
    assert heard.lines == [b"one", b"two", b"go"]
    assert heard.cut == [False] * 3


async def test_noise_of_login_files_is_not_told(
    shared: Sshd, node: MakeNode, secrets: Secrets, heard: Heard
) -> None:
    transport = await connect(node(shared, user="noisy"), secrets)
    await transport.follow("echo mine", tell=heard)
    assert heard.lines == [b"mine"]
    await transport.close()


@pytest.mark.parametrize("user", ["root", "nopass", "pass"])
async def test_what_is_not_listened_to_any_more_ends_on_the_host(
    shared: Sshd, node: MakeNode, heard: Heard, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    monkeypatch.setenv("SUDO_PW", SUDO_PASSWORD)
    password = SecretRef("env", "SUDO_PW") if user == "pass" else None
    transport = await connect(node(shared, user=user, sudo_password=password), Secrets(None))
    following = asyncio.create_task(transport.follow(LISTENED_TO, tell=heard))
    await eventually(lambda: bool(heard.lines))
    assert not gone(heard)
    following.cancel()
    await asyncio.wait({following})
    assert following.cancelled()
    await eventually(lambda: gone(heard))
    assert (await transport.run("echo fine")).stdout == b"fine\n"
    await transport.close()


async def test_a_follower_gives_way_where_the_host_allows_one_session(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, heard: Heard
) -> None:
    transport = await connect(node(sshd("MaxSessions 1")), secrets)
    following = asyncio.create_task(transport.follow(LISTENED_TO, tell=heard))
    await eventually(lambda: bool(heard.lines))
    results = await asyncio.gather(*(transport.run('echo "$1"', str(n)) for n in range(3)))
    assert [result.stdout for result in results] == [b"0\n", b"1\n", b"2\n"]
    await following
    assert heard.lines[1:] == [b"ended"]
    await eventually(lambda: gone(heard))
    await transport.close()


async def test_a_follower_does_not_wait_for_a_session(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, heard: Heard, gate: Gate
) -> None:
    transport = await connect(node(sshd("MaxSessions 1")), secrets)
    running = asyncio.create_task(transport.run('read line <"$1"; echo "$line"', gate.path))
    await eventually(gate.reached)
    await transport.follow("echo never", tell=heard)
    assert heard.lines == []
    gate.open()
    assert (await running).stdout == b"go\n"
    await transport.close()


async def test_a_lost_connection_ends_the_following(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, heard: Heard
) -> None:
    server = sshd()
    transport = await connect(node(server), secrets)
    following = asyncio.create_task(transport.follow(LISTENED_TO, tell=heard))
    await eventually(lambda: bool(heard.lines))
    server.kill_connections()
    await following
    await eventually(lambda: gone(heard))
    await transport.follow("echo never", tell=heard)
    assert len(heard.lines) == 1
    await transport.close()


async def test_a_line_without_end_costs_no_memory_and_delays_nobody(
    root: SshTransport, heard: Heard
) -> None:
    script = "head -c 30000000 /dev/zero; echo; echo end"
    following = asyncio.create_task(root.follow(script, tell=heard))
    assert (await root.run("echo beside")).stdout == b"beside\n"
    await following
    assert [len(line) for line in heard.lines] == [16 * 1024, 3]
    assert heard.cut == [True, False]


async def test_a_host_that_pours_out_lines_can_be_left_at_any_line(
    root: SshTransport, heard: Heard
) -> None:
    def tell(line: bytes, cut: bool) -> None:
        heard(line, cut)
        if len(heard.lines) == 1000:
            following.cancel()

    following = asyncio.create_task(root.follow("echo $$; exec yes", tell=tell))
    await asyncio.wait({following})
    assert following.cancelled()
    await eventually(lambda: gone(heard))
    assert (await root.run("echo fine")).stdout == b"fine\n"
