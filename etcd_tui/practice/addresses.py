"""Addresses: loopback addresses of its own for each practice host, claimed by binding to them.

Linux answers on all of 127.0.0.0/8. etcd's ports are fixed, so an address is what sets hosts
apart; chosen at random, and taken once a socket is bound to it, so that demos do not collide.
"""

from __future__ import annotations

import errno
import secrets
import socket

_PORTS = (2222, 20022, 22222)
"""For SSH, the same on all hosts of a demo; the later ones where a program holds it everywhere."""
_ATTEMPTS = 20
_FIRST = 11


class NoAddressError(Exception):
    """This machine has no loopback addresses to give; the message is the system's reason."""


def claim(count: int) -> list[tuple[str, socket.socket]]:
    """Return `count` addresses in a row, each with a socket that is bound to its SSH port."""
    reason = ""
    for port in _PORTS:
        for _attempt in range(_ATTEMPTS):
            net = f"127.{secrets.randbelow(235) + 16}.{secrets.randbelow(256)}"
            try:
                return _bind(net, port, count)
            except OSError as error:
                reason = error.strerror or str(error)
                if error.errno != errno.EADDRINUSE:
                    raise NoAddressError(reason) from error
    raise NoAddressError(reason)


def _bind(net: str, port: int, count: int) -> list[tuple[str, socket.socket]]:
    claimed: list[tuple[str, socket.socket]] = []
    try:
        for number in range(count):
            address = f"{net}.{_FIRST + number}"
            bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            claimed.append((address, bound))
            bound.bind((address, port))
            bound.listen(64)
    except OSError:
        for _address, bound in claimed:
            bound.close()
        raise
    return claimed
