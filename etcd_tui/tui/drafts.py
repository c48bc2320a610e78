"""Drafts: what was typed is kept on disk as it is typed, without secrets, and offered again."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etcd_tui.tui.draft import Draft

_KEPT = 5
_FORM = 1


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """One draft on disk; `saved` is in UTC."""

    path: Path
    saved: datetime
    cluster: str
    members: int


class Drafts:
    """The drafts in `root/.drafts`: one file for each wizard, the newest five are kept.

    No cluster's name begins with a dot, so the folder is in no cluster's way.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / ".drafts"
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._own = self.folder / f"{stamp}-{os.urandom(2).hex()}.yaml"
        self._saved = 0

    def save(self, draft: Draft) -> None:
        """Write the draft if it has changed; OSError if that is not possible.

        A draft nobody has typed into is not worth a file.
        """
        if draft.revision == self._saved:
            return
        from etcd_tui.spec.writer import yaml_text
        from etcd_tui.state_folder import write_private

        for folder in (self.folder.parent, self.folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = {"draft": _FORM, "base": str(draft.base), "answers": draft.document}
        write_private(self._own, yaml_text(held).encode())
        self._saved = draft.revision
        self._drop_old()

    def _drop_old(self) -> None:
        for path in self._files()[_KEPT:]:
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return sorted(self.folder.glob("[0-9]*.yaml"), reverse=True)
        return []

    @property
    def is_saved(self) -> bool:
        """Whether this wizard's draft is on disk."""
        return self._own.is_file()

    def saved(self) -> list[SavedDraft]:
        """Return the drafts of earlier wizards, the newest first; damaged files are passed over."""
        found = []
        for path in self._files():
            held = _read(path) if path != self._own else None
            if held is None:
                continue
            draft = held[0]
            when = datetime.fromtimestamp(held[1], UTC)
            name = str(draft.get("cluster.name", ""))
            found.append(SavedDraft(path, when, name, len(draft.nodes)))
        return found

    def open(self, saved: SavedDraft) -> Draft | None:
        """Return a saved draft, which from now on is this wizard's; None if it can't be read."""
        held = _read(saved.path)
        if held is None:
            return None
        self._own = saved.path
        self._saved = held[0].revision
        return held[0]

    def forget(self) -> None:
        """Delete this wizard's draft: what it was for is done."""
        self._own.unlink(missing_ok=True)


def _read(path: Path) -> tuple[Draft, float] | None:
    """Return the draft in a file and when it was saved; None for what is no draft."""
    import yaml

    try:
        with path.open(encoding="utf-8") as file:
            when = os.fstat(file.fileno()).st_mtime
            held: Any = yaml.safe_load(file)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None
    if not isinstance(held, dict) or held.get("draft") != _FORM:
        return None
    answers = held.get("answers")
    if not isinstance(answers, dict) or not isinstance(answers.get("nodes", []), list):
        return None
    if not all(isinstance(node, dict) for node in answers.get("nodes", [])):
        return None
    return Draft(answers, Path(str(held.get("base", ".")))), when
