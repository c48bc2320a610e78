"""Records: what `journalctl` printed about etcd.service, line by line, whatever its form.

Ask a host for it with `JOURNALCTL`. The JSON form keeps together what the text form tears apart:
messages of several lines, and the invocation to which a line belongs, so that the causes of an
earlier start are told from those of this one. Also read: `-o cat`, `-o short`, and a line that
the sanitiser has cut. Nothing in here raises for what a host printed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from etcd_tui.remote import sanitise

# --output-fields: systemd 236 or later; without it the records are the same, and five times as
# long. 2000 lines: a member that waits for its quorum writes some ten lines a second.
JOURNALCTL = (
    "journalctl",
    "--unit=etcd.service",
    "--boot",
    "--quiet",
    "--no-pager",
    "--output=json",
    "--output-fields=MESSAGE,INVOCATION_ID,_SYSTEMD_INVOCATION_ID",
    "--lines=2000",
)
"""The arguments of the command whose output `records` reads."""

_LONGEST = 600
_UNTOLD = frozenset({"level", "ts", "caller", "msg", "logger", "stacktrace"})
_PAIR = re.compile(r'"([\w-]+)":\s*(?:"((?:[^"\\]|\\.)*)"|(-?[\d.]+|true|false))')
_UNFINISHED = re.compile(r'"MESSAGE":\s*"((?:[^"\\]|\\.)*)')
_SHORT = re.compile(r"^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ [\w.-]+(?:\[\d+\])?: (.*)$", re.S)
# etcd 3.4 until its logger is set up: 2026-11-23 06:19:28.55 E | etcdmain: error verifying flags
_CAPNSLOG = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ ([A-Z]) \| (?:[\w/]+: )?(.*)$", re.S)
_CAPNSLOG_LEVELS = {"C": "fatal", "E": "error", "W": "warn", "N": "info", "I": "info", "D": "debug"}


@dataclass(frozen=True, slots=True)
class Record:
    """One message of etcd or of systemd about etcd.

    `said` is what patterns are matched against: etcd's `msg`, then its other fields as
    `name=value` in their order; for text without structure, the text. All values are printable
    and on one line. `level` is etcd's own (`warn`, `error`, `fatal`, `panic`, …), empty for
    systemd's messages and for panics. `run` is systemd's invocation ID, empty where unknown.
    `at` is when it was written, in seconds since the epoch by the host's clock; 0: unknown.
    """

    said: str
    level: str = ""
    msg: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    run: str = ""
    at: float = 0.0

    def field(self, name: str) -> str:
        """Return etcd's field `name`, empty if the line has none."""
        return next((value for key, value in self.fields if key == name), "")


def records(journal: str) -> tuple[Record, ...]:
    """Read what `journalctl` printed; lines that say nothing are left out."""
    found = (_line(line) for line in journal.splitlines() if line.strip())
    return tuple(record for record in found if record.said)


def one_line(text: str) -> str:
    """Return `text` printable, on one line and no longer than a screen can show.

    The journal was sanitised as a whole, but JSON hides control characters in its escapes.
    """
    if len(text) <= _LONGEST and text.isascii() and text.isprintable():
        return text
    return sanitise.text(" ".join(sanitise.text(text).split()), limit=_LONGEST)


def _line(line: str) -> Record:
    if not line.startswith("{"):
        short = _SHORT.match(line)
        return _message(short[1] if short else line, "")
    entry = _object(line)
    if "MESSAGE" not in entry:
        return _message(line, "")
    run = entry.get("_SYSTEMD_INVOCATION_ID") or entry.get("INVOCATION_ID") or ""
    record = _message(_printed(entry["MESSAGE"]), run if isinstance(run, str) else "")
    return replace(record, at=_seconds(entry.get("__REALTIME_TIMESTAMP")))


def _seconds(microseconds: object) -> float:
    """Return journald's timestamp in seconds; 0 for what is none."""
    text = microseconds if isinstance(microseconds, str) else ""
    return int(text) / 1_000_000 if text.isascii() and text.isdigit() and len(text) < 20 else 0.0


def _message(message: str, run: str) -> Record:
    if message.startswith("{"):
        entry = _object(message)
        msg = entry.get("msg")
        if isinstance(msg, str):
            return _zap(msg, entry, run)
    capnslog = _CAPNSLOG.match(message)
    if capnslog:
        said = one_line(capnslog[2])
        return Record(said, level=_CAPNSLOG_LEVELS.get(capnslog[1], ""), msg=said, run=run)
    said = one_line(message)
    return Record(said, msg=said, run=run)


def _zap(msg: str, entry: dict[str, object], run: str) -> Record:
    level = entry.get("level")
    fields = tuple(
        (one_line(key), one_line(_plain(value)))
        for key, value in entry.items()
        if key not in _UNTOLD
    )
    msg = one_line(msg)
    said = " ".join([msg, *(f"{key}={value}" for key, value in fields)])
    return Record(said, level if isinstance(level, str) else "", msg, fields, run)


def _object(text: str) -> dict[str, object]:
    """Read a JSON object, or what is whole in one that was cut."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        pairs = {key: bare or _unescaped(string) for key, string, bare in _PAIR.findall(text)}
        unfinished = _UNFINISHED.search(text)
        if unfinished and "MESSAGE" not in pairs:
            pairs["MESSAGE"] = _unescaped(unfinished[1])
        return dict(pairs)
    return found if isinstance(found, dict) else {}


def _unescaped(string: str) -> str:
    try:
        return str(json.loads(f'"{string}"'))
    except ValueError:
        return string


def _printed(message: object) -> str:
    """Return a journal entry's message; journalctl writes bytes as numbers where it is no text."""
    if isinstance(message, list):
        numbers = [n for n in message if isinstance(n, int) and 0 <= n < 256]
        return sanitise.text(bytes(numbers))
    return message if isinstance(message, str) else ""


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_plain(item) for item in value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
