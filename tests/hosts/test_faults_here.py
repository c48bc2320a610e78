"""Faults of the operator's own machine: no home, a full disk, closed outputs, other alphabets."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from etcd_tui.cli import main

pytestmark = pytest.mark.lab

# Nothing listens there: the run ends at the first host, with exit 4.
ANSWERS = """\
version: 1
cluster: {name: prod, etcd: 3.5.30}
nodes:
  - {name: etcd1, address: 192.0.2.11, ssh: {host: 127.0.0.1, port: 1}}
ssh: {user: root, known_hosts: /dev/null, private_key: KEY}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "id")]
    subprocess.run(keygen, check=True)
    (tmp_path / "answers.yaml").write_text(ANSWERS.replace("KEY", str(tmp_path / "id")))
    return tmp_path


def shell(folder: Path, script: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a script in which `$tool` is the program, in a place where it may mount things."""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"tool='{sys.executable} -m etcd_tui'\n{script}"],
        check=False,
        env={**os.environ, "F": str(folder), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


INSTALL = "$tool install $F/answers.yaml --state-dir $F/state"


@pytest.mark.fault(
    57,
    injected="state folder on a read-only file system",
    seen="exit 2: path and reason",
)
def test_a_state_folder_that_cannot_be_made_is_named_with_its_reason(folder: Path) -> None:
    run = shell(folder, f"mount -t tmpfs -o ro none $F/state && {INSTALL}")

    assert run.returncode == 2
    assert f"{folder}/state/prod cannot be used: Read-only file system" in run.stderr.decode()
    assert "--state-dir" in run.stderr.decode()


@pytest.mark.fault(
    57,
    injected="no inodes left for the state folder",
    seen="exit 2: path and reason; no host is asked",
)
def test_a_full_disk_under_the_state_folder_is_named_before_any_host_is_asked(
    folder: Path,
) -> None:
    run = shell(folder, f"mount -t tmpfs -o nr_inodes=6 none $F/state && {INSTALL}")

    assert run.returncode == 2
    assert "cannot be used: No space left on device" in run.stderr.decode()
    assert "Make room there" in run.stderr.decode()
    assert "etcd1" not in run.stderr.decode()


@pytest.mark.fault(
    57,
    injected="the disk fills up under the run's record",
    seen="told once; the run goes on",
)
@pytest.mark.parametrize("size", ["4k", "12k"])
def test_a_record_that_cannot_be_kept_does_not_stop_the_run(folder: Path, size: str) -> None:
    run = shell(folder, f"mount -t tmpfs -o size={size} none $F/state && {INSTALL}")

    assert run.returncode == 4
    told = run.stderr.decode()
    assert told.count("The record of this run ends here") == 1
    assert "refuses the connection" in told
    assert "Traceback" not in told


@pytest.mark.fault(
    57,
    injected="standard output on a full disk",
    seen="exit 1, one line",
)
@pytest.mark.parametrize("verb", ["answers schema", "check --json $F/answers.yaml"])
def test_an_output_on_a_full_disk_is_one_line(folder: Path, verb: str) -> None:
    run = shell(folder, f"$tool {verb} >/dev/full")

    assert run.returncode == 1
    assert run.stderr == b"etcd-tui: No space left on device\n"


@pytest.mark.fault(
    57,
    injected="standard streams closed",
    seen="the run's own exit code",
)
def test_closed_outputs_do_no_harm(folder: Path) -> None:
    run = shell(folder, f"{INSTALL} <&- >&- 2>&-; echo $? >$F/code")

    assert (folder / "code").read_text() == "4\n"
    assert run.stderr == b""


@pytest.mark.fault(
    57,
    injected="no HOME and no account",
    seen="exit 2: set HOME",
)
def test_a_user_without_a_home_is_told_what_to_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)

    assert main(["status", str(folder / "answers.yaml")]) == 2
    told = capsys.readouterr().err
    assert "no home folder" in told
    assert "Set HOME" in told


@pytest.mark.fault(
    57,
    injected="a GBK and an ASCII terminal, Chinese texts",
    seen="letters, or their codes",
)
@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_an_alphabet_that_lacks_letters_gets_their_codes(folder: Path, encoding: str) -> None:
    run = shell(folder, f"{INSTALL} --lang zh", PYTHONIOENCODING=encoding)

    assert run.returncode == 4
    told = run.stderr.decode(encoding)
    assert "拒绝连接" in (told if encoding == "gbk" else told.encode().decode("unicode-escape"))
    assert "✗" not in told


@pytest.mark.fault(
    57,
    injected="no terminal, TERM=dumb",
    seen="exit 2: what to type instead",
)
@pytest.mark.parametrize("terminal", ["dumb", ""])
def test_without_a_terminal_the_wizard_says_what_to_type(folder: Path, terminal: str) -> None:
    run = shell(folder, "$tool", TERM=terminal)

    assert run.returncode == 2
    assert "etcd-tui install FILE" in run.stderr.decode()
