"""Page: a Markdown document while it is written.

Every block of commands says in its info string where it is typed, for programs as well:
`sh operator` or `sh host=etcd1,etcd2`, and behind that what else there is to know: `if=ufw`
(only where that holds), `fails` (each line must fail), `undo` (only to take everything back).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from etcd_tui.i18n import _
from etcd_tui.plan.model import OPERATOR


@dataclass(slots=True)
class Page:
    """Parts of a document, parted by empty lines."""

    parts: list[str] = field(default_factory=list)

    def heading(self, level: int, text: str) -> None:
        """Add a heading."""
        self.parts.append(f"{'#' * level} {text}")

    def say(self, *paragraphs: str) -> None:
        """Add paragraphs."""
        self.parts += [paragraph for paragraph in paragraphs if paragraph]

    def items(self, entries: Iterable[str]) -> None:
        """Add a list."""
        self.parts.append("\n".join(f"* {entry}" for entry in entries))

    def warn(self, text: str) -> None:
        """Add what must not be overlooked."""
        self.parts.append("\n".join(f"> {line}" for line in text.splitlines()))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Add a table."""
        lines = [head, ["---"] * len(head), *rows]
        self.parts.append("\n".join(f"| {' | '.join(map(_cell, cells))} |" for cells in lines))

    def type(self, hosts: Sequence[str], commands: Iterable[str], *marks: str) -> None:
        """Add commands and say where to type them: on `hosts`, or the operator's machine."""
        words = ["sh", OPERATOR if OPERATOR in hosts else f"host={','.join(hosts)}", *marks]
        text = "\n".join(commands)
        self.parts.append(f"{_where(hosts)}\n\n```{' '.join(words)}\n{text}\n```")

    def text(self) -> str:
        """Return the document."""
        return "\n\n".join(self.parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _where(hosts: Sequence[str]) -> str:
    if OPERATOR in hosts:
        return _("On **your machine**:")
    if len(hosts) == 1:
        return _("On **{host}**:").format(host=hosts[0])
    return _("On **each of {hosts}**:").format(hosts=", ".join(hosts))
