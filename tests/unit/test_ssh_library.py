"""asyncssh is loaded without a process, and finds the libraries that it found before."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys
from pathlib import Path

import pytest

from etcd_tui import ssh_library

NEEDS_CACHE = pytest.mark.skipif(not ssh_library._read(), reason="no cache of the loader's here")
LOAD = """\
import ctypes.util, sys
from pathlib import Path
from etcd_tui import ssh_library
usual = ctypes.util.find_library
started = []
sys.addaudithook(lambda event, _args: event == "subprocess.Popen" and started.append(event))
ssh_library.CACHE = Path({cache!r})
ssh_library.load()
assert ctypes.util.find_library is usual
assert "asyncssh" in sys.modules
from asyncssh.crypto import pq, umac
print(len(started), umac._nettle_lib, pq._oqs_lib)
"""


def loaded(cache: Path = ssh_library.CACHE, **env: str) -> list[str]:
    """How many processes were started, and what asyncssh found."""
    command = [sys.executable, "-c", LOAD.format(cache=str(cache))]
    path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(command, env=path | env, capture_output=True, text=True, check=True)
    return done.stdout.split()


@NEEDS_CACHE
def test_no_process_is_started_and_the_same_is_found() -> None:
    there, usual = loaded(), loaded(Path("/nonexistent"))
    assert there[0] == "0"
    assert usual[0] != "0"
    assert there[1:] == usual[1:]


@NEEDS_CACHE
def test_where_the_environment_names_folders_they_count_too() -> None:
    assert loaded(LD_LIBRARY_PATH="/nonexistent")[0] != "0"


@NEEDS_CACHE
def test_a_library_is_found_by_the_name_that_the_loader_knows() -> None:
    cache = ssh_library._read()
    assert ssh_library.find("c", cache) == ctypes.util.find_library("c")
    assert ssh_library.find("no-such-library", cache) is None


def test_only_what_can_be_loaded_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(name: str) -> None:
        asked.append(name)
        if name.endswith((".9", ".so")):
            raise OSError("wrong ELF class")

    monkeypatch.setattr(ctypes, "CDLL", load)
    paths = (
        "/lib/liboqs.so",
        "/usr/local/lib/liboqs.so.8",
        "/lib32/liboqs.so.9",
        "/lib/xliboqs.so.7",
    )
    cache = b"ld.so\0" + b"".join(path.encode() + b"\0" for path in paths)
    assert ssh_library.find("oqs", cache) == "liboqs.so.8"
    assert asked == ["liboqs.so.9", "liboqs.so.8"]
    assert ssh_library.find("qs", cache) is None


@pytest.mark.parametrize("content", [None, b"", b"\0something else"])
def test_what_is_no_such_cache_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    cache = tmp_path / "ld.so.cache"
    if content is not None:
        cache.write_bytes(content)
    monkeypatch.setattr(ssh_library, "CACHE", cache)
    assert ssh_library._read() == b""
