"""A machine with nothing but Python: a small Debian, made once, of which every user gets a copy.

It is no host of a lab: nothing boots in it, and it shares the network of this machine.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from . import apt, image, places
from .cgroup import Cgroup

PACKAGES = ("python3", "python3-venv")
USER = "learner"
RECIPE = json.dumps([image.SUITE, PACKAGES, USER, "1"])
# No lab can have this name.
_GROUP = ".empty"


def root() -> Path:
    """The machine's folder; built now when the cache has none."""
    target = places.cache() / f"empty-{hashlib.sha256(RECIPE.encode()).hexdigest()[:12]}"
    with places.locked("empty"):
        if not target.is_dir():
            with image.building(target) as scratch:
                made = scratch / "root"
                image.run_builder(
                    ["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory",
                     f"--include={','.join(PACKAGES)}",
                     f"--customize-hook=chroot \"$1\" useradd --create-home {USER}",
                     image.SUITE, str(made), apt.debian_mirror()]
                )  # fmt: skip
                made.rename(target)
    return target


def run(script: str, folders: Mapping[str, Path], environment: Mapping[str, str]) -> str:
    """Run `script` there as a user who is not root, and return what it says on both streams.

    `folders` are seen at the given paths, to read only. Whatever it writes is gone afterwards.
    CalledProcessError, with what it said, when it fails.
    """
    group = Cgroup(_GROUP)
    command = [
        "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe", "--as-pid2",
        "--volatile=overlay", f"--directory={root()}", f"--user={USER}",
        *(f"--bind-ro={folder}:{path}" for path, folder in folders.items()),
        *(f"--setenv={name}={value}" for name, value in environment.items()),
        "sh", "-ec", script,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            group.entering(command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    finally:
        group.kill()
        group.remove()
    said = done.stdout + done.stderr
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, said[-4000:])
    return said
