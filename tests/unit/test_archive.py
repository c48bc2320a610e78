"""A release archive is looked into before anything of it reaches a host."""

from __future__ import annotations

import gzip
import subprocess
import tarfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etcd_tui.fetch.archive import ArchiveError, inspect, programs_of, sha256_of
from etcd_tui.i18n import set_language
from tests.unit.archives import elf, member, pack, release_archive

TOP = "etcd-v3.5.30-linux-amd64"


def refusal(
    path: Path, version: str = "3.5.30", architecture: str = "amd64", sha256: str = ""
) -> str:
    with pytest.raises(ArchiveError) as caught:
        inspect(path, version, architecture, sha256)
    assert caught.value.remedy
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("architecture", ["amd64", "arm64", "ppc64le", "s390x"])
def test_a_whole_archive_of_the_right_architecture_is_taken(
    architecture: str, tmp_path: Path
) -> None:
    path = release_archive(tmp_path, architecture=architecture)
    found = inspect(path, "3.5.30", architecture, sha256_of(path).upper())
    assert found.top == f"etcd-v3.5.30-linux-{architecture}"
    assert found.programs == ("etcd", "etcdctl", "etcdutl")
    assert (found.sha256, found.size) == (sha256_of(path), path.stat().st_size)


def test_etcdutl_is_only_wanted_where_there_is_one(tmp_path: Path) -> None:
    old = release_archive(tmp_path, "3.4.23", programs=("etcd", "etcdctl"))
    assert inspect(old, "3.4.23", "amd64").programs == programs_of("3.4.23") == ("etcd", "etcdctl")
    new = release_archive(tmp_path, "3.5.30", programs=("etcd", "etcdctl"))
    assert "holds no etcdutl" in refusal(new)


def test_an_archive_of_a_known_sum_is_looked_into_only_as_far_as_to_its_etcd(
    tmp_path: Path,
) -> None:
    path = release_archive(tmp_path, programs=("etcd", "etcdctl"))
    assert inspect(path, "3.5.30", "amd64", sha256_of(path)).top == TOP
    assert "the host is arm64" in refusal(path, architecture="arm64", sha256=sha256_of(path))
    other = release_archive(tmp_path, programs=("etcdctl",))
    assert "holds no etcd, etcdctl" in refusal(other, sha256=sha256_of(other))


def test_what_was_looked_into_is_still_read_to_the_end_where_no_sum_is_known(
    tmp_path: Path,
) -> None:
    path = release_archive(tmp_path, programs=("etcd", "etcdctl"))
    inspect(path, "3.5.30", "amd64", sha256_of(path))
    assert "holds no etcdutl" in refusal(path)


