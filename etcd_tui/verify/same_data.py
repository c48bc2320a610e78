"""Prove that all members hold the same keys, by the hash that etcd itself compares.

It is asked of the peer ports, as the members do it among themselves to find corruption.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from etcd_tui.i18n import _
from etcd_tui.spec.model import PEER_PORT, ClusterSpec
from etcd_tui.verify.claims import proved
from etcd_tui.verify.member_api import MemberApi, MemberError, Route
from etcd_tui.verify.proof import Proof

T = TypeVar("T")
_ATTEMPTS = 10
_PAUSE = 0.2


async def prove_same_data(
    spec: ClusterSpec,
    tls: ssl.SSLContext,
    peers: Mapping[str, Route | None],
    clients: Mapping[str, MemberApi],
    revision: int = 0,
) -> Proof:
    """Return the proof. `peers`: ways to the peer ports; `clients`: the same members' own API.

    The hash is taken at a revision that all members have, so others may write meanwhile: at
    `revision`, if one is known, else they are asked. Where it is compacted just then, or one
    member's compaction is behind, they are asked again.
    """
    one = spec.nodes[0]
    for name, route in peers.items():
        if route is None:
            found = _("no TLS connection to port {port}").format(port=PEER_PORT)
            fix = _("Check that port 2380 is open both ways between the hosts.")
            return proved("hashkv", spec.node(name), False, found, fix)
    apis = [MemberApi(name, route, tls) for name, route in peers.items() if route]
    try:
        error = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_PAUSE)
            try:
                if attempt or not revision:
                    revision = min(await _of_all(clients.values(), _revision))
                hashes = await _of_all(apis, _hash_at(revision))
            except MemberError as problem:
                error = str(problem)
                continue
            error = _("the members have compacted different revisions")
            if len({compacted for _hash, compacted in hashes}) == 1:
                return _compared(spec, revision, [found for found, _compacted in hashes])
        return proved("hashkv", one, False, error)
    finally:
        for api in apis:
            api.close()


async def _of_all(apis: Iterable[MemberApi], ask: Callable[[MemberApi], T]) -> list[T]:
    return list(await asyncio.gather(*(asyncio.to_thread(ask, api) for api in apis)))


def _hash_at(revision: int) -> Callable[[MemberApi], tuple[int, int]]:
    return lambda api: api.hash_kv(revision)


def _revision(api: MemberApi) -> int:
    try:
        return int(api.status()["header"]["revision"])
    except (KeyError, TypeError, ValueError) as error:
        raise MemberError(f"status of {api.name}: no revision in the answer") from error


def _compared(spec: ClusterSpec, revision: int, hashes: list[int]) -> Proof:
    one = spec.nodes[0]
    if len(set(hashes)) == 1:
        found = _("hash {hash:x} at revision {revision}").format(hash=hashes[0], revision=revision)
        return proved("hashkv", one, True, found)
    return proved(
        "hashkv",
        one,
        False,
        _("hashes differ at revision {revision}").format(revision=revision),
        _("Do not write to this cluster; compare the members, restore or replace."),
    )
