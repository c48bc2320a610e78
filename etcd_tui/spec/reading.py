"""Reading: what is known while one answers file is read, and the problems found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from etcd_tui.spec.problem import Problem


@dataclass(slots=True)
class Reading:
    """`base` is the folder for relative paths."""

    file: str
    base: Path
    literal_secrets: bool
    """Whether the file is private enough for secrets to stand in it."""
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """Line of every key that was seen, by its path."""

    def error(self, line: int, key: str, what: str, fix: str) -> None:
        """Note what makes the file unusable."""
        self._note("error", line, key, what, fix)

    def warn(self, line: int, key: str, what: str, fix: str) -> None:
        """Note what does not stop a run."""
        self._note("warning", line, key, what, fix)

    def _note(
        self, severity: Literal["error", "warning"], line: int, key: str, what: str, fix: str
    ) -> None:
        self.problems.append(Problem(severity, key, what, fix, self.file, line))

    def broken_keys(self) -> frozenset[str]:
        """Return the paths of the keys that have errors."""
        return frozenset(p.key for p in self.problems if p.severity == "error")

    def line_of(self, key: str) -> int:
        """Return the line of `key`, or of the nearest key around it that stands in the file."""
        while key and key not in self.places:
            cut = max(key.rfind("."), key.rfind("["))
            key = key[: max(cut, 0)]
        return self.places.get(key, 1)
