"""Kind: one kind of value; how it is read from YAML, described in the schema, and written back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etcd_tui.i18n import _
from etcd_tui.spec.reading import Reading
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown
from etcd_tui.spec.yaml_tree import Node, Scalar, Sequence

Schema = dict[str, object]


def _as_it_is(value: Any) -> object:
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` gives the value, or None after it noted the problems in the reading.

    `dump` makes plain lists, dicts, texts and numbers of a value, for YAML.
    """

    read: Callable[[Node, str, Reading], Any]
    schema: Schema
    dump: Callable[[Any], object] = _as_it_is


def empty_value(node: Node, key: str, reading: Reading) -> None:
    """Note that a key has no value."""
    reading.error(
        node.line,
        key,
        _("The key has no value (YAML reads a lone ~ and the word null so, too)."),
        _("Write a value, or delete the line to get the default."),
    )


def text_of(node: Node, key: str, reading: Reading, *, secret: bool = False) -> str | None:
    """Return the text of `node`; None and a problem if YAML does not read it as text.

    With `secret` the problem does not show the value.
    """
    if not isinstance(node, Scalar):
        fix = _("Write one value, without brackets and braces.")
        reading.error(node.line, key, _("Here one text is wanted."), fix)
        return None
    if node.kind == "str":
        return node.text
    if node.kind == "null":
        empty_value(node, key, reading)
        return None
    kinds = {
        "bool": _("a truth value"),
        "int": _("a number"),
        "float": _("a number"),
        "timestamp": _("a date"),
    }
    what = _("YAML reads {value} as {kind}; here a text is wanted.").format(
        value=_("this value") if secret else shown(node.text),
        kind=kinds.get(node.kind, _("a special sign")),
    )
    fix = _("Put it in quotes.")
    if not secret:
        fix = _("Put it in quotes: {text}").format(text=shown(node.text))
    reading.error(node.line, key, what, fix)
    return None


def whole_number(node: Node) -> int | None:
    """Return the number if `node` is a plain decimal one.

    YAML 1.1 also reads 010 as 8, 1_0 as 10 and 1:30 as 90, which nobody means here.
    """
    if isinstance(node, Scalar) and node.kind == "int":
        plain = re.fullmatch(r"0|-?[1-9]\d{0,17}", node.text)
        return int(node.text) if plain else None
    return None


def _wrong(node: Node, key: str, reading: Reading, what: str, fix: str) -> None:
    if isinstance(node, Scalar) and node.kind == "null":
        empty_value(node, key, reading)
        return
    value = shown(node.text) if isinstance(node, Scalar) else _("This value")
    reading.error(node.line, key, what.format(value=value), fix)


def text(
    accept: Callable[[str], object], pattern: str = "", write: Callable[[Any], object] = _as_it_is
) -> Kind:
    """Make a text that `accept` checks and normalises (it raises Refused)."""
    return file_text(lambda value, _base: accept(value), pattern, write)


def file_text(
    accept: Callable[[str, Path], object],
    pattern: str = ".",
    write: Callable[[Any], object] = _as_it_is,
) -> Kind:
    """Make a text about the operator's files: `accept` also gets the folder of the answers."""

    def read(node: Node, key: str, reading: Reading) -> object | None:
        value = node.text if isinstance(node, Scalar) and node.kind != "null" else None
        try:
            accepted = accept(value, reading.base) if value is not None else None
        except Refused as refused:
            # Quotes would not help, as with `etcd: 3.5`: so the reason comes first.
            reading.error(node.line, key, refused.what, refused.fix)
            return None
        return accepted if text_of(node, key, reading) is not None else None

    schema: Schema = {"type": "string"}
    if pattern:
        schema["pattern"] = pattern if pattern == "." else f"^({pattern})$"
    return Kind(read, schema, write)


def number(lowest: int, highest: int) -> Kind:
    """Make a whole number in a range."""

    def read(node: Node, key: str, reading: Reading) -> int | None:
        value = whole_number(node)
        if value is not None and lowest <= value <= highest:
            return value
        fix = _("Write a number from {lowest} to {highest}, without quotes and leading zeros.")
        what = _("{value} is not a whole number in the allowed range.")
        _wrong(node, key, reading, what, fix.format(lowest=lowest, highest=highest))
        return None

    return Kind(read, {"type": "integer", "minimum": lowest, "maximum": highest})


def number_or_text(
    accept: Callable[[str], object], pattern: str, write: Callable[[Any], object] = _as_it_is
) -> Kind:
    """Make a plain number, or a text; `accept` gets either as text."""
    as_text = text(accept, pattern, write)

    def read(node: Node, key: str, reading: Reading) -> Any:
        value = whole_number(node)
        if isinstance(node, Scalar) and value is not None and value >= 0:
            node = Scalar(node.text, "str", node.line)
        return as_text.read(node, key, reading)

    return Kind(read, {"anyOf": [{"type": "integer", "minimum": 0}, as_text.schema]}, write)


def _read_flag(node: Node, key: str, reading: Reading) -> bool | None:
    # The other words of YAML 1.1 (yes, off) are text to newer readers, and to the schema.
    if isinstance(node, Scalar) and node.kind == "bool" and node.text in ("true", "false"):
        return node.text == "true"
    fix = _("Write true or false, in small letters and without quotes.")
    _wrong(node, key, reading, _("{value} is neither true nor false."), fix)
    return None


flag = Kind(_read_flag, {"type": "boolean"})


def choice(*words: str) -> Kind:
    """Make one of a few words."""

    def read(node: Node, key: str, reading: Reading) -> str | None:
        if isinstance(node, Scalar) and node.kind == "str" and node.text in words:
            return node.text
        fix = _("Write one of: {words}.").format(words=", ".join(words))
        _wrong(node, key, reading, _("{value} is not one of the choices."), fix)
        return None

    return Kind(read, {"enum": list(words)})


def list_of(item: Kind, *, alone: bool = False) -> Kind:
    """Make a list; with `alone` also one value without brackets. Repetitions count once."""

    def read(node: Node, key: str, reading: Reading) -> tuple[object, ...] | None:
        if alone and isinstance(node, Scalar):
            one = item.read(node, key, reading)
            return None if one is None else (one,)
        if not isinstance(node, Sequence):
            _wrong(node, key, reading, _("Here a list is wanted."), _("Write [first, second]."))
            return None
        values = [
            item.read(part, f"{key}[{index}]", reading) for index, part in enumerate(node.items)
        ]
        return None if None in values else tuple(dict.fromkeys(values))

    def dump(values: tuple[object, ...]) -> object:
        written = [item.dump(value) for value in values]
        return written[0] if alone and len(written) == 1 else written

    many: Schema = {"type": "array", "items": item.schema}
    return Kind(read, {"anyOf": [item.schema, many]} if alone else many, dump)
