"""enter: run a command on a host of the demo that runs, over SSH like everything else."""

from __future__ import annotations

from pathlib import Path

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.practice.folder import Demos
from etcd_tui.remote.connect import connect
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.transport import Result
from etcd_tui.spec.reader import load


async def enter(state_root: Path, host: str, command: str) -> Result:
    """Run `command` as root on practice host `host` of the demo that began last.

    UsageError where no demo runs below `state_root` or it has no such host; HostsError as
    `connect` raises it.
    """
    running = Demos(state_root).running()
    if not running:
        raise UsageError(
            _("No demo runs here."),
            remedy=_("Start one, in another terminal or with --headless --keep."),
        )
    spec, _warnings = load(running[0].answers)
    names = [node.name for node in spec.nodes]
    if host not in names:
        raise UsageError(
            _("The demo has no host {name}.").format(name=host),
            remedy=_("Its hosts: {names}.").format(names=", ".join(names)),
        )
    transport = await connect(spec.node(host), Secrets(None))
    try:
        # It may wait for a program that says nothing meanwhile.
        return await transport.run(command, timeout=600.0)
    finally:
        await transport.close()
