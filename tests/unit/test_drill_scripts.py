"""The scripts of a drill, run by real shells against a stand-in for systemd."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etcd_tui.plan.scripts import script_text
from tests.unit.test_scripts import SHELLS, SYSTEM_PATH

UNIT = "etcd-tui-drill.service"
# `show UNIT -p NAME` prints what the file UNIT.NAME holds; all else is noted.
SYSTEMCTL = """\
#!/bin/sh
if [ "$1" = show ]; then
  shift; unit=$1; shift
  while [ $# -gt 1 ]; do echo "$2=$(cat "$PLACE/$unit.$2" 2>/dev/null)"; shift 2; done
else
  echo "systemctl $*" >>"$PLACE/calls"
fi
"""
SYSTEMD_RUN = """\
#!/bin/sh
echo "systemd-run $*" >>"$PLACE/calls"
[ ! -e "$PLACE/refuses" ] || exit 1
case $* in *" stop etcd.service"*) echo 0 >"$PLACE/etcd.service.MainPID" ;; esac
"""


@dataclass
class Systemd:
    """A host whose systemd does what the test says."""

    root: Path
    shell: list[str] = field(default_factory=lambda: ["sh"])

    def __post_init__(self) -> None:
        self.state = self.root / "state"
        self.transient = self.root / "run/systemd/transient"
        self.bin = self.root / "bin"
        for folder in (self.state, self.transient, self.bin):
            folder.mkdir(parents=True)
        (self.state / "manifest").write_text("unit etcd.service\n")
        self.program("systemctl", SYSTEMCTL)
        self.program("systemd-run", SYSTEMD_RUN)
        for name, value in {
            "ActiveState": "active",
            "UnitFileState": "enabled",
            "Job": "0",
        }.items():
            self.shows("etcd.service", name, value)
        self.shows("etcd.service", "MainPID", "77")

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def shows(self, unit: str, name: str, value: str) -> None:
        (self.root / f"{unit}.{name}").write_text(value)

    def drill_of(self, description: str) -> None:
        """A drill's unit is there."""
        (self.transient / UNIT).touch()
        self.shows(UNIT, "Description", description)

    def run(self, script: str, *args: str) -> subprocess.CompletedProcess[str]:
        text = script_text(script).replace("$root/run/", f"{self.root}/run/")
        return subprocess.run(
            [*self.shell, "-c", text, "sh", str(self.state), *args],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
            env={"PATH": f"{self.bin}:{SYSTEM_PATH}", "PLACE": str(self.root)},
        )  # fmt: skip

    @property
    def calls(self) -> list[str]:
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(params=SHELLS)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Systemd:
    return Systemd(tmp_path, request.param)


def test_systemd_knows_the_way_back_before_it_stops_etcd(host: Systemd) -> None:
    done = host.run("drill_begin", "ab12", "15", "stop")
    assert done.returncode == 0, done.stderr
    (call,) = host.calls
    ctl = f"{host.bin}/systemctl"
    assert f"-p ExecStartPre={ctl} stop etcd.service" in call
    assert f"-p ExecStopPost={ctl} start --no-block etcd.service" in call
    assert f"--unit={UNIT} --description=etcd-tui drill ab12 " in call
    assert call.endswith(" sleep 15")


def test_a_crash_is_a_kill_and_then_a_stop(host: Systemd) -> None:
    done = host.run("drill_begin", "ab12", "15", "kill")
    assert done.returncode == 0, done.stderr
    (call,) = host.calls
    kill, stop, start = (call.index(word) for word in ("kill --signal=KILL", " stop ", " start "))
    assert kill < stop < start
    assert "ExecStopPost" in call


def test_a_host_that_is_only_held_keeps_its_member(host: Systemd) -> None:
    done = host.run("drill_begin", "ab12", "15", "hold")
    assert done.returncode == 0, done.stderr
    (call,) = host.calls
    assert "etcd.service" not in call


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ActiveState", "activating", "not active"),
        ("ActiveState", "inactive", "not active"),
        ("UnitFileState", "disabled", "not enabled"),
        ("Job", "1234", "being started or stopped"),
    ],
)
@pytest.mark.parametrize("what", ["hold", "stop", "kill"])
def test_a_member_that_is_not_well_is_left_alone(
    host: Systemd, what: str, name: str, value: str, said: str
) -> None:
    host.shows("etcd.service", name, value)
    done = host.run("drill_begin", "ab12", "15", what)
    assert (done.returncode, host.calls) == (66, [])
    assert said in done.stderr


def test_an_etcd_of_somebody_else_is_left_alone(host: Systemd) -> None:
    (host.state / "manifest").write_text("file /etc/etcd/etcd.conf\n")
    assert host.run("drill_begin", "ab12", "15", "stop").returncode == 65
    assert host.calls == []


def test_another_drill_is_seen(host: Systemd) -> None:
    host.drill_of("etcd-tui drill cd34")
    done = host.run("drill_begin", "ab12", "15", "stop")
    assert (done.returncode, host.calls) == (73, [])


def test_the_same_step_once_more_waits_for_the_first_one(host: Systemd) -> None:
    host.drill_of("etcd-tui drill ab12")
    host.shows("etcd.service", "MainPID", "0")
    done = host.run("drill_begin", "ab12", "15", "stop")
    assert (done.returncode, host.calls) == (0, [f"systemctl start {UNIT}"])


@pytest.mark.parametrize("refuses", [True, False])
def test_a_stop_that_had_no_effect_is_no_success(host: Systemd, refuses: bool) -> None:
    if refuses:
        (host.root / "refuses").touch()
    else:
        host.program("systemd-run", "#!/bin/sh\n")
    done = host.run("drill_begin", "ab12", "15", "stop")
    assert done.returncode not in (0, 65, 66, 69, 73)


def test_the_end_ends_the_unit_and_then_makes_sure_of_etcd(host: Systemd) -> None:
    host.drill_of("etcd-tui drill ab12")
    assert host.run("drill_end", "ab12", "stop").returncode == 0
    assert host.calls == [f"systemctl stop {UNIT}", "systemctl start --no-block etcd.service"]


def test_the_end_on_a_held_host_starts_nothing(host: Systemd) -> None:
    host.drill_of("etcd-tui drill ab12")
    assert host.run("drill_end", "ab12", "hold").returncode == 0
    assert host.calls == [f"systemctl stop {UNIT}"]


def test_the_drill_of_another_is_not_ended(host: Systemd) -> None:
    host.drill_of("etcd-tui drill cd34")
    assert host.run("drill_end", "ab12", "hold").returncode == 0
    assert host.calls == []


def test_no_member_is_restarted_during_a_drill(host: Systemd) -> None:
    host.drill_of("etcd-tui drill cd34")
    done = host.run("start_member", "restart")
    assert done.returncode == 73
    assert "drill" in done.stderr
    assert "systemctl restart --no-block etcd.service" not in host.calls


def test_a_member_that_is_down_may_be_started_during_a_drill(host: Systemd) -> None:
    host.drill_of("etcd-tui drill cd34")
    assert host.run("start_member", "start").returncode == 0
    assert host.calls[-1] == "systemctl start --no-block etcd.service"


def test_an_uninstall_ends_a_drill_before_it_stops_the_member_for_good(host: Systemd) -> None:
    host.drill_of("etcd-tui drill cd34")
    host.shows("etcd.service", "MainPID", "0")
    assert host.run("stop_member", "/etc/systemd/system/etcd.service").returncode == 0
    assert host.calls[:2] == [
        f"systemctl stop {UNIT}", "systemctl disable --now --quiet etcd.service",
    ]  # fmt: skip
