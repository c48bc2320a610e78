"""Trust: which host keys are accepted for a host, and how a new one is written down.

Parsing is asyncssh's, matching is done here: asyncssh cannot tell an unknown key from a changed
one, and for a port other than 22 it takes the keys of port 22 for the host's own, where OpenSSH
takes them as one more way to be right.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _

ALGORITHMS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")
"""Order in which an unknown host is asked for its key: the order of `ssh`, not of asyncssh."""
SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about one host's keys before it is contacted."""

    keys: tuple[asyncssh.SSHKey, ...] = ()
    """Keys that the host is known by: any other key is a changed key."""
    borrowed: tuple[asyncssh.SSHKey, ...] = ()
    """Keys of the same name on port 22: right if they match, no evidence if they do not."""
    authorities: tuple[asyncssh.SSHKey, ...] = ()
    revoked: tuple[asyncssh.SSHKey, ...] = ()
    pin: str = ""
    """A SHA256 fingerprint that is the only trust; the key itself is not known."""
    pinned: bool = field(default=False)
    """Whether `keys` or `pin` come from the answers file instead of known_hosts."""

    @property
    def acceptable(self) -> tuple[asyncssh.SSHKey, ...]:
        """All keys with which a connection may go on."""
        return self.keys + self.borrowed

    @property
    def fingerprints(self) -> str:
        """What the host is known by, for people."""
        return self.pin or ", ".join(
            f"{key.get_fingerprint()} ({key.get_algorithm()})" for key in self.keys
        )


def pinned(host_key: str) -> Trust:
    """Return the trust in exactly `host_key`: `SHA256:…` or `ssh-ed25519 AAAA…`."""
    if host_key.startswith("SHA256:"):
        return Trust(pin=host_key.rstrip("="), pinned=True)
    try:
        return Trust(keys=(asyncssh.import_public_key(host_key),), pinned=True)
    except asyncssh.KeyImportError:
        raise UsageError(
            _("The pinned host key is no host key: {text}").format(text=host_key),
            remedy=_("Give SHA256:… or a line like: ssh-ed25519 AAAA…"),
        ) from None


def look_up(known_hosts: str, host: str, port: int) -> Trust:
    """Return what `known_hosts` says about `host`; a missing file says nothing."""
    try:
        text = Path(known_hosts).expanduser().read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Trust()
    except OSError as error:
        raise UsageError(
            _("The known hosts file {path} cannot be read: {reason}.").format(
                path=known_hosts, reason=error.strerror
            ),
            remedy=_("Name a readable file in ssh.known_hosts."),
        ) from None
    entries = _parse(text)
    plain = entries.match(host.lower(), "", None)
    if port == SSH_PORT:
        keys, authorities, revoked = plain[:3]
        return Trust(tuple(keys), (), tuple(authorities), tuple(revoked))
    own = entries.match(host_pattern(host, port), "", None)
    # A key revoked for the host is revoked on all its ports.
    return Trust(
        keys=tuple(own[0]),
        borrowed=() if own[0] else tuple(plain[0]),
        authorities=tuple(own[1]) or tuple(plain[1]),
        revoked=(*own[2], *plain[2]),
    )


def _parse(text: str) -> asyncssh.SSHKnownHosts:
    """Parse line by line: like OpenSSH, skip a damaged line instead of refusing the file."""
    entries = asyncssh.SSHKnownHosts()
    for line in text.splitlines():
        try:
            entries.load(line)
        except ValueError:
            continue
    return entries


def host_pattern(host: str, port: int) -> str:
    """Return the form in which known_hosts names a host: `h`, or `[h]:port` for other ports."""
    return host.lower() if port == SSH_PORT else f"[{host.lower()}]:{port}"


def remember(known_hosts: str, host: str, port: int, key: asyncssh.SSHKey) -> None:
    """Append the key of `host`, once; creates the file 0600 and its folder 0700.

    Appending under a lock (instead of writing the file anew) keeps what others add at the same
    time, follows a symbolic link, and leaves every existing line as it is. OSError if it fails.
    """
    path = Path(known_hosts).expanduser()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = key.export_public_key("openssh").decode("ascii").split()
    line = f"{host_pattern(host, port)} {data[0]} {data[1]}\n".encode()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        existing = file.read()
        if line in existing.splitlines(keepends=True):
            return
        # One write, so that a crash leaves no half line behind which the next entry would start.
        file.write((b"" if existing[-1:] in (b"", b"\n") else b"\n") + line)
        os.fsync(file.fileno())
