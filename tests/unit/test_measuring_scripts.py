"""The scripts with which hosts try each other and their disks, run on this very machine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.observe import asking
from etcd_tui.observe.asking import LOAD
from etcd_tui.observe.disk import latency_script, parse_latency
from etcd_tui.observe.observe import probe_script
from etcd_tui.observe.peers import parse_peers, peers_script

needs_listener = pytest.mark.skipif(
    not all(map(shutil.which, ("systemd-socket-activate", "ss", "bash"))),
    reason="no systemd-socket-activate, ss or bash",
)
SHELLS = [
    pytest.param(
        shell, marks=pytest.mark.skipif(not shutil.which(shell[0]), reason=f"no {shell[0]}")
    )
    for shell in (["dash"], ["bash"], ["busybox", "sh"])
]


@pytest.fixture
def hosts() -> list[str]:
    """Three addresses of this machine that nobody else uses."""
    net = f"127.{secrets.randbelow(254) + 1}.{secrets.randbelow(254) + 1}"
    return [f"{net}.{n}" for n in (11, 12, 13)]


@contextmanager
def trying(own: str, *words: object, patience: int = 20) -> Iterator[subprocess.Popen[bytes]]:
    """The script of one host while it runs; `words`: how many come, then ADDRESS/BYTES."""
    come, *peers = words
    arguments = [own, patience, come, LOAD, *peers]
    command = ["sh", "-c", peers_script(), "sh", *map(str, arguments)]
    env = {**os.environ, "LC_ALL": "C"}
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def listening(address: str) -> str:
    words = ["ss", "-Htan", "src", address]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline


@needs_listener
def test_hosts_that_start_one_after_the_other_find_each_other(hosts: list[str]) -> None:
    a, b, c = hosts

    def words(own: str) -> list[str]:
        return [f"{other}/{LOAD}" for other in hosts if other != own]

    with (
        trying(a, 4, *words(a)) as first,
        trying(b, 4, *words(b)) as second,
        trying(c, 4, *words(c)) as third,
    ):
        outputs = [process.communicate(timeout=60) for process in (first, second, third)]
    assert [stderr for _out, stderr in outputs] == [b""] * 3
    for own, (output, _stderr) in zip(hosts, outputs, strict=True):
        heard = parse_peers(output, own)
        others = [other for other in hosts if other != own]
        assert heard.opened == {(other, port) for other in others for port in (2379, 2380)}
        assert heard.listened == {2379, 2380}
        assert len(heard.came) == 4
        assert all(came.arrived >= LOAD for came in heard.came)
        assert all(came.rtt_ms > 0 for came in heard.came)
        assert "LISTEN" not in listening(own)


@needs_listener
def test_a_host_that_nobody_listens_on_answers_at_once(hosts: list[str]) -> None:
    own, other, _third = hosts
    with trying(own, 0, f"{other}/0", patience=600) as process:
        output, _stderr = process.communicate(timeout=60)
    heard = parse_peers(output, own)
    assert dict(heard.said) == dict.fromkeys([(other, 2379), (other, 2380)], "Connection refused")
    assert (heard.opened, heard.listened) == (frozenset(), frozenset())


@needs_listener
def test_the_time_is_bounded_and_what_was_said_last_is_told(hosts: list[str]) -> None:
    own, other, _third = hosts
    with trying(own, 2, f"{other}/{LOAD}", patience=2) as process:
        output, _stderr = process.communicate(timeout=60)
    heard = parse_peers(output, own)
    assert dict(heard.said)[other, 2380] == "Connection refused"
    assert heard.listened == {2379, 2380}
    assert heard.came == ()


@needs_listener
def test_a_port_that_is_taken_is_left_to_its_holder(hosts: list[str]) -> None:
    own, other, _third = hosts
    with socket.create_server((own, 2380)) as server:
        with trying(own, 2, f"{other}/{LOAD}", patience=2) as process:
            output, _stderr = process.communicate(timeout=60)
        heard = parse_peers(output, own)
        assert heard.listened == {2380}
        with trying(other, 0, f"{own}/0") as process:
            output, _stderr = process.communicate(timeout=60)
        assert parse_peers(output, other).opened == {(own, 2380)}
        connection, peer = server.accept()
        with connection:
            assert connection.recv(1) == b""
        assert peer[0]


@needs_listener
def test_nothing_is_left_when_the_operator_goes_away(hosts: list[str]) -> None:
    """The script's time on the host ends by itself, also when its shell was killed."""
    own, other, _third = hosts
    with trying(own, 2, f"{other}/{LOAD}", patience=4) as process:
        until(lambda: "LISTEN" in listening(own))
        with trying(other, 0, f"{own}/{LOAD}") as peer:
            assert (own, 2380) in parse_peers(peer.communicate(timeout=60)[0], other).opened
        process.kill()
        process.wait(timeout=60)
        until(lambda: "LISTEN" not in listening(own))


