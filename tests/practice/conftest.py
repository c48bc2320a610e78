"""Practice hosts in folders of their own, and single ones to ask directly."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from etcd_tui.practice.disk import make_disk, make_programs
from etcd_tui.practice.host import Host
from etcd_tui.practice.sockets import Tables


@pytest.fixture(scope="session", autouse=True)
def cache() -> Iterator[Path]:
    """Pack the programs once for all tests, and not into anybody's home."""
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-practice-cache-", dir="/tmp"))
    folder.chmod(0o755)
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before
    shutil.rmtree(folder)


@pytest.fixture
def state_root() -> Iterator[Path]:
    """A folder for demos, which must be empty of them in the end."""
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-practice-", dir="/tmp"))
    yield folder
    left = [path for path in folder.glob(".practice/*") if path.is_dir()]
    shutil.rmtree(folder)
    assert left == []


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def properties(self) -> dict[str, str]:
        return dict(line.partition("=")[::2] for line in self.out.splitlines())


class Asked:
    """One practice host in this process, asked through its own programs."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.root = host.disk.root

    async def begin(self, command: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *("sh", "-c", command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self.host.environment),
            cwd=self.root,
        )

    async def run(self, command: str) -> Said:
        child = await self.begin(command)
        out, err = await child.communicate()
        return Said(child.returncode or 0, out.decode(errors="replace"), err.decode())

    async def show(self, name: str, *properties: str) -> dict[str, str]:
        return (await self.run(f"systemctl show {name} -p {','.join(properties)}")).properties

    def unit(self, *settings: str, name: str = "some.service", program: str = "") -> None:
        """Write a unit, and its program as a script."""
        limits = [setting for setting in settings if setting.startswith("StartLimit")]
        others = [setting for setting in settings if setting not in limits]
        lines = ["[Unit]", "Description=something", *limits, "[Service]", *others]
        if program:
            script = self.root / "usr/local/bin/some"
            script.write_text(f"#!/bin/sh\n{program}\n")
            script.chmod(0o755)
            lines.append("ExecStart=/usr/local/bin/some")
        lines += ["[Install]", "WantedBy=multi-user.target"]
        (self.root / "etc/systemd/system" / name).write_text("\n".join(lines) + "\n")

    async def until(self, text: str, name: str = "some.service") -> None:
        """Follow the journal until a line holds `text`."""
        child = await self.begin(f"exec journalctl -u {name} --follow --no-tail --output=cat")
        assert child.stdout is not None
        async with asyncio.timeout(20):
            while text.encode() not in (line := await child.stdout.readline()):
                assert line, f"the journal ended before it said {text!r}"
        child.terminate()
        await child.communicate()


@pytest_asyncio.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    programs = tmp_path / "bin"
    make_programs(programs, os.environ["PATH"])
    disk = make_disk(tmp_path / "disk", programs, "etcd1", "127.99.1.11")
    socket_name = f"etcd-tui-test/{secrets.token_hex(8)}"
    host = Host("etcd1", "127.99.1.11", disk, socket_name, lambda: None, Tables())
    await host.open()
    yield Asked(host)
    await host.close()
