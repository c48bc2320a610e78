"""OnlyPractice: a backend that works on practice hosts and on no other, whatever is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from etcd_tui.apply.events import Finished, Reader
from etcd_tui.errors import Exit
from etcd_tui.i18n import _
from etcd_tui.spec.model import Node
from etcd_tui.tui.conductor import Backend, Job


class OnlyPractice:
    """Passes jobs on whose hosts are among `nodes`, entered in the same way; refuses all others."""

    def __init__(self, backend: Backend, nodes: Iterable[Node]) -> None:
        self._backend = backend
        self._ways = {_way(node) for node in nodes}

    async def run(self, job: Job, reader: Reader, stop: asyncio.Event) -> Finished:
        """Do `job`, or tell and return why not."""
        others = [node.name for node in job.spec.nodes if _way(node) not in self._ways]
        if not others:
            return await self._backend.run(job, reader, stop)
        end = Finished(
            int(Exit.REFUSED),
            job.verb,
            job.spec.cluster.name,
            what=_("In the browser only practice hosts are worked on, not {names}.").format(
                names=", ".join(others)
            ),
            remedy=_("Start etcd-tui in a terminal for hosts of your own."),
        )
        reader(end)
        return end


def _way(node: Node) -> tuple[object, ...]:
    """Where a connection really goes: an answer may name another address than the member's."""
    ssh = node.ssh
    return node.address, ssh.port, ssh.host, ssh.jump, ssh.config
