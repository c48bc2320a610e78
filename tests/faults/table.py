"""The matrix as a page: every row, what is injected, what is seen, which tests show it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from tests.faults.marks import TESTS, Mark, read_marks
from tests.faults.rows import NOT_INJECTED, ROWS

PAGE = TESTS / "FAULTS.md"

_HEAD = """\
# The faults that are injected, and what is seen

Made from the tests' own marks by `python -m tests.faults`; do not edit. The rows are those of the
project's fault matrix, the ★ ones at boundaries of a run. Each line is a test that CI runs: those
in `hosts` on real hosts, those in `transport` with a real sshd, the others on what a host reports.

Where the tool stops, the tests hold the exit code, and that cause and remedy are named. Those in
`hosts/test_faults_*` also hold, as far as it applies, that both are on the last screen of 80 by 24,
that nothing changed or nothing is half written, that the next run ends proven, and that no secret
is printed, kept or left.
"""


def page(marks: Sequence[Mark] | None = None) -> str:
    """Return the page; ValueError if a mark's row is not in the matrix, or a row is not shown."""
    marks = read_marks() if marks is None else marks
    rows = {row: list(group) for row, group in itertools.groupby(marks, key=lambda m: m.row)}
    if strange := set(rows) - set(ROWS):
        raise ValueError(f"no such rows: {sorted(strange)}")
    if missing := set(ROWS) - set(rows):
        raise ValueError(f"no test shows the rows {sorted(missing)}")
    tests = {(mark.file, mark.test) for mark in marks}
    lines = [
        _HEAD,
        f"{len(rows)} rows, {len(marks)} faults, {len(tests)} tests.\n",
        "| # | Fault | Injected | Seen | Shown by |",
        "|---|---|---|---|---|",
    ]
    for row, title in ROWS.items():
        for number, mark in enumerate(rows[row]):
            head = (str(row), title) if number == 0 else ("", "")
            link = f"[{_words(mark.test)}]({mark.file})"
            lines.append(_line(*head, mark.injected, mark.seen, link))
    lines += ["", "## Not injected here", "", "| # | What, and why |", "|---|---|"]
    lines += [_line(str(row), reason) for row, reason in NOT_INJECTED.items()]
    return "\n".join(lines) + "\n"


def is_fresh(path: Path = PAGE) -> bool:
    """Whether the page on disk is the one that the marks give."""
    return path.is_file() and path.read_text() == page()


def _words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
