"""Injecting faults into hosts of the lab and taking them back, and reading what came of them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.hosts.cluster import Cluster, Run
from tests.hosts.evidence import files_with, key_bytes
from tests.hosts.tree import Tree, folder_tree
from tests.lab import LabHost

COLUMNS, ROWS = 80, 24
_NOT_OURS = ("var/log", "run", "tmp", "root/.cache")


@contextmanager
def filtered(host: LabHost, rules: str) -> Iterator[None]:
    """Rules for packets that come to the host, in a table of the test's own."""
    chain = f"chain in {{ type filter hook input priority -1; policy accept; {rules} }}"
    host.netns_exec(["nft", "-f", "-"], input=f"table inet fault {{\n{chain}\n}}\n", check=True)
    try:
        yield
    finally:
        host.netns_exec(["nft", "delete", "table", "inet", "fault"], check=True)


@contextmanager
def changed(host: LabHost, script: str, *, back: str) -> Iterator[None]:
    """A shell script on the host, and the one that takes it back."""
    host.sh(f"set -e\n{script}", check=True)
    try:
        yield
    finally:
        host.sh(back, check=True)


@contextmanager
def mounted(host: LabHost, path: str, options: str) -> Iterator[None]:
    """A tmpfs with `options` (size=…, nr_inodes=…, noexec, ro) at `path`, which is made for it."""
    made = f"[ -d {path} ] || {{ mkdir {path} && : >{path}.made; }}"
    mount = f"mount -t tmpfs -o {options} fault {path}"
    back = f"umount {path}; [ ! -e {path}.made ] || rm -r {path} {path}.made"
    with changed(host, f"{made}\n{mount}", back=back):
        yield


@contextmanager
def hidden(host: LabHost, *programs: str) -> Iterator[None]:
    """The host without these programs: a file that nobody can run lies over each."""
    paths = [host.sh(f"readlink -f $(command -v {p})", check=True).stdout.strip() for p in programs]
    cover = "; ".join(f"mount --bind /dev/null {path}" for path in paths)
    with changed(host, cover, back="; ".join(f"umount {path}" for path in paths)):
        yield


@contextmanager
def lying(host: LabHost, **programs: str) -> Iterator[None]:
    """Programs of the host that are found first and run these shell scripts."""
    folder = host.root / "usr/local/sbin"
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    try:
        yield
    finally:
        for name in programs:
            (folder / name).unlink()


def written(cluster: Cluster) -> list[Tree]:
    """What each host has written since its disk was new, but logs and what a boot clears."""
    return [folder_tree(host.upper, _NOT_OURS) for host in cluster.hosts]


def kept_events(cluster: Cluster) -> list[dict[str, Any]]:
    """The events of the cluster's latest run, from its run folder."""
    runs = (cluster.state / "runs").iterdir()
    *_earlier, latest = sorted(runs, key=lambda folder: folder.stat().st_ctime_ns)
    return [json.loads(line) for line in (latest / "events.jsonl").read_text().splitlines()]


def last_screen(run: Run) -> str:
    """What stands on a terminal of 80 by 24 when the run has ended, as one line."""
    rows = [
        row
        for line in run.text.splitlines()
        for row in textwrap.wrap(line, COLUMNS, drop_whitespace=False) or [""]
    ]
    # The last row is the shell's next prompt.
    return " ".join(" ".join(rows[-(ROWS - 1) :]).split())


def assert_told(run: Run, *texts: str) -> None:
    """All of `texts` can be read on the last screen."""
    screen = last_screen(run)
    for text in texts:
        assert " ".join(text.split()) in screen, f"{text!r} is not on the last screen:\n{run.text}"


def assert_no_secret(cluster: Cluster, run: Run) -> None:
    """Neither passwords nor private keys are in what a run printed, kept, and left on hosts."""
    operator = cluster.lab.operator
    passwords = [operator.password.encode(), operator.passphrase.encode()]
    own = key_bytes(Path(operator.private_key).read_text())
    printed = run.text.encode()
    assert not any(secret in printed for secret in [*passwords, *own])
    authority = cluster.state / "pki/ca-key.pem"
    made = key_bytes(authority.read_text()) if authority.exists() else []
    assert not any(secret in printed for secret in made)
    if (cluster.state / "runs").exists():
        assert files_with(cluster.state / "runs", [*passwords, *own, *made]) == []
    for host in cluster.hosts:
        assert files_with(host.upper, [*own, *made]) == []
