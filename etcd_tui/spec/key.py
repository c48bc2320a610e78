"""Key and Section: how one key of the answers file is described; the table is in `keys`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from etcd_tui.spec.kinds import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Its default is the default of the record's field and stands nowhere else.

    `doc` is a paragraph for the schema and the template (translated when shown). `example` is
    YAML as a person writes it; empty: the template shows the default.
    """

    name: str
    kind: Kind
    doc: str
    example: str = ""
    field: str = ""
    """The field of the record, where it is not called like the key."""
    required: bool = False
    smallest: bool = False
    """Part of the smallest form: written and shown even where it has its default."""
    node_only: bool = False

    @property
    def attribute(self) -> str:
        """The field of the record that holds the value."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of keys that becomes one `record`; `each`: a list of such mappings."""

    name: str
    doc: str
    record: type[Any]
    keys: tuple[Key | Section, ...]
    each: bool = False
    required: bool = False
    optional: bool = False
    """Absent means that the record's place holds None, not a record of defaults."""

    def default(self, key: Key) -> Any:
        """Return the default of `key`: that of the record's field; None if it has none."""
        for field in dataclasses.fields(self.record):
            if field.name == key.attribute:
                if field.default_factory is not dataclasses.MISSING:
                    return field.default_factory()
                return None if field.default is dataclasses.MISSING else field.default
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keys and sections in it."""
        return tuple(key.name for key in self.keys)
