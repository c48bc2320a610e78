"""Any text: nothing raises, and nothing that comes out can harm a screen."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.diagnose.diagnosis import diagnose
from etcd_tui.diagnose.journal import records
from etcd_tui.diagnose.suspicious import suspicious, worth_a_look
from etcd_tui.observe.facts import Unit
from etcd_tui.remote import sanitise

from .journals import every, three

LINES = [line for journal in every() for line in journal.text.splitlines()]
UNITS = st.builds(Unit, load=st.text(), active=st.text(), result=st.text(), pid=st.integers())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(["MESSAGE", "INVOCATION_ID", "msg", "level", "error", "remote-addr"])
OBJECTS = st.dictionaries(FIELDS | st.text(), VALUES).map(json.dumps)


@st.composite
def garbled(draw):
    """A real line, cut or with something put into it."""
    line = draw(st.sampled_from(LINES))
    at = draw(st.integers(0, len(line)))
    return line[:at] + draw(st.text(max_size=8)) + line[at + draw(st.integers(0, 20)) :]


JOURNALS = st.lists(st.text() | OBJECTS | garbled() | st.sampled_from(LINES), max_size=8)


def harmless(text: str) -> bool:
    return "\n" not in text and sanitise.text(text) == text and len(text) < 5000


@pytest.mark.fault(
    53,
    injected="any text as a journal",
    seen="no exception, nothing raw",
)
@given(JOURNALS, UNITS)
def test_no_text_raises_and_none_comes_out_raw(lines, unit):
    journal = "\n".join(lines)
    for found in diagnose("etcd1", journal, unit=unit, spec=three()):
        assert all(harmless(text) for text in (found.cause, found.fix, found.evidence))
    assert all(harmless(line) for line in suspicious(journal) + worth_a_look(journal))


@given(st.text(st.characters(codec="utf-8")))
def test_escapes_hidden_in_json_are_taken_out(text):
    inner = json.dumps({"level": "fatal", "msg": "\x1b[31m" + text, "error": "\u202e" + text})
    for line in (inner, json.dumps({"MESSAGE": inner})):
        for record in records(line):
            assert harmless(record.said)
            assert "\x1b" not in record.said


def test_a_flood_is_read_in_time():
    assert diagnose("etcd1", "[" * 200_000, unit=Unit(), spec=three())
    assert diagnose("etcd1", '{"a":' * 100_000, unit=Unit(), spec=three())
    assert diagnose("etcd1", '{"MESSAGE":"' + "\\" * 100_001, unit=Unit(), spec=three())
