"""Keys of the answers file, found by path, and what a form needs to know of their kinds."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any, Literal

from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.keys import ANSWERS

FieldKind = Literal["text", "secret", "flag", "choice", "list", "number", "mapping"]


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """One key: `path` without numbers (`nodes.ssh.port`); `default` as it stands in a document."""

    path: str
    key: Key
    kind: FieldKind
    choices: tuple[str, ...]
    default: Any


@functools.cache
def answer_key(path: str) -> AnswerKey:
    """Return the key at `path`, in which numbers of nodes do not matter; KeyError if unknown."""
    plain = re.sub(r"\[\d+\]", "", path)
    section = ANSWERS
    *above, last = plain.split(".")
    for name in above:
        found = next((k for k in section.keys if k.name == name), None)
        if not isinstance(found, Section):
            raise KeyError(path)
        section = found
    for key in section.keys:
        if isinstance(key, Key) and key.name == last:
            default = section.default(key)
            written = None if default in (None, (), "") else key.kind.dump(default)
            kind, choices = _kind(key)
            return AnswerKey(plain, key, kind, choices, written)
    raise KeyError(path)


def _kind(key: Key) -> tuple[FieldKind, tuple[str, ...]]:
    schema = key.kind.schema
    branches = schema.get("anyOf", [schema])
    assert isinstance(branches, list)  # noqa: S101 - the shape of every schema in spec/kinds
    if "enum" in schema:
        return "choice", tuple(schema["enum"])  # type: ignore[arg-type]
    if any("prompt" in branch.get("properties", {}) for branch in branches):
        return "secret", ()
    kinds = {branch.get("type") for branch in branches}
    if "boolean" in kinds:
        return "flag", ()
    if "array" in kinds:
        return "list", ()
    alone: dict[object, FieldKind] = {"object": "mapping", "integer": "number"}
    return (alone.get(next(iter(kinds)), "text") if len(kinds) == 1 else "text"), ()


def as_typed(kind: FieldKind, value: Any) -> str:
    """Return a value of the document as a person types it."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def from_typed(kind: FieldKind, text: str) -> Any:
    """Return what `text` is in the document; None where nothing was typed.

    What does not fit the kind stays text, so that it is not lost and the reader says what is wrong.
    """
    text = text.strip()
    if not text:
        return None
    match kind:
        case "number":
            return int(text) if re.fullmatch(r"0|[1-9]\d{0,17}", text) else text
        case "list":
            return [part for part in re.split(r"[\s,，、]+", text) if part]
        case "mapping":
            pairs = [part.partition("=") for part in re.split(r"\s*[,，]\s*", text) if part]
            if all(sign for _name, sign, _value in pairs):
                return {name.strip(): value.strip() for name, _sign, value in pairs}
            return text
        case _:
            return text
