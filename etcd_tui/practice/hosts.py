"""practice_hosts: start practice hosts for a while, with the answers that fit them.

    async with practice_hosts(3, state_root) as practice:
        ...  # practice.spec, practice.answers, practice.state

The hosts live in a process of their own (see `serve`), which ends with this one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

import etcd_tui
from etcd_tui.errors import RefusedError
from etcd_tui.i18n import _
from etcd_tui.practice.folder import DemoFolder, Demos, remove
from etcd_tui.practice.limits import limits
from etcd_tui.practice.programs import Programs, choose_programs
from etcd_tui.spec.model import Binaries, Cluster, ClusterSpec, HostPreparation, Node, Ssh
from etcd_tui.spec.releases import release
from etcd_tui.spec.writer import dump
from etcd_tui.state_folder import StateFolder

CLUSTER = "practice"
"""What the cluster of a demo is called."""
_READY_SECONDS = 30.0
_END_SECONDS = 20.0
# -P: what lies in the current folder is not imported. The package is looked for last, where it is
# not installed: its folder may hold anything.
_SERVER = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from etcd_tui.practice.serve import main; sys.exit(main(sys.argv[2:]))"
)


@dataclass(slots=True)
class Practice:
    """Running practice hosts.

    `spec` holds addresses and pinned host keys; `answers` is the same as text, also written to
    `answers_file`; `programs`: the etcd that they install.
    """

    folder: DemoFolder
    spec: ClusterSpec
    answers: str
    programs: Programs
    kept: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What practice cannot do and where etcd comes from, in the language of the moment."""
        notes = [*limits(self.spec), self.programs.told]
        if self.spec.cluster.allow_unsafe_version:
            text = _(
                "etcd {version} is not for production; the demo allows it (allow_unsafe_version)."
            )
            notes.append(text.format(version=self.programs.version))
        return tuple(notes)

    @property
    def state_root(self) -> Path:
        """What `--state-dir` would name: the demo's own, removed with it."""
        return self.folder.state

    @property
    def state(self) -> StateFolder:
        """The state folder of the demo's cluster."""
        return StateFolder(self.folder.state / self.spec.cluster.name)

    @property
    def answers_file(self) -> Path:
        """The answers as a file, for verbs that are run by hand."""
        return self.folder.answers

    def keep(self) -> None:
        """Let the hosts go on when the context ends and when this process ends."""
        self.kept = True


@contextlib.asynccontextmanager
async def practice_hosts(
    count: int, state_root: Path, *, source: str = "", etcd: str = ""
) -> AsyncIterator[Practice]:
    """Run `count` practice hosts below `state_root`, after cleaning up what killed demos left.

    `source` and `etcd` as in `choose_programs`. UsageError or RefusedError, with nothing left
    behind, where this machine cannot run them.
    """
    if not sys.platform.startswith("linux"):
        raise RefusedError(
            _("Practice hosts need Linux: its loopback addresses, and etcd's programs for it."),
            remedy=_("Run the demo on a Linux machine, or in a container or VM on this one."),
        )
    demos = Demos(state_root)
    await asyncio.to_thread(demos.clean)
    programs = await asyncio.to_thread(choose_programs, source, etcd)
    folder, lock = await asyncio.to_thread(demos.make)
    try:
        _make_key(folder)
        server = await _start(folder, count, lock)
    except BaseException:
        remove(folder)
        raise
    finally:
        # The server holds it now.
        os.close(lock)
    practice = None
    try:
        hosts = await _ready(server, folder)
        practice = _practice(folder, programs, hosts)
        yield practice
    finally:
        if practice is None or not practice.kept or not await _kept(server):
            await _end(server, folder)


