"""OtherEnd: which member a line of etcd's journal is about, as an address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from etcd_tui.diagnose.journal import Record

_ENDPOINT = re.compile(r"\[([0-9A-Fa-f:.]+)\]:\d+|(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?")
_ID = re.compile(r"\b[0-9a-f]{8,16}\b")
_ID_FIELDS = ("remote-peer-id", "remote-member-id", "peer-id", "from", "remote-peer", "to")
# Who is at the other end, before what is merely mentioned.
_ADDRESS_FIELDS = ("remote-addr", "address", "remote-peer-urls", "endpoint", "error")
# What etcd says when it learns of a member: its ID and its peer URLs.
_INTRODUCTIONS = (("remote-peer-id", "remote-peer-urls"), ("added-peer-id", "added-peer-peer-urls"))
# The same in the text that etcd 3.4 writes unless it is told otherwise.
_ADDED = re.compile(r"added member ([0-9a-f]+) \[(\S+)\] to cluster")


class OtherEnd:
    """Most lines name a member by its ID; the start of the journal says whose ID it is."""

    def __init__(self, journal: Iterable[Record]) -> None:
        self._by_id: dict[str, str] = {}
        for record in journal:
            for key, urls in _INTRODUCTIONS:
                address = _first_address(record.field(urls))
                if record.field(key) and address:
                    self._by_id[record.field(key)] = address
            added = None if record.fields else _ADDED.match(record.said)
            if added:
                self._by_id[added[1]] = _first_address(added[2])

    def of(self, record: Record) -> str:
        """Return the address at the other end of `record`, empty where the line does not say."""
        for name in _ID_FIELDS:
            address = self._by_id.get(record.field(name))
            if address:
                return address
        for name in _ADDRESS_FIELDS:
            address = _first_address(record.field(name))
            if address:
                return address
        if record.fields:
            return ""
        # Text without structure: an address, or one of the IDs, somewhere.
        known = (self._by_id.get(word, "") for word in _ID.findall(record.said))
        return _first_address(record.said) or next((a for a in known if a), "")


def plain(address: str) -> str:
    """Return the one spelling of an IP address, empty if it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def _first_address(text: str) -> str:
    found = (plain(match[1] or match[2]) for match in _ENDPOINT.finditer(text))
    return next((address for address in found if address), "")
