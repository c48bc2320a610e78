"""A host's journal comes packed where the host can pack, and is all there either way."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from etcd_tui.remote.transport import Result
from etcd_tui.verify.journal import Heard, hear

LINES = "".join(f'{{"MESSAGE":"line {number}: ✓"}}\n' for number in range(2000))
UNIT = "ActiveState=active\nMainPID=7\nNRestarts=2\n"


class Host:
    """A Transport that runs the question in a real shell, with these programs only."""

    def __init__(self, folder: Path, *programs: str) -> None:
        self.said = b""
        self._bin = folder / "bin"
        self._bin.mkdir()
        for name in ("cat", "date", "stat", *programs):
            (self._bin / name).symlink_to(shutil.which(name) or name)
        for name, text in (("systemctl", UNIT), ("journalctl", LINES)):
            (folder / name).write_text(text)
            (self._bin / name).write_text(f"#!/bin/sh\nexec cat {folder / name}\n")
            (self._bin / name).chmod(0o755)

    async def run(self, script: str, *args: str, **_options: object) -> Result:
        env = {"PATH": str(self._bin), "LC_ALL": "C"}
        command = [shutil.which("sh") or "sh", "-c", script, "sh", *args]
        done = subprocess.run(command, capture_output=True, check=False, env=env)
        self.said = done.stdout
        return Result(done.returncode, done.stdout, done.stderr)


async def heard(host: Host, *files: str) -> Heard:
    return await hear(host, files)  # type: ignore[arg-type]


@pytest.mark.parametrize("programs", [["gzip"], []], ids=["packed", "plain"])
async def test_the_whole_journal_is_read_with_what_the_unit_is(
    tmp_path: Path, programs: list[str]
) -> None:
    host = Host(tmp_path, *programs)
    said = await heard(host)
    assert said.journal == LINES
    assert (said.unit.active, said.unit.restarts) == ("active", 2)
    assert (len(host.said) < len(LINES) / 4) is bool(programs)


async def test_the_newest_of_the_files_says_since_when_it_is_what_it_is(tmp_path: Path) -> None:
    host = Host(tmp_path)
    old, new = tmp_path / "old", tmp_path / "new file"
    for path, age in ((old, 5000), (new, 50)):
        path.touch()
        now = path.stat().st_mtime
        os.utime(path, (now - age, now - age))
    said = await heard(host, str(old), str(new), str(tmp_path / "none"))
    assert said.changed is not None
    assert 50 <= said.changed < 5000
    assert (await heard(host)).changed is None


class Told:
    """A Transport whose host says this."""

    def __init__(self, stdout: bytes) -> None:
        self._stdout = stdout

    async def run(self, *_args: str, **_options: object) -> Result:
        return Result(0, self._stdout, b"")


async def test_a_journal_that_cannot_be_unpacked_is_no_clean_one() -> None:
    whole = UNIT.encode() + b"packed journal:\n" + gzip.compress(LINES.encode())
    assert (await hear(Told(whole))).unit.active == "active"  # type: ignore[arg-type]
    broken = whole.replace(b"\x1f\x8b", b"\x1f\x8c")
    said = await hear(Told(broken))  # type: ignore[arg-type]
    assert (said.journal, said.unit.active) == ("", "inactive")


async def test_what_came_of_a_journal_that_was_cut_is_read() -> None:
    whole = UNIT.encode() + b"packed journal:\n" + gzip.compress(LINES.encode())
    said = await hear(Told(whole[:-2000]))  # type: ignore[arg-type]
    assert said.journal
    assert LINES.startswith(said.journal.removesuffix("\ufffd"))


async def test_a_journal_that_unpacks_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etcd_tui.verify.journal._MOST", 1000)
    said = await hear(Told(b"packed journal:\n" + gzip.compress(b"x\n" * 9000)))  # type: ignore[arg-type]
    assert len(said.journal) == 1000
