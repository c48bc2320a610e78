"""Listeners: who listens on a practice host, from the kernel's tables (proc(5), /proc/net/tcp)."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_LISTEN = "0A"
_ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def listening(address: str, processes: Iterable[int]) -> str:
    """Return lines as `ss -Hltnp` prints them, for `address` and for those on all addresses.

    Only the host's own `processes` are named: others are this machine's.
    """
    holders = dict(_holders(processes))
    lines = []
    for local, port, inode in _sockets():
        if local not in (address, *_ANYWHERE):
            continue
        host = f"[{local}]" if ":" in local else local
        who = holders.get(inode)
        users = f' users:(("{who[0]}",pid={who[1]},fd={who[2]}))' if who else ""
        peer = "[::]" if ":" in local else "0.0.0.0"  # noqa: S104 - printed
        lines.append(f"LISTEN 0 4096 {host}:{port} {peer}:*{users}")
    return "\n".join(lines)


def _sockets() -> Iterator[tuple[str, int, str]]:
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            words = row.split()
            if words[3] == _LISTEN:
                host, _, port = words[1].partition(":")
                yield _address(host), int(port, 16), words[9]


def _address(text: str) -> str:
    """Read hexadecimal words in the machine's own byte order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    raw = b"".join(struct.pack("=I", word) for word in words)
    if len(raw) == 4:
        return socket.inet_ntoa(raw)
    six = ipaddress.IPv6Address(raw)
    return str(six.ipv4_mapped or six)


def _holders(processes: Iterable[int]) -> Iterator[tuple[str, tuple[str, int, str]]]:
    for pid in processes:
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    target = str(link.readlink())
                    if target.startswith("socket:["):
                        yield target[8:-1], (name, pid, link.name)
