"""Read one member's journal, with what systemd says of its unit, or follow it."""

from __future__ import annotations

import math
import re
import shlex
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from etcd_tui.diagnose.journal import JOURNALCTL
from etcd_tui.observe.facts import Unit
from etcd_tui.observe.parse import parse_unit
from etcd_tui.remote import sanitise
from etcd_tui.remote.lines import Tell
from etcd_tui.remote.transport import Transport

_MARK = "journal:"
_PACKED = "packed journal:"
# Ages, because the hosts' clocks differ; /proc/uptime counts as systemd's monotonic times do.
# $unit is there for `asking`, as is $root, a practice host's disk.
_HEAD = """\
unit=$(systemctl show etcd.service -p LoadState,ActiveState,SubState,Result,UnitFileState,MainPID \\
  -p NRestarts,FragmentPath,DropInPaths,NeedDaemonReload,ExecMainStartTimestampMonotonic)
printf '%s\\n' "$unit"
date +now=%s.%N
read -r up _ </proc/uptime; echo "up=$up"
root=${ETCD_TUI_ROOT-}
cd "$root/"
[ $# = 0 ] || stat -c changed=%Y "$@" 2>/dev/null
"""
# A journal is long, says the same again and again, and the way may be slow.
_TAIL = f"""\
if command -v gzip >/dev/null; then echo {_PACKED}; {shlex.join(JOURNALCTL)} | gzip -c
else echo {_MARK}; {shlex.join(JOURNALCTL)}; fi
"""
# A journalctl whose reader is gone may only notice with the next line, so the shell ends it.
_FOLLOW = """\
journalctl --unit=etcd.service --follow --quiet --no-pager --output=cat "$@" 2>/dev/null &
read -r _ || :
kill $!"""
_MARGIN = 2
_LATEST = 50
_MOST = 4 << 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What one host said of its member. Times in seconds; ages None where unknown."""

    journal: str
    unit: Unit
    now: float = 0.0
    """The host's clock, since the epoch."""
    started: float | None = None
    """How long ago etcd was started."""
    changed: float | None = None
    """How long ago the newest of the files asked about was written."""
    said: tuple[tuple[str, str], ...] = ()
    """Every other `key=value` that it said before its journal."""

    @property
    def settled(self) -> float | None:
        """How long the member has been what it is: since its start, or its newest file."""
        ages = [age for age in (self.started, self.changed) if age is not None]
        return min(ages) if self.started is not None else None


async def hear(transport: Transport, files: Sequence[str] = (), asking: str = "") -> Heard:
    """Ask one host for its journal, its unit, and how old process and `files` are.

    `asking` is more sh whose output, `key=value` a line, is in `said`; its folder is the root of
    the host's disk. All is empty if the host could not be asked, or its journal not be unpacked.
    """
    more = f"{{\n{asking}}} 2>/dev/null\n" if asking else ""
    below = (file.lstrip("/") for file in files)
    result = await transport.run(f"{_HEAD}{more}{_TAIL}", *below, timeout=20)
    try:
        head, journal = _parted(result.stdout)
    except zlib.error:
        return Heard("", parse_unit([]))
    lines = head.splitlines()
    pairs = [(key, value) for key, _, value in (line.partition("=") for line in lines)]
    said = dict(pairs)
    now, up = _number(said.get("now")), _number(said.get("up"))
    began = _number(said.get("ExecMainStartTimestampMonotonic"))
    changed = [_number(value) for key, value in pairs if key == "changed"]
    return Heard(
        journal,
        parse_unit(lines),
        now,
        started=max(0.0, up - began / 1_000_000) if up and began else None,
        changed=max(0.0, now - max(changed)) if now and changed else None,
        said=tuple(pairs),
    )


def _parted(said: bytes) -> tuple[str, str]:
    """Return what a host said before its journal, and the journal; zlib.error if that is none."""
    head, packed, journal = said.partition(f"{_PACKED}\n".encode())
    if packed and journal:
        journal = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(journal, _MOST)
    elif not packed:
        head, _mark, journal = said.partition(f"{_MARK}\n".encode())
    return sanitise.text(head, limit=_MOST), sanitise.text(journal, limit=_MOST)


async def read_journal(transport: Transport) -> tuple[str, Unit]:
    """Return (journal text, unit); both are empty if the host could not be asked."""
    heard = await hear(transport)
    return heard.journal, heard.unit


def _number(text: str | None) -> float:
    """Return a decimal number; 0 for what is none, such as busybox's %N."""
    match = re.match(r"\d{1,18}(?:\.\d+)?", text or "")
    return float(match[0]) if match else 0.0


async def follow_journal(transport: Transport, since: float | None, tell: Tell) -> None:
    """Tell the journal's lines as they are written, from `since` seconds ago on.

    A little earlier, for the question takes its time; without `since` from the latest 50 lines on.
    Ends and behaves as `Transport.follow`.
    """
    # --no-tail: until systemd 251 --follow shows only ten lines of what was there before.
    where = (
        (f"--lines={_LATEST}",)
        if since is None
        else ("--no-tail", f"--since=-{math.ceil(since) + _MARGIN}s")
    )
    await transport.follow(_FOLLOW, *where, tell=tell)
