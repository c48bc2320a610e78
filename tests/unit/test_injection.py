"""Hostile values in any key of the answers are refused with their line, or come out as mere words.

What is accepted goes through everything that makes shell, YAML and settings of it. Typed commands
run in a restricted bash, which can neither write nor start anything but the canary.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etcd_tui.content.client_env import client_env
from etcd_tui.content.etcd_conf import environment, etcd_conf, parse_environment
from etcd_tui.content.hosts_block import with_block, without_block
from etcd_tui.content.unit import unit_file
from etcd_tui.errors import AnswersError
from etcd_tui.pki.documents import document
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import InstallPrograms, Plan, RunScript, WriteFile
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.remote.shell import frame
from etcd_tui.runbook.document import runbook
from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.keys import ANSWERS
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.writer import dump
from tests.unit.runbooks import blocks
from tests.unit.situations import World, carry_out
from tests.unit.spec.conftest import SMALLEST, answers, read

BASH = shutil.which("bash")
FOLDER = Path("/home/o'brien/$(canary)/state")
# With all that it can hold, so that no branch of what is made of it is left out.
FULL: dict[str, Any] = {
    "certificates__profile": "openssl",
    "certificates__subject__organization": "etcd",
    "certificates__ca__certificate": "./ca.crt",
    "certificates__ca__key": "./ca.key",
    "host__firewall": "disable",
    "host__selinux": "permissive",
}
_HOSTILE = (
    *("$(canary)", "`canary`", ";canary;", "|canary", "&canary&", "\ncanary\n", "'", '"', "'\"'"),
    *(
        "$((",
        "${",
        "$'\\n'",
        "\\",
        "\\\n",
        ">canary",
        "<(canary)",
        "*",
        "~",
        "~root",
        "!",
        "#",
        "%n",
    ),
    *(
        "\r",
        "\t",
        "\0",
        "\x1b[31m",
        "\u2028",
        "\u202e",
        "\x85",
        "=",
        ": ",
        "- ",
        "{",
        "]",
        "&a",
        "*a",
    ),
    *("!!python/object/apply:os.system [canary]", "EOF\ncanary\n", "\nEOF\n", "\n[Service]\n"),
    *("../", "/../", "-", "--", "-oProxyCommand=canary", " ", "", "a", "etcd1", "/tmp", "10.0.0.1"),
)
VALUES = st.lists(st.sampled_from(_HOSTILE), min_size=1, max_size=4).map("".join)


def places(section: Section, way: str = "") -> Iterator[str]:
    """Every key of the answers, as `answers` takes it: the table cannot outgrow the test."""
    for key in section.keys:
        at = f"{way}__{key.name}" if way else key.name
        if isinstance(key, Key):
            yield at
        else:
            yield from places(key, f"{at}__0" if key.each else at)


PLACES = [
    *places(ANSWERS),
    *(f"nodes__0__ssh__{key}" for key in ("user", "host", "jump", "config")),
]
SHAPES = (
    lambda value: value,
    lambda value: [value],
    lambda value: {"ETCD_METRICS": value},
    lambda value: {value: "extensive"},
    lambda value: {"env": value},
    lambda value: {"file": value},
)


@pytest.fixture(scope="module", autouse=True)
def canary() -> Iterator[Path]:
    """A folder whose one program leaves a trace beside itself."""
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-canary-"))
    program = folder / "canary"
    program.write_text(f"#!/bin/sh\n: >{folder}/sang\n")
    program.chmod(0o755)
    Canary.folder = folder
    yield folder
    shutil.rmtree(folder)


class Canary:
    folder: Path

    @classmethod
    def type(cls, script: str) -> None:
        """Type `script`: it must be whole, and must run no canary."""
        assert BASH
        whole = subprocess.run(
            [BASH, "-n"], check=False, input=script, text=True, capture_output=True
        )
        assert (whole.returncode, whole.stderr) == (0, ""), script
        # A redirection that is refused keeps bash from looking into the text behind it.
        assert all(end.startswith("'") for end in re.findall(r"<<(\S*)", script)), script
        subprocess.run(
            [BASH, "--restricted", "--noprofile", "--norc", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"PATH": str(cls.folder), "HOME": "/nowhere"},
            cwd=cls.folder,
            check=False,
            timeout=30,
        )
        cls.silent()

    @classmethod
    def silent(cls) -> None:
        left = sorted(p.name for p in cls.folder.iterdir())
        (cls.folder / "sang").unlink(missing_ok=True)
        assert left == ["canary"]

    @classmethod
    def carry(cls, words: list[str]) -> None:
        """Send words through the frame to a real shell: the same words must come out."""
        framed = frame("printf '%s\\0' \"$@\"", *words)
        done = subprocess.run(
            ["sh", "-c", framed.command],
            input=framed.line,
            capture_output=True,
            env={"ETCD_TUI_PATH": f"{cls.folder}:{os.environ['PATH']}", "PATH": os.environ["PATH"]},
            cwd=cls.folder,
            check=True,
        )
        got = done.stdout.removeprefix(framed.mark).split(b"\0")
        assert [word.encode() for word in words] == got[:-1]
        cls.silent()


def hostile(place: str, shape: int, value: str) -> str:
    changes = {key: v for key, v in FULL.items() if not place.startswith("certificates__ca")}
    return answers(**{**changes, place: SHAPES[shape](value)})


@given(st.sampled_from(PLACES), st.integers(0, len(SHAPES) - 1), VALUES)
@example("ssh__private_key", 0, "~$(canary)/key")
@example("ssh__config", 0, "~/a;canary")
@example("ssh__known_hosts", 0, "/x -oProxyCommand=canary")
@example("binaries__source", 0, "https://mirror.example/$(canary)")
@example("binaries__source", 0, "/tmp/`canary`.tar.gz")
@example("certificates__subject__organization", 0, "a'b$(canary)\"\\")
@example("tuning__environment", 2, "$(canary)")
@example("paths__data", 0, "/srv/%n")
@settings(max_examples=150, derandomize=True)
def test_a_hostile_value_is_refused_with_its_line_or_stays_one_word(
    place: str, shape: int, value: str
) -> None:
    text = hostile(place, shape, value)
    try:
        spec, _warnings = read(text, literal_secrets=True)
    except AnswersError as error:
        wrong = [problem for problem in error.problems if problem.severity == "error"]
        lines = len(text.splitlines())
        assert wrong
        assert all(1 <= problem.line <= lines for problem in wrong)
        assert all(problem.what.isprintable() for problem in wrong)
        return
    look_at(spec)


def look_at(spec: ClusterSpec) -> None:
    """Make everything of `spec` that a shell, systemd, etcd or a reader of YAML gets to see."""
    # A literal secret is not written back, so the text is what must come again.
    assert dump(read(dump(spec), literal_secrets=True)[0]) == dump(spec)
    world = World(spec)
    plans = [plan_install(spec, world.situation())]
    carry_out(world, plans[0])
    plans.append(plan_uninstall(spec, world.situation(), purge=True))
    typed, words = [], []
    for plan in plans:
        more, arguments = of_plan(plan)
        typed += more
        words += arguments
    typed += [block.text for block in blocks(runbook(spec, FOLDER))]
    typed.append(client_env(spec, FOLDER))
    typed += [etcd_conf(spec, node, "token", "new") for node in spec.nodes]
    Canary.carry(words)
    Canary.type("\n".join(typed))
    _contents(spec)


def of_plan(plan: Plan) -> tuple[list[str], list[str]]:
    """What a plan's actions type, and what they send to scripts."""
    typed: list[str] = []
    words: list[str] = []
    for _stage, action in plan.actions():
        typed += [*action.bring, *action.commands]
        match action.step:
            case RunScript(_script, args):
                words += args
            case WriteFile(path, _content, owner, group, mode, expect):
                words += [path, owner, group, mode, expect]
            case InstallPrograms(version, architecture, folder, programs):
                words += [version, architecture, folder, *programs]
    return typed, words


