"""Publish results: the README's part between its markers, and the picture beside the others."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.picture import svg
from tests.benchmarks.results import Results
from tests.benchmarks.table import markdown

BEGIN = "<!-- benchmarks: written by `python -m tests.benchmarks --write` -->"
END = "<!-- end of benchmarks -->"
PROJECT = Path(__file__).parents[2]


def publish(results: Results, project: Path = PROJECT) -> None:
    """Write both; ValueError where the README has no markers."""
    readme = project / "README.md"
    text = between(readme.read_text(), markdown(results))
    # Beside the other pictures, which are drawn anew all together, would be no place for it.
    picture = project / "screenshots/measured/benchmarks.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(svg(results))
    readme.write_text(text)


def between(text: str, part: str) -> str:
    """Return `text` with `part` between the markers."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN} … {END}")
    return f"{before}{begin}\n\n{part}\n{end}{after}"
