"""asyncssh, loaded without starting a compiler.

While it is loaded, asyncssh looks for two libraries that it can do without, liboqs and libnettle,
by `ctypes.util.find_library`, which starts gcc and ld for one that is not installed. The loader's
cache says as much at once: it has whatever can be loaded by its name.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import os
import re
import sys
from pathlib import Path

CACHE = Path("/etc/ld.so.cache")


def load() -> None:
    """Load asyncssh; as ever where there is no such cache, or not it alone counts."""
    if "asyncssh" in sys.modules:
        return
    cache = b"" if os.environ.get("LD_LIBRARY_PATH") else _read()
    usual = ctypes.util.find_library
    if cache:
        ctypes.util.find_library = lambda name: find(name, cache)
    try:
        importlib.import_module("asyncssh")
    finally:
        ctypes.util.find_library = usual


def find(name: str, cache: bytes) -> str | None:
    """Return the file name of a library as `find_library` does: the newest that can be loaded."""
    # Paths stand in it one after the other, each with a NUL at its end.
    there = re.findall(rb"[\0/](lib%s\.so(?:\.[0-9.]+)?)(?=\0)" % re.escape(name.encode()), cache)
    for file in sorted(map(os.fsdecode, there), reverse=True):
        try:
            # It may be there for another processor only.
            ctypes.CDLL(file)
        except OSError:
            continue
        return file
    return None


def _read() -> bytes:
    try:
        cache = CACHE.read_bytes()
    except OSError:
        return b""
    # "glibc-ld.so.cache1.1", or "ld.so-1.7.0" with that behind it
    return cache if b"ld.so" in cache[:20] else b""
