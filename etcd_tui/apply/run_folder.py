"""The run folder: every event in `events.jsonl`, as text in `log.txt`, and `report.json`."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from etcd_tui.apply.events import Event, Finished, as_json
from etcd_tui.apply.report import Report
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import write_private


def json_line(event: Event) -> str:
    """Return the event as one line of JSON with the time it happened."""
    fields = as_json(event)
    fields["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps(fields, ensure_ascii=False, default=str)


class RunFolder:
    """A reader that keeps a run. Files 0600; each line is on its way to disk at once.

    What cannot be kept must not stop the work on the hosts half way: `on_lost` is told once, and
    nothing more is kept.
    """

    def __init__(
        self,
        folder: Path,
        spec: ClusterSpec,
        clean: Callable[[str], str],
        lines: Callable[[Event], list[str]],
        on_lost: Callable[[OSError], None],
    ) -> None:
        self.folder = folder
        self._lost = False
        self._on_lost = on_lost
        self._report = Report(spec, folder.name)
        self._clean = clean
        self._lines = lines
        self._events = _create(folder / "events.jsonl")
        self._log = _create(folder / "log.txt")

    def __call__(self, event: Event) -> None:
        """Write the event."""
        if self._lost:
            return
        try:
            self._keep(event)
        except OSError as error:
            self._lost = True
            self._on_lost(error)

    def _keep(self, event: Event) -> None:
        self._events.write(self._clean(json_line(event)) + "\n")
        self._events.flush()
        stamp = datetime.now(UTC).strftime("%H:%M:%S")
        for line in self._lines(event):
            self._log.write(f"{stamp} {self._clean(line)}\n")
        self._log.flush()
        self._report.add(event)
        if isinstance(event, Finished):
            text = json.dumps(self._report.as_json(event), indent=2, ensure_ascii=False)
            write_private(self.folder / "report.json", self._clean(text).encode() + b"\n")

    def close(self) -> None:
        """Close the files; what a full disk did not take of them is given up."""
        for file in (self._events, self._log):
            with contextlib.suppress(OSError):
                file.close()


def _create(path: Path) -> TextIO:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace")
