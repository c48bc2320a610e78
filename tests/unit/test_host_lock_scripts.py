"""One run at a time on a host: taken, kept, refused, taken over and let go, by real shells."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etcd_tui.observe.observe import probe_script
from etcd_tui.observe.parse import parse_probe
from etcd_tui.plan.scripts import CHANGED, HELD, script_text
from tests.unit.test_scripts import SHELLS, SYSTEM_PATH

ANNA, BERT = "run=a owner=anna@laptop", "run=b owner=bert@desk"


@dataclass
class Disk:
    """A host's disk in a folder."""

    root: Path
    shell: list[str] = field(default_factory=lambda: ["sh"])

    def __post_init__(self) -> None:
        (self.root / "run").mkdir()
        self.held = self.root / "run/etcd-tui.held"
        self.lock = self.root / "run/etcd-tui.lock"

    def begin(self, holder: str, script: str, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.shell, "-c", f"umask 077\nholder='{holder}'\n{script_text(script)}", "sh",
             "/state", *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": SYSTEM_PATH, "ETCD_TUI_ROOT": str(self.root)},
        )  # fmt: skip

    def run(self, holder: str, script: str, *args: str) -> tuple[int, str]:
        with self.begin(holder, script, *args) as process:
            said, _errors = process.communicate(timeout=60)
        return process.returncode, said

    def take(self, holder: str, was: str = "", turn: str = "-") -> tuple[int, str]:
        return self.run(holder, "take_host", was, turn)

    def release(self, holder: str) -> int:
        return self.run(holder, "release_host", holder, "/state")[0]

    def names(self) -> list[str]:
        return sorted(path.name for path in (self.root / "run").iterdir())


