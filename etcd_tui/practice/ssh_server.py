"""SSH server: the door of one practice host. One key enters, as root, to run commands."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket

import asyncssh

from etcd_tui.practice.host import Host

_CHUNK = 256 * 1024
_OUTPUT_SECONDS = 2.0
"""Output is awaited this long after a command's end, where a child of it holds the pipe."""


async def serve_ssh(
    host: Host, listening: socket.socket, host_key: asyncssh.SSHKey, authorized: asyncssh.SSHKey
) -> asyncssh.SSHAcceptor:
    """Serve `host` on a bound socket; whoever holds the private key of `authorized` may enter."""
    running: set[asyncio.Task[None]] = set()

    def begin(process: asyncssh.SSHServerProcess[bytes]) -> None:
        # A command goes on when its connection is gone, as with any sshd.
        task = asyncio.create_task(_run(host, process))
        running.add(task)
        task.add_done_callback(running.discard)

    return await asyncssh.listen(
        sock=listening,
        server_factory=lambda: _Door(host, authorized),
        server_host_keys=[host_key],
        process_factory=begin,
        encoding=None,
        server_version="etcd-tui_practice",
        agent_forwarding=False,
        x11_forwarding=False,
        sftp_factory=None,
        allow_scp=False,
        compression_algs=None,
        line_editor=False,
    )


class _Door(asyncssh.SSHServer):
    def __init__(self, host: Host, authorized: asyncssh.SSHKey) -> None:
        self._host = host
        self._authorized = authorized

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Nothing but a key enters."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether it is root with the demo's own key."""
        return username == "root" and key.public_data == self._authorized.public_data

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        """Lead a tunnel to the host's own address and nowhere else."""
        return dest_host == self._host.address


async def _run(host: Host, process: asyncssh.SSHServerProcess[bytes]) -> None:
    if process.command is None:
        process.stderr.write(b"A practice host runs commands only: ssh ... COMMAND\n")
        process.exit(1)
        return
    child = await asyncio.create_subprocess_exec(
        *("sh", "-c", process.command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(host.environment),
        cwd=host.disk.inside("/root"),
        start_new_session=True,
    )
    feeding = asyncio.create_task(_feed(process, child))
    outputs = {
        asyncio.create_task(_pass_on(source, target))
        for source, target in ((child.stdout, process.stdout), (child.stderr, process.stderr))
    }
    status = await child.wait()
    feeding.cancel()
    _done, late = await asyncio.wait(outputs, timeout=_OUTPUT_SECONDS)
    for task in late:
        task.cancel()
    with contextlib.suppress(OSError, asyncssh.Error):
        if status < 0:
            process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            process.exit(status)


async def _feed(
    process: asyncssh.SSHServerProcess[bytes], child: asyncio.subprocess.Process
) -> None:
    """Hand the payload to the command; its end, or the connection's, is the end of its input."""
    stdin = child.stdin
    if stdin is None:
        return
    with contextlib.suppress(OSError, asyncssh.Error, asyncssh.BreakReceived):
        try:
            while piece := await process.stdin.read(_CHUNK):
                stdin.write(piece)
                await stdin.drain()
        finally:
            stdin.close()


async def _pass_on(source: asyncio.StreamReader | None, target: asyncssh.SSHWriter[bytes]) -> None:
    listened = True
    while source and (piece := await source.read(_CHUNK)):
        # Read on without a listener: a full pipe would stop the command half way.
        if listened:
            try:
                target.write(piece)
                await target.drain()
            except (OSError, asyncssh.Error):
                listened = False
