"""Rules about the release: fit for use, fitting its source, and understanding its settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import PurePath

from etcd_tui.i18n import _
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.places import UPSTREAM
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.releases import LINES, VERSION, Release, newest, release
from etcd_tui.spec.shown import shown

_TARBALL = re.compile(rf"etcd-v(?P<version>{VERSION.pattern})-linux-(?P<arch>[^/]+)\.tar\.gz")
_KEY = "cluster.etcd"


def release_is_fit(spec: ClusterSpec) -> Iterator[Problem]:
    """A known line, still patched, without known damage to data."""
    version = spec.cluster.etcd
    if not version:
        return
    about = _known(version)
    if about is None:
        yield _unknown_line(version)
        return
    best = newest(about.line)
    if about.unsafe:
        what = _("etcd {version} can lose or corrupt data when it is killed under load.")
        what = what.format(version=version)
        if spec.cluster.allow_unsafe_version:
            fix = _("Write {newest} for anything but a test.").format(newest=best)
            yield Problem("warning", _KEY, what, fix)
        else:
            fix = _("Write {newest}, or allow_unsafe_version: true for a test.")
            yield Problem("error", _KEY, what, fix.format(newest=best))
    elif not about.for_production:
        what = _("etcd {version} is below {least}, the oldest that etcd recommends for production.")
        least = f"{about.line}.{about.about.production_patch}"
        fix = _("Write {newest}.").format(newest=best)
        yield Problem("warning", _KEY, what.format(version=version, least=least), fix)
    if about.end_of_life:
        what = _("etcd {line} gets no more patches since {day}.")
        yield Problem(
            "warning",
            _KEY,
            what.format(line=about.line, day=about.about.end_of_life),
            _("Write a release of a later line, for example {newest}.").format(
                newest=LINES[LINES.index(about.about) + 1].newest
            ),
        )


def _known(version: str) -> Release | None:
    try:
        return release(version) if version else None
    except LookupError:
        return None


def _unknown_line(version: str) -> Problem:
    line = ".".join(version.split(".")[:2])
    known = ", ".join(known.name for known in LINES)
    if _order(version) < _order(LINES[0].newest):
        what = _("etcd {line} is too old for this tool, which knows {known}.")
    else:
        # What its environment understands is not known, and etcd ignores unknown settings.
        what = _("etcd {line} is newer than this tool, which knows {known}.")
    fix = _("Write {newest}, or another release of these lines.").format(newest=LINES[-1].newest)
    return Problem("error", _KEY, what.format(line=line, known=known), fix)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def source_fits_the_release(spec: ClusterSpec) -> Iterator[Problem]:
    """A tarball with upstream's name is of this release; only this machine can read its files."""
    source = spec.binaries.source
    if source in UPSTREAM or "://" in source:
        return
    if spec.binaries.fetch == "hosts":
        what = _("The hosts cannot fetch a file that lies on this machine.")
        fix = _("Write fetch: operator, or a source that the hosts can reach.")
        yield Problem("error", "binaries.fetch", what, fix)
    match = _TARBALL.fullmatch(PurePath(source).name)
    about = _known(spec.cluster.etcd)
    if match is None or about is None:
        return
    if match["version"] != spec.cluster.etcd:
        what = _("The tarball is of etcd {found}, but cluster.etcd is {wanted}.")
        fix = _("Write the path of the tarball of {wanted}, or etcd: {found}.")
        found = {"found": match["version"], "wanted": spec.cluster.etcd}
        yield Problem("error", "binaries.source", what.format(**found), fix.format(**found))
    if match["arch"] not in (*about.architectures, "{arch}"):
        what = _("There is no etcd {version} for the architecture {arch}.")
        fix = _("Write one of: {words}.").format(words=", ".join(about.architectures))
        what = what.format(version=spec.cluster.etcd, arch=shown(match["arch"]))
        yield Problem("error", "binaries.source", what, fix)


def source_is_trustworthy(spec: ClusterSpec) -> Iterator[Problem]:
    """Without TLS and without a sum from elsewhere, anybody on the way can swap the programs."""
    source = spec.binaries.source
    if source.startswith("http://") and not spec.binaries.sha256:
        what = _("The mirror is asked without TLS, and binaries.sha256 names no sum.")
        fix = _("Write the sum under binaries.sha256, or https://.")
        yield Problem("warning", "binaries.source", what, fix)


def environment_is_understood(spec: ClusterSpec) -> Iterator[Problem]:
    """etcd only warns of a setting it does not know, and goes on without it."""
    about = _known(spec.cluster.etcd)
    if about is None:
        return
    known = about.environment_names()
    for name, _value in spec.tuning.environment:
        if name in known:
            continue
        what = _("etcd {version} does not know {name} and would ignore it.")
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        fix = _("Delete this line.")
        if near:
            fix = _("Did you mean {near}?").format(near=near[0])
        what = what.format(version=spec.cluster.etcd, name=name)
        yield Problem("error", f"tuning.environment.{name}", what, fix)
