"""distinct: hosts without repetitions, which are rejected by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from etcd_tui.i18n import _
from etcd_tui.spec.imports.as_line import as_line
from etcd_tui.spec.imports.found import Found
from etcd_tui.spec.imports.imported import Imported, ImportedHost, Rejected
from etcd_tui.spec.refused import Refused


def distinct(found: Iterable[Found]) -> Imported:
    """Return the hosts of `found` in their order; of equal names and addresses the first counts.

    A name that was only guessed is dropped instead. Where one address has several ports, a
    forwarder stands there: the address becomes `host`, and the members' own are not known.
    """
    items = list(found)
    forwarders = _forwarders(items)
    seen = _Seen()
    for item in items:
        host = item.host
        if host.address in forwarders:
            host = replace(host, address="", host=host.address)
        seen.add(host, item.named)
    notes = []
    if any(item.etcd_port for item in items):
        notes.append(_("Ports 2379 and 2380 are etcd's own; SSH does not use them."))
    for address in forwarders:
        what = _("Several hosts stand behind {address}; their own addresses are to be filled in.")
        notes.append(what.format(address=address))
    return Imported(tuple(seen.hosts), tuple(seen.rejected), tuple(notes))


def _forwarders(items: list[Found]) -> list[str]:
    ports: dict[str, set[int]] = {}
    for item in items:
        if item.host.address and not item.host.host:
            ports.setdefault(item.host.address, set()).add(item.host.port)
    return [address for address, several in ports.items() if len(several - {0}) > 1]


@dataclass(slots=True)
class _Seen:
    hosts: list[ImportedHost] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    places: dict[object, int] = field(default_factory=dict)

    def add(self, host: ImportedHost, named: bool) -> None:
        place: object = host.address or (host.host.lower(), host.port, host.jump)
        known = host.address or host.host
        if known and place in self.places:
            what = _("{place} already stands in line {line}.").format(
                place=known, line=self.places[place]
            )
            self._reject(host, what, _("Delete one of the two, or correct it."))
        elif named and host.name in self.names:
            what = _("The name {name} already stands in line {line}.").format(
                name=host.name, line=self.names[host.name]
            )
            self._reject(host, what, _("Give each host a name of its own."))
        else:
            if host.name in self.names:
                host = replace(host, name="")
            self.hosts.append(host)
            self.places[place] = host.line
            if host.name:
                self.names[host.name] = host.line

    def _reject(self, host: ImportedHost, what: str, fix: str) -> None:
        self.rejected.append(Rejected.of(host.line, as_line(host), Refused(what, fix)))
