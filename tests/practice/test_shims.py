"""The programs of a practice host: real ones by link, the others small and honest."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import threading
from pathlib import Path

import pytest

from etcd_tui.plan.scripts import script_text
from etcd_tui.practice import sockets
from etcd_tui.practice.disk import make_programs

from .conftest import Asked


async def test_whoever_runs_it_is_root_there(asked: Asked) -> None:
    me = pwd.getpwuid(os.getuid()).pw_name
    (asked.root / "tmp/file").write_text("")
    (asked.root / "tmp/file").chmod(0o640)
    said = await asked.run("id -u; stat -c '%a %U %G' tmp/file; getent passwd root | cut -d: -f1")
    assert said.out == "0\n640 root root\nroot\n"
    assert (await asked.run("stat -c %n tmp/file")).out == "tmp/file\n"
    assert me == "root" or (await asked.run(f"id -u {me}")).status == 1


async def test_nothing_can_be_given_to_another_user(asked: Asked) -> None:
    (asked.root / "tmp/file").write_text("")
    assert (await asked.run("chown root:root tmp/file && chown 0:0 tmp/file")).status == 0
    assert (await asked.run("chown root:root tmp/none")).status == 1
    refused = await asked.run("chown etcd:etcd tmp/file")
    assert refused.status == 1
    assert "a practice host has no user but root" in refused.err


async def test_the_script_that_makes_a_user_ends_with_the_reason(asked: Asked) -> None:
    # By `sh -s`, so that the text needs no quoting.
    script = asked.root / "tmp/script"
    script.write_text(script_text("make_user"))
    said = await asked.run("sh tmp/script /var/lib/etcd-tui /var/lib/etcd")
    assert said.status != 0
    assert "cannot make another user; set host.user to root" in said.err
    assert (await asked.run("getent passwd etcd")).status == 2


async def test_the_way_to_the_others_is_the_kernels_own(asked: Asked) -> None:
    addresses = (await asked.run("ip -o addr show | awk '{print $4}'")).out.split()
    assert addresses == ["127.0.0.1/8", "127.99.1.11/8"]
    route = (await asked.run("ip -o route get 127.99.1.12")).out
    assert route.startswith("local 127.99.1.12 dev lo src 127.0.0.1 ")
    asked_at_once = "printf 'route get 127.99.1.12\\nroute get 127.99.1.11\\n' | ip -o -batch -"
    ways = (await asked.run(asked_at_once)).out.splitlines()
    assert ways == [route.strip(), route.strip().replace("1.12", "1.11")]


@pytest.mark.parametrize(
    "program",
    ["nft", "iptables", "firewall-cmd", "ufw", "getenforce", "dpkg-query", "rpm", "sudo", "mount"],
)
async def test_what_belongs_to_this_machine_is_not_there(asked: Asked, program: str) -> None:
    assert (await asked.run(f"command -v {program}")).out == ""


async def test_names_of_the_host_are_its_own(asked: Asked) -> None:
    assert (await asked.run("hostname")).out == "etcd1\n"
    assert (await asked.run("getent hosts etcd1.practice")).out == "127.99.1.11\tetcd1.practice\n"
    assert (await asked.run("getent hosts elsewhere")).status == 2


async def test_a_host_that_is_gone_is_said_to_be(asked: Asked) -> None:
    await asked.host.close()
    said = await asked.run("systemctl show etcd")
    assert said.status == 1
    assert "the practice host is gone" in said.err


@pytest.mark.parametrize("perl", [True, False])
async def test_answers_are_the_same_without_perl(asked: Asked, perl: bool, tmp_path: Path) -> None:
    if perl and not shutil.which("perl"):
        pytest.skip("no perl")
    machine = tmp_path / "machine"
    machine.mkdir()
    for name in ("sh", "stat", *(["perl"] if perl else [])):
        (machine / name).symlink_to(shutil.which(name) or "/nowhere")
    make_programs(tmp_path / "others", str(machine))
    assert (".pl" in (tmp_path / "others/ss").read_text()) is perl
    way = f"PATH={tmp_path}/others; LC_ALL=xx_XX; export LC_ALL; "
    shown = await asked.run(f"{way} systemctl show etcd -p LoadState,ActiveState")
    assert (shown.status, shown.err) == (0, "")
    assert shown.properties == {"LoadState": "not-found", "ActiveState": "inactive"}
    refused = await asked.run(f"{way} systemctl start '' 'a b'")
    assert refused.status == (await asked.run("systemctl start '' 'a b'")).status != 0
    assert refused.err == (await asked.run("systemctl start '' 'a b'")).err
    assert "a b" in refused.err
    asked.unit(program=r"printf 'h\303\244\n'; exec sleep 1000")
    await asked.run("systemctl start some")
    child = await asked.begin(f"{way} exec journalctl -u some.service --follow --output=cat")
    assert child.stdout is not None
    async with asyncio.timeout(20):
        while b"h\xc3\xa4" not in (line := await child.stdout.readline()):
            assert line
    child.terminate()
    assert await child.wait() == -signal.SIGTERM
    await asked.host.close()
    said = await asked.run(f"{way} systemctl show etcd")
    assert (said.status, "the practice host is gone" in said.err) == (1, True)


@pytest.fixture(params=["perl", "python"])
def listening(request: pytest.FixtureRequest, asked: Asked, tmp_path: Path) -> str:
    """The command that listens on a free port of the host, and that port."""
    machine = tmp_path / "machine"
    machine.mkdir()
    for name in ("sh", "stat", request.param):
        if not (found := shutil.which(name)):
            pytest.skip(f"no {name}")
        (machine / name).symlink_to(found)
    make_programs(tmp_path / "others", str(machine))
    with socket.socket() as chosen:
        chosen.bind(("127.99.1.11", 0))
        port = chosen.getsockname()[1]
    return f"{tmp_path}/others/systemd-socket-activate -l 127.99.1.11:{port} sleep 60"


def port_of(listening: str) -> int:
    return int(listening.split()[2].rpartition(":")[2])


async def test_ports_are_held_for_as_long_as_the_listener_lives(
    asked: Asked, listening: str
) -> None:
    port = port_of(listening)
    child = await asked.begin(f"exec {listening}")

    async def listens() -> bool:
        rows = (await asked.run(f"ss -Hltn '( sport = :{port} )'")).out.splitlines()
        return any(row.split()[3] == f"127.99.1.11:{port}" for row in rows)

    async with asyncio.timeout(20):
        while not await listens():
            assert child.returncode is None
        with socket.create_connection(("127.99.1.11", port)):
            taken = await asked.run(listening)
        assert taken.status != 0
        assert "Address already in use" in taken.err
        child.terminate()
        await child.wait()
    assert not await listens()


async def test_a_closed_host_leaves_connections_unanswered(asked: Asked, listening: str) -> None:
    (asked.root / "run/practice/closed").write_text("")
    port = port_of(listening)
    child = await asked.begin(f"exec {listening}")
    full = f"ESTAB 0 0 127.99.1.11:{port} "
    async with asyncio.timeout(20):
        while full not in (await asked.run(f"ss -Htan '( sport = :{port} )'")).out:
            assert child.returncode is None
    with socket.socket() as late:
        late.setblocking(False)
        late.connect_ex(("127.99.1.11", port))
        # After the kernel has been asked for something else, which its own machine answers at once.
        await asked.run("ss -Htan")
        syn_sent = bytes([2])
        assert late.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == syn_sent
    child.terminate()
    await child.communicate()


async def test_hosts_that_ask_at_the_same_time_share_a_reading_of_the_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = 0
    read = sockets._read

    def counted() -> object:
        nonlocal began
        began += 1
        return read()

    monkeypatch.setattr(sockets, "_read", counted)
    tables = sockets.Tables()
    asking = (tables.ss(["ss", "-Hltn"], "127.99.1.11", ()) for _ in range(50))
    first, *others = await asyncio.gather(*asking)
    assert {other.out for other in others} <= {first.out}
    assert began == 1


async def test_who_asks_while_the_tables_are_read_gets_the_next_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    going = asyncio.Event()
    loop, go_on = asyncio.get_running_loop(), threading.Event()
    read = sockets._read

    def slow() -> object:
        rows = read()
        loop.call_soon_threadsafe(going.set)
        assert go_on.wait(20)
        return rows

    monkeypatch.setattr(sockets, "_read", slow)
    tables = sockets.Tables()
    first = asyncio.create_task(tables.ss(["ss", "-Hltn"], "127.99.1.11", ()))
    await going.wait()
    with socket.create_server(("127.99.1.11", 0)) as server:
        second = asyncio.create_task(tables.ss(["ss", "-Hltn"], "127.99.1.11", ()))
        go_on.set()
        port = f"127.99.1.11:{server.getsockname()[1]} ".encode()
        assert port not in (await first).out
        assert port in (await second).out


def test_programs_are_found_on_the_path_and_missing_ones_stay_missing(tmp_path: Path) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path/awk").write_text("")
    (tmp_path / "path/awk").chmod(0o755)
    make_programs(tmp_path / "bin", str(tmp_path / "path"))
    assert (tmp_path / "bin/awk").readlink() == tmp_path / "path/awk"
    assert not (tmp_path / "bin/sed").exists()
