"""Every row of the reference's table of symptoms is known, by the fragment that stands there."""

from __future__ import annotations

import pytest

from etcd_tui.diagnose.finding import findings
from etcd_tui.diagnose.journal import records

ROWS = [
    (1, "request cluster ID mismatch", "cluster-id-mismatch"),
    (1, "request sent was ignored by remote peer due to cluster ID mismatch",
        "cluster-id-mismatch"),
    (1, "request sent was ignored due to cluster ID mismatch", "cluster-id-mismatch"),
    (2, "member a1b2c3d4e5f60718 has already been bootstrapped", "already-bootstrapped"),
    (3, "panic: tocommit(9) is out of range [lastIndex(0)]", "data-lost"),
    (4, "the member has been permanently removed from the cluster", "member-removed"),
    (4, "data-dir used by this member must be removed", "member-removed"),
    (5, "cannot fetch cluster info from peer urls: could not retrieve", "no-member-answers"),
    (6, "error validating peerURLs {X}: member count is unequal", "member-list-differs"),
    (6, "PeerURLs: no match found for existing member (1, [x])", "member-list-differs"),
    (7, 'couldn\'t find local name "X" in the initial cluster configuration',
        "name-not-in-cluster"),
    (8, "--initial-cluster has n1=https://a:2380 but missing from"
        " --initial-advertise-peer-urls=https://b:2380", "advertised-url-differs"),
    (9, "initial cluster n1=x,n2=x has duplicate url", "duplicate-peer-url"),
    (10, "failed to publish local member to cluster through raft", "no-quorum"),
    (11, "dial tcp 192.0.2.13:2380: connect: connection refused", "peer-refused"),
    (11, "dial tcp 192.0.2.13:2380: i/o timeout", "peer-silent"),
    (11, "dial tcp 192.0.2.13:2380: connect: no route to host", "peer-no-route"),
    (12, "x509: certificate specifies an incompatible key usage", "certificate-key-usage"),
    (14, "x509: certificate has expired or is not yet valid: current time A is after B",
        "certificate-expired"),
    (15, "x509: certificate has expired or is not yet valid: current time A is before B",
        "certificate-not-yet-valid"),
    (16, "x509: certificate signed by unknown authority", "certificate-unknown-authority"),
    (16, "remote error: tls: bad certificate", "own-certificate-refused"),
    (16, "remote error: tls: unknown certificate authority", "own-certificate-refused"),
    (17, "x509: certificate is valid for 192.0.2.1, not 192.0.2.2", "certificate-wrong-address"),
    (18, 'tls: "192.0.2.2" does not match any of DNSNames ["a"]', "certificate-wrong-name"),
    (19, "x509: cannot validate certificate for 192.0.2.2 because it doesn't contain any IP SANs",
        "certificate-without-address"),
    (20, "tls: client didn't provide a certificate", "client-without-certificate"),
    (21, "tls: first record does not look like a TLS handshake", "client-without-tls"),
    (22, "listener failed: open /etc/etcd/x.pem: no such file or directory",
        "certificate-file-missing"),
    (22, "listener failed: open /etc/etcd/x.pem: permission denied", "certificate-file-unreadable"),
    (22, "listener failed: tls: private key does not match public key", "key-mismatch"),
    (22, "listener failed: tls: private key type does not match public key type", "key-mismatch"),
    (22, "listener failed: tls: failed to parse private key", "key-unreadable"),
    (23, "registerGateway failed: tls: private key does not match public key", "key-mismatch"),
    (24, "listen tcp 192.0.2.1:2380: bind: address already in use", "port-busy"),
    (25, "listen tcp 192.0.2.1:2380: bind: cannot assign requested address", "address-not-on-host"),
    (26, "db file is flocked by another process, or taking too long path=/var/lib/etcd/db",
        "database-locked"),
    (27, "cannot access data directory: mkdir /var/lib/etcd: permission denied",
        "data-folder-not-permitted"),
    (27, "failed to list data directory dir=/var/lib/etcd error=open: permission denied",
        "data-folder-not-permitted"),
    (28, 'check file permission error=directory "/d" exist, but the permission is "drwxr-xr-x". The'
        ' recommended permission is "-rwx------"', "data-folder-mode"),
    (29, "found invalid file under data directory filename=lost+found data-dir=/d",
        "data-folder-foreign-file"),
    (30, "failed to preallocate an initial WAL file: no space left on device", "disk-full"),
    (31, "failed to commit tx error=write /d/db: no space left on device", "disk-full"),
    (32, "discovery failed error=walpb: crc mismatch", "wal-damaged"),
    (33, "panic: failed to open database: invalid database", "database-damaged"),
    (33, "database file /d/db of the backend is missing", "database-damaged"),
    (34, "ignored file in WAL directory 0-0.wal.broken", "wal-repaired"),
    (35, "etcdserver: mvcc: database space exceeded", "quota-exceeded"),
    (35, "alarm raised alarm=NOSPACE", "quota-exceeded"),
    (35, "serving /health false due to an alarm alarm=NOSPACE", "quota-exceeded"),
    (36, 'conflicting environment variable "ETCD_NAME" is shadowed by flag', "variable-shadowed"),
    (37, "unrecognized environment variable environment-variable=ETCD_X", "variable-unknown"),
    (38, "failed to verify flags error=expected IP", "setting-invalid"),
    (38, "flag provided but not defined: -x", "option-unknown"),
    (39, "prober found high clock drift clock-drift=3.2s", "clock-drift"),
    (40, "leader failed to send out heartbeat on time; took too long, leader is overloaded likely"
        " from slow disk", "disk-slow"),
    (40, "slow fdatasync", "disk-slow"),
    (40, "apply request took too long", "requests-slow"),
    (41, "rejecting member add request; not enough healthy members", "members-not-connected"),
    (41, "local member has not been connected to all peers", "members-not-connected"),
    (42, "rejecting promote learner: learner is not ready", "learner-not-ready"),
    (43, "cluster cannot be downgraded (current version: 3.4.23 is lower than determined cluster"
        " version: 3.5)", "older-than-cluster"),
    (43, "invalid downgrade; server version is lower than determined cluster version"
        " current-server-version=3.5.0 determined-cluster-version=3.6", "older-than-cluster"),
    (44, "cluster version of remote member is not compatible; too low", "version-too-far"),
    (44, "incompatible with current running cluster", "version-too-far"),
    (45, "detected custom v2store content", "v2-data"),
    (45, "illegal v2store content", "v2-data"),
    (46, "file descriptor limit of etcd process is too low limit=150", "file-limit-too-low"),
    (47, "checkInitialHashKV failed", "data-corrupt"),
    (47, "alarm raised alarm=CORRUPT", "data-corrupt"),
    (48, "scheme is HTTP while key and cert files are present; ignoring", "plain-text-listener"),
    (49, "simple token is not cryptographically signed", "token-simple"),
    (50, "failed to detect default host error=address family not supported",
        "default-host-unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "line", "key"), ROWS)
def test_a_row_of_the_reference_is_known(row: int, line: str, key: str) -> None:
    found = findings(records(line))
    assert [finding.symptom.key for finding in found] == [key]


def test_no_row_is_left_out() -> None:
    # 13 is row 12 seen from the other end: the same words.
    assert {row for row, _line, _key in ROWS} == set(range(1, 51)) - {13}
