"""One preflight check's result: what was found, why it matters, what to type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """`host` is empty for the cluster as a whole, `operator` for this machine.

    `key` is stable for programs. `why` and `fix` are empty where the check passed. `offer` holds
    answers that would mend it: pairs of a key of the answers file and its value there; or an option
    of the command line and its value.
    """

    host: str
    key: str
    title: str
    status: Literal["pass", "warn", "fail"]
    found: str
    why: str = ""
    fix: str = ""
    offer: tuple[tuple[str, int | str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the check as the fields of the `checked` event."""
        return {
            "host": self.host, "key": self.key, "title": self.title, "status": self.status,
            "found": self.found, "why": self.why, "fix": self.fix, "offer": self.offer,
        }  # fmt: skip
