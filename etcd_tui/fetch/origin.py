"""Where archives come from: Google's bucket, GitHub, a mirror of the same shape, a local file.

Trust in an archive's content, in this order: the sum in the answers; for the upstream origins the
pinned table; `SHA256SUMS` beside the archive. A mirror or a local file may hold a build of its
own, so there the pinned table only warns.
"""

from __future__ import annotations

import http.client
import os
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from etcd_tui import __version__
from etcd_tui.fetch.archive import Archive, ArchiveError, inspect, sha256_of
from etcd_tui.i18n import _
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.releases import pinned_sha256

_UPSTREAM = {
    "google": "https://storage.googleapis.com/etcd",
    "github": "https://github.com/etcd-io/etcd/releases/download",
}
_TIMEOUT = 20
# What a server that is none, or a line that breaks, makes urllib raise. URLError is an OSError.
_BROKEN = (OSError, http.client.HTTPException)
_MAX_ARCHIVE = 512 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """One archive's place: `url`, or `path` if it is a local file. `sha256` empty: not known."""

    name: str
    version: str
    architecture: str
    url: str
    path: Path | None
    sha256: str
    upstream: bool


def archive_name(version: str, architecture: str) -> str:
    """Return upstream's file name."""
    return f"etcd-v{version}-linux-{architecture}.tar.gz"


def origin(spec: ClusterSpec, architecture: str) -> Origin:
    """Return where the archive for `architecture` comes from, as the answers say."""
    version, source = spec.cluster.etcd, spec.binaries.source
    name = archive_name(version, architecture)
    sums = dict(spec.binaries.sha256)
    wanted = sums.get(architecture, sums.get("*", ""))
    base = _UPSTREAM.get(source, source)
    upstream = source in _UPSTREAM
    if urlsplit(base).scheme in ("http", "https"):
        if upstream and not wanted:
            wanted = pinned_sha256(version, architecture) or ""
        url = f"{base.rstrip('/')}/v{version}/{name}"
        return Origin(name, version, architecture, url, None, wanted, upstream)
    path = Path(source.replace("{arch}", architecture)).expanduser()
    return Origin(name, version, architecture, "", path, wanted, upstream=False)


def cache_folder() -> Path:
    """Return the folder that keeps downloaded archives."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "etcd-tui"


def is_unofficial(archive: Archive) -> bool:
    """Whether the release is in the pinned table and this archive is another build of it."""
    pinned = pinned_sha256(archive.version, archive.architecture)
    return pinned is not None and pinned != archive.sha256


def obtain(place: Origin, *, download: bool = True) -> Archive | None:
    """Return the verified archive, from its file, the cache, or the network. Blocking.

    None: it is neither local nor cached and `download` is false. ArchiveError says what is wrong.
    """
    if place.path is not None:
        sums = place.path.parent / "SHA256SUMS"
        wanted = place.sha256 or (_sum_in(_read(sums), place.path.name) if sums.is_file() else "")
        return inspect(place.path, place.version, place.architecture, wanted)
    # A cached archive is kept under the sum it was verified by, so a hit needs no network.
    if place.sha256:
        cached = cache_folder() / f"{place.sha256}-{place.name}"
        if cached.is_file():
            return inspect(cached, place.version, place.architecture, place.sha256)
    if not download:
        return None
    wanted = place.sha256 or published_sum(place)
    cached = cache_folder() / f"{wanted}-{place.name}"
    if not cached.is_file():
        _download(place.url, cached, wanted)
    return inspect(cached, place.version, place.architecture, wanted)


def published_sum(place: Origin) -> str:
    """Return the sum that `SHA256SUMS` beside the archive names; ArchiveError without one."""
    url = f"{place.url.rpartition('/')[0]}/SHA256SUMS"
    try:
        with _open(url) as response:
            text = response.read(1 << 20).decode("utf-8", "replace")
    except _BROKEN as error:
        raise _unfetched(url, error) from error
    found = _sum_in(text, place.name)
    if not found:
        raise ArchiveError(
            _("{url} has no checksum for {name}.").format(url=url, name=place.name),
            _("Give the checksum under binaries.sha256, or use another source."),
        )
    return found


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def _sum_in(text: str, name: str) -> str:
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].lstrip("*") == name and len(words[0]) == 64:
            return words[0].lower()
    return ""


def _open(url: str):  # type: ignore[no-untyped-def]  # urllib's own type is Any
    request = urllib.request.Request(url, headers={"User-Agent": f"etcd-tui/{__version__}"})  # noqa: S310
    try:
        # The reader of the answers lets nothing but http and https through.
        return urllib.request.urlopen(request, timeout=_TIMEOUT)  # noqa: S310 # nosec B310
    except urllib.error.HTTPError as error:
        error.close()  # it is the answer as well, and holds the connection
        raise _unfetched(url, error) from error
    except (*_BROKEN, ValueError) as error:
        raise _unfetched(url, error) from error


def _unfetched(url: str, error: Exception) -> ArchiveError:
    return ArchiveError(
        _("{url} cannot be fetched: {reason}.").format(
            url=url, reason=getattr(error, "reason", None) or error
        ),
        _("Check the address and the network, or use a local archive under binaries.source."),
    )


def _download(url: str, target: Path, sha256: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=".download.", dir=target.parent)
    part = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as file, _open(url) as response:
            received = 0
            while chunk := response.read(1 << 18):
                received += len(chunk)
                if received > _MAX_ARCHIVE:
                    raise ArchiveError(
                        _("{url} is larger than any etcd release.").format(url=url),
                        _("Check binaries.source."),
                    )
                file.write(chunk)
        # Say "a web page" or "truncated" before "wrong checksum": it names the cause.
        _check_download(part, url, sha256)
        part.replace(target)
    except _BROKEN as error:
        raise ArchiveError(
            _("{url} cannot be fetched: {reason}.").format(url=url, reason=error),
            _("Check the network and the free space of {folder}.").format(folder=target.parent),
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _check_download(part: Path, url: str, sha256: str) -> None:
    with part.open("rb") as file:
        head = file.read(64)
    again = _("Check the mirror, or use another source.")
    if head.lstrip().startswith(b"<"):
        raise ArchiveError(_("{url} gave a web page, not an archive.").format(url=url), again)
    actual = sha256_of(part)
    if actual != sha256:
        raise ArchiveError(
            _("{url} has the SHA-256 {actual}, expected is {wanted}.").format(
                url=url, actual=actual, wanted=sha256
            ),
            again,
        )
