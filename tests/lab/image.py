"""The hosts' base image: built once from Debian packages, kept in the cache by its recipe.

A host's disk is an overlay whose lower folders are these. Plain hosts get `base`, which has no
Python; a host with a firewall gets the layer `firewall` on top of it, which has one (firewalld
is written in it); one that is to have nothing but Python gets the layer `python`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import apt, places, remains
from .cgroup import Cgroup
from .process import run

SUITE = "bookworm"
BASE_PACKAGES = (
    "systemd", "systemd-sysv", "libpam-systemd", "dbus", "openssh-server", "sudo", "iproute2",
    "curl", "ca-certificates", "procps", "openssl", "iputils-ping", "tar", "gzip", "nftables",
    "iptables",
)  # fmt: skip
FIREWALL_PACKAGES = ("firewalld", "ufw")
PYTHON_PACKAGES = ("python3",)
# What would only slow a boot down, or write to the disk while a test compares it.
MASKED = (
    "console-getty.service", "getty@.service", "apt-daily.timer", "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
    "systemd-networkd-wait-online.service",
)  # fmt: skip
# No lab can have this name.
_GROUP = ".image"
RECIPE = json.dumps([SUITE, BASE_PACKAGES, FIREWALL_PACKAGES, MASKED, "4"])


def layers(*, firewall: bool, python: bool = False) -> list[Path]:
    """The image's folders, the uppermost first; built now when the cache has none."""
    folder = places.cache() / f"image-{hashlib.sha256(RECIPE.encode()).hexdigest()[:12]}"
    base = folder / "base"
    with places.locked("image"):
        if not base.is_dir():
            with building(base) as scratch:
                _build_base(scratch, base)
        if firewall:
            disable = "systemctl disable firewalld.service ufw.service\n"
            return [_layer(folder / "firewall", base, FIREWALL_PACKAGES, disable), base]
        if python:
            return [_layer(folder / "-".join(PYTHON_PACKAGES), base, PYTHON_PACKAGES), base]
    return [base]


def _layer(target: Path, base: Path, packages: tuple[str, ...], last: str = "") -> Path:
    if not target.is_dir():
        with building(target) as scratch:
            _build_layer(scratch, base, target, packages, last)
    return target


@contextmanager
def overlay(lower: list[Path], upper: Path, work: Path, merged: Path) -> Iterator[None]:
    """`lower` with `upper` on top, mounted at `merged` for as long as this lasts."""
    mount_overlay(lower, upper, work, merged)
    try:
        yield
    finally:
        run(["umount", merged])


def mount_overlay(lower: list[Path], upper: Path, work: Path, merged: Path) -> None:
    """Mount the overlay; the three folders are made when missing."""
    for folder in (upper, work, merged):
        folder.mkdir(parents=True, exist_ok=True)
    # The mode of `/` on the host is that of the upper folder, whatever our umask is.
    upper.chmod(0o755)
    lowers = ":".join(map(str, lower))
    options = f"lowerdir={lowers},upperdir={upper},workdir={work}"
    run(["mount", "-t", "overlay", "etcd-tui-lab", "-o", options, merged])


def _build_base(scratch: Path, target: Path) -> None:
    root = scratch / "root"
    run_builder(
        ["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory",
         f"--include={','.join(BASE_PACKAGES)}", SUITE, str(root), apt.debian_mirror()]
    )  # fmt: skip
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for unit in MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    (root / "etc/machine-id").write_text("")
    # Installers of Debian write it, and PAM warns at each login when it is missing.
    (root / "etc/default/locale").write_text("LANG=C.UTF-8\n")
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    root.rename(target)


def _build_layer(
    scratch: Path, base: Path, target: Path, packages: tuple[str, ...], last: str
) -> None:
    """Installed inside a container, since firewalld's set-up (polkit) needs a running /proc."""
    install = (
        "printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d\n"
        "chmod 755 /usr/sbin/policy-rc.d\n"
        "apt-get -q update\n"
        f"apt-get -q -y install --no-install-recommends {' '.join(packages)}\n"
        "apt-get clean\n"
        f"rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /etc/resolv.conf\n{last}"
    )
    merged = scratch / "merged"
    with overlay([base], scratch / "upper", scratch / "work", merged):
        run_builder(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe",
             "--resolv-conf=copy-host", "--setenv=DEBIAN_FRONTEND=noninteractive",
             f"--directory={merged}", "sh", "-ec", install]
        )  # fmt: skip
    (scratch / "upper").rename(target)


def run_builder(command: list[str]) -> None:
    """Run a command that builds, in a group whose processes are found again."""
    run(Cgroup(_GROUP).entering(command), stdin="")


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """A folder to build in, beside the target, so that a finished build can be renamed there."""
    folder = target.parent / f".build-{target.name}"
    _clear(folder)  # of a builder that was killed: it held the lock that we hold now
    folder.mkdir(parents=True, mode=0o755)
    try:
        yield folder
    finally:
        _clear(folder)


def _clear(folder: Path) -> None:
    group = Cgroup(_GROUP)
    group.kill()
    group.remove()
    remains.unmount_below(folder)
    if folder.exists():
        shutil.rmtree(folder)
