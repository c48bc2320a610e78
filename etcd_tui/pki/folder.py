"""Folder: files that change together or not at all, whatever kills the process at whatever call.

    .staged/      being written; worthless until it is renamed, removed by the next `settle`
    .committed/   complete and on disk; its files only wait to be moved up into the folder

Renaming `.staged` to `.committed` is the one moment at which a change happens. Before it the
old files stand; after it the new ones do: `read` looks into `.committed` first, and `settle`
moves up what a killed process has left there. Callers see to it that one process writes at a time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_STAGED = ".staged"
_COMMITTED = ".committed"


def read(folder: Path, name: str) -> bytes | None:
    """Return the bytes of a file, None if there is none; OSError if it cannot be read."""
    for path in (folder / _COMMITTED / name, folder / name):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
    return None


def names(folder: Path) -> frozenset[str]:
    """Return the names of all files, those that wait to be moved up included."""
    found: set[str] = set()
    for place in (folder / _COMMITTED, folder):
        try:
            found.update(entry.name for entry in os.scandir(place) if entry.is_file())
        except FileNotFoundError:
            continue
    return frozenset(found)


def mode(folder: Path, name: str) -> int | None:
    """Return the permission bits of a file, None if there is none."""
    for path in (folder / _COMMITTED / name, folder / name):
        try:
            return path.stat().st_mode & 0o7777
        except FileNotFoundError:
            continue
    return None


def commit(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all `files` (mode 0600) or none; on return they are on disk. OSError on failure."""
    _make(folder)
    settle(folder)
    staged = folder / _STAGED
    try:
        staged.mkdir(mode=0o700)
        for name, data in files.items():
            _write(staged / name, data)
        _sync(staged)
        (folder / _STAGED).rename(folder / _COMMITTED)
    except OSError:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    _sync(folder)
    settle(folder)


def settle(folder: Path) -> None:
    """Finish what a killed process began: move committed files up, drop what was only staged."""
    committed = folder / _COMMITTED
    if committed.is_dir():
        for name in sorted(os.listdir(committed)):  # noqa: PTH208 - names, not paths
            (committed / name).rename(folder / name)
        # The moves reach the disk before the folder they came from may vanish from it.
        _sync(folder)
        committed.rmdir()
        _sync(folder)
    if (folder / _STAGED).exists():
        shutil.rmtree(folder / _STAGED)


def _make(folder: Path) -> None:
    """Create the folder and its missing parents, each 0700; close an existing folder to others."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=0o700)
        _sync(path.parent)
    if not missing and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
