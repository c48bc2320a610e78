"""The table: whole, consistent, and right for wordings that could not be provoked here.

`REFERENCE` holds fragments from etcd's source and documentation (3.6 and later, slow disks,
clocks, corruption: no such binary or hardware was at hand) and from systemd's; not seen in a
real journal.
"""

from __future__ import annotations

import re
import string

import pytest

from etcd_tui.diagnose.diagnosis import diagnose
from etcd_tui.diagnose.journal import records
from etcd_tui.diagnose.needle import needle
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.diagnose.symptoms import SYMPTOMS
from etcd_tui.diagnose.wording import NAMES

from .journals import RUNNING, every, three

REFERENCE = {
    "already-bootstrapped": "discovery failed error=member f1ee has already been bootstrapped",
    "address-not-on-host": "listen tcp6 [2001:db8::1]:2380: bind: cannot assign requested address",
    "certificate-name-not-allowed": '{"level":"warn","msg":"rejected connection on peer endpoint",'
    '"remote-addr":"192.0.2.13:41000","error":"client certificate authentication failed"}',
    "clock-drift": '{"level":"warn","msg":"prober found high clock drift","round-tripper-name":'
    '"ROUND_TRIPPER_SNAPSHOT","remote-peer-id":"1","clock-drift":"3.2s","rtt":"1ms"}',
    "connection-rejected": '{"level":"warn","msg":"rejected connection","remote-addr":'
    '"192.0.2.50:4000","error":"tls: unsupported SSLv2 handshake received"}',
    "data-corrupt": '{"level":"fatal","msg":"checkInitialHashKV failed","error":"found data'
    ' inconsistency with peers"}',
    "data-folder-not-permitted": '{"level":"warn","msg":"failed to start etcd","error":"cannot'
    ' access data directory: open /srv/etcd/.touch: permission denied"}',
    "disk-faulty": "panic: write /var/lib/etcd/member/snap/db: input/output error",
    "disk-slow": '{"level":"warn","msg":"slow fdatasync","took":"2.1s","expected-duration":"1s"}',
    "etcd-exited": "etcd.service: main process exited, code=exited, status=1/FAILURE",
    "learner-not-ready": '{"level":"warn","msg":"rejecting promote learner: learner is not ready",'
    '"learner-id":"1","ready-percent":0.9}',
    "listen-not-permitted": "listen tcp 192.0.2.11:2379: bind: permission denied",
    "member-id-mismatch": '{"level":"warn","msg":"rejected stream from remote peer because it was'
    ' removed","remote-peer-id":"1"}',
    "member-list-differs": "error validating peerURLs {ClusterID:1 Members:[]}: unmatched member"
    " while checking PeerURLs",
    "no-quorum": '{"level":"warn","msg":"failed to publish local member to cluster through raft",'
    '"error":"etcdserver: request timed out"}',
    "older-than-cluster": '{"level":"panic","msg":"invalid downgrade; server version is lower than'
    ' determined cluster version","current-server-version":"3.5.30",'
    '"determined-cluster-version":"3.6"}',
    "out-of-memory": "etcd.service: A process of this unit has been killed by the OOM killer.",
    "peer-name-unknown": "dial tcp: lookup etcd3 on 192.0.2.1:53: no such host",
    "quota-exceeded": "etcdserver: mvcc: database space exceeded",
    "requests-slow": '{"level":"warn","msg":"apply request took too long","took":"201ms"}',
    "architecture-not-supported": "etcd on unsupported platform without"
    " ETCD_UNSUPPORTED_ARCH=arm64 set",
    "tls-versions-differ": '{"level":"warn","msg":"rejected connection on client endpoint",'
    '"remote-addr":"192.0.2.13:1","error":"tls: client offered only unsupported versions: [302]"}',
    "too-many-open-files": "accept tcp 192.0.2.11:2379: accept4: too many open files",
    "unit-protocol": "etcd.service: Failed with result 'protocol'.",
    "unit-resources": "etcd.service: Failed with result 'resources'.",
    "unit-step-failed": "etcd.service: Main process exited, code=exited, status=243/CREDENTIALS",
    "unit-not-running": "etcd.service is inactive",
    "unknown-peer": '{"level":"warn","msg":"failed to find remote peer in cluster",'
    '"local-member-id":"1","remote-peer-id-from":"2"}',
    "url-malformed": "URL scheme must be http, https, unix, or unixs: ftp://192.0.2.11:2380",
    "v2-data": '{"level":"fatal","msg":"detected disallowed v2store content"}',
    "version-too-far": '{"level":"warn","msg":"cluster version of remote member is not compatible;'
    ' too low","minimum-cluster-version-supported":"3.5"}',
    "wal-damaged": '{"level":"fatal","msg":"failed to read WAL, cannot be repaired","error":"x"}',
}


