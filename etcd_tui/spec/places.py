"""Paths: target folders on the hosts, files on the operator's machine, sources of binaries."""

from __future__ import annotations

import difflib
import os.path
import re
from pathlib import Path
from urllib.parse import urlsplit

from etcd_tui.i18n import _
from etcd_tui.spec.network import DNS_NAME, host
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

HOST_PATH = r"(/[A-Za-z0-9._-]+)+/?"
"""Nothing in it needs quoting in a shell, a unit file or an environment file."""
UPSTREAM = ("google", "github")
_LONGEST = 200
_URL_PATH = re.compile(r"[A-Za-z0-9._~/%+-]*")
_PLACEHOLDER = re.compile(r"\{[^}]*\}?|\}")


def host_path(text: str) -> str:
    """Accept an absolute folder on the hosts, without a slash at its end."""
    parts = text.split("/")
    if not re.fullmatch(HOST_PATH, text) or len(text) > _LONGEST or {".", ".."} & set(parts):
        raise Refused(
            _("{value} is not usable as a folder on the hosts.").format(value=shown(text)),
            _(
                "Write an absolute path of letters, digits, dots, _ and -, without . and .. as "
                "parts, 200 characters at most."
            ),
        )
    return text.rstrip("/")


def local_path(text: str, base: Path) -> str:
    """Accept a path on the operator's machine: absolute, or relative to `base`; `~` is kept."""
    if not text or not text.isprintable() or len(text.encode("utf-8", "replace")) > 4096:
        raise Refused(
            _("{value} is not usable as a path.").format(value=shown(text)),
            _("Write a path without line breaks and control characters."),
        )
    if text.startswith("~"):
        return text
    return os.path.normpath(base.absolute() / text)


def source(text: str, base: Path) -> str:
    """Accept where binaries come from: `google`, `github`, a mirror's URL, or a local tarball."""
    if text in UPSTREAM:
        return text
    if "://" in text:
        return _mirror(text)
    if not (text.startswith((".", "~")) or "/" in text or text.endswith((".tar.gz", ".tgz"))):
        near = difflib.get_close_matches(text, UPSTREAM, n=1)
        fix = _("Write google, github, the URL of a mirror, or the path of a tarball.")
        if near:
            fix = _('Did you mean "{near}"?').format(near=near[0])
        raise Refused(_("{value} is no source of binaries.").format(value=shown(text)), fix)
    for placeholder in _PLACEHOLDER.findall(text):
        if placeholder != "{arch}":
            raise Refused(
                _("{value} holds an unknown placeholder.").format(value=shown(text)),
                _('Only "{placeholder}" is replaced, by the architecture of each host.').format(
                    placeholder="{arch}"
                ),
            )
    return local_path(text, base)


def _mirror(text: str) -> str:
    fix = _(
        "Write http:// or https://, the host, and the folder that holds vX.Y.Z; no user, no query."
    )
    # The value is not echoed: what is wrong with it may be a password that stands in it.
    refused = Refused(_("This is not usable as the URL of a mirror."), fix)
    if not text.isprintable() or len(text) > 2000:
        raise refused
    try:
        url = urlsplit(text)
        port, name = url.port, url.hostname or ""
    except ValueError:
        raise refused from None
    if "@" in url.netloc:
        raise Refused(_("The URL of the mirror holds a user or a password."), fix)
    if url.scheme not in ("http", "https") or "?" in text or "#" in text or port == 0:
        raise refused
    if not re.fullmatch(DNS_NAME, name) or "*" in name:
        try:
            host(name)
        except Refused:
            raise refused from None
    if not _URL_PATH.fullmatch(url.path) or {".", ".."} & set(url.path.split("/")):
        raise refused
    if url.path.endswith((".tar.gz", ".tgz", ".zip")):
        raise Refused(
            _("The URL names one file; a mirror is the folder above vX.Y.Z."),
            _("Cut it before /vX.Y.Z, or download the file and write its path."),
        )
    return text.rstrip("/")
