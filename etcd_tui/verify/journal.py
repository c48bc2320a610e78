"""Read one member's journal, with what systemd says of its unit, or follow it."""

from __future__ import annotations

import math
import shlex

from etcd_tui.diagnose.journal import JOURNALCTL
from etcd_tui.observe.facts import Unit
from etcd_tui.observe.parse import parse_unit
from etcd_tui.remote import sanitise
from etcd_tui.remote.lines import Tell
from etcd_tui.remote.transport import Transport

_MARK = "journal:"
_SCRIPT = f"""\
systemctl show etcd.service -p LoadState,ActiveState,SubState,Result,UnitFileState,MainPID \\
  -p NRestarts,FragmentPath,DropInPaths,NeedDaemonReload
echo {_MARK}
{shlex.join(JOURNALCTL)}"""
# A journalctl whose reader is gone may only notice with the next line, so the shell ends it.
_FOLLOW = """\
journalctl --unit=etcd.service --follow --quiet --no-pager --output=cat "$@" 2>/dev/null &
read -r _ || :
kill $!"""
_MARGIN = 2
_LATEST = 50


async def read_journal(transport: Transport) -> tuple[str, Unit]:
    """Return (journal text, unit); both are empty if the host could not be asked."""
    result = await transport.run(_SCRIPT, timeout=20)
    clean = sanitise.text(result.stdout, limit=4 << 20)
    head, _, journal = clean.partition(f"{_MARK}\n")
    return journal, parse_unit(head.splitlines())


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
