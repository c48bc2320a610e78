"""The folders of demos: one lock each, and nothing ended or removed that still is somebody's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from etcd_tui.errors import UsageError
from etcd_tui.practice.folder import Demos, Record, remove
from etcd_tui.practice.identity import Identity


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


def identity(process: subprocess.Popen[bytes]) -> Identity:
    found = Identity.of(process.pid)
    assert found
    return found


def test_a_demo_that_lives_is_left_alone_and_one_that_died_is_removed(tmp_path: Path) -> None:
    demos = Demos(tmp_path)
    living, lock = demos.make()
    dead, its_lock = demos.make()
    os.close(its_lock)
    assert demos.clean() == 1
    assert living.path.is_dir()
    assert not dead.path.exists()
    os.close(lock)
    assert demos.clean() == 1
    assert demos.clean() == 0


def test_a_lock_that_outlives_the_server_keeps_nothing(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    demos = Demos(tmp_path)
    folder, lock = demos.make()
    folder.write_record(Record(server=identity(sleeper)))
    assert demos.clean() == 0
    sleeper.kill()
    sleeper.wait()
    assert demos.clean() == 1
    assert not folder.path.exists()
    os.close(lock)


def test_a_member_that_a_killed_demo_left_is_ended(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    demos = Demos(tmp_path)
    folder, lock = demos.make()
    folder.write_record(Record(members=(identity(sleeper),)))
    os.close(lock)
    assert demos.clean() == 1
    assert sleeper.wait(10) == -9


@pytest.mark.parametrize("changed", [{"started": "1"}, {"boot": "another"}])
def test_a_process_that_only_has_the_number_is_not_ended(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], changed: dict[str, str]
) -> None:
    folder, lock = Demos(tmp_path).make()
    os.close(lock)
    folder.write_record(Record(members=(replace(identity(sleeper), **changed),)))
    remove(folder)
    assert not folder.path.exists()
    assert sleeper.poll() is None


def test_a_record_that_was_cut_short_ends_nothing(tmp_path: Path) -> None:
    folder, lock = Demos(tmp_path).make()
    os.close(lock)
    (folder.path / "record.json").write_text('{"server": {"pid": 1, "st')
    assert folder.read_record() == Record()
    remove(folder)
    assert not folder.path.exists()


def test_only_a_kept_demo_with_a_living_server_counts_as_kept(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    demos = Demos(tmp_path)
    folder, lock = demos.make()
    folder.write_record(Record(identity(sleeper), kept=False))
    assert demos.kept() == []
    folder.write_record(Record(identity(sleeper), kept=True))
    assert [(found.path, server.pid) for found, server in demos.kept()] == [
        (folder.path, sleeper.pid)
    ]
    sleeper.kill()
    sleeper.wait()
    assert demos.kept() == []
    os.close(lock)


def test_the_end_of_a_process_can_be_awaited_by_a_stranger(
    sleeper: subprocess.Popen[bytes],
) -> None:
    found = identity(sleeper)
    assert not found.wait(0)
    sleeper.kill()
    assert found.wait(10)
    sleeper.wait()
    assert not found.lives
    assert found.wait(0)


def test_a_folder_with_a_space_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="special characters"):
        Demos(tmp_path / "my states").make()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        Demos(tmp_path / "file").make()
