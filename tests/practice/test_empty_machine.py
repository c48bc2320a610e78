"""The README's two commands, on a machine that has nothing but Python, by somebody who is not root.

The packages were downloaded before: the machine is not asked to reach a registry.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import empty_machine

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"```sh\n(python3 -m venv .*)\n```", (ROOT / "README.md").read_text())
ENVIRONMENT = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/packages", "PIP_NO_CACHE_DIR": "1"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clean clone, and every package that the two commands install."""
    folder = tmp_path_factory.mktemp("empty")
    clone, packages = folder / "clone", folder / "packages"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, clone], check=True)
    wanted = [f"{clone}[demo,dev]", "hatchling", "editables"]
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "-d", packages, *wanted], check=True
    )
    folder.chmod(0o755)
    return {"/clone": clone, "/packages": packages}


def test_the_first_ends_with_a_proven_cluster_and_the_second_runs_tests(
    folders: dict[str, Path],
) -> None:
    install_and_prove, run_tests = COMMANDS
    said = empty_machine.run(
        f"cp -r /clone ~/etcd-tui; cd ~/etcd-tui\n{install_and_prove}\n"
        f"{run_tests} -q tests/unit/test_readme.py tests/lab/test_lab.py\n",
        folders,
        ENVIRONMENT,
    )
    assert "etcd2: the member list is as wanted" in said
    assert "Everything of the demo is stopped and removed." in said
    assert re.search(r"\d+ passed, \d+ skipped", said)
    assert "no lab: the lab needs root" in said
