"""A real sshd on loopback for each test that wants one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.ssh import SshTransport
from etcd_tui.spec.model import Node, Ssh

from .sshd import Sshd, World, make_world, missing, running
from .waiting import Gate


def requirement(problem: str) -> None:
    """Skip the test for what this machine lacks; CI has everything, so there it fails."""
    if problem and os.environ.get("CI"):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    requirement(missing())
    # Not in pytest's own folder, which other users cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-sshd-", dir="/tmp"))
    try:
        yield make_world(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared(world: World) -> Iterator[Sshd]:
    """The server for tests that leave it as it is."""
    with running(world, "shared") as server:
        yield server


@pytest.fixture
def sshd(world: World) -> Iterator[Callable[..., Sshd]]:
    """Starts servers of the test's own: `sshd("MaxSessions 1")`."""
    with ExitStack() as stack:
        yield lambda *options, **more: stack.enter_context(running(world, "own", *options, **more))


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """An agent that ssh would find; call it with key files to load."""
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    while not socket.exists():
        assert process.poll() is None

    def add(*keys: Path) -> None:
        for key in keys:
            subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)

    yield add
    process.terminate()
    process.wait(10)


@pytest.fixture(autouse=True)
def no_agent_and_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the keys of whoever runs the tests out of them."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def node(tmp_path: Path) -> Callable[..., Node]:
    """A node that is this server: `node(server, user="nopass")`; its key is known."""

    def make(server: Sshd, name: str = "etcd1", **ssh: object) -> Node:
        known = tmp_path / "known_hosts"
        if "known_hosts" not in ssh and "host_key" not in ssh:
            server.known_hosts(known)
        values: dict[str, object] = {
            "port": server.port,
            "known_hosts": str(known),
            "private_key": (str(server.world.key),),
            **ssh,
        }
        return Node(name, "127.0.0.1", ssh=Ssh(**values))  # type: ignore[arg-type]

    return make


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "gate")
    yield gate
    gate.close()


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(None)


@pytest.fixture
async def root(
    shared: Sshd, node: Callable[..., Node], secrets: Secrets
) -> AsyncIterator[SshTransport]:
    """A host, entered as root."""
    transport = await connect(node(shared), secrets)
    yield transport
    await transport.close()