@pytest.fixture(params=SHELLS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    return Disk(tmp_path, request.param)


def test_a_free_host_is_taken_and_says_by_whom_to_root_alone(disk: Disk) -> None:
    assert disk.take(ANNA) == (0, "")
    assert disk.held.read_text() == f"{ANNA}\n"
    assert stat.S_IMODE(disk.held.stat().st_mode) == 0o600


def test_the_second_is_refused_and_told_who_the_first_is_and_when_it_last_did_something(
    disk: Disk,
) -> None:
    disk.take(ANNA)
    os.utime(disk.held, (time.time() - 90,) * 2)
    status, said = disk.take(BERT)
    age, _, line = said.strip().partition(" ")
    assert (status, line) == (HELD, ANNA)
    assert 90 <= int(age) < 150
    assert disk.held.read_text() == f"{ANNA}\n"


def test_of_many_at_once_exactly_one_gets_the_host(disk: Disk) -> None:
    tries = [disk.begin(f"run={number}", "take_host", "", "-") for number in range(8)]
    ended = {f"run={n}": (t.communicate(timeout=60), t.returncode) for n, t in enumerate(tries)}
    (winner,) = [line for line, (_said, status) in ended.items() if status == 0]
    assert disk.held.read_text() == f"{winner}\n"
    losers = [(said[0].split()[1], status) for said, status in ended.values() if status]
    assert losers == [(winner, HELD)] * 7


def test_of_many_at_once_exactly_one_gets_a_host_that_is_taken_over(disk: Disk) -> None:
    disk.take("run=dead")
    tries = [disk.begin(f"run={n}", "take_host", "run=dead", "-") for n in range(8)]
    statuses = [(t.communicate(timeout=60), t.returncode)[1] for t in tries]
    assert sorted(statuses) == [0, *[HELD] * 7]


def test_taking_twice_is_taking_once(disk: Disk) -> None:
    disk.take(ANNA, turn="")
    assert disk.take(ANNA, turn="") == (0, "")
    assert disk.held.read_text() == f"{ANNA}\n"


def test_another_run_is_only_replaced_by_name(disk: Disk) -> None:
    disk.take(ANNA)
    assert disk.take(BERT, was="run=c")[0] == HELD
    assert disk.take(BERT, was=ANNA) == (0, "")
    assert disk.held.read_text() == f"{BERT}\n"


def test_a_host_that_another_run_held_since_it_was_looked_at_is_refused(disk: Disk) -> None:
    disk.take(ANNA)
    disk.run(ANNA, "record", "cluster", "prod")
    disk.release(ANNA)
    assert disk.take(BERT, turn="")[0] == CHANGED
    assert not disk.held.exists()


def test_a_script_of_the_run_that_holds_the_host_is_a_sign_of_life(disk: Disk) -> None:
    disk.take(ANNA)
    os.utime(disk.held, (0, 0))
    assert disk.run(ANNA, "record", "cluster", "prod")[0] == 0
    assert disk.held.stat().st_mtime > time.time() - 60
    assert disk.held.read_text().splitlines()[0] == ANNA


def test_a_run_that_was_taken_over_changes_nothing_more(disk: Disk) -> None:
    disk.take(ANNA)
    disk.take(BERT, was=ANNA)
    status, said = disk.run(ANNA, "record", "cluster", "prod")
    assert (status, said.split(" ", 1)[1]) == (HELD, f"{BERT}\n")
    assert not (disk.root / "state").exists()


def test_a_run_that_slept_while_another_one_came_and_went_changes_nothing_more(disk: Disk) -> None:
    disk.take(ANNA)
    disk.take(BERT, was=ANNA)
    disk.run(BERT, "record", "cluster", "prod")
    disk.release(BERT)
    status, said = disk.run(ANNA, "record", "cluster", "staging")
    assert (status, said.split(" ", 1)[1]) == (HELD, f"{BERT}\n")
    assert (disk.root / "state/manifest").read_text() == "cluster prod\n"


def test_after_a_boot_the_run_that_goes_on_takes_its_host_again(disk: Disk) -> None:
    disk.take(ANNA)
    for file in (disk.held, disk.lock):
        file.unlink()
    assert disk.run(ANNA, "record", "cluster", "prod")[0] == 0
    assert disk.take(BERT)[0] == HELD
    assert disk.lock.read_text() == f"{ANNA}\n"


def test_what_a_killed_script_left_empty_holds_nobody_up(disk: Disk) -> None:
    disk.held.touch()
    assert disk.take(ANNA) == (0, "")


def test_a_host_that_cannot_be_taken_is_not_said_to_be_anothers(disk: Disk) -> None:
    disk.held.mkdir()
    status, said = disk.take(ANNA)
    assert status not in (0, HELD)
    assert said == ""


def test_only_the_holder_lets_go_and_a_bare_host_keeps_no_trace(disk: Disk) -> None:
    disk.take(ANNA)
    assert disk.release(BERT) == 0
    assert disk.held.exists()
    assert disk.release(ANNA) == 0
    assert disk.names() == []


def test_on_a_host_that_is_ours_the_lock_of_scripts_stays(disk: Disk) -> None:
    disk.take(ANNA)
    disk.run(ANNA, "record", "cluster", "prod")
    disk.release(ANNA)
    assert disk.names() == ["etcd-tui.lock"]


def test_the_look_at_a_host_finds_who_holds_it_and_who_was_last(disk: Disk) -> None:
    disk.take(ANNA)
    os.utime(disk.held, (time.time() - 300,) * 2)
    looked = subprocess.run(
        [*disk.shell, "-c", probe_script(), "sh", *["/x"] * 5, "a", ""],
        capture_output=True, check=False, timeout=120,
        env={"PATH": SYSTEM_PATH, "ETCD_TUI_ROOT": str(disk.root)},
    )  # fmt: skip
    facts = parse_probe("etcd1", looked.stdout, 0.0)
    assert facts.lock is not None
    assert (facts.lock.line, facts.turn) == (ANNA, ANNA)
    assert 300 <= facts.lock.silent < 400
