"""The .po as a file that changes only where a message changes, and the .mo made from it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Mapping

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.catalogue.places import MO, PO


class _Undated(Catalog):
    """A catalogue whose header says nothing that changes by itself."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "etcd-tui"),
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]


def read() -> Catalog:
    """Return the catalogue as it is written in the .po."""
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN", abort_invalid=True)


def head() -> str:
    """Return the comment at the head of the .po, as it is written: the terms to use."""
    lines = PO.read_text(encoding="utf-8").splitlines()
    return "\n".join(itertools.takewhile(lambda line: line.startswith("#"), lines))


def translations(catalog: Catalog) -> dict[str, str]:
    """Return message and translation of all entries; untranslated ones have an empty one."""
    return {str(entry.id): str(entry.string or "") for entry in catalog if entry.id}


def po_bytes(wanted: Iterable[str], known: Mapping[str, str]) -> bytes:
    """Return the .po with the messages `wanted`, in that order, under the head that it has."""
    out = io.BytesIO()
    write_po(out, _undated(wanted, known, head()), width=0, no_location=True)
    return out.getvalue()


def mo_bytes(known: Mapping[str, str]) -> bytes:
    """Return the .mo with everything that is translated."""
    out = io.BytesIO()
    write_mo(out, _undated((message for message in known if known[message]), known, ""))
    return out.getvalue()


def write(wanted: Iterable[str], known: Mapping[str, str]) -> None:
    """Write both files; what is no longer wanted is dropped."""
    kept = {message: known.get(message, "") for message in wanted}
    PO.write_bytes(po_bytes(kept, kept))
    MO.write_bytes(mo_bytes(kept))


def _undated(wanted: Iterable[str], known: Mapping[str, str], comment: str) -> _Undated:
    catalog = _Undated(locale="zh_CN", header_comment=comment, fuzzy=False)
    for message in wanted:
        # The flags that Babel guesses differ from release to release.
        catalog.add(message, known.get(message, "")).flags.clear()
    return catalog
