"""What real etcds and a real systemd said, and what we make of it."""

from __future__ import annotations

import json

import pytest

from etcd_tui.diagnose.diagnosis import diagnose
from etcd_tui.diagnose.suspicious import suspicious, worth_a_look
from etcd_tui.observe.facts import Unit
from etcd_tui.remote import sanitise

from .journals import RUNNING, Journal, every, load, three


def read(journal: Journal, text: str | None = None):
    return diagnose(
        journal.host,
        journal.text if text is None else text,
        unit=journal.unit,
        spec=three(journal.version),
    )


@pytest.mark.parametrize("journal", every(), ids=str)
def test_the_provoked_cause_comes_first(journal):
    found = read(journal)
    if journal.name == "proofs":
        # A person may want to know who knocked; the member's own host is left out.
        assert {each.symptom for each in found} == {
            "client-without-certificate",
            "client-without-tls",
        }
        assert all("etcd2" in each.cause for each in found)
        return
    assert [each.symptom for each in found][:1] == ([journal.expect] if journal.expect else [])
    assert len(found) <= 4


@pytest.mark.parametrize("journal", every(), ids=str)
def test_the_same_through_journalctl_in_json_and_with_prefixes(journal):
    if journal.name.startswith("systemd-"):
        messages = [json.loads(line)["MESSAGE"] for line in journal.text.splitlines()]
        again = ["\n".join(messages)]
    else:
        lines = journal.text.splitlines()
        again = [
            "\n".join(json.dumps({"MESSAGE": m, "_SYSTEMD_INVOCATION_ID": "a1"}) for m in lines),
            "\n".join(json.dumps({"MESSAGE": list(m.encode())}) for m in lines),
            "\n".join(f"Nov 23 06:19:27 host1 etcd[108]: {m}" for m in lines),
        ]
    first = read(journal)
    for text in again:
        assert [d.symptom for d in read(journal, text)][:1] == [d.symptom for d in first][:1]


@pytest.mark.parametrize("journal", every(), ids=str)
def test_a_line_that_the_sanitiser_cut_still_tells(journal):
    if journal.name.startswith("systemd-"):
        return
    lines = [
        line.replace('"stacktrace":"', '"stacktrace":"' + "x" * 5000)
        for line in journal.text.splitlines()
    ]
    cut = sanitise.text("\n".join(lines).encode())
    assert [d.symptom for d in read(journal, cut)] == [d.symptom for d in read(journal)]


def causes(name: str, version: str, host: str) -> list[str]:
    (journal,) = [j for j in load(name) if (j.version, j.host) == (version, host)]
    return [each.cause for each in read(journal)]


def test_a_stalled_start_names_the_pair_and_the_direction():
    assert causes("no-quorum", "3.5.30", "etcd1") == [
        "etcd1 cannot reach etcd2 (https://192.0.2.12:2380): connection refused.",
        "etcd1 cannot reach etcd3 (https://192.0.2.13:2380): connection refused.",
    ]
    assert causes("peer-filtered", "3.5.30", "etcd2") == [
        "etcd2 gets no answer from etcd1 (https://192.0.2.11:2380)."
    ]
    assert causes("peer-rejected", "3.4.23", "etcd1") == [
        "etcd1 cannot reach etcd3 (https://192.0.2.13:2380): no route to host."
    ]


def test_a_certificate_is_told_with_its_owner_and_its_dates():
    (cause,) = causes("expired", "3.5.30", "etcd1")
    assert cause.startswith("The certificate of etcd3 (192.0.2.13) ended on 2026-11-22T")
    assert causes("wrong-san", "3.5.30", "etcd1") == [
        "The certificate of etcd3 (192.0.2.13) is valid for 192.0.2.99,"
        " but etcd1 knows it as 192.0.2.13."
    ]
    refused = causes("refused-as-expired", "3.5.30", "etcd3")
    assert "etcd1 (192.0.2.11) refuses the certificate of etcd3: expired certificate." in refused


def test_both_sides_of_a_cluster_id_mismatch_name_the_other():
    assert causes("stale-data", "3.5.30", "etcd1") == [
        "etcd1 and etcd3 (192.0.2.13) hold data of different clusters."
    ]
    assert len(causes("stale-data", "3.5.30", "etcd3")) == 2


def test_joining_alone_tells_why_nobody_answers():
    first, *others = causes("existing-alone", "3.5.30", "etcd1")
    assert first.startswith("etcd1 should join")
    assert len(others) == 2


