"""What is not ours is not touched: the run ends with exit 3, the reason and the remedy."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hosts.cluster import Cluster
from tests.hosts.tree import difference, host_tree
from tests.lab import HostOptions, Lab, LabHost, SmallDisk, mirror

pytestmark = pytest.mark.lab


def assert_refused(cluster: Cluster, *keys: str, found: str) -> None:
    """Install, plan and check end with exit 3 for these checks; the host stays as it is."""
    (host,) = cluster.hosts
    before = host_tree(host)
    run = cluster.json("install")
    text = cluster.run("check")
    assert (run.exit, text.exit) == (3, 3), cluster.told(run)
    failed = run.failed_checks()
    assert {key for _host, key in failed} == set(keys), failed
    assert all(check["why"] and check["fix"] for check in failed.values())
    assert any(found in check["found"] for check in failed.values()), failed
    assert found in text.text
    assert all(check["fix"] in text.text for check in failed.values())
    assert run.of("action_started") == []
    assert difference(before, host_tree(host)) == []


def install_debian_etcd(host: LabHost, folder: Path) -> None:
    """Install a package etcd-server with dpkg: a program, and a unit that runs."""
    package = folder / "package"
    for path, text, mode in (
        ("DEBIAN/control", _CONTROL, 0o644),
        ("usr/bin/etcd", "#!/bin/sh\nexec sleep 1000\n", 0o755),
        ("usr/lib/systemd/system/etcd.service", "[Service]\nExecStart=/usr/bin/etcd\n", 0o644),
    ):
        file = package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
    target = host.root / "root/etcd-server.deb"
    subprocess.run(["dpkg-deb", "--build", package, target], check=True, capture_output=True)
    host.sh("dpkg -i /root/etcd-server.deb && systemctl daemon-reload", check=True)


_CONTROL = """\
Package: etcd-server
Version: 3.5.16-4
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: stands for Debian's etcd
"""


@pytest.mark.fault(
    16,
    injected="package etcd-server with its unit",
    seen="exit 3: package and unit are named and left alone",
)
def test_debians_etcd_is_left_alone(alone: Cluster, tmp_path: Path) -> None:
    install_debian_etcd(alone.hosts[0], tmp_path)

    assert_refused(alone, "foreign-etcd", "unit", found="package etcd-server 3.5.16-4")


@pytest.mark.fault(
    16,
    injected="a process called etcd",
    seen="exit 3: its command line is named",
)
def test_a_foreign_etcd_process_is_left_alone(alone: Cluster) -> None:
    (host,) = alone.hosts
    host.sh("cp /bin/sleep /opt/etcd && systemd-run --unit=theirs /opt/etcd 1000", check=True)

    assert_refused(alone, "foreign-etcd", found="/opt/etcd 1000")


@pytest.mark.fault(
    16,
    injected="somebody's etcd.service",
    seen="exit 3: the file is named",
)
def test_a_foreign_unit_at_our_place_is_left_alone(alone: Cluster) -> None:
    (host,) = alone.hosts
    unit = host.root / "etc/systemd/system/etcd.service"
    unit.write_text("[Service]\nExecStart=/bin/sleep 1000\n")
    host.sh("systemctl daemon-reload && systemctl start etcd", check=True)

    assert_refused(alone, "foreign-files", "unit", found="/etc/systemd/system/etcd.service")


@pytest.mark.fault(
    15,
    injected="somebody listens on 2379, 2380",
    seen="exit 3: the port with its holder",
)
@pytest.mark.parametrize("port", ["2379", "2380"])
def test_a_busy_port_is_named_with_its_holder(alone: Cluster, port: str) -> None:
    (host,) = alone.hosts
    units = host.root / "etc/systemd/system"
    (units / "theirs.socket").write_text(f"[Socket]\nListenStream={port}\nAccept=yes\n")
    (units / "theirs@.service").write_text("[Service]\nExecStart=/bin/cat\n")
    host.sh("systemctl daemon-reload && systemctl start theirs.socket", check=True)

    assert_refused(alone, "ports", found=f"{port} on")


@pytest.mark.fault(
    17,
    injected="a data folder that is not empty",
    seen="exit 3: its entries, and how to move it aside",
)
def test_data_of_somebody_else_is_left_alone(alone: Cluster) -> None:
    (host,) = alone.hosts
    host.sh("mkdir -p /var/lib/etcd/member/wal && echo x >/var/lib/etcd/member/x", check=True)

    assert_refused(alone, "data-folder", found="/var/lib/etcd is not empty: member")


@pytest.mark.fault(
    18,
    injected="the data folder is a symbolic link",
    seen="exit 3: where it leads",
)
def test_a_data_folder_that_is_a_symbolic_link_is_not_followed(alone: Cluster) -> None:
    (host,) = alone.hosts
    host.sh("mkdir /srv/data && ln -s /srv/data /var/lib/etcd", check=True)

    assert_refused(alone, "data-folder", found="symbolic link to /srv/data")


@pytest.mark.parametrize(
    "path", ["/usr/local/bin/etcd", "/etc/etcd/etcd.conf", "/etc/etcd/server.key"]
)
def test_a_foreign_file_where_ours_would_be_is_left_alone(alone: Cluster, path: str) -> None:
    (host,) = alone.hosts
    host.sh(f"mkdir -p {Path(path).parent} && echo theirs >{path}", check=True)

    assert_refused(alone, "foreign-files", found=path)


def test_a_masked_unit_is_not_unmasked(alone: Cluster) -> None:
    alone.hosts[0].sh("systemctl mask etcd.service", check=True)

    assert_refused(alone, "foreign-files", "unit", found="/etc/systemd/system/etcd.service")


def test_an_address_that_is_not_on_the_host_is_refused(alone: Cluster) -> None:
    (host,) = alone.hosts
    entry = {"host": host.address}
    alone.change(nodes=[{"name": "etcd1", "address": "192.0.2.99", "ssh": entry}])

    assert_refused(alone, "address", found="192.0.2.99 is not among")


def truncated(folder: Path) -> tuple[str, str]:
    """A tarball that lacks its end."""
    whole = mirror.tarball("3.5.30").read_bytes()
    (folder / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    return str(folder / "cut.tar.gz"), "truncated or damaged"


def wrong_architecture(folder: Path) -> tuple[str, str]:
    """A tarball for other machines."""
    return str(mirror.tarball("3.5.30", "arm64")), "is for arm64, the host is amd64"


def web_page(folder: Path) -> tuple[str, str]:
    """What a proxy sends instead of a tarball."""
    (folder / "page.tar.gz").write_text("<!DOCTYPE html><title>Sign in</title>")
    return str(folder / "page.tar.gz"), "is a web page"


def missing(folder: Path) -> tuple[str, str]:
    """No file at all."""
    return str(folder / "none.tar.gz"), "cannot be read"


@pytest.mark.fault(
    35,
    injected="truncated, for arm64, a web page, no file",
    seen="exit 3: which of these it is",
)
@pytest.mark.parametrize("make", [truncated, wrong_architecture, web_page, missing])
def test_a_tarball_that_is_none_for_the_host_is_refused(
    alone: Cluster, tmp_path: Path, make: object
) -> None:
    source, found = make(tmp_path)  # type: ignore[operator]
    alone.change(binaries={"source": source})

    assert_refused(alone, "archive", found=found)


@pytest.mark.fault(
    35,
    injected="another checksum in the answers",
    seen="exit 3: both sums",
)
def test_a_tarball_with_another_checksum_is_refused(alone: Cluster) -> None:
    alone.change(binaries={"sha256": "0" * 64})

    assert_refused(alone, "archive", found="expected is 0000")


def test_two_hosts_that_are_one_machine_are_refused(three_hosts: Lab, tmp_path: Path) -> None:
    three_hosts.reset_disks()
    first, second, _third = three_hosts.hosts
    (second.root / "etc/machine-id").write_text((first.root / "etc/machine-id").read_text())
    cluster = Cluster(three_hosts, tmp_path)

    run = cluster.json("install")

    assert run.exit == 3
    assert ("", "machine-id") in run.failed_checks()


@pytest.mark.fault(
    18,
    injected="80 MiB for data, or for programs",
    seen="exit 3: what is free and what is needed",
)
@pytest.mark.parametrize("path", ["/var/lib/etcd", "/usr/local/bin"])
def test_a_disk_without_room_is_refused(
    lab_of: Callable[..., Lab], tmp_path: Path, path: str
) -> None:
    lab = lab_of(HostOptions(small_disks=(SmallDisk(path, 80),)))

    assert_refused(Cluster(lab, tmp_path), "disk", found=f"{path} has")
