"""Disk: how long a small synced write takes where each host's data will be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from etcd_tui.observe.facts import HostFacts
from etcd_tui.observe.scripts import script
from etcd_tui.remote import sanitise
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec

_WRITTEN = re.compile(r"(?m)^(\d{1,6})\+0 records out$")
_TOOK = re.compile(r"(?m)\bcopied, (\d{1,9}(?:\.\d{1,12})?(?:e-\d{1,2})?) s\b")


@cache
def latency_script() -> str:
    """Return the text of the script; its argument is the data folder."""
    return script("write_latency.sh")


async def measure_disks(
    spec: ClusterSpec, hosts: tuple[HostFacts, ...], transports: Mapping[str, Transport]
) -> tuple[HostFacts, ...]:
    """Return the facts with the write latency of every host whose data folder is not in use."""
    return tuple(
        await asyncio.gather(*(_measure(spec, host, transports[host.name]) for host in hosts))
    )


async def _measure(spec: ClusterSpec, facts: HostFacts, transport: Transport) -> HostFacts:
    fs = facts.file_system(spec.paths.data)
    if facts.running or fs is None or fs.read_only:
        return facts
    result = await transport.run(latency_script(), spec.paths.data, timeout=30)
    writes, milliseconds = parse_latency(result.stdout)
    return replace(facts, writes=writes, write_ms=milliseconds)


def parse_latency(output: bytes) -> tuple[int, float]:
    """Return how many writes `dd` tells of and their average in ms; (0, 0.0) if it tells none."""
    text = sanitise.text(output, limit=4096)
    written, took = _WRITTEN.search(text), _TOOK.search(text)
    count = int(written[1]) if written else 0
    if not count or not took:
        return 0, 0.0
    return count, 1000 * float(took[1]) / count
