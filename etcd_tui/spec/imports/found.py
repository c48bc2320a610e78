"""Found: one host of a text, and how sure its name is."""

from __future__ import annotations

from dataclasses import dataclass

from etcd_tui.spec import names
from etcd_tui.spec.imports.imported import ImportedHost
from etcd_tui.spec.imports.place import Place
from etcd_tui.spec.refused import Refused


@dataclass(frozen=True, slots=True)
class Found:
    """`named`: the text names the member; otherwise its name is a guess, made of its DNS name.

    `etcd_port`: a port of etcd stood where a port for SSH belongs, and was left out.
    """

    host: ImportedHost
    named: bool
    etcd_port: bool = False


def host_of(name: str, place: Place) -> Found:
    """Make a host of a checked name (empty: one is guessed) and a place."""
    host = ImportedHost(
        name or first_label(place.host), place.address, place.host, place.user, place.port
    )
    return Found(host, bool(name), place.etcd_port)


def member_name(word: str) -> str:
    """Accept a member's name, in any case, alone or as the first label of a DNS name."""
    return names.label(word.lower().partition(".")[0])


def first_label(host: str) -> str:
    """Return the first label of a host name if it can be a member's name, else nothing."""
    try:
        name = member_name(host)
    except Refused:
        return ""
    return "" if name.isdigit() else name


def best_name(words: list[str]) -> str:
    """Return the first of `words` that is a member's name, else the first such first label.

    Nothing if there is none: /etc/hosts has names that no member can have.
    """
    plain = [first_label(word) for word in words if "." not in word]
    return next(filter(None, [*plain, *map(first_label, words)]), "")
