"""parse_yaml: YAML text as a tree of nodes that know their lines; nothing is constructed.

The tree is built from events and not by PyYAML's composer, so that depth and size have bounds,
an alias is a reference instead of a copy, and a key that stands twice is seen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import cast

import yaml

from etcd_tui.i18n import _
from etcd_tui.spec.shown import shown

MAX_DEPTH = 20
MAX_NODES = 20_000
"""Counted with every alias as often as it is used: this is what stops alias bombs."""

# PyYAML quotes pieces of the text in its messages, and such a piece may be part of a secret.
_QUOTED = re.compile(r"'(?!<)[^']{2,}'")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it stands in the text. `kind` is what YAML 1.1 makes of it.

    One of `str int float bool null timestamp merge value`; quoted text is always `str`.
    """

    text: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the text; keys of merged mappings (`<<`) come last."""

    entries: dict[str, tuple[Scalar, Node]]
    line: int


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the YAML at `line` (from 1), and what to write instead."""

    line: int
    what: str
    fix: str


class UnreadableYamlError(Exception):
    """The text has no tree; `trouble` says where and why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.what)
        self.trouble = trouble


def parse_yaml(text: str) -> tuple[Node, list[Trouble]]:
    """Return the tree of the only document in `text`, and keys that stand twice.

    UnreadableYamlError when there is no tree to go on with.
    """
    lines = _Lines(text)
    try:
        loader = yaml.SafeLoader(text)
        return _Builder(loader, lines).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = lines.at(mark.index if mark is not None else 0)
        raise UnreadableYamlError(_syntax_trouble(line, error.problem or "")) from None
    except yaml.reader.ReaderError as error:
        what = _("There is a character that YAML does not allow (code {code}).")
        raise UnreadableYamlError(
            Trouble(
                lines.at(error.position),
                what.format(code=f"U+{error.character:04X}"),
                _("Delete it; write the file as plain UTF-8 text."),
            )
        ) from None


def _syntax_trouble(line: int, reason: str) -> Trouble:
    # As a plain scalar may run on over several lines, the mark can be one line below the fault.
    if r"\t" in reason:
        return Trouble(
            line, _("There is a tab where YAML allows only spaces."), _("Indent with spaces.")
        )
    fix = _("Look at indentation, colons, brackets and quotes in this line and the one above.")
    if "mapping values are not allowed" in reason:
        fix = _('Put text that contains ": " in quotes, and check the indentation.')
    elif "cannot start any token" in reason:
        fix = _("Put text that begins with a special character in quotes.")
    what = _("This is no valid YAML: {reason}.")
    return Trouble(line, what.format(reason=_QUOTED.sub("'…'", reason)), fix)


def tree_of(value: object) -> Node:
    """Return the tree of plain Python data; a text stays a text, whatever YAML would make of it."""
    match value:
        case dict():
            entries = {str(k): (Scalar(str(k), "str", 0), tree_of(v)) for k, v in value.items()}
            return Mapping(entries, 0)
        case list() | tuple():
            return Sequence(tuple(tree_of(item) for item in value), 0)
        case None:
            return Scalar("", "null", 0)
        case bool():
            return Scalar("true" if value else "false", "bool", 0)
        case int():
            return Scalar(str(value), "int", 0)
        case _:
            return Scalar(str(value), "str", 0)


class _Lines:
    """Line numbers as editors count them; YAML's own count has more kinds of line break."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        # A mark at the very end, after the last line break, belongs to the last line.
        if len(self._starts) > 1 and self._starts[-1] == len(text):
            self._starts.pop()

    def at(self, index: int) -> int:
        return bisect_right(self._starts, index)


