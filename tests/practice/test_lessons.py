"""Each lesson fails as announced, is named, is mended by what its page says, and is proven then."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from etcd_tui import verbs
from etcd_tui.apply.events import Checked, Diagnosed, Event, HostFailed, Proved
from etcd_tui.errors import UsageError
from etcd_tui.i18n import LANGUAGES, set_language
from etcd_tui.practice import lessons
from etcd_tui.practice.hosts import Practice, practice_hosts
from etcd_tui.practice.lessons.enter import enter
from etcd_tui.practice.lessons.hosts import HOSTS
from etcd_tui.practice.lessons.lesson import Lesson
from etcd_tui.practice.lessons.members import MEMBERS
from etcd_tui.practice.lessons.page import Page, Way
from etcd_tui.practice.lessons.play import play, run_of
from etcd_tui.practice.lessons.table import LESSONS, find
from etcd_tui.remote.secrets import Secrets
from etcd_tui.session import Session, Work
from tests.practice.test_demo import needs_programs

pytestmark = needs_programs
in_module = pytest.mark.asyncio(loop_scope="module")


async def run(practice: Practice, verb: str, work: Work) -> tuple[int, list[Event]]:
    events: list[Event] = []
    session = Session(verb, practice.spec, practice.state, Secrets(None), (events.append,))
    return (await session.run(work)).exit, events


def names(events: list[Event]) -> set[str]:
    """What the failure was called, by everything that names failures."""
    found = set()
    for event in events:
        match event:
            case Checked(check) if check.status == "fail":
                found.add(check.key)
            case Proved(proof) if not proof.passed:
                found.add(proof.key)
            case Diagnosed(symptom=name) | HostFailed(kind=name):
                found.add(name)
            case _:
                pass
    return found


async def typed(command: str, status: int = 0) -> str:
    """Type a command in a terminal, `etcd-tui` being this one; what it printed."""
    folder = Path(sys.executable).parent
    child = await asyncio.create_subprocess_exec(
        *("sh", "-c", command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb"},
    )
    out, _err = await child.communicate()
    assert child.returncode == status, f"{command}\n{out.decode()}"
    return out.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def practice() -> AsyncIterator[Practice]:
    """Three hosts for all lessons: each one is mended again before the next."""
    root = Path(tempfile.mkdtemp(prefix="etcd-tui-practice-", dir="/tmp"))
    try:
        async with practice_hosts(3, root) as hosts:
            yield hosts
        assert [path for path in root.glob(".practice/*") if path.is_dir()] == []
    finally:
        shutil.rmtree(root)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def leader(practice: Practice) -> str:
    """The leader of a proven cluster on the hosts that the lessons before have left."""
    code, events = await run(practice, "install", verbs.install)
    assert code == 0, events[-1]
    return leader_in(events)


def leader_in(events: list[Event]) -> str:
    return next(e.proof.leader for e in events if isinstance(e, Proved) and e.proof.leader)


def root(practice: Practice) -> Path:
    return practice.folder.path.parent.parent


def where(practice: Practice) -> str:
    return f"--state-dir {root(practice)}"


async def done(practice: Practice, command: str) -> None:
    """Do what a command of a page says, and see that it ends with 0.

    What is ours is done in this process, as the command line does it: that saves loading it again.
    """
    match shlex.split(command):
        case ["etcd-tui", "demo", "--state-dir", _, "--on", host, typed_there]:
            result = await enter(root(practice), host, typed_there)
            assert result.ok, f"{command}\n{result.stderr.decode()}"
        case ["etcd-tui", ("install" | "verify") as verb, answers, "--state-dir", folder]:
            assert (Path(answers), Path(folder)) == (practice.answers_file, practice.state_root)
            work = verbs.install if verb == "install" else verbs.verify
            code, events = await run(practice, verb, work)
            assert code == 0, events[-1]
        case _:
            await typed(command)


async def played(practice: Practice, lesson: Lesson, leader: str = "") -> tuple[Way, ...]:
    """Play it, see that it fails under its name, and return the way out."""
    page = await play(practice, lesson, leader=leader, where=f" {where(practice)}")
    code, events = await run(practice, *run_of(lesson))
    assert code == lesson.exit, events[-1]
    assert lesson.named in names(events)
    return page.ways


@in_module
@pytest.mark.parametrize("lesson", HOSTS, ids=lambda lesson: lesson.name)
async def test_a_fault_of_a_host_is_refused_by_name_and_mended_as_its_page_says(
    lesson: Lesson, practice: Practice
) -> None:
    *steps, last = await played(practice, lesson)
    for way in steps:
        await done(practice, way.command)
    code, events = await run(practice, "check", verbs.check)
    assert code == 0, events[-1]
    # The cluster that it goes on to is made once, for all of them: see `leader`.
    assert last.command.startswith("etcd-tui install ")


@in_module
@pytest.mark.parametrize("lesson", MEMBERS, ids=lambda lesson: lesson.name)
async def test_a_fault_of_a_member_is_named_and_mended_to_a_proven_cluster(
    lesson: Lesson, practice: Practice, leader: str
) -> None:
    if lesson.name == "stopped-leader":
        _code, events = await run(practice, "verify", verbs.verify)
        leader = leader_in(events)
    ways = await played(practice, lesson, leader)
    for way in ways:
        await done(practice, way.command)
    # The last one installs or verifies, and ends with 0: the cluster is proven.
    assert re.match("etcd-tui (install|verify) ", ways[-1].command)


async def test_a_lesson_is_shown_kept_mended_and_gone_on_with(state_root: Path) -> None:
    where = f"--state-dir {state_root}"
    shown = await typed(f"etcd-tui demo --headless --break busy-port --keep {where}", status=3)
    try:
        commands = re.findall(r"^ *\d+\. .*\n +(etcd-tui .*)$", shown, re.MULTILINE)
        assert len(commands) == 3
        for command in commands:
            await typed(command)
    finally:
        await typed(f"etcd-tui demo --stop {where}")


async def test_lessons_are_listed() -> None:
    listed = await typed("etcd-tui demo --break list")
    assert all(f"{name} " in listed for name in LESSONS)


def test_a_misspelt_lesson_is_guessed_and_too_few_hosts_are_told() -> None:
    with pytest.raises(UsageError) as misspelt:
        find("bussy-port", 3)
    assert "busy-port" in misspelt.value.remedy
    with pytest.raises(UsageError, match="three hosts"):
        find("busy-port", 1)


async def test_where_no_demo_runs_no_host_is_entered(state_root: Path) -> None:
    with pytest.raises(UsageError, match="No demo runs"):
        await enter(state_root, "etcd1", "true")


@in_module
async def test_a_host_is_entered_and_its_status_is_passed_on(practice: Practice) -> None:
    said = await typed(f"etcd-tui demo --on etcd2 'hostname; exit 7' {where(practice)}", status=7)
    assert said == "etcd2\n"
    with pytest.raises(UsageError) as refused:
        await enter(root(practice), "web", "true")
    assert "etcd1, etcd2, etcd3" in refused.value.remedy


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_filled(language: str) -> None:
    values = {word: word for word in ("demo", "install", "verify", "etcd2", "etcd3", "leader")}
    values |= {word: word for word in ("console", "known_as", "known_hosts")}
    set_language(language)
    try:
        for lesson in LESSONS.values():
            page = Page(lesson, values)
            text = "\n".join((page.heading, *page.paragraphs, *page.way_out))
            assert "{" not in re.sub(r"\$\{.*?\}", "", text)
    finally:
        set_language("en")


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_finds_no_fault_in_what_plays_a_lesson() -> None:
    folder = Path(lessons.__file__).parent / "scripts"
    names = sorted(folder.glob("*.sh"))
    assert names
    checked = subprocess.run(
        ["shellcheck", "-s", "sh", *names], capture_output=True, text=True, check=False
    )
    assert checked.stdout == ""
