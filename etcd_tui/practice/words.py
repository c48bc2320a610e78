"""Words: the arguments of a command that a practice host answers, taken apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


class WordsError(Exception):
    """An option that the practice host does not know; the message names it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Flags that stood there, values by their name in the order of appearance, and the rest."""

    flags: frozenset[str]
    values: tuple[tuple[str, str], ...]
    rest: tuple[str, ...]

    @classmethod
    def read(cls, argv: list[str], flags: Collection[str], values: Mapping[str, str]) -> Words:
        """Take `argv` apart; `values` maps options with a value to names. WordsError."""
        seen: set[str] = set()
        found: list[tuple[str, str]] = []
        rest: list[str] = []
        words = iter(argv[1:])
        for word in words:
            option, equals, value = word.partition("=")
            if not word.startswith("-") or word == "-":
                rest.append(word)
            elif word in flags:
                seen.add(word)
            elif option in values and (equals or option == word):
                found.append((values[option], value if equals else _next(words, word)))
            elif word[:2] in values and not word.startswith("--"):
                found.append((values[word[:2]], word[2:]))
            else:
                raise WordsError(f"{argv[0]} {word}")
        return cls(frozenset(seen), tuple(found), tuple(rest))

    def has(self, *flags: str) -> bool:
        """Whether one of the flags stood there."""
        return not self.flags.isdisjoint(flags)

    def all(self, name: str) -> list[str]:
        """Return all values called `name`."""
        return [value for key, value in self.values if key == name]

    def one(self, name: str) -> str:
        """Return the last value called `name`; empty if there is none."""
        return self.all(name)[-1] if self.all(name) else ""


def _next(words: object, option: str) -> str:
    value = next(words, None)  # type: ignore[call-overload]
    if value is None:
        raise WordsError(f"{option} without a value")
    return str(value)
