"""Release archives as upstream packs them, with programs that hold nothing but an ELF header."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path

MACHINES = {
    "amd64": (62, "<"),
    "arm64": (183, "<"),
    "ppc64le": (21, "<"),
    "s390x": (22, ">"),
    "riscv64": (243, "<"),
}


def elf(architecture: str, size: int = 4096) -> bytes:
    machine, order = MACHINES[architecture]
    head = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + bytes(9)
    return (head + struct.pack(f"{order}HH", 2, machine)).ljust(size, b"\0")


def member(
    name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode = len(data), kind, link, 0o755
    return info, data


def pack(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


def release_archive(
    folder: Path,
    version: str = "3.5.30",
    architecture: str = "amd64",
    programs: tuple[str, ...] = ("etcd", "etcdctl", "etcdutl"),
) -> Path:
    top = f"etcd-v{version}-linux-{architecture}"
    return pack(
        folder / f"{top}.tar.gz",
        member(top, kind=tarfile.DIRTYPE),
        member(f"{top}/README.md", b"# etcd\n"),
        member(f"{top}/Documentation", kind=tarfile.DIRTYPE),
        *(member(f"{top}/{name}", elf(architecture)) for name in programs),
    )