@pytest.mark.parametrize("key", REFERENCE)
def test_a_wording_of_the_reference_gives_its_symptom(key):
    found = diagnose("etcd1", REFERENCE[key], unit=RUNNING, spec=three())
    assert [each.symptom for each in found] == [key]


def test_every_symptom_is_provoked_or_taken_from_the_reference():
    provoked = {journal.expect for journal in every()}
    provoked |= {"client-without-certificate", "client-without-tls", "unit-start-limit"}
    table = {symptom.key for symptom in SYMPTOMS if symptom.rank is not Rank.HARMLESS}
    assert table - provoked - REFERENCE.keys() == set()


def test_looking_for_the_needle_first_changes_nothing():
    patterns = [pattern for symptom in SYMPTOMS for pattern in symptom.patterns]
    assert all(len(needle(pattern)) > 3 for pattern in patterns)
    said = {r.said for j in every() if j.version == "3.5.30" for r in records(j.text)}
    said |= {r.said for line in REFERENCE.values() for r in records(line)}
    for pattern in patterns:
        for line in said:
            assert needle(pattern) in line or not re.search(pattern, line), pattern


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"one (?:two|three) four$", " four"),
        (r"listen tcp\d? (?P<a>\S+:(?P<b>\d+)): busy now please", ": busy now please"),
        (r"is \((?P<a>[^)]*)\) here", ") here"),
        (r"colou?r(?:ed )?(?!x)", "colo"),
        (r"a{2,3}bc", "bc"),
        (r"one|two", ""),
    ],
)
def test_a_needle_is_what_every_match_contains(pattern, text):
    assert needle(pattern) == text


def test_keys_are_unique_kebab_case():
    keys = [symptom.key for symptom in SYMPTOMS]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.key)
def test_every_pattern_fills_every_placeholder(symptom):
    asked = {
        name
        for text in (symptom.cause, symptom.fix)
        for _, name, spec, conversion in string.Formatter().parse(text)
        if name is not None and not spec and not conversion
    }
    for pattern in symptom.patterns:
        assert asked <= set(NAMES) | set(re.compile(pattern).groupindex), pattern
    names_peer = any(name.startswith("peer") for name in asked)
    assert names_peer <= (symptom.about_peer or "{peer" in symptom.cause)


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.key)
def test_texts_are_whole_sentences(symptom):
    assert symptom.cause.endswith((".", "}"))
    assert symptom.fix.endswith((".", "?"))


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"warn","msg":"simple token is not cryptographically signed"}',
        '{"level":"info","msg":"failed to detect default host","error":"address family not'
        ' supported by protocol"}',
        '{"level":"warn","msg":"Running http and grpc server on single port. This is not'
        ' recommended for production."}',
    ],
)
def test_harmless_lines_are_no_cause(line):
    assert diagnose("etcd1", line, unit=RUNNING, spec=three()) == ()


def test_an_unknown_end_is_quoted():
    line = '{"level":"fatal","msg":"something new","error":"nobody knows"}'
    (found,) = diagnose("etcd1", line, unit=RUNNING, spec=three())
    assert found.symptom == "unrecognised"
    assert found.cause == "etcd on etcd1 ended with: something new error=nobody knows"
    assert found.evidence in found.cause


def test_strangers_and_ipv6_members_are_named():
    line = (
        '{"level":"warn","msg":"rejected connection on peer endpoint","remote-addr":'
        '"[2001:db8::9]:4000","error":"tls: client didn\'t provide a certificate"}'
    )
    (found,) = diagnose("etcd1", line, unit=RUNNING, spec=three())
    assert found.cause.startswith("2001:db8::9 connected to etcd1")
