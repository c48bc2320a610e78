"""What the machine must have to run a lab, and how to get it."""

from __future__ import annotations

import os
import shutil
import subprocess

from . import places
from .cgroup import hierarchies
from .process import LabError, run

# Program -> the Debian package that brings it.
PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "ssh-keygen": "openssh-client",
    "ssh": "openssh-client",
    "nft": "nftables",
    "nsenter": "util-linux",
    "mount": "mount",
    "dpkg-deb": "dpkg",
    "apt-get": "apt",
}
KEYRING_PACKAGE = "debian-archive-keyring"


def missing_requirements() -> list[str]:
    """Why this machine can not run a lab, a sentence each; empty when it can."""
    problems = []
    if os.geteuid() != 0:
        return ["the lab needs root: it makes namespaces, mounts and containers"]
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            problems.append(f"{program} is missing: `python -m tests.lab deps` installs {package}")
    if not hierarchies():
        problems.append("no cgroup hierarchy is mounted that systemd could use in a container")
    try:
        run(["unshare", "--net", "--mount", "true"])
    except LabError as error:
        problems.append(f"root can not make network and mount namespaces here: {error}")
    kind = run(["stat", "--file-system", "--format=%T", places.cache()]).strip()
    if kind in {"overlayfs", "nfs", "tmpfs"}:
        problems.append(
            f"{places.cache()} lies on {kind}, on which hosts' disks can not: "
            "name a folder on a real disk in ETCD_TUI_LAB_CACHE"
        )
    return problems


def install() -> None:
    """Install the packages whose programs are missing."""
    wanted = sorted(
        {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
        | {KEYRING_PACKAGE}
    )
    # A third party's broken source must not stop us; if Debian's own failed, the install says so.
    subprocess.run(["apt-get", "-q", "update"], check=False)
    done = subprocess.run(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *wanted],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
    )
    if done.returncode != 0:
        raise LabError(f"apt-get could not install {' '.join(wanted)}: see its words above")
