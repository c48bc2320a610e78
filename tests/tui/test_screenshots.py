"""The pictures that the README shows are those of this version."""

import subprocess
import sys
from pathlib import Path


def test_the_screenshots_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tui.screenshots", "--check"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"python -m tests.tui.screenshots makes them anew\n{done.stderr}"
