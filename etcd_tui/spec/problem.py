"""One problem in an answers file, with its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1 (0: no line, as for a spec that was typed into the wizard).

    `key` is the path of the value (`nodes[1].address`); `what` says what is wrong and `fix` what
    to write instead, both whole sentences in the user's language. Warnings do not stop a run.
    """

    severity: Literal["error", "warning"]
    key: str
    what: str
    fix: str
    file: str = ""
    line: int = 0

    def as_json(self) -> dict[str, object]:
        """Return the problem as the JSON object of the `problem` event."""
        return {
            "severity": self.severity, "file": self.file, "line": self.line,
            "key": self.key, "what": self.what, "fix": self.fix,
        }  # fmt: skip
