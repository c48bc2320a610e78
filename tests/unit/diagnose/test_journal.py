"""Records: one message each, from every form in which journalctl prints it."""

from __future__ import annotations

import json

from etcd_tui.diagnose.finding import runs
from etcd_tui.diagnose.journal import records

ZAP = (
    '{"level":"warn","ts":"2026-11-23T06:25:52Z","caller":"a.go:1","msg":"rejected connection",'
    '"remote-addr":"192.0.2.12:5","ids":["a","b"],"n":2,"error":"EOF"}'
)


def test_zap_is_its_message_and_then_its_fields():
    (record,) = records(ZAP)
    assert record.level == "warn"
    assert record.msg == "rejected connection"
    assert record.field("ids") == "a,b"
    assert record.said == "rejected connection remote-addr=192.0.2.12:5 ids=a,b n=2 error=EOF"


def test_journal_entries_keep_the_invocation_of_systemd_s_lines_too():
    process = json.dumps({"MESSAGE": ZAP, "_SYSTEMD_INVOCATION_ID": "aa"})
    manager = json.dumps({"MESSAGE": "Starting etcd.service", "INVOCATION_ID": "bb"})
    assert [record.run for record in records(f"{process}\n{manager}")] == ["aa", "bb"]


def test_bytes_and_several_lines_are_one_message():
    (record,) = records(json.dumps({"MESSAGE": list(b"panic: one\n\x1b[1mtwo\xff")}))
    assert record.said == "panic: one two\ufffd"


def test_messages_that_journalctl_held_back_are_left_out():
    assert records(json.dumps({"MESSAGE": None, "__CURSOR": "x"})) == ()
    assert records("\n\n") == ()


def test_etcd_3_4_before_its_logger_is_set_up():
    (record,) = records("2026-11-23 06:19:28.558407 E | etcdmain: error verifying flags, x")
    assert (record.level, record.said) == ("error", "error verifying flags, x")


def test_a_cut_line_keeps_what_is_whole():
    (record,) = records(ZAP[:-20] + "…")
    assert record.msg == "rejected connection"
    assert record.field("remote-addr") == "192.0.2.12:5"
    (record,) = records(json.dumps({"MESSAGE": ZAP})[:-30] + "…")
    assert record.field("remote-addr") == "192.0.2.12:5"


def test_runs_part_at_invocations_or_where_systemd_starts_the_unit():
    def entry(run, message):
        return json.dumps({"MESSAGE": message, "INVOCATION_ID": run})

    by_id = "\n".join([entry("a", "x"), entry("a", "y"), entry("b", "z")])
    assert [len(run) for run in runs(records(by_id))] == [2, 1]
    by_text = "x\nStarting etcd.service - etcd key-value store...\ny\nz"
    assert [len(run) for run in runs(records(by_text))] == [1, 3]
    assert runs(()) == ((),)
