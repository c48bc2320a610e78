"""Remove a lab, whatever state it is in, going by names alone.

So it serves a lab in good order and one whose owner was killed at any point of making it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from . import network
from .cgroup import Cgroup
from .process import LabError, run


def remove(lab: str, folder: Path) -> None:
    """End the lab's processes, then take away its mounts, namespaces, groups and folder."""
    group = Cgroup(lab)
    group.kill()
    group.remove()
    unmount_below(folder)
    network.delete_all(lab)
    for left in Path("/run/systemd/nspawn/propagate").glob(f"{network.outer_namespace(lab)}.*"):
        # From an nspawn that was killed before it could tidy up.
        left.rmdir()
    shutil.rmtree(folder)


def unmount_below(folder: Path) -> None:
    """Unmount all that is mounted in `folder`, the deepest first."""
    for mount in reversed(_mounts_below(folder)):
        run(["umount", "--lazy", mount])
    if left := _mounts_below(folder):
        raise LabError(f"still mounted: {', '.join(map(str, left))}")


def _mounts_below(folder: Path) -> list[Path]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    # The kernel writes a space in a path as \040.
    mounts = [Path(line.split()[4].replace("\\040", " ")) for line in lines]
    return sorted(mount for mount in mounts if mount.is_relative_to(folder.resolve()))
