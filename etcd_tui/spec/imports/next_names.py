"""next_names: names for hosts that have none."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

from etcd_tui.spec.imports.imported import ImportedHost


def next_names(existing: Iterable[str], hosts: Iterable[ImportedHost]) -> tuple[ImportedHost, ...]:
    """Return `hosts` with `etcd1`, `etcd2` … for missing names, by the lowest free numbers.

    Taken are the names in `existing` and those that other hosts bring along, in any case.
    """
    hosts = tuple(hosts)
    taken = {name.lower() for name in existing} | {host.name for host in hosts}
    free = (name for name in map("etcd{}".format, itertools.count(1)) if name not in taken)
    return tuple(host if host.name else replace(host, name=next(free)) for host in hosts)
