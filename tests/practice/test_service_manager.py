"""The service manager of a practice host, asked as the installer asks systemd."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import pytest

from etcd_tui.diagnose.diagnosis import diagnose
from etcd_tui.diagnose.journal import JOURNALCTL
from etcd_tui.observe.parse import parse_unit
from etcd_tui.practice.identity import Identity
from etcd_tui.practice.notify import Notify
from etcd_tui.spec.model import Cluster, ClusterSpec

from .conftest import Asked

SPEC = ClusterSpec(Cluster("practice", "3.5.30"), ())
FOREVER = "exec sleep 1000"


async def symptoms(asked: Asked) -> list[str]:
    """What the diagnosis reads out of the journal of etcd.service."""
    journal = (await asked.run(" ".join(JOURNALCTL))).out
    shown = await asked.run("systemctl show etcd.service")
    found = diagnose("etcd1", journal, unit=parse_unit(shown.out.splitlines()), spec=SPEC)
    return [finding.symptom for finding in found]


async def test_a_service_runs_until_it_is_stopped(asked: Asked) -> None:
    asked.unit("Environment=ETCD_NAME=etcd1 ETCD_DATA_DIR=/var/lib/etcd", program=FOREVER)
    assert (await asked.run("systemctl start some")).status == 0
    shown = await asked.show("some", "ActiveState", "SubState", "MainPID", "NRestarts", "Job")
    process = Identity.of(int(shown["MainPID"]))
    assert process
    assert (shown["ActiveState"], shown["SubState"], shown["NRestarts"]) == (
        "active",
        "running",
        "0",
    )
    assert "Job" not in shown
    # The host sees what the unit says, the process what leads to the host's disk.
    seen = (asked.root / f"proc/{process.pid}/environ").read_bytes()
    real = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"ETCD_DATA_DIR=/var/lib/etcd\0" in seen
    assert f"ETCD_DATA_DIR={asked.root}/var/lib/etcd\0".encode() in real
    assert b"ETCD_NAME=etcd1\0" in real
    assert b"ETCD_TUI" not in real
    assert str((asked.root / f"proc/{process.pid}/exe").readlink()) == "/usr/local/bin/some"
    assert (await asked.run("systemctl stop some")).status == 0
    assert not process.lives
    assert not (asked.root / f"proc/{process.pid}").exists()
    assert await asked.show("some", "ActiveState", "MainPID", "Result") == {
        "ActiveState": "inactive",
        "MainPID": "0",
        "Result": "success",
    }


async def test_a_service_that_fails_is_started_again_until_it_was_too_often(asked: Asked) -> None:
    asked.unit(
        "Restart=on-failure",
        "RestartSec=10ms",
        "StartLimitIntervalSec=60",
        "StartLimitBurst=3",
        program="echo trying; exit 3",
    )
    await asked.run("systemctl start --no-block some")
    await asked.until("Start request repeated too quickly")
    shown = await asked.show("some", "ActiveState", "Result", "ExecMainStatus", "NRestarts")
    assert shown == {
        "ActiveState": "failed",
        "Result": "exit-code",
        "ExecMainStatus": "3",
        "NRestarts": "3",
    }
    said = (await asked.run("journalctl -u some --output=cat")).out.splitlines()
    assert said.count("trying") == 3
    assert "some.service: Main process exited, code=exited, status=3/n/a" in said
    await asked.run("systemctl reset-failed some")
    assert (await asked.show("some", "ActiveState"))["ActiveState"] == "inactive"


async def test_a_service_that_was_killed_comes_back(asked: Asked) -> None:
    asked.unit("Restart=on-failure", "RestartSec=10ms", program=FOREVER)
    await asked.run("systemctl start some")
    first = (await asked.show("some", "MainPID"))["MainPID"]
    await asked.run("systemctl kill -s KILL some")
    await asked.until("restart counter is at 1")
    assert (await asked.run("systemctl start some")).status == 0
    second = (await asked.show("some", "MainPID"))["MainPID"]
    assert second not in ("0", first)
    said = (await asked.run("journalctl -u some --output=cat")).out
    assert "some.service: Main process exited, code=killed, status=9/KILL" in said
    assert "some.service: Failed with result 'signal'." in said


async def test_what_does_not_end_when_it_is_asked_to_is_killed(asked: Asked) -> None:
    asked.unit(
        "TimeoutStopSec=200ms",
        program="trap '' TERM; echo deaf; while :; do sleep 1000; done",
    )
    await asked.run("systemctl start some")
    await asked.until("deaf")
    process = Identity.of(int((await asked.show("some", "MainPID"))["MainPID"]))
    await asked.run("systemctl stop some")
    assert process and not process.lives
    assert (await asked.show("some", "Result"))["Result"] == "timeout"


async def test_the_diagnosis_understands_a_missing_environment(asked: Asked) -> None:
    asked.unit("EnvironmentFile=/etc/etcd/etcd.conf", name="etcd.service", program=FOREVER)
    assert (await asked.run("systemctl start etcd")).status == 1
    assert (await asked.show("etcd", "Result"))["Result"] == "resources"
    assert "unit-environment-missing" in await symptoms(asked)


async def test_the_diagnosis_understands_a_missing_program(asked: Asked) -> None:
    asked.unit("ExecStart=/usr/local/bin/etcd", name="etcd.service")
    assert (await asked.run("systemctl start etcd")).status == 1
    assert "program-missing" in await symptoms(asked)


async def test_another_user_is_refused_and_not_played(asked: Asked) -> None:
    asked.unit("User=etcd", name="etcd.service", program=FOREVER)
    assert (await asked.run("systemctl start etcd")).status == 1
    assert "unit-user-missing" in await symptoms(asked)
    said = (await asked.run("journalctl -u etcd --output=cat")).out
    assert "a practice host has no user but root" in said


async def test_what_cannot_be_applied_stands_in_the_journal(asked: Asked) -> None:
    asked.unit(
        "ProtectSystem=strict", "UMask=0027", "PrivateTmp=yes", program="umask; exec sleep 9"
    )
    await asked.run("systemctl start some")
    await asked.until("0027")
    said = (await asked.run("journalctl -u some --output=cat")).out
    assert "some.service: not applied in practice: ProtectSystem, PrivateTmp\n" in said


async def test_limits_are_set_and_privileges_cannot_be_gained(asked: Asked) -> None:
    asked.unit(
        "LimitNOFILE=512",
        "NoNewPrivileges=yes",
        program="ulimit -n; grep NoNewPrivs /proc/self/status; exec sleep 1000",
    )
    await asked.run("systemctl start some")
    await asked.until("NoNewPrivs:\t1")
    assert "\n512\n" in (await asked.run("journalctl -u some --output=cat")).out


async def test_a_changed_unit_waits_for_a_reload(asked: Asked) -> None:
    asked.unit(program=FOREVER)
    await asked.run("systemctl start some")
    asked.unit("Restart=always", program=FOREVER)
    assert (await asked.show("some", "NeedDaemonReload", "Restart")) == {
        "NeedDaemonReload": "yes",
        "Restart": "no",
    }
    await asked.run("systemctl daemon-reload")
    assert (await asked.show("some", "NeedDaemonReload", "Restart")) == {
        "NeedDaemonReload": "no",
        "Restart": "always",
    }


async def test_a_unit_is_enabled_by_a_link_and_disabled_without_it(asked: Asked) -> None:
    asked.unit(program=FOREVER)
    link = asked.root / "etc/systemd/system/multi-user.target.wants/some.service"
    assert (await asked.run("systemctl is-enabled some")).out == "disabled\n"
    await asked.run("systemctl enable --quiet some")
    assert str(link.readlink()) == "/etc/systemd/system/some.service"
    assert (await asked.run("systemctl is-enabled some")).status == 0
    await asked.run("systemctl start some")
    await asked.run("systemctl disable --now --quiet some")
    assert not link.is_symlink()
    assert (await asked.run("systemctl is-active some")).out == "inactive\n"


async def test_a_unit_that_is_not_there_can_be_asked_about_but_not_started(asked: Asked) -> None:
    assert (await asked.show("etcd", "LoadState", "FragmentPath")) == {
        "LoadState": "not-found",
        "FragmentPath": "",
    }
    assert (await asked.run("systemctl start etcd")).status == 5
    assert (await asked.run("systemctl enable etcd")).status == 1


async def test_ready_means_that_the_main_process_said_so(asked: Asked) -> None:
    script = asked.root / "usr/local/bin/notifier"
    script.write_text(
        f"#!{sys.executable} -I\n"
        "import os, signal, socket\n"
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "s.connect('\\0' + os.environ['NOTIFY_SOCKET'][1:])\n"
        "s.send(b'STATUS=coming\\nREADY=1')\n"
        "signal.pause()\n"
    )
    script.chmod(0o755)
    asked.unit("Type=notify", "ExecStart=/usr/local/bin/notifier")
    assert (await asked.run("systemctl start some")).status == 0
    assert (await asked.show("some", "SubState"))["SubState"] == "running"


async def test_a_service_that_never_says_so_runs_into_its_limit(asked: Asked) -> None:
    asked.unit("Type=notify", "TimeoutStartSec=200ms", program=FOREVER)
    await asked.run("systemctl start --no-block some")
    shown = await asked.show("some", "ActiveState", "SubState", "Job")
    assert (shown["ActiveState"], shown["SubState"]) == ("activating", "start")
    assert shown["Job"] != "0"
    await asked.until("Failed with result 'timeout'")


async def test_nobody_else_can_say_that_a_service_is_ready() -> None:
    notify = Notify(f"etcd-tui-test/{os.getpid()}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(f"\0{notify.address[1:]}")
        sender.send(b"READY=1")
    other = asyncio.create_task(notify.ready(1))
    await asyncio.wait_for(notify.ready(os.getpid()), 10)
    assert not other.done()
    other.cancel()
    notify.close()


async def test_journalctl_answers_as_the_diagnosis_asks(asked: Asked) -> None:
    asked.unit(program="echo one; printf 'two \\377\\n'; echo three >&2; exec sleep 1000")
    await asked.run("systemctl start some")
    await asked.until("three")
    lines = (await asked.run("journalctl --unit=some.service --output=json --lines=2000")).out
    entries = [
        entry for line in lines.splitlines() if "_SYSTEMD_UNIT" in (entry := json.loads(line))
    ]
    assert [entry["MESSAGE"] for entry in entries] == ["one", list(b"two \xff"), "three"]
    assert len({entry["_SYSTEMD_INVOCATION_ID"] for entry in entries}) == 1
    assert (await asked.run("journalctl -u some -n1")).out.count("\n") == 1
    assert " etcd1 some[" in (await asked.run("journalctl -u some")).out
    assert (await asked.run("journalctl -u some --since=-0s -o cat")).out == ""
    assert (await asked.run("journalctl -u other -o cat")).out == ""


@pytest.mark.parametrize(
    "command",
    [
        "systemctl isolate rescue.target",
        "systemctl --user start some",
        "journalctl --vacuum-size=1",
        "journalctl --since=yesterday",
        "ss -u",
        "ip link set lo down",
        "systemd-run --scope sleep 1",
    ],
)
async def test_what_a_practice_host_does_not_know_it_says(asked: Asked, command: str) -> None:
    said = await asked.run(command)
    assert said.status == 1
    assert "a practice host does not know: " in said.err


async def test_a_transient_unit_runs_its_way_back_whatever_ends_it(asked: Asked) -> None:
    began, ended = asked.root / "tmp/began", asked.root / "tmp/ended"
    touch = asked.host.disk.programs / "touch"
    run = (
        "systemd-run --quiet --collect --unit=drill.service --description='a drill' "
        f"-p 'ExecStartPre={touch} {began}' -p 'ExecStopPost={touch} {ended}' sleep 1000"
    )
    assert (await asked.run(run)).status == 0
    assert began.exists()
    assert not ended.exists()
    assert (asked.root / "run/systemd/transient/drill.service").exists()
    assert (await asked.show("drill", "Description", "ActiveState")) == {
        "Description": "a drill",
        "ActiveState": "active",
    }
    assert (await asked.run(run)).status == 1
    await asked.run("systemctl kill -s KILL drill")
    await asked.until("Failed with result 'signal'", "drill.service")
    await asked.run("systemctl stop drill")
    assert ended.exists()
    assert (await asked.show("drill", "LoadState"))["LoadState"] == "not-found"


async def test_ss_shows_who_listens_on_the_host_and_on_all_hosts(asked: Asked) -> None:
    with socket.socket() as own, socket.socket() as everywhere, socket.socket() as other:
        for listener, address in ((own, "127.99.1.11"), (everywhere, ""), (other, "127.99.1.12")):
            listener.bind((address, 0))
            listener.listen()
        shown = [line.split()[3] for line in (await asked.run("ss -Hltnp")).out.splitlines()]
        assert f"127.99.1.11:{own.getsockname()[1]}" in shown
        assert f"0.0.0.0:{everywhere.getsockname()[1]}" in shown
        assert f"127.99.1.12:{other.getsockname()[1]}" not in shown


async def test_closing_a_host_leaves_no_process(asked: Asked) -> None:
    asked.unit("Restart=always", program="sleep 1000 & exec sleep 1000")
    await asked.run("systemctl start some")
    process = Identity.of(int((await asked.show("some", "MainPID"))["MainPID"]))
    await asked.host.close()
    assert process and not process.lives
