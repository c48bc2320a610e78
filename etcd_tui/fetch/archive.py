"""Look into a release archive: whole, of the right architecture, holding the programs."""

from __future__ import annotations

import functools
import hashlib
import re
import tarfile
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from etcd_tui.fetch.inflate import Inflated
from etcd_tui.i18n import N_, _
from etcd_tui.spec.releases import release

# e_machine of the ELF header, by Go's name of the architecture (System V ABI supplements).
_ELF_MACHINES = {62: "amd64", 183: "arm64", 21: "ppc64le", 22: "s390x"}
_MAX_UNPACKED = 1 << 30
_PIECE = 1 << 20
_READING = threading.Lock()
# It becomes an argument of tar on every host.
_TOP = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._+/-]*")


class ArchiveError(Exception):
    """The archive can't be used. The message says why; `remedy` what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Archive:
    """A verified release archive. `top` is the folder inside it that holds the programs."""

    path: Path
    version: str
    architecture: str
    sha256: str
    size: int
    top: str
    programs: tuple[str, ...]


def programs_of(version: str) -> tuple[str, ...]:
    """Return the programs that a release holds: etcdutl came with 3.5."""
    return ("etcd", "etcdctl", "etcdutl") if release(version).has_etcdutl else ("etcd", "etcdctl")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        # Not by file_digest: it reads so little at once that in the background it takes ten times
        # as long, for want of the interpreter's lock.
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def inspect(path: Path, version: str, architecture: str, sha256: str = "") -> Archive:
    """Return what the archive at `path` holds; ArchiveError if it isn't what is wanted.

    `sha256`: the sum that its makers, or the answers, say it has. With it the archive is known to
    be whole, and is only looked into as far as to its etcd. Empty: not known, so it is read to the
    end: a truncated one is found, and that it holds all programs.
    """
    again = _("Fetch it again, or name another one under binaries.source.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
        actual = sha256_of(path)
    except OSError as error:
        raise ArchiveError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror),
            _("Correct binaries.source in the answers file."),
        ) from error
    if not head.startswith(b"\x1f\x8b"):
        raise ArchiveError(_not_gzip(path, head), again)
    if sha256 and actual != sha256.lower():
        raise ArchiveError(
            _("{path} has the SHA-256 {actual}, expected is {wanted}.").format(
                path=path, actual=actual, wanted=sha256
            ),
            again,
        )
    try:
        top, programs, found = _members(path, whole=not sha256)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise ArchiveError(_("{path} is truncated or damaged.").format(path=path), again) from error
    missing = [name for name in programs_of(version) if name not in programs]
    if missing and not (sha256 and top):
        raise ArchiveError(
            _("{path} holds no {names}.").format(path=path, names=", ".join(missing)),
            _("A release archive holds them in one folder; name one under binaries.source."),
        )
    if found != architecture:
        raise ArchiveError(
            _("{path} is for {found}, the host is {wanted}.").format(
                path=path, found=_(found), wanted=architecture
            ),
            _(
                "Name the archive for {wanted} under binaries.source ({arch} may stand in it)."
            ).format(wanted=architecture, arch="{arch}"),
        )
    return Archive(path, version, architecture, actual, size, top, programs_of(version))


def _not_gzip(path: Path, head: bytes) -> str:
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return _("{path} is a web page, not an archive.").format(path=path)
    if not head:
        return _("{path} is empty.").format(path=path)
    return _("{path} is not a .tar.gz archive.").format(path=path)


def _members(path: Path, *, whole: bool) -> tuple[str, frozenset[str], str]:
    """Return (top folder, regular files beside etcd, architecture of etcd or words for none).

    The words are not translated yet: what is read once is told in the language of each moment. The
    `whole` takes a third of a second, so each version of a file is read once; who comes second
    waits. Else of the files beside etcd those are known that stand before it.
    """
    status = path.stat()
    with _READING:
        return _read_members(path, whole, status.st_ino, status.st_size, status.st_ctime_ns)


@functools.lru_cache(maxsize=4)
def _read_members(path: Path, whole: bool, *_version: int) -> tuple[str, frozenset[str], str]:
    """As `_members`. The folder is spelled as in the archive, where tar finds it by that name."""
    files: list[tuple[str, str]] = []
    top = machine = ""
    total = 0
    with path.open("rb") as file:
        stream = Inflated(file)
        with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|", bufsize=1 << 20) as archive:
            for member in archive:
                total += member.size
                if total > _MAX_UNPACKED:
                    raise tarfile.ReadError("unpacks to more than 1 GiB")
                if not member.isfile():
                    continue
                folder, _slash, name = member.name.rpartition("/")
                files.append((folder, name))
                if name == "etcd" and folder and not machine:
                    top, machine = folder, _machine(archive, member)
                    if not whole:
                        break
        # Behind the last member: gzip's checksum, which tells of damage and of a missing end.
        while whole and (rest := stream.read()):
            total += len(rest)
            if total > _MAX_UNPACKED:
                raise tarfile.ReadError("unpacks to more than 1 GiB")
    if top and (".." in top.split("/") or not _TOP.fullmatch(top)):
        raise tarfile.ReadError("hostile member name")
    return top, frozenset(name for folder, name in files if folder == top and top), machine


def _machine(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    stream = archive.extractfile(member)
    header = stream.read(20) if stream else b""
    if header[:4] != b"\x7fELF" or len(header) < 20:
        return N_("no Linux program")
    order = "little" if header[5] == 1 else "big"
    number = int.from_bytes(header[18:20], order)  # type: ignore[arg-type]
    return _ELF_MACHINES.get(number, N_("an unknown architecture"))
