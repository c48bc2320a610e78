"""--help and --version load nothing that they do not need, and rooms keep to themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("textual", "asyncssh", "cryptography", "yaml", "asyncio", "hypothesis")
PROGRAM = """\
import sys
from etcd_tui.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
loaded = [name for name in {heavy!r} if name in sys.modules]
print("loaded:", *loaded)
"""


def loaded(*arguments: str) -> list[str]:
    text = PROGRAM.format(arguments=list(arguments), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["install", "--help"],
        ["answers", "--help"],
        ["--lang", "zh", "--help"],
    ],
)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(*arguments) == []


@pytest.mark.parametrize("arguments", [["answers", "new"], ["verify", "/nonexistent"]])
def test_garbage_is_looked_for_again_when_all_is_loaded(arguments: list[str]) -> None:
    text = f"import gc\nfrom etcd_tui.cli import main\nmain({arguments})\nassert gc.isenabled()"
    subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)


def test_answers_are_written_without_ssh_and_screens() -> None:
    assert {"textual", "asyncssh"}.isdisjoint(loaded("answers", "new"))


@pytest.mark.parametrize(
    "room",
    [
        "spec.model",
        "content.etcd_conf",
        "content.unit",
        "plan.install",
        "plan.uninstall",
        "preflight.preflight",
    ],
)
def test_the_pure_rooms_load_neither_ssh_nor_screens(room: str) -> None:
    text = f"import sys, etcd_tui.{room}\nprint({{'textual', 'asyncssh'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
