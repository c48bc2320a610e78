"""Read one member's journal, and what systemd says of its unit."""

from __future__ import annotations

import shlex

from etcd_tui.diagnose.journal import JOURNALCTL
from etcd_tui.observe.facts import Unit
from etcd_tui.observe.parse import parse_unit
from etcd_tui.remote import sanitise
from etcd_tui.remote.transport import Transport

_MARK = "journal:"
_SCRIPT = f"""\
systemctl show etcd.service -p LoadState,ActiveState,SubState,Result,UnitFileState,MainPID \\
  -p NRestarts,FragmentPath,DropInPaths,NeedDaemonReload
echo {_MARK}
{shlex.join(JOURNALCTL)}"""


async def read_journal(transport: Transport) -> tuple[str, Unit]:
    """Return (journal text, unit); both are empty if the host could not be asked."""
    result = await transport.run(_SCRIPT, timeout=20)
    clean = sanitise.text(result.stdout, limit=4 << 20)
    head, _, journal = clean.partition(f"{_MARK}\n")
    return journal, parse_unit(head.splitlines())