def test_start_limit_comes_after_its_cause():
    (journal,) = load("systemd-startlimit")
    assert [d.symptom for d in read(journal)] == ["program-not-executable", "unit-start-limit"]


def test_systemd_s_own_reason_is_quoted():
    (journal,) = load("systemd-226")
    assert read(journal)[0].cause.endswith("etcd1: /var/lib/etcd: No such file or directory.")


def test_a_start_that_repeats_another_s_beginning_is_told_by_the_other():
    (journal,) = load("systemd-fixed")
    lines = journal.text.splitlines()
    start = max(n for n, line in enumerate(lines) if "Starting etcd" in line)
    running = Unit(load="loaded", active="activating", sub="start", result="success", pid=9)
    found = diagnose("etcd1", "\n".join(lines[: start + 1]), unit=running, spec=three())
    assert found[0].symptom == "certificate-file-missing"


def test_the_cause_of_an_earlier_start_is_not_told_of_a_later_one():
    (busy, *_) = load("port-busy")
    (waiting,) = load("systemd-waiting")
    old = [json.dumps({"MESSAGE": m, "_SYSTEMD_INVOCATION_ID": "old"})
           for m in busy.text.splitlines()[-2:]]  # fmt: skip
    found = read(waiting, "\n".join(old) + "\n" + waiting.text)
    assert {each.symptom for each in found} == {"peer-no-route"}


@pytest.mark.parametrize("journal", load("healthy") + load("recovered"), ids=str)
def test_nothing_is_suspicious_in_a_healthy_member(journal):
    assert suspicious(journal.text) == ()
    assert worth_a_look(journal.text) == ()


@pytest.mark.parametrize("journal", load("proofs"), ids=str)
def test_a_stranger_who_was_turned_away_is_not_suspicious(journal):
    assert suspicious(journal.text) == ()


def test_other_refusals_are_suspicious():
    for journal in load("eku-gateway") + load("ca-garbage"):
        assert suspicious(journal.text)


@pytest.mark.parametrize("stranger", ["192.0.2.50:4000", "[2001:db8::50]:4000"])
def test_a_stranger_with_a_foreign_certificate_is_not_suspicious(stranger):
    line = (
        '{"level":"warn","msg":"rejected connection on client endpoint","remote-addr":"%s",'
        '"error":"tls: failed to verify certificate: x509: certificate signed by unknown'
        ' authority"}'
    )
    members = ["192.0.2.11", "2001:db8::12"]
    assert suspicious(line % stranger, members) == ()
    assert suspicious(line % "192.0.2.11:4000", members) != ()
    assert suspicious(line % "[2001:db8::12]:4000", members) != ()


def test_a_peer_that_is_unknown_while_a_member_starts_is_not_suspicious():
    unknown = '{"level":"warn","msg":"failed to find remote peer in cluster"}'
    ready = '{"level":"info","msg":"ready to serve client requests"}'
    assert suspicious(f"{unknown}\n{ready}") == ()
    assert suspicious(f"{ready}\n{unknown}") != ()


@pytest.mark.parametrize(
    "name",
    [
        "unknown-variable",
        "plain-client-listener",
        "wrong-ca",
        "eku-server-only",
        "stale-data",
        "quota",
        "data-folder-mode",
    ],
)
def test_what_a_quorum_hides_is_suspicious(name):
    for journal in load(name):
        assert suspicious(journal.text), journal


def test_a_slow_leader_is_worth_a_look_and_no_more():
    for journal in load("slow"):
        assert suspicious(journal.text) == ()
        assert any("heartbeat" in line for line in worth_a_look(journal.text))


def test_without_a_journal_systemd_still_speaks():
    def symptom(**unit):
        found = diagnose("etcd1", "", unit=Unit(**{"load": "loaded", **unit}), spec=three())
        return [each.symptom for each in found]

    assert symptom(load="not-found") == ["unit-missing"]
    assert symptom(load="masked") == ["unit-masked"]
    assert symptom(active="failed", sub="failed", result="oom-kill") == ["out-of-memory"]
    assert symptom(active="failed", result="start-limit-hit") == ["unit-start-limit"]
    assert symptom(active="failed", result="exit-code") == ["etcd-exited"]
    assert symptom(active="inactive") == ["unit-not-running"]
    assert symptom(active="active", sub="running", pid=1) == []
    assert diagnose("etcd1", "", unit=RUNNING, spec=three()) == ()
