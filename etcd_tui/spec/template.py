"""template: a commented answers file with every key, to fill in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from etcd_tui.cells import wrap
from etcd_tui.i18n import _
from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.keys import ANSWERS

_WIDTH = 88
_MEMBERS = 3


def template() -> str:
    """Return the text of the file: the smallest form, and all other keys as comments.

    It loads as it stands; its addresses are from 192.0.2.0/24, which is for documentation
    (RFC 5737). A comment that holds a key has no blank after its #.
    """
    lines = _comment(_(ANSWERS.doc), "")
    more = _("A line that begins with # and a key shows its default or an example.")
    lines += _comment(more, "")
    for key in ANSWERS.keys:
        lines.append("")
        lines += _section(key, "") if isinstance(key, Section) else _key(ANSWERS, key, "")
    return "\n".join(lines) + "\n"


def _section(section: Section, indent: str) -> list[str]:
    lines = _comment(_(section.doc), indent)
    if section.each:
        return [*lines, f"{indent}{section.name}:", *_items(section, indent + "  ")]
    lines.append(f"{indent}{section.name}:")
    for key in section.keys:
        if isinstance(key, Section):
            lines += _commented_section(key, indent + "  ")
        else:
            lines += _key(section, key, indent + "  ")
    return lines


def _commented_section(section: Section, indent: str) -> list[str]:
    lines = [*_comment(_(section.doc), indent), f"{indent}#{section.name}:"]
    for key in section.keys:
        if isinstance(key, Key):
            lines += _comment(_(key.doc), f"{indent}#  ")
            lines.append(f"{indent}#  {key.name}: {_value(section, key)}")
    return lines


def _items(section: Section, indent: str) -> list[str]:
    """Write the first item with all keys, and the others in short."""
    first, *others = section.keys
    lines = []
    if isinstance(first, Key):
        lines += _comment(_(first.doc), indent)
        lines.append(f"{indent}- {first.name}: {first.example}")
    for key in others:
        if isinstance(key, Section):
            lines += _difference(key, indent + "  ")
        else:
            lines += _key(section, key, indent + "  ")
    for number in range(2, _MEMBERS + 1):
        pairs = ", ".join(
            f"{key.name}: {key.example[:-1]}{number}"
            for key in section.keys
            if isinstance(key, Key) and key.required
        )
        lines.append(f"{indent}- {{{pairs}}}")
    return lines


def _difference(section: Section, indent: str) -> list[str]:
    """Write what only a node can say, and a port; the other keys stand in their own section."""
    shown = [key for key in section.keys if isinstance(key, Key)]
    return _commented_section(
        replace(section, keys=tuple(key for key in shown if key.node_only or key.name == "port")),
        indent,
    )


def _key(section: Section, key: Key, indent: str) -> list[str]:
    mark = "" if key.required or key.smallest else "#"
    return [*_comment(_(key.doc), indent), f"{indent}{mark}{key.name}: {_value(section, key)}"]


def _value(section: Section, key: Key) -> str:
    if key.example:
        return key.example
    return _as_yaml(key.kind.dump(section.default(key)))


def _as_yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.removesuffix("...\n").strip()


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in wrap(text, _WIDTH - len(indent) - 2)]
