"""problems: how the catalogue differs from a complete one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.catalogue.messages import messages
from tests.catalogue.pairs import faults
from tests.catalogue.places import MO, PO
from tests.catalogue.po import mo_bytes, po_bytes, read, translations


def problems() -> Iterator[str]:
    """Yield one line for each fault; none when everything is translated and compiled."""
    catalog = read()
    known = translations(catalog)
    wanted = messages()
    for message in wanted:
        for fault in faults(message, known.get(message, "")):
            yield f"{message!r}: {fault}"
    for message in known.keys() - set(wanted):
        yield f"{message!r}: nothing says this any more"
    for message in catalog.obsolete:
        yield f"{message!r}: an obsolete entry is still there"
    for entry in catalog:
        if entry.id and entry.fuzzy:
            yield f"{entry.id!r}: fuzzy"
    if PO.read_bytes() != po_bytes(wanted, known):
        yield "the .po is not as `update` writes it"
    if MO.read_bytes() != mo_bytes(known):
        yield "the .mo is not what the .po compiles to"
