"""expand: one word with numeric ranges as the words that it stands for."""

from __future__ import annotations

import ipaddress
import itertools
import re
from ipaddress import IPv4Address

from etcd_tui.i18n import _
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_PART = r"[0-9]{1,9}(?:(?:[-~:]|\.\.)[0-9]{1,9})?"
GROUP = rf"[\[{{]{_PART}(?:,{_PART})*[\]}}]"
"""`[11-13]`, `[1,3]`, `[01:03]`, `{1..3}`."""
_GROUP = re.compile(GROUP)
_BETWEEN = re.compile(r"[-~:]|\.\.")
_IPV4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_BARE = re.compile(
    rf"(?P<head>|.*@)(?P<first>{_IPV4})[-~](?P<last>{_IPV4}|[0-9]{{1,3}})(?P<tail>|:[0-9]+)"
)


def expand(word: str, most: int) -> list[str]:
    """Return the words that `word` stands for, in order; itself if there is no range in it.

    Known are `192.0.2.[11-13]`, `192.0.2.11-13`, `192.0.2.11-192.0.2.13`, `etcd[01-03]`,
    `etcd[1,3]` and `etcd{1..3}`. Refused when a range runs backwards or makes more than `most`.
    """
    bare = _BARE.fullmatch(word)
    if bare:
        return _addresses(bare, word, most)
    groups = _GROUP.findall(word)
    if not groups:
        return [word]
    numbers = [_numbers(group, word, most) for group in groups]
    size = 1
    for group in numbers:
        size *= len(group)
        _check_size(size, word, most)
    texts = _GROUP.split(word)
    return [
        "".join(itertools.chain.from_iterable(zip(texts, (*choice, ""), strict=True)))
        for choice in itertools.product(*numbers)
    ]


def _numbers(group: str, word: str, most: int) -> list[str]:
    numbers: list[str] = []
    for part in group[1:-1].split(","):
        first, *rest = _BETWEEN.split(part)
        last = rest[0] if rest else first
        if int(last) < int(first):
            raise _backwards(word)
        _check_size(len(numbers) + int(last) - int(first) + 1, word, most)
        # As in a shell, a leading zero says how wide the numbers are.
        width = len(first) if first.startswith("0") else 0
        numbers += [str(number).zfill(width) for number in range(int(first), int(last) + 1)]
    return numbers


def _addresses(bare: re.Match[str], word: str, most: int) -> list[str]:
    last_text = bare["last"]
    if "." not in last_text:
        last_text = f"{bare['first'].rpartition('.')[0]}.{last_text}"
    try:
        first, last = ipaddress.IPv4Address(bare["first"]), ipaddress.IPv4Address(last_text)
    except ValueError:
        raise Refused(
            _("{value} is no range of addresses.").format(value=shown(word)),
            _("Write for example 192.0.2.[11-13]; each number is 0 to 255."),
        ) from None
    if last < first:
        raise _backwards(word)
    _check_size(int(last) - int(first) + 1, word, most)
    return [
        f"{bare['head']}{IPv4Address(number)}{bare['tail']}"
        for number in range(int(first), int(last) + 1)
    ]


def _backwards(word: str) -> Refused:
    return Refused(
        _("The range {value} runs backwards.").format(value=shown(word)),
        _("Write the smaller number first, as in 192.0.2.[11-13]."),
    )


def _check_size(size: int, word: str, most: int) -> None:
    if size > most:
        raise Refused(
            _("The range {value} makes more than {limit} hosts.").format(
                value=shown(word), limit=most
            ),
            _("Write a smaller range; etcd runs on three, five or seven hosts."),
        )
