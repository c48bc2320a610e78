"""The data folder, the disk under it and what is stored in it (rows 26 to 35, 40, 45, 47)."""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.i18n import N_

_REPLACE = N_(
    "Replace the member. On a healthy one: `etcdctl member list`, `etcdctl member remove ID`,"
    " `etcdctl member add {host} --peer-urls={url}`; on {host}: `mv {data} {data}.old`, start with"
    " ETCD_INITIAL_CLUSTER_STATE=existing. A single member needs a snapshot: `etcdutl snapshot"
    " restore`."
)

SYMPTOMS = (
    Symptom(
        "disk-full",
        Rank.STOPPED,
        (r"no space left on device", r"disk quota exceeded"),
        N_("The disk that holds {data} is full on {host}."),
        N_(
            "See `df -h {data}` and `df -i {data}` on {host} and free some space (a start needs 64"
            " MB, twice), then run etcd-tui install again."
        ),
    ),
    Symptom(
        "disk-read-only",
        Rank.STOPPED,
        (r" (?P<path>/\S+): read-only file system",),
        N_("{path} on {host} cannot be written: the file system is read-only."),
        N_(
            "See `findmnt -T {path}` and `dmesg -T | tail` on {host} (a faulty disk turns"
            " read-only), or a drop-in with ProtectSystem= in `systemctl cat etcd`."
        ),
    ),
    Symptom(
        "disk-faulty",
        Rank.STOPPED,
        (r" (?P<path>/\S+): input/output error",),
        N_("The disk under {path} on {host} reports errors."),
        N_("See `dmesg -T | tail -n 50` on {host}; replace the disk, then the member."),
    ),
    Symptom(
        "data-folder-not-permitted",
        Rank.STOPPED,
        (
            r"cannot access data directory: .*? (?P<path>/\S+): permission denied",
            r"failed to list data directory dir=(?P<path>\S+) error=.*permission denied",
            r"failed to (?:create|open|write|rename|read)\b.* error=\w+ (?P<path>/\S+): permission"
            r" denied",
            r"panic: .*? (?P<path>/\S+): permission denied",
        ),
        N_("etcd on {host} runs as {user} and may not use {path}."),
        N_(
            "Type on {host}: `chown -R {user}: {data} && chmod 700 {data}`; the folders above must"
            " let {user} in, and SELinux too (`restorecon -Rv {data}`)."
        ),
    ),
    Symptom(
        "wal-damaged",
        Rank.STOPPED,
        (
            r"walpb: crc mismatch",
            r"wal: (?P<reason>.*(?:crc mismatch|slice bounds|file not found|max entry size).*)",
            r"discovery failed error=(?:proto: |unexpected EOF)",
            r"failed to read WAL",
            r"failed to open WAL",
        ),
        N_("The write-ahead log of {host} is damaged ({data}/member/wal)."),
        _REPLACE,
    ),
    Symptom(
        "database-damaged",
        Rank.STOPPED,
        (
            r"failed to open database",
            r"database file .* of the backend is missing",
            r"failed to recover v3 backend from snapshot",
            r"failed to find \[?database snapshot file",
            r"panic: .*(?:freelist|page \d+|invalid database|bolt|bbolt)",
        ),
        N_("The database of {host} is damaged or missing ({data}/member/snap/db)."),
        _REPLACE,
    ),
    Symptom(
        "data-corrupt",
        Rank.BROKEN,
        (
            r"checkInitialHashKV failed",
            r"alarm raised.*CORRUPT",
            r"found data inconsistency with peers",
            r"found hash mismatch",
            r"data corruption detected",
        ),
        N_("The data of {host} differs from that of other members."),
        _REPLACE,
        until=r"alarm disarmed.*CORRUPT",
    ),
    Symptom(
        "database-locked",
        Rank.BROKEN,
        (r"db file is flocked by another process, or taking too long path=(?P<path>\S+)",),
        N_("Another etcd on {host} holds {path}, and this one waits for it."),
        N_("See which: `fuser -v {path}` (or `pgrep -a etcd`) on {host}; stop that one."),
        until=r"opened backend db",
    ),
    Symptom(
        "quota-exceeded",
        Rank.BROKEN,
        (
            r"mvcc: database space exceeded",
            r"alarm raised.*NOSPACE",
            r"serving /health false due to an alarm.*NOSPACE",
            r"alarm.*NOSPACE",
        ),
        N_("The database has reached its quota: {host} takes no more writes."),
        N_(
            "Make room: `etcdctl compact REVISION` (from `etcdctl endpoint status -w json`),"
            " `etcdctl defrag` member by member, `etcdctl alarm disarm`; then raise"
            " tuning.quota_backend_bytes."
        ),
        until=r"alarm disarmed",
    ),
    Symptom(
        "v2-data",
        Rank.STOPPED,
        (r"detected (?:custom|disallowed) v2store content", r"illegal v2store content"),
        N_("{host} holds data of etcd's version 2, which etcd 3.6 does not read."),
        N_(
            "Go back to 3.5.32 or later, see what is there with `etcdutl check v2store"
            " --data-dir={data}`, remove it, then upgrade."
        ),
    ),
    Symptom(
        "disk-slow",
        Rank.NOTICE,
        (
            r"leader failed to send out heartbeat on time",
            r"slow fdatasync",
            r"sync duration of .*expected less than",
            r"failed to send out heartbeat on time",
        ),
        N_("The disk or the processor of {host} is too slow at times: heartbeats are late."),
        N_(
            "Measure the disk (99 % of writes under 10 ms): etcd-tui check; give {data} an SSD of"
            " its own, or raise tuning.heartbeat_interval and election_timeout."
        ),
    ),
    Symptom(
        "requests-slow",
        Rank.NOTICE,
        (
            r"apply request took too long",
            r"request .* took too long .*to execute",
            r"waiting for ReadIndex response took too long",
        ),
        N_("Some requests took {host} longer than 100 ms."),
        N_("Now and then that is normal. If it stays, look at the disk: etcd-tui check."),
    ),
    Symptom(
        "wal-repaired",
        Rank.NOTICE,
        (
            r"(?P<file>[\w-]+\.wal\.broken)",
            r"(?P<file>repaired WAL file).*",
            r"(?P<file>torn entry).*",
            r"(?P<file>ignored file in WAL directory.*)",
        ),
        N_("etcd on {host} repaired the end of its write-ahead log after a crash ({file})."),
        N_("Nothing to do but to watch it; if it comes again, look at disk and power."),
    ),
    Symptom(
        "data-folder-mode",
        Rank.NOTICE,
        (r"check file permission.*\"(?P<path>/[^\"]+)\".*permission is \"(?P<mode>[^\"]+)",),
        N_("{path} on {host} can be entered by others (its mode is {mode})."),
        N_("Type `chmod 700 {path}` on {host}, or run etcd-tui install again."),
    ),
    Symptom(
        "data-folder-foreign-file",
        Rank.NOTICE,
        (r"found invalid file under data directory filename=(?P<file>.+?) data-dir=(?P<path>\S+)",
         r"found invalid file/dir (?P<file>\S+) under data dir (?P<path>\S+)"),
        N_("{path} on {host} holds something that is not etcd's: {file}."),
        N_(
            "Move it away. `lost+found` means that the folder is a mount point: then set"
            " paths.data to a folder inside it."
        ),
    ),
)  # fmt: skip
