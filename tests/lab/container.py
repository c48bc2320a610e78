"""systemd-nspawn: boot a folder as a machine, and know when it is up."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import time
from pathlib import Path

from .cgroup import Cgroup
from .process import LabError

_TAIL = 1500
# With --keep-unit, nspawn ends with 133 when the machine wants to be rebooted. What the old
# kernel would have forgotten must be forgotten here too.
_POWERED = 'while "$@"; [ $? = 133 ]; do nsenter --net="$NETNS" nft flush ruleset; done'


def boot(
    root: Path, *, machine: str, namespace: str, cgroup: Cgroup, console: Path, patience: float
) -> subprocess.Popen[bytes]:
    """Boot `root` and return its nspawn once systemd has finished starting up.

    `namespace` is the network namespace's name. What the machine prints goes to `console`.
    LabError when it is not up after `patience` seconds, with the last words on its console.
    """
    command = [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        # Without a running systemd here there is no machined to register with.
        "--register=no",
        "--keep-unit",
        "--notify-ready=yes",
        f"--machine={machine}",
        f"--directory={root}",
        f"--network-namespace-path=/run/netns/{namespace}",
        # Given with --private-network, but not with a namespace by path; firewalls need it.
        "--capability=CAP_NET_ADMIN",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
    ]
    # An abstract name: a path in a deep cache folder could be too long for a socket.
    address = f"{machine}.{os.getpid()}"
    environment = {
        "PATH": os.environ["PATH"],
        "NETNS": f"/run/netns/{namespace}",
        "NOTIFY_SOCKET": f"@{address}",
        # /proc/sys/net writable, as on a host: firewalls and sysctl settings need it.
        "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
    }
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices,
        console.open("wb") as output,
    ):
        notices.bind(f"\0{address}")
        nspawn = subprocess.Popen(
            cgroup.entering(["sh", "-c", _POWERED, "sh", *command]),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            # A process group of its own, so that Ctrl+C in a test run does not reach it.
            start_new_session=True,
        )
        try:
            _wait_until_ready(notices, nspawn, console, patience)
        except BaseException:
            cgroup.kill()
            nspawn.wait()
            raise
    return nspawn


def _wait_until_ready(
    notices: socket.socket, nspawn: subprocess.Popen[bytes], console: Path, patience: float
) -> None:
    deadline = time.monotonic() + patience
    end = os.pidfd_open(nspawn.pid)
    try:
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([notices.fileno(), end], [], [], left)
            if notices.fileno() in ready and b"READY=1" in notices.recv(4096).split(b"\n"):
                return
            if end in ready:
                raise LabError(f"the host ended while it booted:\n{_last_words(console)}")
    finally:
        os.close(end)
    raise LabError(f"the host was not up after {patience:.0f} s:\n{_last_words(console)}")


def _last_words(console: Path) -> str:
    return console.read_text(errors="replace")[-_TAIL:]
