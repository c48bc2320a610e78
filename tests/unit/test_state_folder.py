"""The operator's state folder: closed to others, one run at a time, nothing half written."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from etcd_tui.errors import Exit, RefusedError, UsageError
from etcd_tui.holder import Holder
from etcd_tui.state_folder import StateFolder, write_private
from etcd_tui.state_root import default_root


def modes(root: Path) -> set[tuple[str, str]]:
    return {
        ("dir" if p.is_dir() else "file", f"{stat.S_IMODE(p.stat().st_mode):o}")
        for p in root.rglob("*")
    }


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    state = StateFolder(tmp_path / "etcd-tui" / "prod")
    state.prepare()
    return state


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folders_are_0700_and_files_0600_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        state = StateFolder(tmp_path / "prod")
        state.prepare()
        state.new_run(state.name_run("install"))
        state.choose_token("")
        write_private(state.answers, b"x")
        with state.locked("run-1", "install"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(state.path.stat().st_mode) == 0o700
    assert modes(state.path) == {("dir", "700"), ("file", "600")}


def test_folders_that_others_could_enter_are_closed(tmp_path: Path) -> None:
    for name in ("pki", "client", "runs"):
        (tmp_path / name).mkdir(mode=0o755)
    StateFolder(tmp_path).prepare()
    assert modes(tmp_path) == {("dir", "700")}


def test_a_folder_that_cannot_be_made_is_a_usage_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        StateFolder(tmp_path / "file" / "prod").prepare()
    assert "--state-dir" in caught.value.remedy


def test_state_lies_where_xdg_says_if_that_is_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/x")
    assert default_root() == Path("/x/etcd-tui")
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", value)
        assert default_root() == Path.home() / ".local" / "state" / "etcd-tui"


# the lock

HOLDER = """\
import sys
from pathlib import Path
from etcd_tui.state_folder import StateFolder
with StateFolder(Path(sys.argv[1])).locked("run-1", "install"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_and_told_who_the_first_is(state: StateFolder) -> None:
    command = [sys.executable, "-c", HOLDER, state.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RefusedError) as caught, state.locked("run-2", "uninstall"):
            pass
        told = caught.value
        assert "install by " in told.what
        assert f"process {holder.pid}, begun 0 s ago (run run-1)" in told.what
        assert f"kill {holder.pid}" in told.remedy
        assert told.exit == Exit.REFUSED
        holder.kill()
    with state.locked("run-3", "install"):  # a killed run holds nothing
        assert f"pid={os.getpid()} " in (state.path / "lock").read_text()


def test_the_owner_is_named_afresh_each_time(state: StateFolder) -> None:
    for run in ("run-1", "run-2"):
        with state.locked(run, "install") as holder:
            assert (state.path / "lock").read_text() == f"{holder.line}\n"
            assert holder.run == run


# whose run has ended


def held_by(state: StateFolder, run: str) -> Holder:
    """The holder of a run of this folder that is over without having said so."""
    with state.locked(run, "install") as holder:
        state.new_run(run)
    return holder


def test_a_run_of_this_folder_has_ended_once_another_one_holds_it(state: StateFolder) -> None:
    left = held_by(state, "run-1")
    assert state.has_ended(left, alone=True)


def test_from_outside_a_run_has_ended_when_its_process_is_gone(state: StateFolder) -> None:
    left = held_by(state, "run-1")
    assert not state.has_ended(replace(left, pid=os.getppid()), alone=False)
    with subprocess.Popen(["true"]) as gone:
        pass
    assert state.has_ended(replace(left, pid=gone.pid), alone=False)
    assert state.has_ended(left, alone=False)  # one process has one run at a time


@pytest.mark.parametrize(
    "change", [{"run": "run-2"}, {"run": "../runs"}, {"place": ""}, {"place": "0123456789abcdef"}]
)
def test_of_any_other_run_nothing_is_certain(state: StateFolder, change: dict[str, str]) -> None:
    assert not state.has_ended(replace(held_by(state, "run-1"), **change), alone=True)


def test_a_copy_of_the_folder_knows_nothing_of_the_runs_of_the_first(
    state: StateFolder, tmp_path: Path
) -> None:
    left = held_by(state, "run-1")
    shutil.copytree(state.path, tmp_path / "copy")
    assert not StateFolder(tmp_path / "copy").has_ended(left, alone=True)


# the token


def test_a_token_is_chosen_once(state: StateFolder) -> None:
    assert state.read_token() == ""
    token = state.choose_token("")
    assert token.startswith("prod-")
    assert len(token) > len("prod-") + 8
    assert state.choose_token("") == state.choose_token("another") == state.read_token() == token
    other = StateFolder(state.path.with_name("other"))
    other.prepare()
    assert other.choose_token("") != token


def test_a_wanted_token_is_adopted(state: StateFolder) -> None:
    assert state.choose_token("mine") == "mine"
    assert state.read_token() == "mine"


# writing


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("a longer text than the new one")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert modes(tmp_path) == {("file", "600")}


def test_a_write_that_fails_leaves_the_old_content_and_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    write_private(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["token"]
    assert path.read_bytes() == b"old"


def test_a_folder_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "token").mkdir()
    with pytest.raises(OSError, match="token"):
        write_private(tmp_path / "token", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["token"]


def test_settling_removes_what_killed_writes_left_and_nothing_else(state: StateFolder) -> None:
    kept = [
        state.token,
        state.answers,
        state.client_environment,
        state.path / ".mine",
        state.pki / "ca.pem",
    ]
    left = [
        state.path / ".token.abc",
        state.path / ".answers.yaml.x1",
        state.client / ".etcdctl.env.zz",
        state.pki / ".staged" / "ca-key.pem",
    ]
    for path in (*kept, *left):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    state.settle()
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in left)
    state.settle()


def test_runs_have_folders_of_their_own_that_name_their_verb(state: StateFolder) -> None:
    first, second = (state.new_run(state.name_run("install")) for _again in range(2))
    assert first != second
    assert first.parent == state.path / "runs"
    assert first.name.endswith("Z-install-" + first.name[-4:])