@dataclass(slots=True)
class _Builder:
    loader: yaml.SafeLoader
    lines: _Lines
    anchors: dict[str, tuple[Node, int] | None] = field(default_factory=dict)
    nodes: int = 0
    troubles: list[Trouble] = field(default_factory=list)

    def document(self) -> tuple[Node, list[Trouble]]:
        self._next()
        if isinstance(self._peek(), yaml.StreamEndEvent):
            fix = _('Write an answers file; "etcd-tui answers new" prints one to fill in.')
            raise UnreadableYamlError(Trouble(1, _("The file is empty."), fix))
        self._next()
        root = self.node(0)
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.unreadable(
                event,
                _("There is more than one YAML document in the file."),
                _('Keep one document: delete everything from the second "---" on.'),
            )
        return root, self.troubles

    def node(self, depth: int) -> Node:
        event = self._next()
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if getattr(event, "tag", None) is not None:
            raise self.unreadable(
                event,
                _("YAML tags (words that begin with !) are not accepted."),
                _('Write the plain value; put text that begins with "!" in quotes.'),
            )
        if depth > MAX_DEPTH:
            raise self.unreadable(
                event,
                _("The values are nested more than {limit} levels deep.").format(limit=MAX_DEPTH),
                _("Check the brackets; an answers file needs six levels at most."),
            )
        before = self.nodes
        self._count(event, 1)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = None
        node = self._content(event, depth)
        if anchor is not None:
            self.anchors[anchor] = (node, self.nodes - before)
        return node

    def _content(self, event: yaml.Event, depth: int) -> Node:
        line = self._line(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, self._kind(event), line)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(self._peek(), yaml.SequenceEndEvent):
                items.append(self.node(depth + 1))
            self._next()
            return Sequence(tuple(items), line)
        return self._mapping(line, depth)

    def _mapping(self, line: int, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: list[Mapping] = []
        while not isinstance(self._peek(), yaml.MappingEndEvent):
            start = self._peek()
            key = self.node(depth + 1)
            if not isinstance(key, Scalar):
                raise self.unreadable(
                    start,
                    _("A list or a mapping stands where a key should be."),
                    _("Put text that contains braces or brackets in quotes."),
                )
            # An alias as a key has the line of its anchor; the line of its use is the right one.
            key = Scalar(key.text, key.kind, self._line(start))
            value = self.node(depth + 1)
            if key.kind == "merge":
                merged += self._merged(start, value)
            elif key.text in entries:
                self._twice(key, entries[key.text][0])
            else:
                entries[key.text] = (key, value)
        self._next()
        for mapping in merged:
            for name, entry in mapping.entries.items():
                entries.setdefault(name, entry)
        return Mapping(entries, line)

    def _twice(self, key: Scalar, first: Scalar) -> None:
        what = _("The key {key} stands twice, first in line {line}.")
        self.troubles.append(
            Trouble(
                key.line,
                what.format(key=shown(key.text), line=first.line),
                _("Delete one of the two."),
            )
        )

    def _merged(self, start: yaml.Event, value: Node) -> list[Mapping]:
        parts = value.items if isinstance(value, Sequence) else (value,)
        mappings = [part for part in parts if isinstance(part, Mapping)]
        if len(mappings) != len(parts):
            raise self.unreadable(
                start,
                _('"<<" can take in mappings only.'),
                _("Name an anchor that stands before a mapping."),
            )
        return mappings

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            raise self.unreadable(
                event,
                _("This alias (a word that begins with *) names no anchor above it."),
                _('Put text that begins with "*" in quotes, or define the anchor first.'),
            )
        known = self.anchors[event.anchor]
        if known is None:
            raise self.unreadable(
                event, _("This alias contains itself."), _("Write the value out instead.")
            )
        node, size = known
        self._count(event, size)
        return node

    def _kind(self, event: yaml.ScalarEvent) -> str:
        # PyYAML resolves by the text alone; `implicit[0]` says that it stands without quotes.
        if not event.implicit[0]:
            return "str"
        tag = self.loader.resolve(  # type: ignore[no-untyped-call]
            yaml.ScalarNode, event.value, event.implicit
        )
        return str(tag).rpartition(":")[2]

    def _count(self, event: yaml.Event, size: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise self.unreadable(
                event,
                _("The file holds more than {limit} values.").format(limit=MAX_NODES),
                _("Check its aliases; an answers file is far shorter."),
            )

    def _peek(self) -> yaml.Event:
        return cast(yaml.Event, self.loader.peek_event())  # type: ignore[no-untyped-call]

    def _next(self) -> yaml.Event:
        return cast(yaml.Event, self.loader.get_event())  # type: ignore[no-untyped-call]

    def _line(self, event: yaml.Event) -> int:
        return self.lines.at(event.start_mark.index if event.start_mark is not None else 0)

    def unreadable(self, event: yaml.Event, what: str, fix: str) -> UnreadableYamlError:
        return UnreadableYamlError(Trouble(self._line(event), what, fix))
