"""hosts_of_pattern: a host pattern of an Ansible inventory as the names that it stands for."""

from __future__ import annotations

import re
import string

from etcd_tui.i18n import _
from etcd_tui.spec.imports.place import is_ip
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_RANGE = re.compile(r"\[([^\[\]:]*):([^\[\]:]+)(?::([0-9]{1,6}))?\]")
_PORT = re.compile(r"(.*[^:]):([0-9]{1,5})")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?")


def hosts_of_pattern(pattern: str, most: int) -> tuple[list[str], str]:
    """Return the names, and the port in digits (empty: none).

    Ranges are `[1:3]`, `[01:10]`, `[a:c]` and `[0:8:2]`, each end included, several in a name
    multiply. Refused for other brackets and for more than `most` names.
    """
    if "@" in pattern:
        # Not echoed: a password may stand there.
        raise Refused(
            _("An inventory does not name the user before an @."),
            _("Write ansible_user=NAME behind the host."),
        )
    name, port = _split_port(pattern)
    if not name or not name.isprintable():
        raise _refused(pattern)
    if is_ip(name):
        return [name], port
    names = [name]
    while "[" in names[0] or "]" in names[0]:
        names = _first_range(names, pattern, most)
    return names, port


def _first_range(names: list[str], pattern: str, most: int) -> list[str]:
    match = _RANGE.search(names[0])
    if match is None:
        raise _refused(pattern)
    members = _members(match, pattern, most // len(names))
    # All names have the range at the same place but for its widths, so each is searched again.
    return [
        f"{name[: found.start()]}{member}{name[found.end() :]}"
        for name in names
        if (found := _RANGE.search(name))
        for member in members
    ]


def _members(match: re.Match[str], pattern: str, most: int) -> list[str]:
    first, last, step = match[1] or "0", match[2], int(match[3] or 1)
    letters = string.ascii_letters
    if step == 0:
        raise _refused(pattern)
    if len(first) == len(last) == 1 and first in letters and last in letters:
        members = list(letters[letters.index(first) : letters.index(last) + 1 : step])
    elif re.fullmatch(r"[0-9]{1,9}", first) and re.fullmatch(r"[0-9]{1,9}", last):
        padded = first.startswith("0") and len(first) > 1
        if padded and len(first) != len(last):
            raise _refused(pattern)
        width = len(first) if padded else 0
        numbers = range(int(first), int(last) + 1, step)
        if len(numbers) > most:
            raise _too_many(pattern)
        members = [str(number).zfill(width) for number in numbers]
    else:
        raise _refused(pattern)
    if not members:
        raise _refused(pattern)
    if len(members) > most:
        raise _too_many(pattern)
    return members


def _split_port(pattern: str) -> tuple[str, str]:
    if is_ip(pattern):
        return pattern, ""
    bracketed = _BRACKETED.fullmatch(pattern)
    if bracketed and is_ip(bracketed[1]):
        return bracketed[1], bracketed[2] or ""
    match = _PORT.fullmatch(pattern)
    return (match[1], match[2]) if match else (pattern, "")


def _refused(pattern: str) -> Refused:
    return Refused(
        _("{value} is no host pattern of Ansible.").format(value=shown(pattern)),
        _("Write a name, or a range as in etcd[1:3] or etcd-[a:c].example.org."),
    )


def _too_many(pattern: str) -> Refused:
    return Refused(
        _("The range {value} makes too many hosts.").format(value=shown(pattern)),
        _("Copy the group of the cluster into a file of its own."),
    )
