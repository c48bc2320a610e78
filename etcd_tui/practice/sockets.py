"""ss: the TCP sockets of a practice host, from the kernel's tables (proc(5), /proc/net/tcp).

All hosts share this machine's tables; a socket is a host's if it is bound to the host's address,
or to all addresses: then it is in the host's way as well. The kernel walks a table of many
thousand places for each reading, so hosts that ask at the same time share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.practice.answer import Answer, said, unknown

_Rows = Mapping[str, list[str]]
"""Lines of the kernel's tables, by the local address as it stands there."""
# include/net/tcp_states.h, in the words of ss
_STATES = {
    "01": "ESTAB",
    "02": "SYN-SENT",
    "03": "SYN-RECV",
    "04": "FIN-WAIT-1",
    "05": "FIN-WAIT-2",
    "06": "TIME-WAIT",
    "07": "UNCONN",
    "08": "CLOSE-WAIT",
    "09": "LAST-ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
}
_FLAGS = re.compile(r"-[Htanlpi]+")
_PORTS = re.compile(r"\(?\s*sport = :\d+(?: or sport = :\d+)*\s*\)?")


@dataclass(frozen=True, slots=True)
class _Socket:
    state: str
    received: int
    sent: int
    local: str
    port: int
    peer: str
    peer_port: int
    inode: str


class Tables:
    """The kernel's tables for all hosts of one process."""

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._next: asyncio.Task[_Rows] | None = None

    async def ss(self, argv: list[str], address: str, processes: Iterable[int]) -> Answer:
        """Answer `ss` with flags out of `-Htanlpi` and a filter of `sport = :PORT` parts.

        Only the host's own `processes` are named: others are this machine's. What `-i` adds is
        only known to the kernel, and is left out.
        """
        flags, words = "", []
        for word in argv[1:]:
            if _FLAGS.fullmatch(word):
                flags += word[1:]
            else:
                words.append(word)
        filtered = " ".join(words)
        if filtered and not _PORTS.fullmatch(filtered):
            return unknown(f"ss {filtered}")
        ports = {int(port) for port in re.findall(r"\d+", filtered)}
        holders = dict(_holders(processes)) if "p" in flags else {}
        lines = [
            _line(each, holders.get(each.inode, ""))
            for each in _sockets(await self._rows(), address)
            if (not ports or each.port in ports) and _shown(each.state, flags)
        ]
        if "H" not in flags:
            lines.insert(0, "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process")
        return said("\n".join(lines))

    async def _rows(self) -> _Rows:
        """Return what a reading finds that begins after now."""
        if self._next is None:
            self._next = asyncio.create_task(self._read())
        return await asyncio.shield(self._next)

    async def _read(self) -> _Rows:
        async with self._reading:
            # Whoever asks from here on may mean what is not there yet.
            self._next = None
            return await asyncio.to_thread(_read)


def _shown(state: str, flags: str) -> bool:
    if "l" in flags:
        return state == "LISTEN"
    return "a" in flags or state != "LISTEN"


def _line(each: _Socket, holder: str) -> str:
    local, peer = (f"[{host}]" if ":" in host else host for host in (each.local, each.peer))
    to = "*" if each.state == "LISTEN" else each.peer_port
    line = f"{each.state} {each.received} {each.sent} {local}:{each.port} {peer}:{to}"
    return f"{line} {holder}" if holder else line


def _read() -> _Rows:
    rows: dict[str, list[str]] = {}
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for row in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
                local = row.split(maxsplit=2)[1].partition(":")[0]
                rows.setdefault(local, []).append(row)
    return rows


def _sockets(rows: _Rows, address: str) -> Iterator[_Socket]:
    """Yield the sockets bound to `address` or to all addresses."""
    four = ipaddress.IPv4Address(address)
    mapped = ipaddress.IPv6Address(f"::ffff:{four}")
    for bound in (four, mapped, ipaddress.IPv4Address(0), ipaddress.IPv6Address(0)):
        for row in rows.get(_written(bound.packed), ()):
            yield _socket(row)


def _socket(row: str) -> _Socket:
    _number, local, peer, state, queues, _timer, _retries, _uid, _wait, inode = row.split()[:10]
    sent, _, received = queues.partition(":")
    return _Socket(
        _STATES.get(state, "UNKNOWN"),
        int(received, 16),
        int(sent, 16),
        *_endpoint(local),
        *_endpoint(peer),
        inode,
    )


def _written(raw: bytes) -> str:
    """Write an address as the tables do: words of the machine's own byte order."""
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", raw))


def _endpoint(text: str) -> tuple[str, int]:
    """Read an address, which stands there as `_written`, and a port."""
    host, _, port = text.partition(":")
    words = [int(host[at : at + 8], 16) for at in range(0, len(host), 8)]
    raw = b"".join(struct.pack("=I", word) for word in words)
    if len(raw) == 4:
        return socket.inet_ntoa(raw), int(port, 16)
    six = ipaddress.IPv6Address(raw)
    return str(six.ipv4_mapped or six), int(port, 16)


def _holders(processes: Iterable[int]) -> Iterator[tuple[str, str]]:
    for pid in processes:
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    target = str(link.readlink())
                    if target.startswith("socket:["):
                        yield target[8:-1], f'users:(("{name}",pid={pid},fd={link.name}))'
