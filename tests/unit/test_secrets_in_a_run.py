"""A run's readers, its files and its traceback get no secret, whatever the hosts and errors say."""

from __future__ import annotations

import base64
import json
import shlex
from pathlib import Path

import pytest

from etcd_tui.apply.events import (
    Diagnosed,
    Event,
    Finished,
    HostLine,
    Note,
    PlannedAction,
    Proved,
    as_json,
)
from etcd_tui.engine import Engine
from etcd_tui.outcome import Outcome
from etcd_tui.remote.secrets import Secrets
from etcd_tui.session import Session
from etcd_tui.spec.model import SecretRef
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.proof import Proof
from tests.unit.situations import spec_of

PASSWORD = """it's "hard" $HOME `id` \\ 100%"""
TOKEN = "prod-0123456789abcdef"
KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIabc\n-----END EC PRIVATE KEY-----"
SPELLINGS = {
    "as it is": PASSWORD,
    "a word of a shell": shlex.quote(PASSWORD),
    "JSON": json.dumps(PASSWORD),
    "Python": repr(PASSWORD),
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
    "base64 behind a byte": base64.b64encode(b"x" + PASSWORD.encode()).decode(),
    "base64 behind two": base64.b64encode(b"xy" + PASSWORD.encode()).decode(),
}
# The core of each that no cleaning may leave.
CORES = (PASSWORD[3:20], shlex.quote(PASSWORD)[8:24], json.dumps(PASSWORD)[5:18], TOKEN, "MHcCAQ")
BASE64 = tuple(SPELLINGS[name][8:24] for name in SPELLINGS if name.startswith("base64"))


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Event]) -> Session:
    monkeypatch.setenv("SUDO_PW", PASSWORD)
    secrets = Secrets(None)
    secrets.get(SecretRef("env", "SUDO_PW"), "sudo")
    return Session("install", spec_of(), StateFolder(tmp_path / "prod"), secrets, (told.append,))


def everything(session: Session, told: list[Event]) -> str:
    """All that readers heard, and every byte below the state folder but the token's own file."""
    heard = "\n".join(json.dumps(as_json(e), default=str, ensure_ascii=False) for e in told)
    heard += "\n".join(map(repr, told))
    kept = (p for p in session.state.path.rglob("*") if p.is_file() and p != session.state.token)
    return heard + "\n".join(path.read_text() for path in kept)


async def test_no_text_of_any_event_holds_a_secret_in_any_spelling(
    session: Session, told: list[Event]
) -> None:
    async def work(engine: Engine) -> Outcome:
        engine.state.choose_token(TOKEN)
        for text in (*SPELLINGS.values(), KEY, TOKEN):
            said = f"before {text} after"
            for event in (
                HostLine("etcd1", said, "journal"),
                Note(said),
                Diagnosed("etcd1", "key", said, said, said),
                Proved(Proof("put", "title", False, said, "etcd1", said, said)),
                PlannedAction("s", "etcd1", "config", "t", "r", said, (said,), (said,)),
            ):
                engine.stream.emit(event)
        return Outcome()

    last = await session.run(work)

    assert last.exit == 0
    text = everything(session, told)
    assert [core for core in (*CORES, *BASE64) if core in text] == []
    lines = [event for event in told if isinstance(event, HostLine)]
    assert {line.host for line in lines} == {"etcd1"}
    assert all(line.text.startswith("before ") and "***" in line.text for line in lines)


async def test_a_defect_whose_message_and_cause_hold_secrets_leaves_a_clean_traceback(
    session: Session, told: list[Event]
) -> None:
    async def work(engine: Engine) -> Outcome:
        password = PASSWORD
        try:
            raise KeyError(password)
        except KeyError as error:
            raise RuntimeError(f"{[password]} {TOKEN} {KEY}") from error

    session.state.prepare()
    session.state.choose_token(TOKEN)
    last = await session.run(work)

    assert last.exit == 1
    assert isinstance(told[-1], Finished)
    assert session.folder is not None
    trace = (session.folder / "traceback.txt").read_text()
    assert "RuntimeError" in trace
    assert "KeyError" in trace
    text = everything(session, told)
    assert [core for core in (*CORES, *BASE64) if core in text] == []


@pytest.mark.parametrize(
    "line",
    [
        '{"msg":"starting an etcd server","initial-cluster-token":"SHORT","quota":"2 GB"}',
        '{"variable-name":"ETCD_INITIAL_CLUSTER_TOKEN","variable-value":"SHORT"}',
        "recognized and used environment variable ETCD_INITIAL_CLUSTER_TOKEN=SHORT",
        "etcd --initial-cluster-token SHORT --name etcd1",
        "+ETCD_INITIAL_CLUSTER_TOKEN=SHORT",
    ],
)
async def test_a_token_is_taken_out_where_etcd_says_it_however_short_it_is(
    session: Session, told: list[Event], line: str
) -> None:
    async def work(engine: Engine) -> Outcome:
        engine.stream.emit(HostLine("etcd1", line, "journal"))
        return Outcome()

    await session.run(work)

    assert "SHORT" not in everything(session, told)
    assert any(isinstance(event, HostLine) and "***" in event.text for event in told)


async def test_a_token_that_is_a_common_word_leaves_names_and_places_alone(
    session: Session, told: list[Event]
) -> None:
    session.state.prepare()
    session.state.choose_token("prod")

    async def work(engine: Engine) -> Outcome:
        engine.stream.emit(Note("prod has three members"))
        return Outcome()

    await session.run(work)

    assert any(isinstance(e, Note) and e.text == "prod has three members" for e in told)
    assert any(as_json(e).get("cluster") == "prod" for e in told)


async def test_a_password_that_is_a_hosts_name_leaves_the_name_readable(
    session: Session, told: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_PW", "etcd1")
    session.secrets.get(SecretRef("env", "OTHER_PW"), "other")

    async def work(engine: Engine) -> Outcome:
        engine.stream.emit(HostLine("etcd1", "the password is etcd1", "journal"))
        return Outcome()

    await session.run(work)

    (line,) = (event for event in told if isinstance(event, HostLine))
    assert (line.host, line.text) == ("etcd1", "the password is ***")
