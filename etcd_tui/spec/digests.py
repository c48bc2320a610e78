"""sha256: the expected SHA-256 of the tarballs, one for all or one for each architecture."""

from __future__ import annotations

import re

from etcd_tui.i18n import _
from etcd_tui.spec.kinds import Kind, text
from etcd_tui.spec.reading import Reading
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.releases import ARCHITECTURES
from etcd_tui.spec.shown import shown
from etcd_tui.spec.yaml_tree import Mapping, Node

_DIGEST = r"[0-9A-Fa-f]{64}"
_ANY = "*"

Sums = tuple[tuple[str, str], ...]


def digest(value: str) -> str:
    """Accept 64 hexadecimal digits, as small letters."""
    if not re.fullmatch(_DIGEST, value):
        raise Refused(
            _("{value} is no SHA-256 sum.").format(value=shown(value)),
            _('Write the 64 hexadecimal digits that "sha256sum" prints, in quotes.'),
        )
    return value.lower()


_one = text(digest, _DIGEST)


def _read(node: Node, key: str, reading: Reading) -> Sums | None:
    if not isinstance(node, Mapping):
        single = _one.read(node, key, reading)
        return None if single is None else ((_ANY, single),)
    sums = {}
    for name, (place, value) in node.entries.items():
        if name not in (*ARCHITECTURES, _ANY):
            reading.error(
                place.line,
                f"{key}.{name}" if name.isidentifier() else key,
                _("{value} is no architecture.").format(value=shown(name)),
                _("Write one of: {words}.").format(words=", ".join((*ARCHITECTURES, '"*"'))),
            )
            continue
        sums[name] = _one.read(value, f"{key}.{name}", reading)
    return None if None in sums.values() else tuple(sums.items())


def _dump(sums: Sums) -> object:
    return sums[0][1] if len(sums) == 1 and sums[0][0] == _ANY else dict(sums)


sha256 = Kind(
    _read,
    {
        "anyOf": [
            _one.schema,
            {
                "type": "object",
                "properties": dict.fromkeys((*ARCHITECTURES, _ANY), _one.schema),
                "additionalProperties": False,
            },
        ]
    },
    _dump,
)
