"""The lab itself: a host boots, answers, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab, missing_requirements
from tests.lab.cgroup import hierarchies

pytestmark = pytest.mark.lab


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A lab's name, by which afterwards nothing is to be found on the machine."""
    if problems := missing_requirements():
        if request.config.getoption("--require-lab", default=False):
            pytest.fail("; ".join(problems))
        pytest.skip("; ".join(problems))
    lab = f"smoke-{os.getpid()}"
    yield lab
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True)
    assert f"-{lab}" not in namespaces.stdout
    assert f"/labs/{lab}/" not in Path("/proc/self/mountinfo").read_text()
    for hierarchy in hierarchies():
        assert not list(hierarchy.glob(f"etcd-tui-lab*.{lab}"))


def test_a_host_boots_answers_over_ssh_and_leaves_nothing_behind(name: str) -> None:
    with Lab.create(name, hosts=1) as lab:
        host = lab.hosts[0]
        login = ["ssh", "-F", str(lab.operator.ssh_config), host.name, "id -un; hostname"]

        answer = lab.run_operator(login, capture_output=True, text=True, check=True)

        assert answer.stdout.split() == ["root", "host1"]
        assert host.exec(["systemctl", "is-system-running"]).stdout == "running\n"
        assert host.sh("command -v python3").returncode != 0


def test_a_power_cut_keeps_the_disk_and_a_fresh_one_is_empty(name: str) -> None:
    with Lab.create(name, hosts=1) as lab:
        host = lab.hosts[0]
        host.sh("echo written >/root/file; sync", check=True)

        host.power_cut()
        assert not host.up
        host.boot()
        assert host.sh("cat /root/file", check=True).stdout == "written\n"

        host.fresh_disk()
        assert host.sh("test -e /root/file").returncode == 1
