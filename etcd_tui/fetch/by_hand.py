"""by_hand: what a person types to fetch a release archive and to compare its checksum."""

from __future__ import annotations

import re
import shlex

from etcd_tui.fetch.origin import Origin
from etcd_tui.typed import local

_PLAIN = re.compile(r"[A-Za-z0-9._+][A-Za-z0-9._+-]*")


def archive_file(place: Origin) -> str:
    """Return the archive's file name, as it arrives in the folder of whoever fetched it.

    One that would have to be quoted, here and again on the host, arrives by upstream's name.
    """
    own = "" if place.path is None else place.path.name
    return own if _PLAIN.fullmatch(own) else place.name


def fetch_commands(place: Origin, *, by_host: bool) -> tuple[str, ...]:
    """Return what fetches the archive (if it is not here yet) and checks it (if a sum is known).

    A host may have wget alone, so there both are tried.
    """
    if place.path is not None:
        return _compare(place.sha256, str(place.path)) if place.sha256 else ()
    url = shlex.quote(place.url)
    get = f"curl -fsSLO {url}"
    if by_host:
        get += f" || wget -q {url}"
    if place.sha256:
        return (get, *_compare(place.sha256, place.name))
    sums = shlex.quote(f"{place.url.rpartition('/')[0]}/SHA256SUMS")
    ask = f"curl -fsSL {sums}"
    if by_host:
        ask = f"{{ {ask} || wget -qO- {sums}; }}"
    return (get, f"{ask} | sha256sum -c --ignore-missing -")


def archive_source(place: Origin) -> str:
    """Return the archive on the operator's machine as a word, once it was fetched."""
    return place.name if place.path is None else local(str(place.path))


def _compare(sha256: str, file: str) -> tuple[str, ...]:
    return (f"echo {shlex.quote(f'{sha256}  {file}')} | sha256sum -c -",)
