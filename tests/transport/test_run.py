"""Running scripts on a real sshd: output, payload, status, and what can go wrong on the way."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.session import OUTPUT_LIMIT
from etcd_tui.remote.ssh import SESSIONS, SshTransport
from etcd_tui.spec.model import Node

from .sshd import Sshd
from .waiting import GIVE_UP, Gate, eventually

MakeNode = Callable[..., Node]
BYTES = bytes(range(256))


async def test_output_and_status_are_the_scripts(root: SshTransport) -> None:
    result = await root.run("echo out; echo err >&2; exit 7")
    assert (result.exit_status, result.stdout, result.stderr) == (7, b"out\n", b"err\n")
    assert not result.ok


async def test_arguments_arrive_as_they_are(root: SshTransport) -> None:
    args = ("", "it's", "$(id)", "两\n行", "\\n")
    result = await root.run('printf "%s|" "$@"', *args)
    assert result.stdout.decode() == "".join(f"{arg}|" for arg in args)


async def test_bytes_that_are_no_text_come_back_as_they_are(root: SshTransport) -> None:
    result = await root.run("cat; printf '\\377' >&2", stdin=BYTES)
    assert result.ok
    assert (result.stdout, result.stderr) == (BYTES, b"\xff")
    assert root.connected


async def test_a_payload_from_a_file_arrives_whole_and_reports_progress(
    root: SshTransport, tmp_path: Path
) -> None:
    path = tmp_path / "payload"
    path.write_bytes(os.urandom(5_000_001))
    seen: list[int] = []
    result = await root.run("sha256sum", stdin=path, progress=seen.append)
    assert result.stdout.split()[0].decode() == hashlib.sha256(path.read_bytes()).hexdigest()
    assert seen == sorted(seen)
    assert len(seen) > 10
    assert 0 < seen[-1] <= 5_000_001


async def test_a_script_need_not_read_its_payload(root: SshTransport) -> None:
    result = await root.run("exit 3", stdin=b"x" * 20_000_000)
    assert result.exit_status == 3
    assert (await root.run("exec <&-; echo done", stdin=b"x" * 8_000_000)).stdout == b"done\n"


async def test_a_payload_that_cannot_be_read_here_is_a_local_error(
    root: SshTransport, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await root.run("cat", stdin=tmp_path / "gone")
    with pytest.raises(OSError, match="directory"):
        await root.run("cat", stdin=tmp_path)
    assert (await root.run("echo fine")).ok


@pytest.mark.fault(
    53,
    injected="output without end",
    seen="capped, and the script ends",
)
async def test_a_flood_is_capped_without_stalling(root: SshTransport) -> None:
    result = await root.run("head -c 30000000 /dev/zero; echo end >&2; exit 4")
    assert result.exit_status == 4
    assert len(result.stdout) == OUTPUT_LIMIT
    assert result.stderr.startswith(b"end\n")
    assert str(30000000 - OUTPUT_LIMIT).encode() in result.stderr


async def test_a_killed_script_has_failed(root: SshTransport) -> None:
    for stdin in (b"", b"\0"):  # the second has a session of its own
        result = await root.run("exec sh -c 'kill -KILL $$'", stdin=stdin)
        assert result.exit_status == 128 + 9


async def test_silence_ends_in_an_unknown_result_and_in_the_end_of_the_script(
    root: SshTransport, gate: Gate, tmp_path: Path
) -> None:
    after = tmp_path / "after"
    script = 'echo begun; (read line <"$1"); touch "$2"'
    running = asyncio.create_task(root.run(script, gate.path, str(after), timeout=0.5))
    await eventually(gate.reached)
    result = await running
    assert result.exit_status is None
    assert result.stdout == b"begun\n"
    await eventually(gate.abandoned)
    assert not after.exists()
    assert (await root.run("echo fine")).ok


@pytest.mark.fault(
    10,
    injected="a host that takes no more bytes",
    seen="given up after the time of silence",
)
async def test_a_payload_that_nobody_takes_ends_in_an_unknown_result(
    root: SshTransport, gate: Gate
) -> None:
    payload = b"x" * 20_000_000
    running = asyncio.create_task(
        root.run('read line <"$1"', gate.path, stdin=payload, timeout=0.5)
    )
    await eventually(gate.reached)
    assert (await running).exit_status is None
    await eventually(gate.abandoned)


@pytest.mark.fault(
    10,
    injected="a script that takes longer than the timeout but goes on talking",
    seen="not given up: only silence counts",
)
async def test_a_busy_script_may_take_longer_than_the_timeout(root: SshTransport) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.1; done"
    result = await root.run(script, timeout=0.5)
    assert result.ok
    assert result.stdout.endswith(b"10\n")


async def test_a_child_that_keeps_the_output_open_does_not_hold_the_result(
    root: SshTransport, gate: Gate
) -> None:
    running = asyncio.create_task(
        root.run('(read line <"$1") & echo started', gate.path, timeout=GIVE_UP)
    )
    await eventually(gate.reached)
    result = await running
    assert (result.exit_status, result.stdout) == (0, b"started\n")


async def test_many_scripts_at_once_share_few_sessions(root: SshTransport) -> None:
    results = await asyncio.gather(*(root.run('echo "$1"', str(n)) for n in range(SESSIONS * 5)))
    assert [result.stdout.decode().strip() for result in results] == [
        str(n) for n in range(SESSIONS * 5)
    ]


@pytest.mark.fault(
    11,
    injected="MaxSessions 1",
    seen="one script after the other",
)
async def test_a_host_with_one_session_serves_one_after_the_other(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets
) -> None:
    transport = await connect(node(sshd("MaxSessions 1")), secrets)
    results = await asyncio.gather(*(transport.run('echo "$1"', str(n)) for n in range(12)))
    assert [result.stdout.decode().strip() for result in results] == [str(n) for n in range(12)]
    await transport.close()


async def test_a_host_without_a_session_gives_an_unknown_result(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets, gate: Gate
) -> None:
    transport = await connect(node(sshd("MaxSessions 1")), secrets)
    hanging = asyncio.create_task(transport.run('read line <"$1"; echo "$line"', gate.path))
    await eventually(gate.reached)
    assert (await transport.run("echo never", timeout=0.2)).exit_status is None
    gate.open()
    assert (await hanging).stdout == b"go\n"
    await transport.close()


async def test_a_cancelled_run_leaves_the_connection_usable(root: SshTransport, gate: Gate) -> None:
    hanging = asyncio.create_task(root.run('read line <"$1"', gate.path))
    await eventually(gate.reached)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert (await root.run("echo fine")).ok
    gate.open()


async def test_a_run_cancelled_while_it_opens_leaves_no_session_behind(
    sshd: Callable[..., Sshd], node: MakeNode, secrets: Secrets
) -> None:
    transport = await connect(node(sshd("MaxSessions 1")), secrets)
    for turns in range(12):
        opening = asyncio.create_task(transport.run("cat"))
        for _turn in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait({opening})
    assert (await transport.run("echo fine")).stdout == b"fine\n"
    await transport.close()


@pytest.mark.fault(
    14,
    injected="a look at all processes while sudo is asked",
    seen="no password among the arguments",
)
async def test_secrets_stand_in_no_process_list(root: SshTransport, gate: Gate) -> None:
    script = '# secret-in-script\nread line <"$2"'
    hanging = asyncio.create_task(
        root.run(script, "secret-argument", gate.path, stdin=b"secret-in")
    )
    await eventually(gate.reached)
    seen = b""
    for name in ("cmdline", "environ"):
        for path in Path("/proc").glob(f"[0-9]*/{name}"):
            try:
                seen += path.read_bytes()
            except OSError:
                continue
    assert b"secret-" not in seen
    gate.open()
    await hanging


@pytest.mark.fault(
    13,
    injected="sh, bash, dash, csh, fish and zsh; noise at login",
    seen="output and status are the script's",
)
@pytest.mark.parametrize("user", ["dashing", "nopass", "csher", "fisher", "zsher", "noisy"])
@pytest.mark.parametrize("as_root", [True, False])
async def test_every_login_shell_will_do(
    shared: Sshd, node: MakeNode, secrets: Secrets, user: str, as_root: bool
) -> None:
    transport = await connect(node(shared, user=user), secrets)
    result = await transport.run('id -un; echo "$1"; cat', "it's $HOME", stdin=BYTES, root=as_root)
    expected = ("root" if as_root else user) + "\nit's $HOME\n"
    assert result.stdout == expected.encode() + BYTES
    assert result.stderr == b""
    await transport.close()


async def test_a_tunnel_leads_through_the_host(root: SshTransport) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    path = Path(await root.tunnel("127.0.0.1", server.sockets[0].getsockname()[1]))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"hello\n")
    assert await reader.readline() == b"HELLO\n"
    writer.close()
    other = await root.tunnel("127.0.0.1", 1)
    assert other != str(path)
    reader, writer = await asyncio.open_unix_connection(other)
    assert await reader.read() == b""
    writer.close()
    await root.close()
    assert not path.parent.exists()
    server.close()


async def test_tunnels_that_are_opened_at_once_each_lead_to_their_own_port(
    root: SshTransport,
) -> None:
    def saying(word: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def say(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(word)
            writer.close()

        return say

    words = [b"one", b"two", b"three"]
    servers = [await asyncio.start_server(saying(word), "127.0.0.1", 0) for word in words]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    paths = await asyncio.gather(*(root.tunnel("127.0.0.1", port) for port in ports))
    heard = []
    for path in paths:
        reader, writer = await asyncio.open_unix_connection(path)
        heard.append(await reader.read())
        writer.close()
    assert heard == words
    await root.close()
    for server in servers:
        server.close()


async def test_a_closed_transport_gives_unknown_results_and_closes_again(
    shared: Sshd, node: MakeNode, secrets: Secrets
) -> None:
    transport = await connect(node(shared), secrets)
    await transport.close()
    assert not transport.connected
    assert (await transport.run("echo never")).exit_status is None
    with pytest.raises(OSError, match="lost"):
        await transport.tunnel("127.0.0.1", 1)
    await transport.close()
