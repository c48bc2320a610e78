"""A lab's network: an outer namespace with bridges, and a namespace for each host.

Documentation prefixes only, and no route leads out. The operator lives in the outer namespace,
which has an address on the bridge `outer` and none on `inner`. Names in the kernel that the
whole machine shares are `etl-LAB` and `etl-LAB.HOST`, with the cache's tag after `etl`.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import places
from .options import Family, HostOptions
from .process import LabError, run

OPERATOR_V4 = "192.0.2.1"
OPERATOR_V6 = "2001:db8::1"
_NETNS = Path("/run/netns")
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a host, with the interface that holds it."""

    ip: str
    prefix: int
    device: str


def addresses(number: int, options: HostOptions, family: Family) -> tuple[Address, ...]:
    """The addresses of the lab's host `number` (from 1), the one it is known by first."""
    found = []
    outer_device, inner_device = "eth0", "eth1" if options.network == "both" else "eth0"
    tails = [10 + number] + ([110 + number] if options.second_address else [])
    for tail in tails:
        for version in {"v4": "4", "v6": "6", "dual": "46"}[family]:
            outer, inner, prefix = (
                (f"192.0.2.{tail}", f"198.51.100.{tail}", 24)
                if version == "4"
                else (f"2001:db8::{tail}", f"2001:db8:1::{tail}", 64)
            )
            if options.network != "inner":
                found.append(Address(outer, prefix, outer_device))
            if options.network != "outer":
                found.append(Address(inner, prefix, inner_device))
    # With two networks: those that the operator can reach first.
    return tuple(sorted(found, key=lambda address: address.device))


def outer_namespace(lab: str) -> str:
    """Name of the namespace in which the operator is."""
    return f"etl{places.tag()}-{lab}"


def host_namespace(lab: str, host: str) -> str:
    """Name of a host's network namespace."""
    return f"{outer_namespace(lab)}.{host}"


def create_outer(lab: str) -> None:
    """Make the outer namespace with its two bridges."""
    name = outer_namespace(lab)
    run(["ip", "netns", "add", name])
    _ip(
        name,
        "link set lo up",
        "link add outer type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        "link set outer up",
        f"address add {OPERATOR_V4}/24 dev outer",
        f"address add {OPERATOR_V6}/64 dev outer nodad",
        "link add inner type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        # Without this the operator would reach the inner hosts by link-local addresses.
        "link set inner addrgenmode none",
        "link set inner up",
    )


def plug(lab: str, host: str, number: int, held: Sequence[Address]) -> None:
    """Make the host's namespace afresh, with its cables in the bridges and its addresses."""
    outer, inside = outer_namespace(lab), host_namespace(lab, host)
    run(["ip", "netns", "add", inside])
    cables, settings = [], ["link set lo up"]
    for device in sorted({address.device for address in held}):
        first = next(address for address in held if address.device == device)
        bridge = "inner" if first.ip.startswith(("198.51.100.", "2001:db8:1:")) else "outer"
        cable = _cable(number, device)
        # The same hardware address after every boot, or neighbours would talk to the old one.
        mac = f"02:00:00:00:{0 if bridge == 'outer' else 1:02x}:{number:02x}"
        cables += [
            f"link add {cable} type veth peer name {device} address {mac} netns {inside}",
            f"link set {cable} master {bridge} addrgenmode none",
            f"link set {cable} up",
        ]
        settings.append(f"link set {device} up")
    for address in held:
        duplicates = "nodad" if ":" in address.ip else ""
        settings.append(
            f"address add {address.ip}/{address.prefix} dev {address.device} {duplicates}"
        )
    _ip(outer, *cables)
    _ip(inside, *settings)


def unplug(lab: str, host: str, number: int) -> None:
    """Delete the host's namespace: its addresses, firewall rules and queues go with it."""
    outer, inside = outer_namespace(lab), host_namespace(lab, host)
    for device in ("eth0", "eth1"):
        # A namespace's end takes its interfaces away only later: the cable's other end is now.
        if f" {_cable(number, device)}@" in run(["ip", "-n", outer, "-o", "link", "show"]):
            run(["ip", "-n", outer, "link", "delete", _cable(number, device)])
    if (_NETNS / inside).exists():
        run(["ip", "netns", "delete", inside])


def delete_all(lab: str) -> None:
    """Delete every namespace of the lab, whether or not anything is recorded of it."""
    if not _NETNS.is_dir():
        return
    outer = outer_namespace(lab)
    for path in _NETNS.iterdir():
        if path.name == outer or path.name.startswith(f"{outer}."):
            run(["ip", "netns", "delete", path.name])


def entering(namespace: str) -> list[str]:
    """The words before a command that run it in this network namespace."""
    return ["nsenter", f"--net={_NETNS / namespace}", "--"]


def connect(namespace: str, address: str, port: int, *, timeout: float) -> socket.socket:
    """A TCP connection made from inside `namespace`; OSError as from socket.create_connection."""
    outcome: list[socket.socket | OSError] = []

    def enter_and_connect() -> None:
        try:
            enter(namespace)
            outcome.append(socket.create_connection((address, port), timeout=timeout))
        except OSError as error:
            outcome.append(error)

    # A thread has its own network namespace, and takes it along when it ends.
    thread = threading.Thread(target=enter_and_connect, daemon=True)
    thread.start()
    thread.join()
    if isinstance(outcome[0], OSError):
        raise outcome[0]
    return outcome[0]


def enter(namespace: str) -> None:
    """Take this thread into the namespace; sockets and devices that it has stay where they are."""
    descriptor = os.open(_NETNS / namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # os.setns came with Python 3.12.
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)


def _cable(number: int, device: str) -> str:
    return f"h{number}-{device}"


def _ip(namespace: str, *commands: str) -> None:
    if not (_NETNS / namespace).exists():
        raise LabError(f"the network namespace {namespace} is gone: `python -m tests.lab down`")
    run(["ip", "-n", namespace, "-batch", "-"], stdin="\n".join(commands) + "\n")
