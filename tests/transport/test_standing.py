"""A standing shell: one for many scripts, begun anew when it is gone, not believed too much."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.shell import standing, turn
from etcd_tui.remote.ssh import SshTransport
from etcd_tui.remote.standing import LONGEST, StandingSession, fits
from etcd_tui.spec.model import Node

from .sshd import SUDO_PASSWORD, Sshd
from .test_sudo import literal
from .waiting import Gate, eventually

MakeNode = Callable[..., Node]


async def shell_of(transport: SshTransport) -> int:
    """Return the process ID of the shell that runs the scripts."""
    return int((await transport.run("echo $$")).stdout)


@pytest.mark.parametrize("user", ["root", "nopass", "pass"])
async def test_one_shell_runs_all_scripts(
    shared: Sshd, node: MakeNode, secrets: Secrets, user: str
) -> None:
    password = {"sudo_password": literal(SUDO_PASSWORD)} if user == "pass" else {}
    transport = await connect(node(shared, user=user, **password), secrets)
    assert len({await shell_of(transport) for _number in range(3)}) == 1
    await transport.close()


async def test_a_script_leaves_nothing_to_the_next_one(root: SshTransport) -> None:
    before = await root.run("umask; pwd; set -o; trap; set")
    spoil = "umask 0; cd /; set -efu; x=1; PATH=/nowhere; trap 'echo bye' EXIT; exec 9>&1; exit 3"
    assert (await root.run(spoil)).exit_status == 3
    after = await root.run("umask; pwd; set -o; trap; set")
    names = (b"ETCD_TUI_RUN=", b"_=", b"s=")  # another nonce, the last word, the script itself

    def lines(out: bytes) -> list[bytes]:
        return [line for line in out.splitlines() if not line.startswith(names)]

    assert lines(after.stdout) == lines(before.stdout)


async def test_a_shell_that_went_in_the_meantime_is_begun_anew(root: SshTransport) -> None:
    first = await shell_of(root)
    os.kill(first, signal.SIGTERM)
    assert await shell_of(root) != first


async def test_of_a_script_whose_shell_was_killed_nobody_knows(
    root: SshTransport, gate: Gate
) -> None:
    shell = await shell_of(root)
    running = asyncio.create_task(root.run('echo begun; read line <"$1"', gate.path))
    await eventually(gate.reached)
    os.kill(shell, signal.SIGKILL)
    result = await running
    assert (result.exit_status, result.stdout) == (None, b"begun\n")
    await eventually(gate.abandoned)
    assert (await root.run("echo fine")).stdout == b"fine\n"


async def test_beside_a_script_that_takes_its_time_another_one_runs(
    root: SshTransport, gate: Gate
) -> None:
    running = asyncio.create_task(root.run('read line <"$1"; echo "$line"', gate.path))
    await eventually(gate.reached)
    assert (await root.run("echo fine")).stdout == b"fine\n"
    gate.open()
    assert (await running).stdout == b"go\n"


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1])
async def test_a_payload_of_any_length_arrives(root: SshTransport, length: int) -> None:
    payload = os.urandom(length).replace(b"\0", b"0")
    assert fits(payload) == (length <= LONGEST)
    assert (await root.run("cat", stdin=payload)).stdout == payload


async def test_output_may_look_like_the_end(root: SshTransport) -> None:
    script = r"printf '\036'; printf '\036abc:0\n\036%s' ''; exit 4"
    result = await root.run(script)
    assert (result.exit_status, result.stdout) == (4, b"\x1e\x1eabc:0\n\x1e")


@given(
    out=st.binary(max_size=90),
    noise=st.binary(max_size=40),
    cuts=st.sets(st.integers(1, 250), max_size=12),
)
async def test_the_end_is_found_wherever_the_pieces_are_cut(
    out: bytes, noise: bytes, cuts: set[int]
) -> None:
    one = turn(standing(), ":", ())
    session = StandingSession()
    session.begin(one)
    stream = noise + one.mark + out + one.end + b"7\n" + b"from a child that stayed"
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for start, end in itertools.pairwise(places):
        assert not session.over
        session.data_received(stream[start:end], None)
    assert (session.exit_status, session.over) == (7, False)
    session.data_received(one.mark + one.end + b"7\n", 1)
    assert session.over
    assert (session.stdout.data, session.stdout.noise) == (out, noise)


@pytest.mark.parametrize("lie", [b"0x\n", b"9999", b"\n"])
async def test_a_host_that_lies_about_the_status_has_failed(lie: bytes) -> None:
    one = turn(standing(), ":", ())
    session = StandingSession()
    session.begin(one)
    session.data_received(one.mark + one.end + lie, None)
    assert session.exit_status == 255


async def test_what_comes_behind_the_end_does_not_hold_it_up() -> None:
    one = turn(standing(), ":", ())
    session = StandingSession()
    session.begin(one)
    session.data_received(one.mark + one.end + b"0\n", None)
    last = session.activity
    while session.activity == last:
        session.touch()
    last = session.activity
    session.data_received(b"endless", None)
    assert (session.activity, session.exit_status) == (last, 0)
