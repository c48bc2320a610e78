"""SELinux relaxed and put back, on a host with stand-ins for its two programs and its file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from etcd_tui.plan.scripts import script_text
from tests.lab import HostOptions, Lab, LabHost

pytestmark = pytest.mark.lab

STATE = "/var/lib/etcd-tui"
CONFIG = (
    "# comment\nSELINUX=enforcing\n# SELINUX=disabled is explained elsewhere\nSELINUXTYPE=targeted"
)
GETENFORCE = "#!/bin/sh\ncat /run/mode\n"
SETENFORCE = "#!/bin/sh\ncase $1 in 0) echo Permissive ;; 1) echo Enforcing ;; esac >/run/mode\n"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.create(hosts=[HostOptions()]) as made:
        yield made


@pytest.fixture
def host(lab: Lab) -> LabHost:
    host = lab.hosts[0]
    host.sh(f"rm -rf {STATE} /.autorelabel /etc/selinux; mkdir /etc/selinux", check=True)
    for name, text in (("getenforce", GETENFORCE), ("setenforce", SETENFORCE)):
        path = host.root / "usr/local/bin" / name
        path.write_text(text)
        path.chmod(0o755)
    (host.root / "etc/selinux/config").write_text(CONFIG)
    set_mode(host, "Enforcing")
    return host


def set_mode(host: LabHost, mode: str) -> None:
    host.sh(f"echo {mode} >/run/mode", check=True)


def mode_of(host: LabHost) -> str:
    return host.sh("getenforce", check=True).stdout.strip()


def config_of(host: LabHost) -> str:
    return (host.root / "etc/selinux/config").read_text()


def do(host: LabHost, name: str, *args: str, shell: str = "sh", before: str = "") -> int:
    text = f"umask 077\n{before}\n{script_text(name)}"
    return host.exec([shell, "-c", text, "-", STATE, *args]).returncode


@pytest.mark.fault(
    38,
    injected="an enforcing SELinux, played by stand-ins",
    seen="relaxed as the answers ask, put back by uninstall",
)
@pytest.mark.parametrize("wanted", ["permissive", "disabled"])
def test_selinux_is_relaxed_now_and_at_boot_and_put_back(host: LabHost, wanted: str) -> None:
    for _ in range(2):
        assert do(host, "selinux_relax", wanted) == 0
        assert mode_of(host) == "Permissive"
        assert config_of(host) == CONFIG.replace("=enforcing", f"={wanted}")
    for _ in range(2):
        assert do(host, "selinux_restore") == 0
        assert mode_of(host) == "Enforcing"
        assert config_of(host) == CONFIG
    assert sorted(path.name for path in (host.root / "etc/selinux").iterdir()) == ["config"]
    assert not (host.root / ".autorelabel").exists()


def test_a_host_that_ran_without_selinux_is_relabelled_at_its_next_boot(host: LabHost) -> None:
    assert do(host, "selinux_relax", "disabled") == 0
    set_mode(host, "Disabled")
    assert do(host, "selinux_restore") == 0
    assert config_of(host) == CONFIG
    assert (host.root / ".autorelabel").read_text() == "-F\n"


def test_what_somebody_decided_since_stays(host: LabHost) -> None:
    assert do(host, "selinux_relax", "permissive") == 0
    theirs = CONFIG.replace("=enforcing", "=disabled")
    (host.root / "etc/selinux/config").write_text(theirs)
    assert do(host, "selinux_restore") == 0
    assert config_of(host) == theirs


def test_a_host_that_was_permissive_stays_so(host: LabHost) -> None:
    set_mode(host, "Permissive")
    assert do(host, "selinux_relax", "disabled") == 0
    assert do(host, "selinux_restore") == 0
    assert (mode_of(host), config_of(host)) == ("Permissive", CONFIG)


def test_without_a_configuration_only_the_mode_changes(host: LabHost) -> None:
    (host.root / "etc/selinux/config").unlink()
    assert do(host, "selinux_relax", "permissive") == 0
    assert mode_of(host) == "Permissive"
    assert do(host, "selinux_restore") == 0
    assert mode_of(host) == "Enforcing"


def test_relaxing_may_be_killed_anywhere(host: LabHost) -> None:
    trap = "set -T; went=0; trap 'went=$((went + 1)); [ $went -ne {} ] || kill -KILL $$' DEBUG"
    killed = 0
    for step in range(8, 90, 3):
        for name, args in (("selinux_relax", ("permissive",)), ("selinux_restore", ())):
            killed += do(host, name, *args, shell="bash", before=trap.format(step)) == -9
            assert do(host, name, *args) == 0
        assert (mode_of(host), config_of(host)) == ("Enforcing", CONFIG)
    assert killed > 20
    assert not list((host.root / "etc/selinux").glob(".etcd-tui.*"))
