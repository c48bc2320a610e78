"""release: what is known about an etcd release, from a table of lines and two data files.

`environment.txt` says which `ETCD_*` variables each line understands, `checksums.txt` holds the
SHA-256 of upstream's tarballs; both name their sources. State of 2026-08-20: newest patches and
support from etcd's CHANGELOG and README and from the tags of etcd-io/etcd.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VERSION = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})")
ARCHITECTURES = ("amd64", "arm64", "ppc64le", "s390x")
_TARBALL = re.compile(rf"([0-9a-f]{{64}})  etcd-v({VERSION.pattern})-linux-(\w+)\.tar\.gz")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of releases, `3.5` for example."""

    name: str
    newest: str
    production_patch: int
    """Patches below this one are not for production (etcd's README, "minimum versions")."""
    end_of_life: str = ""
    """The day of the last patch; empty: still patched."""
    unsafe_patches: tuple[int, ...] = ()
    has_etcdutl: bool = True
    architectures: tuple[str, ...] = ARCHITECTURES
    """For which upstream publishes tarballs (scripts/build-binary of the line)."""
    qualified: tuple[str, ...] = ARCHITECTURES
    """On which etcd starts without ETCD_UNSUPPORTED_ARCH (checkSupportArch of the line)."""


LINES = (
    Line(
        "3.4", "3.4.45", 22, end_of_life="2026-06-01", has_etcdutl=False,
        architectures=("amd64", "arm64", "ppc64le"), qualified=("amd64", "ppc64le"),
    ),
    # 3.5.0 to 3.5.2 can corrupt data when the process is killed under high load (CHANGELOG-3.5).
    Line("3.5", "3.5.33", 6, unsafe_patches=(0, 1, 2)),
    Line("3.6", "3.6.14", 0),
    Line("3.7", "3.7.1", 0),
)  # fmt: skip
LATEST_STABLE = LINES[-1].newest


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a known line; its patch may be newer than the newest known one."""

    version: str
    about: Line
    patch: int

    @property
    def line(self) -> str:
        """The line's name: `3.5`."""
        return self.about.name

    @property
    def unsafe(self) -> bool:
        """Whether the release is known to corrupt data."""
        return self.patch in self.about.unsafe_patches

    @property
    def for_production(self) -> bool:
        """Whether etcd's README recommends it for production, apart from end of life."""
        return self.patch >= self.about.production_patch

    @property
    def end_of_life(self) -> bool:
        """Whether the line gets no more patches."""
        return bool(self.about.end_of_life)

    @property
    def has_etcdutl(self) -> bool:
        """Whether the tarball holds `etcdutl` (since 3.5)."""
        return self.about.has_etcdutl

    @property
    def architectures(self) -> tuple[str, ...]:
        """The architectures for which upstream publishes tarballs."""
        return self.about.architectures

    def needs_unsupported_arch(self, architecture: str) -> bool:
        """Whether etcd starts on `architecture` only with `ETCD_UNSUPPORTED_ARCH` set to it."""
        return architecture not in self.about.qualified

    def understands(self, name: str) -> bool:
        """Whether this release reads the environment variable `name` (`ETCD_…`)."""
        first = _environment().get(name, {}).get(self.line)
        return first is not None and self.patch >= first

    def environment_names(self) -> tuple[str, ...]:
        """Return every `ETCD_*` variable that this release reads."""
        return tuple(name for name in _environment() if self.understands(name))

    def corruption_check_environment(self) -> tuple[tuple[str, str], ...]:
        """Return the settings that turn on etcd's own checks for corrupt data, as far as it goes.

        Source: etcd's guide on data corruption; 3.6 made feature gates of the older switches.
        """
        if self.understands("ETCD_FEATURE_GATES"):
            return (("ETCD_FEATURE_GATES", "InitialCorruptCheck=true,CompactHashCheck=true"),)
        wanted = (
            "ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK",
            "ETCD_EXPERIMENTAL_COMPACT_HASH_CHECK_ENABLED",
        )
        return tuple((name, "true") for name in wanted if self.understands(name))


def release(version: str) -> Release:
    """Return what is known about `version` (`X.Y.Z`).

    ValueError if it has another form, LookupError if its line is not in the table.
    """
    match = VERSION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    major, minor, patch = match.groups()
    name = f"{major}.{minor}"
    for line in LINES:
        if line.name == name:
            return Release(version, line, int(patch))
    raise LookupError(name)


def newest(line: str) -> str:
    """Return the newest known release of `line` (`3.5`); LookupError if the line is unknown."""
    return release(f"{line}.0").about.newest


def pinned_sha256(version: str, architecture: str) -> str | None:
    """Return the SHA-256 of upstream's Linux tarball, 64 hex digits; None if it is not known."""
    return _checksums().get((version, architecture))


@cache
def _environment() -> dict[str, dict[str, int]]:
    known = {}
    for row in _rows("environment.txt"):
        name, *firsts = row.split()
        known[f"ETCD_{name}"] = {
            line.name: int(first) for line, first in zip(LINES, firsts, strict=True) if first != "-"
        }
    return known


@cache
def _checksums() -> dict[tuple[str, str], str]:
    sums = {}
    for row in _rows("checksums.txt"):
        match = _TARBALL.fullmatch(row)
        if match is None:
            raise ValueError(row)
        sums[match[2], match[match.lastindex or 0]] = match[1]
    return sums


def _rows(file: str) -> list[str]:
    text = Path(__file__).with_name(file).read_text(encoding="ascii")
    return [row for row in text.splitlines() if row and not row.startswith("#")]
