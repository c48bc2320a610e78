"""Durations and sizes with units, and etcd's own form of a retention."""

from __future__ import annotations

import re

from etcd_tui.i18n import _
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

DURATION = r"[1-9]\d{0,6}[hdy]"
SIZE = r"[1-9]\d{0,9}(KiB|MiB|GiB)"
RETENTION = r"0|[1-9]\d{0,8}|(\d{1,6}[hms])+"
"""A number, or hours, minutes and seconds in Go's form; a bare number counts hours if periodic."""

_HOURS = {"h": 1, "d": 24, "y": 24 * 365}
_BYTES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_LONGEST_HOURS = 100 * 365 * 24


def hours(text: str) -> int:
    """Accept a validity, `43800h`, `10000d` or `5y` (of 365 days), as hours."""
    fix = _("Write a whole number with a unit: 43800h, 1825d or 5y; a hundred years at most.")
    if not re.fullmatch(DURATION, text):
        raise Refused(_("{value} is no validity.").format(value=shown(text)), fix)
    length = int(text[:-1]) * _HOURS[text[-1]]
    if length > _LONGEST_HOURS:
        raise Refused(_("{value} is too long a validity.").format(value=shown(text)), fix)
    return length


def duration_text(length: int) -> str:
    """Return `length` in hours as it stands in an answers file."""
    return f"{length}h"


def size(text: str) -> int:
    """Accept a size in bytes, or with a unit: `8GiB`."""
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    if not re.fullmatch(SIZE, text):
        raise Refused(
            _("{value} is no size.").format(value=shown(text)),
            _("Write bytes, or a whole number with KiB, MiB or GiB: 8GiB."),
        )
    return int(text[:-3]) * _BYTES[text[-3:]]


def size_text(count: int) -> int | str:
    """Return `count` bytes in the largest unit that fits, as it stands in an answers file."""
    for unit, bytes_per_unit in reversed(_BYTES.items()):
        if count and count % bytes_per_unit == 0:
            return f"{count // bytes_per_unit}{unit}"
    return count


def retention(text: str) -> str:
    """Accept how much history etcd keeps: `8h`, `1h30m`, or a count of revisions."""
    if not re.fullmatch(RETENTION, text):
        raise Refused(
            _("{value} is no retention.").format(value=shown(text)),
            _(
                "Write a duration such as 8h or 1h30m for mode periodic, a count such as 10000 "
                "for mode revision."
            ),
        )
    return text
