"""Where the lab keeps things on disk, and the locks around them."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEFAULT = "/var/cache/etcd-tui-lab"


def cache() -> Path:
    """The lab's folder: images, mirror and the labs; $ETCD_TUI_LAB_CACHE names another one."""
    root = Path(os.environ.get("ETCD_TUI_LAB_CACHE") or _DEFAULT).absolute()
    root.mkdir(parents=True, exist_ok=True)
    return root


def tag() -> str:
    """Part of every name in the kernel, so that labs of two caches may have the same name."""
    folder = str(cache().resolve())
    return "" if folder == _DEFAULT else hashlib.sha256(folder.encode()).hexdigest()[:4]


def labs() -> Path:
    """One folder for each lab that exists."""
    root = cache() / "labs"
    root.mkdir(exist_ok=True)
    return root


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name` against every other process that uses this cache."""
    with (cache() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
