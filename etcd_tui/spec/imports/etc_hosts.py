"""etc_hosts: the hosts of an /etc/hosts file."""

from __future__ import annotations

import ipaddress

from etcd_tui.i18n import _
from etcd_tui.spec import network
from etcd_tui.spec.imports.distinct import distinct
from etcd_tui.spec.imports.folded import lines_of
from etcd_tui.spec.imports.found import Found, best_name
from etcd_tui.spec.imports.imported import (
    MAX_REJECTED,
    Imported,
    ImportedHost,
    Rejected,
    too_long,
)
from etcd_tui.spec.refused import Refused

MAX_HOSTS = 1000
_OWN_NAMES = ("localhost", "localhost.localdomain", "broadcasthost")


def etc_hosts(text: str) -> Imported:
    """Return the hosts in `text`, the content of an /etc/hosts file (hosts(5)).

    What stands for the machine itself or for no host at all is left out: loopback, multicast,
    unspecified and link-local addresses, localhost and the `ip6-` names. The first name that a
    member can have becomes the name; it stays empty if there is none.
    """
    refused = too_long(text)
    if refused:
        return Imported(rejected=(refused,))
    found: list[Found] = []
    rejected: list[Rejected] = []
    left_out = 0
    for number, line in enumerate(lines_of(text), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if _is_no_host(words):
            left_out += 1
            continue
        if len(found) == MAX_HOSTS or len(rejected) == MAX_REJECTED:
            rejected.append(_stopped(number))
            break
        try:
            host = ImportedHost(best_name(words[1:]), _address(words), line=number)
            found.append(Found(host, named=_is_label(host.name, words[1:])))
        except Refused as reason:
            rejected.append(Rejected.of(number, line, reason))
    notes = []
    if left_out:
        what = _("Lines about the machine itself or about no host were left out: {count}.")
        notes.append(what.format(count=left_out))
    return distinct(found).also(rejected, notes)


def _address(words: list[str]) -> str:
    address = network.address(words[0])
    if len(words) == 1:
        raise Refused(
            _("There is no name behind this address."), _("Write the address and then the name.")
        )
    return address


def _is_label(name: str, words: list[str]) -> bool:
    return any(word.lower() == name for word in words)


def _is_no_host(words: list[str]) -> bool:
    if any(word.lower() in _OWN_NAMES or word.lower().startswith("ip6-") for word in words[1:]):
        return True
    try:
        ip = ipaddress.ip_address(words[0])
    except ValueError:
        return False
    return ip.is_loopback or ip.is_multicast or ip.is_unspecified or ip.is_link_local


def _stopped(line: int) -> Rejected:
    return Rejected(
        line,
        "",
        _("The file was read up to this line only: it has too many lines that are no use here."),
        _("Copy the lines of the members into a file of their own."),
    )
