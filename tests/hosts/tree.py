"""The file tree of a host or folder: path, kind, mode, owner and content of everything in it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection
from pathlib import Path

from tests.lab import LabHost

# Logs, and what is gone after a boot.
_LEFT_OUT = frozenset({"var/log", "run", "tmp", "proc", "sys", "dev"})

_hashes: dict[tuple[int, ...], str] = {}

Tree = dict[str, tuple[str, ...]]


def host_tree(host: LabHost) -> Tree:
    """Everything on the host's disk but logs and what is gone after a boot."""
    return folder_tree(host.root, _LEFT_OUT)


def folder_tree(root: Path, left_out: Collection[str] = ()) -> Tree:
    """Everything below `root` but the folders in `left_out`, by path."""
    tree: Tree = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}".lstrip("/")
                if path in left_out:
                    continue
                status = entry.stat(follow_symlinks=False)
                tree[path] = (
                    stat.filemode(status.st_mode), f"{status.st_uid}:{status.st_gid}",
                    _content(Path(entry.path), status),
                )  # fmt: skip
                if stat.S_ISDIR(status.st_mode):
                    pending.append(path)
    return tree


def _content(path: Path, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return str(path.readlink())
    if not stat.S_ISREG(status.st_mode):
        return ""
    # The image's files are the same ones on every host, whatever its file system's number.
    version = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if version not in _hashes:
        with path.open("rb") as file:
            _hashes[version] = hashlib.file_digest(file, "sha256").hexdigest()
    return _hashes[version]


def difference(before: Tree, after: Tree) -> list[str]:
    """One line for each path that differs; empty if the trees are equal."""
    return [
        f"{path}: {before.get(path, 'absent')} -> {after.get(path, 'absent')}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]
