"""An environment of their own for the yardsticks from PyPI, so that the tool's own stays as it is.

What is in it stands in pyproject.toml under the extra `bench`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.lab import places
from tests.lab.process import run

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Venv:
    """The environment in `folder`."""

    folder: Path

    @classmethod
    def made(cls) -> Venv:
        """Return the environment in the lab's cache; made now when it is missing."""
        wanted = tomllib.loads(_PROJECT.read_text())["project"]["optional-dependencies"]["bench"]
        recipe = hashlib.sha256(repr([wanted, sys.version]).encode()).hexdigest()[:12]
        folder = places.cache() / f"bench-{recipe}"
        with places.locked("bench"):
            if not (folder / "made").exists():
                run([sys.executable, "-m", "venv", "--clear", folder])
                run([folder / "bin/python", "-m", "pip", "install", "-q", "--compile", *wanted])
                (folder / "made").touch()
        return cls(folder)

    def program(self, name: str) -> Path:
        """Return the path of one of its programs."""
        return self.folder / "bin" / name

    def version(self, package: str) -> str:
        """Return the installed version of a package."""
        script = f"import importlib.metadata as m; print(m.version({package!r}))"
        command = [self.folder / "bin/python", "-c", script]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
