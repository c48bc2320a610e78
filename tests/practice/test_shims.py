"""The programs of a practice host: real ones by link, the others small and honest."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from etcd_tui.plan.scripts import script_text

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


def test_programs_are_found_on_the_path_and_missing_ones_stay_missing(tmp_path: Path) -> None:
    from etcd_tui.practice.disk import make_programs

    (tmp_path / "path").mkdir()
    (tmp_path / "path/awk").write_text("")
    (tmp_path / "path/awk").chmod(0o755)
    make_programs(tmp_path / "bin", str(tmp_path / "path"))
    assert (tmp_path / "bin/awk").readlink() == tmp_path / "path/awk"
    assert not (tmp_path / "bin/sed").exists()
