"""Journal: what services and service manager of a practice host said, as journalctl tells it."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass

from etcd_tui.practice.answer import Answer, unknown
from etcd_tui.practice.words import Words, WordsError

_MOST = 20_000
_LONGEST = 48 * 1024
"""Bytes of one line: systemd's own limit (journald.conf(5), LineMax=)."""
_FLAGS = frozenset(
    {"-q", "--quiet", "-b", "--boot", "--no-pager", "-e", "--pager-end", "-a", "--all"}
    | {"--no-hostname", "-m", "--merge", "--no-full", "--utc"}
)
_VALUES = {
    "-u": "unit",
    "--unit": "unit",
    "-o": "output",
    "--output": "output",
    "-n": "lines",
    "--lines": "lines",
    "-S": "since",
    "--since": "since",
    "--output-fields": "fields",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `time` in seconds since the epoch; `manager`: the service manager said it."""

    time: float
    unit: str
    message: bytes
    identifier: str
    pid: int
    run: str
    manager: bool


class Journal:
    """The last lines of one host, in memory: they end with the host."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._entries: deque[Entry] = deque(maxlen=_MOST)

    def say(self, unit: str, message: str, run: str = "") -> None:
        """Note a line of the service manager about `unit`."""
        self._add(Entry(time.time(), unit, message.encode(), "systemd", 1, run, True))

    def heard(self, unit: str, line: bytes, identifier: str, pid: int, run: str) -> None:
        """Note a line that a service printed."""
        self._add(Entry(time.time(), unit, line[:_LONGEST], identifier, pid, run, False))

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def answer(self, argv: list[str]) -> Answer:
        """Return what `journalctl` with these arguments prints."""
        try:
            words = Words.read(argv, _FLAGS, _VALUES)
            since = _moment(words.one("since"))
        except WordsError as error:
            return unknown(str(error))
        if words.rest:
            return unknown(f"journalctl {words.rest[0]}")
        units = {unit if "." in unit else f"{unit}.service" for unit in words.all("unit")}
        chosen = [
            entry
            for entry in self._entries
            if (not units or entry.unit in units) and entry.time >= since
        ]
        lines = words.one("lines")
        if lines.isdecimal():
            chosen = chosen[-int(lines) :] if int(lines) else []
        match words.one("output") or "short":
            case "json":
                printed = [self._json(entry) for entry in chosen]
            case "cat":
                printed = [entry.message for entry in chosen]
            case "short":
                printed = [self._short(entry) for entry in chosen]
            case other:
                return unknown(f"journalctl --output={other}")
        return Answer(0, b"".join(line + b"\n" for line in printed))

    def _short(self, entry: Entry) -> bytes:
        stamp = time.strftime("%b %d %H:%M:%S", time.localtime(entry.time))
        head = f"{stamp} {self._host} {entry.identifier}[{entry.pid}]: "
        return head.encode() + entry.message

    def _json(self, entry: Entry) -> bytes:
        fields: dict[str, object] = {
            "__REALTIME_TIMESTAMP": str(int(entry.time * 1_000_000)),
            "_HOSTNAME": self._host,
            "_PID": str(entry.pid),
            "SYSLOG_IDENTIFIER": entry.identifier,
            "MESSAGE": _message(entry.message),
        }
        prefix = "" if entry.manager else "_SYSTEMD_"
        fields["UNIT" if entry.manager else "_SYSTEMD_UNIT"] = entry.unit
        if entry.run:
            fields[f"{prefix}INVOCATION_ID"] = entry.run
        return json.dumps(fields).encode()


def _message(message: bytes) -> object:
    """Return text, or numbers for bytes that are none, as journalctl does."""
    try:
        return message.decode()
    except UnicodeDecodeError:
        return list(message)


def _moment(text: str) -> float:
    if not text:
        return 0.0
    if not text.startswith("@"):
        raise WordsError(f"journalctl --since={text}; write --since=@SECONDS")
    try:
        return float(text[1:])
    except ValueError:
        raise WordsError(f"journalctl --since={text}") from None
