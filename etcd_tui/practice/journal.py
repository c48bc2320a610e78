"""Journal: what services and service manager of a practice host said, as journalctl tells it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from etcd_tui.practice.answer import Answer, unknown
from etcd_tui.practice.words import Words, WordsError

_MOST = 20_000
_LONGEST = 48 * 1024
"""Bytes of one line: systemd's own limit (journald.conf(5), LineMax=)."""
_FLAGS = frozenset(
    {"-q", "--quiet", "-b", "--boot", "--no-pager", "-e", "--pager-end", "-a", "--all"}
    | {"--no-hostname", "-m", "--merge", "--no-full", "--utc", "-f", "--follow", "--no-tail"}
)
_TAIL = 10
"""Lines before the first new one that --follow shows."""
_AGO = re.compile(r"-(\d+)(?:s|sec)?")
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
        self._followers: list[asyncio.Queue[Entry]] = []

    def say(self, unit: str, message: str, run: str = "") -> None:
        """Note a line of the service manager about `unit`."""
        self._add(Entry(time.time(), unit, message.encode(), "systemd", 1, run, True))

    def heard(self, unit: str, line: bytes, identifier: str, pid: int, run: str) -> None:
        """Note a line that a service printed."""
        self._add(Entry(time.time(), unit, line[:_LONGEST], identifier, pid, run, False))

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        for follower in self._followers:
            if not follower.full():
                follower.put_nowait(entry)

    def answer(self, argv: list[str]) -> Answer:
        """Return what `journalctl` with these arguments prints."""
        try:
            words = Words.read(argv, _FLAGS, _VALUES)
            since = _moment(words.one("since"))
        except WordsError as error:
            return unknown(str(error))
        if words.rest:
            return unknown(f"journalctl {words.rest[0]}")
        forms: dict[str, Callable[[Entry], bytes]] = {
            "json": self._json,
            "cat": lambda entry: entry.message,
            "short": self._short,
        }
        form = forms.get(words.one("output") or "short")
        if form is None:
            return unknown(f"journalctl --output={words.one('output')}")
        units = {unit if "." in unit else f"{unit}.service" for unit in words.all("unit")}

        def wanted(entry: Entry) -> bool:
            return (not units or entry.unit in units) and entry.time >= since

        chosen = [entry for entry in self._entries if wanted(entry)]
        follows = words.has("-f", "--follow")
        lines = words.one("lines")
        if not lines and follows and not words.has("--no-tail"):
            lines = str(_TAIL)
        if lines.isdecimal():
            chosen = chosen[-int(lines) :] if int(lines) else []
        shown = b"".join(form(entry) + b"\n" for entry in chosen)
        return Answer(0, shown, more=self._new(wanted, form) if follows else None)

    async def _new(
        self, wanted: Callable[[Entry], bool], form: Callable[[Entry], bytes]
    ) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[Entry] = asyncio.Queue(_MOST)
        self._followers.append(queue)
        try:
            while True:
                entry = await queue.get()
                if wanted(entry):
                    yield form(entry) + b"\n"
        finally:
            self._followers.remove(queue)

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
    ago = _AGO.fullmatch(text)
    if ago:
        return time.time() - int(ago[1])
    if text.startswith("@") and text[1:].replace(".", "", 1).isdecimal():
        return float(text[1:])
    raise WordsError(f"journalctl --since={text}; write -SECONDSs or @SECONDS")