async def stop_kept(state_root: Path) -> int:
    """Stop and remove the demos that were kept; return how many there were."""
    demos = Demos(state_root)
    found = await asyncio.to_thread(demos.kept)
    for folder, server in found:
        server.kill(signal.SIGTERM)
        if not await asyncio.to_thread(server.wait, _END_SECONDS):
            server.kill(signal.SIGKILL)
            await asyncio.to_thread(server.wait, _END_SECONDS)
        await asyncio.to_thread(remove, folder)
    await asyncio.to_thread(demos.clean)
    return len(found)


def _make_key(folder: DemoFolder) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519", "etcd-tui practice")
    handle = os.open(folder.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.export_private_key("openssh"))
    folder.key.with_suffix(".pub").write_bytes(key.export_public_key("openssh"))


async def _start(folder: DemoFolder, count: int, lock: int) -> asyncio.subprocess.Process:
    package = Path(etcd_tui.__file__).parent.parent
    with folder.log.open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _SERVER, str(package), str(folder.path), str(count)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            pass_fds=(lock,),
            # Ctrl-C is for the tool, which ends the hosts when its running steps have ended.
            start_new_session=True,
        )


async def _ready(server: asyncio.subprocess.Process, folder: DemoFolder) -> list[dict[str, Any]]:
    line = await _line(server, _READY_SECONDS)
    said: dict[str, Any] = json.loads(line) if line.startswith(b"{") else {}
    if "hosts" in said:
        hosts: list[dict[str, Any]] = said["hosts"]
        return hosts
    # The last line of a traceback says what it is; all of it goes with the folder.
    words = folder.log.read_text(errors="replace").strip().splitlines()
    cause = said.get("problem") or (words[-1] if words else "")
    raise RefusedError(
        _("The practice hosts could not be started: {reason}.").format(
            reason=cause or _("they did not answer")
        ),
        remedy=_("Look whether this machine allows programs to listen on 127.0.0.0/8."),
    )


async def _line(server: asyncio.subprocess.Process, limit: float) -> bytes:
    if server.stdout is None:
        return b""
    try:
        async with asyncio.timeout(limit):
            return await server.stdout.readline()
    except TimeoutError:
        return b""


async def _kept(server: asyncio.subprocess.Process) -> bool:
    """Tell the server to go on; return whether it said yes."""
    if server.stdin is None:
        return False
    with contextlib.suppress(ConnectionError):
        server.stdin.write(b"keep\n")
        await server.stdin.drain()
        return await _line(server, _END_SECONDS) == b"kept\n"
    return False


async def _end(server: asyncio.subprocess.Process, folder: DemoFolder) -> None:
    """End the hosts by the end of their pipe, and see that nothing is left of them."""
    if server.stdin is not None:
        server.stdin.close()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await server.wait()
    except TimeoutError:
        server.kill()
        await server.wait()
    finally:
        await asyncio.to_thread(remove, folder)


def _practice(folder: DemoFolder, programs: Programs, hosts: list[dict[str, Any]]) -> Practice:
    ssh = Ssh(user="root", private_key=(str(folder.key),), agent=False)
    nodes = tuple(
        Node(
            host["name"],
            host["address"],
            # The kernel sends from it to every loopback address, and etcd compares the two.
            sans=(host["source"],),
            ssh=Ssh(
                user=ssh.user,
                port=host["port"],
                private_key=ssh.private_key,
                agent=False,
                host_key=host["host_key"],
            ),
        )
        for host in hosts
    )
    spec = ClusterSpec(
        cluster=Cluster(
            CLUSTER, programs.version, allow_unsafe_version=_is_unsafe(programs.version)
        ),
        nodes=nodes,
        ssh=ssh,
        binaries=Binaries(source=programs.source),
        host=HostPreparation(user="root"),
    )
    answers = dump(spec)
    folder.answers.touch(mode=0o600)
    folder.answers.write_text(answers)
    return Practice(folder, spec, answers, programs)


def _is_unsafe(version: str) -> bool:
    try:
        return release(version).unsafe
    except (LookupError, ValueError):
        # The rules of the answers file say what is wrong with it.
        return False
