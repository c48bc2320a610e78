"""serve: the process that is all practice hosts of one demo.

Apart from the tool, so that its screen stays quick and that a tool which is killed leaves nothing:
the pipe from it ends, and with it the hosts. What is said on the two pipes, a line each:

    tool   -> server   keep          go on without the tool
    server -> tool     {"hosts": …}  ready: name, address, source, port, host key of each
                       kept          from now on the pipe's end means nothing
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import asyncssh

from etcd_tui.practice.addresses import NoAddressError, claim
from etcd_tui.practice.disk import make_disk, make_programs
from etcd_tui.practice.folder import DemoFolder, Record, remove
from etcd_tui.practice.host import Host
from etcd_tui.practice.identity import Identity
from etcd_tui.practice.sockets import Tables
from etcd_tui.practice.ssh_server import serve_ssh

_STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(argv: Sequence[str]) -> int:
    """Serve `HOSTS` practice hosts below `FOLDER` until told to end; then remove the folder.

    The arguments are FOLDER HOSTS. The tool holds the folder's lock in a descriptor that this
    process has inherited.
    """
    os.umask(0o077)
    folder = DemoFolder(Path(argv[0]))
    try:
        return asyncio.run(_serve(folder, int(argv[1])))
    finally:
        remove(folder)


async def _serve(folder: DemoFolder, count: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(ending, stop.set)
    record = Record(Identity.of(os.getpid()))
    hosts: list[Host] = []
    tables = Tables()

    def told() -> None:
        members = tuple(member for host in hosts for member in host.members)
        folder.write_record(replace(record, members=members))

    told()
    try:
        claimed = claim(count)
    except NoAddressError as error:
        _say({"problem": str(error)})
        return 1
    path = os.environ.get("PATH", "")
    path = f"{_STANDARD_PATH}:{path}" if path else _STANDARD_PATH
    authorized = asyncssh.read_public_key(f"{folder.key}.pub")
    ready = []
    async with contextlib.AsyncExitStack() as stack:
        for number, (address, bound) in enumerate(claimed, start=1):
            name = f"etcd{number}"
            # To each host its own, so that one of them may lack something.
            make_programs(folder.programs(name), path)
            disk = make_disk(folder.disk(name), folder.programs(name), name, address)
            socket_name = f"etcd-tui-practice/{folder.path.name}/{os.getpid()}/{name}"
            host = Host(name, address, disk, socket_name, told, tables)
            hosts.append(host)
            stack.push_async_callback(host.close)
            await host.open()
            key = asyncssh.generate_private_key("ssh-ed25519")
            port = bound.getsockname()[1]
            acceptor = await serve_ssh(host, bound, key, authorized)
            stack.callback(acceptor.close)
            line = key.export_public_key("openssh").decode("ascii").split()
            ready.append(
                {
                    "name": name,
                    "address": address,
                    "source": disk.source,
                    "port": port,
                    "host_key": " ".join(line[:2]),
                }
            )
        _say({"hosts": ready})
        if await _tool_ends(stop) and not stop.is_set():
            record = replace(record, kept=True)
            told()
            _let_go()
            await stop.wait()
    return 0


def _say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def _tool_ends(stop: asyncio.Event) -> bool:
    """Wait for the tool's last word, its end, or a signal; return whether to go on without it."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    # Its own descriptor: the transport closes it, and 0 must not become another file's.
    pipe = os.fdopen(os.dup(0), "rb", buffering=0)
    transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
        lambda: protocol, pipe
    )
    line = asyncio.create_task(reader.readline())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({line, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    line.cancel()
    transport.close()
    return line.done() and line.result() == b"keep\n"


def _let_go() -> None:
    """Say so, and leave the tool's pipes, so that whoever reads them sees their end."""
    sys.stdout.write("kept\n")
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    os.close(nothing)
