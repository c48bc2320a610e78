"""Search every byte that an install leaves, and every process that it runs, for secrets."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.hosts.cluster import Cluster
from tests.hosts.evidence import ON_HOST, key_bytes

_MEMORY = ("tmp", "run", "dev/shm", "var/tmp")
"""Folders of a host that may lie in memory, and so not on its disk."""


def spellings(secret: str) -> list[bytes]:
    """The secret as it is, as a word of a shell, in JSON, in a URL, and in base64."""
    raw = secret.encode()
    coded = []
    for before in range(3):
        inner = raw[-before % 3 :] if before else raw
        coded.append(base64.b64encode(inner[: len(inner) // 3 * 3]))
    words = (secret, shlex.quote(secret).strip("'"), json.dumps(secret)[1:-1], quote(secret))
    return [*{word.encode() for word in words}, *coded]


def of_key(pem: str) -> list[bytes]:
    """What of a private key would show, also if it was coded once more."""
    line, der = key_bytes(pem)
    # For a program that takes its words line by line.
    part = max(re.split(rb"[\0\n]", der), key=len)
    assert len(part) >= 8
    return [line, part, *spellings(line.decode())[-3:]]


@dataclass
class Processes:
    """Every command line and environment that was seen on this machine and in its containers."""

    commands: set[bytes] = field(default_factory=set)
    environments: set[bytes] = field(default_factory=set)
    _done: threading.Event = field(default_factory=threading.Event)

    def _look(self) -> None:
        while not self._done.wait(0.005):
            for folder in Path("/proc").glob("[0-9]*"):
                # Most processes are gone before the second file is read.
                with contextlib.suppress(OSError):
                    self.commands.add((folder / "cmdline").read_bytes())
                    self.environments.add((folder / "environ").read_bytes())

    @contextlib.contextmanager
    def watched(self) -> Iterator[Processes]:
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join()


def assert_kept(
    cluster: Cluster, secrets: dict[str, str], printed: str, processes: Processes
) -> None:
    """Neither `secrets` nor any private key nor the token is anywhere but in its own file."""
    pki, client = cluster.state / "pki", cluster.state / "client"
    token = (cluster.state / "token").read_text().strip()
    keys = sorted([*pki.glob("*-key.pem"), client / "client.key"])
    assert len(keys) == len(cluster.members) + 2
    given = {name: spellings(secret) for name, secret in secrets.items()}
    made = {key.name: of_key(key.read_text()) for key in keys}
    everywhere = {**given, **made, "token": spellings(token)}
    own = {str(path) for path in (*keys, cluster.state / "token")}

    assert _in(everywhere, printed.encode()) == []
    assert _in(everywhere, b"\n".join(processes.commands)) == []
    # etcd's own environment has the token: nobody but its user and root can read it.
    assert _in({**given, **made}, b"\n".join(processes.environments)) == []
    assert set(_found([cluster.folder], everywhere)) <= own
    for member in cluster.members:
        _assert_host_kept(cluster, member, everywhere)


def _in(named: dict[str, list[bytes]], text: bytes) -> list[str]:
    return [name for name, needles in named.items() if any(needle in text for needle in needles)]


def _assert_host_kept(cluster: Cluster, member: str, everywhere: dict[str, list[bytes]]) -> None:
    host = cluster.host_of(member)
    config = cluster.place("config")
    journal = host.exec(["journalctl", "--all", "--no-pager", "-o", "export"], check=True).stdout
    # What etcd says of its settings is its own, and only its user's and root's to read.
    others = "\n".join(line for line in journal.splitlines() if "cluster" not in line.lower())
    named = {name: needles for name, needles in everywhere.items() if name != "token"}
    assert _in(named, journal.encode()) == []
    assert _in(everywhere, others.encode()) == []
    root = Path(f"/proc/{host.pid}/root")
    found = _found([host.upper, *(root / folder for folder in _MEMORY)], everywhere)
    on_host = {
        f"/{path.removeprefix(f'{host.upper}/').removeprefix(f'{root}/')}": names
        for path, names in found.items()
        # Its fields were read above, whole and uncompressed.
        if "/log/journal/" not in path
    }
    assert on_host == {
        f"{config}/{ON_HOST[cluster.profile][2]}": {f"{member}-key.pem"},
        f"{config}/etcd.conf": {"token"},
    }


def _found(folders: list[Path], named: dict[str, list[bytes]]) -> dict[str, set[str]]:
    """Return the files below `folders` that hold a needle, and the names of what they hold."""
    needles = b"\n".join(needle for needles in named.values() for needle in needles)
    done = subprocess.run(
        ["grep", "-rlZFa", "-D", "skip", "-f", "/dev/stdin", *map(str, folders)],
        input=needles,
        capture_output=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    # Status 2 too: a file of /run may be gone before it is read.
    paths = [path.decode() for path in done.stdout.split(b"\0") if path]
    return {path: set(_in(named, Path(path).read_bytes())) for path in paths}
