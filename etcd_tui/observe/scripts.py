"""Scripts: the text of what hosts are asked by."""

from __future__ import annotations

from pathlib import Path


def script(*names: str) -> str:
    """Return the files put together, without indentation and comments.

    A shell reads what it is sent byte by byte, each with a call of the kernel. What stands in
    quotes or a here-document of these files must not depend on how a line begins.
    """
    folder = Path(__file__).parent
    lines = [
        line.lstrip() for name in names for line in (folder / name).read_text("ascii").splitlines()
    ]
    kept = (line for line in lines if line and (line[0] != "#" or line.startswith("# shellcheck")))
    return "\n".join(kept) + "\n"
