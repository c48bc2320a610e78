"""The machine, in words that anybody may read: no names, no paths."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.contenders import RELEASE, Ansible, Contender, Pyinfra


def machine() -> str:
    """Return processor, memory and system."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores = os.cpu_count() or 1
    return (
        f"one machine with {cores} cores ({_processor()}), {memory:.0f} GiB, {_system()}, Linux"
        f" {platform.release().split('-')[0]}, which is the operator's and all hosts' at once"
    )


def versions(taking_part: Sequence[Contender]) -> dict[str, str]:
    """Return the versions of all that takes part."""
    found = {
        "etcd-tui": version("etcd-tui"),
        "etcd": RELEASE,
        "Python": ".".join(map(str, sys.version_info[:3])),
    }
    for one in taking_part:
        if isinstance(one, Ansible):
            found["ansible-core"] = one.venv.version("ansible-core")
        if isinstance(one, Pyinfra):
            found["pyinfra"] = one.venv.version("pyinfra")
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