@functools.cache
def plain() -> ClusterSpec:
    return read(answers(**FULL))[0]


def _contents(spec: ClusterSpec) -> None:
    """No value has made a line of its own, or a word that systemd or etcd would read."""
    for node in spec.nodes:
        text = etcd_conf(spec, node, "token", "new")
        wanted = environment(spec, node, "token", "new")
        assert parse_environment(text) == wanted
        assert len(text.splitlines()) == len(wanted) + 2
    unit, model = unit_file(spec), unit_file(plain())
    keys = [[line.partition("=")[0] for line in each.splitlines()] for each in (unit, model)]
    assert keys[0][1:] == keys[1][1:]
    assert not (set(unit) - set(model)) & set("%$\\'\"`\0\r\t ")
    hosts = with_block("127.0.0.1 localhost\n", spec)
    assert without_block(hosts, spec.cluster.name) == "127.0.0.1 localhost\n"
    for line in hosts.splitlines():
        assert line.startswith("#") or len(line.split()) >= 2
    made = document(spec).decode()
    assert all(line.isprintable() for line in made.splitlines())
    sections = [line for line in made.splitlines() if line.startswith("[")]
    assert all(line.startswith("[ ") and line.endswith(" ]") for line in sections)


def test_the_canary_sings_where_a_value_is_not_quoted() -> None:
    """The trap works: in a word, in a here-document, and in a file that is read as shell."""
    for script in (
        "echo $(canary)",
        "cat > /etc/nothing <<EOF\n`canary`\nEOF\n",
        "A=$(canary)\n",
        "false; canary",
    ):
        with pytest.raises(AssertionError):
            Canary.type(script)
    with pytest.raises(AssertionError):
        Canary.type("echo 'not whole")
    Canary.type(f"echo {shlex.quote('$(canary)')}")


def test_the_smallest_and_the_full_answers_pass() -> None:
    look_at(read(SMALLEST)[0])
    look_at(plain())


def test_every_key_of_the_answers_is_among_the_places() -> None:
    assert len(PLACES) > 55
    assert {"cluster__name", "nodes__0__ssh__jump", "tuning__environment"} <= set(PLACES)