def test_a_host_without_bash_says_so(tmp_path: Path) -> None:
    for name in ("sh", "ss", "timeout"):
        (tmp_path / name).symlink_to(shutil.which(name) or "/nowhere")
    done = subprocess.run(
        [tmp_path / "sh", "-c", peers_script(), "sh", "127.0.0.1", "2", "0", "1"],
        env={"PATH": str(tmp_path)}, capture_output=True, check=False,
    )  # fmt: skip
    assert parse_peers(done.stdout, "127.0.0.1").missing == "bash"


def test_a_reason_is_told_as_often_as_it_changes(hosts: list[str], tmp_path: Path) -> None:
    """Every line is read by the loop that waits, on many hosts at once."""
    own, other, _third = hosts
    traced = peers_script().replace('echo "said', f'echo >>{tmp_path}/told; echo "said')
    assert traced != peers_script()
    done = subprocess.run(
        ["sh", "-c", traced, "sh", own, "2", "0", "1", f"{other}/1"],
        env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert dict(parse_peers(done.stdout, own).said)[other, 2379] == "Connection refused"
    # Twice of each port: by the attempt, and by the script at its end.
    assert (tmp_path / "told").read_text() == "\n" * 4


# the disk


def measure(folder: Path, shell: list[str]) -> tuple[int, float]:
    done = subprocess.run(
        [*shell, "-c", latency_script(), "sh", str(folder)],
        env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    return parse_latency(done.stdout)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_disk_is_measured_and_nothing_stays(shell: list[str], tmp_path: Path) -> None:
    writes, milliseconds = measure(tmp_path / "not" / "there" / "yet", shell)
    assert 1 <= writes <= 40
    assert 0 < milliseconds < 1000
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_not_measured() -> None:
    assert measure(Path("/proc/nothing"), ["sh"]) == (0, 0.0)


def test_what_dd_tells_is_read() -> None:
    output = (
        b"37+0 records in\n37+0 records out\n85100 bytes (85 kB, 83 KiB) copied, 0.37 s, 1 kB/s\n"
    )
    writes, milliseconds = parse_latency(output)
    assert (writes, round(milliseconds, 6)) == (37, 10.0)
    assert parse_latency(output.replace(b"0.37", b"7.4e-05"))[1] == pytest.approx(0.002)
    assert parse_latency(output.replace(b"37+0", b"0+0")) == (0, 0.0)
    assert parse_latency(b"dd: invalid output flag: 'dsync'\n") == (0, 0.0)


@given(st.binary())
def test_any_bytes_are_a_latency(output: bytes) -> None:
    writes, milliseconds = parse_latency(output)
    assert writes >= 0
    assert milliseconds >= 0


@pytest.mark.parametrize("text", [probe_script(), peers_script(), latency_script()])
def test_nothing_is_sent_that_a_shell_would_skip(text: str) -> None:
    for line in text.splitlines():
        assert line == line.lstrip() != ""
        assert line[0] != "#" or line.startswith("# shellcheck")


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("name", ["peers.bash", "peers.sh", "write_latency.sh"])
def test_shellcheck_finds_no_fault(name: str) -> None:
    text = (Path(asking.__file__).parent / name).read_text()
    if name == "peers.sh":
        text = "body=x\n" + text
    dialect = "bash" if name.endswith(".bash") else "sh"
    done = subprocess.run(
        ["shellcheck", "-s", dialect, "-S", "warning", "-"],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == ""