@pytest.mark.fault(
    35,
    injected="an archive cut anywhere",
    seen="refused before it leaves this machine",
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_an_archive_that_was_cut_anywhere_is_refused(data: st.DataObject, tmp_path: Path) -> None:
    whole = release_archive(tmp_path).read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    words = refusal(cut)
    assert "truncated or damaged" in words or "is empty" in words or "not a .tar.gz" in words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_damaged_byte_of_the_content_is_found(data: st.DataObject, tmp_path: Path) -> None:
    whole = bytearray(release_archive(tmp_path).read_bytes())
    # The header's time, flags for extra fields and name are no content; gzip does not check them.
    whole[data.draw(st.integers(len(whole) // 4, len(whole) - 1))] ^= 1 << data.draw(
        st.integers(0, 7)
    )
    path = tmp_path / "bad.tar.gz"
    path.write_bytes(whole)
    try:
        same = gzip.decompress(whole) == gzip.decompress(release_archive(tmp_path).read_bytes())
    except (OSError, EOFError, zlib.error):
        same = False
    # Deflate has several spellings of one content.
    assert same or "truncated or damaged" in refusal(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\n  <HTML>", "web page"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code>", "web page"),
        (b"", "is empty"),
        (b"PK\x03\x04", "not a .tar.gz"),
        (b"\x1f\x8b\x08\x00", "truncated or damaged"),
        (gzip.compress(b"no tar at all" * 100), "truncated or damaged"),
    ],
)
def test_what_is_no_archive_is_called_what_it_is(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "etcd.tar.gz"
    path.write_bytes(content)
    assert words in refusal(path)


def test_a_wrong_checksum_is_refused_and_both_are_named(tmp_path: Path) -> None:
    path = release_archive(tmp_path)
    words = refusal(path, sha256="0" * 64)
    assert "0" * 64 in words
    assert sha256_of(path) in words


@pytest.mark.parametrize("architecture", ["arm64", "riscv64"])
def test_the_wrong_architecture_is_refused(architecture: str, tmp_path: Path) -> None:
    assert "the host is amd64" in refusal(release_archive(tmp_path, architecture=architecture))


def test_a_script_called_etcd_is_no_program(tmp_path: Path) -> None:
    programs = [member(f"{TOP}/{name}", b"#!/bin/sh\n") for name in programs_of("3.5.30")]
    assert "no Linux program" in refusal(pack(tmp_path / "x.tar.gz", *programs))


def test_an_archive_without_etcd_is_refused(tmp_path: Path) -> None:
    assert "holds no etcd, etcdctl, etcdutl" in refusal(
        pack(tmp_path / "x.tar.gz", member(f"{TOP}/README", b"x"))
    )


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_a_link_or_device_called_etcd_is_no_program(kind: bytes, tmp_path: Path) -> None:
    others = [member(f"{TOP}/{name}", elf("amd64")) for name in ("etcdctl", "etcdutl")]
    path = pack(tmp_path / "x.tar.gz", member(f"{TOP}/etcd", kind=kind, link="/bin/sh"), *others)
    assert "holds no etcd" in refusal(path)


def test_programs_must_stand_beside_each_other(tmp_path: Path) -> None:
    names = (f"{TOP}/etcd", "other/etcdctl", "other/etcdutl")
    path = pack(tmp_path / "x.tar.gz", *(member(name, elf("amd64")) for name in names))
    assert "holds no etcdctl, etcdutl" in refusal(path)


@pytest.mark.parametrize("top", ["../../usr/local/bin", "/usr/local/bin", "a/../b", "a\x1b[31m"])
def test_members_that_lead_elsewhere_are_refused(top: str, tmp_path: Path) -> None:
    path = pack(
        tmp_path / "x.tar.gz", *(member(f"{top}/{n}", elf("amd64")) for n in programs_of("3.5.30"))
    )
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("top", ["./etcd", "etcd-v3/linux", ".//etcd", "-x"])
def test_what_was_found_is_what_tar_on_the_host_unpacks(top: str, tmp_path: Path) -> None:
    path = pack(
        tmp_path / "x.tar.gz", *(member(f"{top}/{n}", elf("amd64")) for n in programs_of("3.5.30"))
    )
    try:
        found = inspect(path, "3.5.30", "amd64")
    except ArchiveError:
        return  # refused here is better than half way on the host
    names = [f"{found.top}/{name}" for name in found.programs]
    subprocess.run(["tar", "-xzf", path, "-C", tmp_path, *names], check=True, capture_output=True)
    assert all((tmp_path / name).is_file() for name in names)


def test_programs_without_a_folder_are_refused_before_a_host_fails_on_them(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "x.tar.gz", *(member(name, elf("amd64")) for name in programs_of("3.5.30"))
    )
    assert "holds no etcd" in refusal(path)


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["missing", "a folder"])
def test_what_cannot_be_read_is_told(make: object, tmp_path: Path) -> None:
    path = tmp_path / "etcd.tar.gz"
    make(path)  # type: ignore[operator]
    assert "cannot be read" in refusal(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    info, _ = member(f"{TOP}/etcd")
    info.size = 2 << 30
    path = tmp_path / "x.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write(info.tobuf() + elf("amd64"))
    assert "damaged" in refusal(path)


def test_what_was_read_once_is_told_in_the_language_of_the_moment(tmp_path: Path) -> None:
    path = release_archive(tmp_path, architecture="riscv64")
    assert "an unknown architecture" in refusal(path)
    set_language("zh")
    try:
        assert "an unknown architecture" not in refusal(path)
    finally:
        set_language("en")
