"""place: one word that says where a host is, `[user@]host[:port]`, taken to pieces."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from etcd_tui.i18n import _
from etcd_tui.spec import names, network
from etcd_tui.spec.imports.ranges import GROUP
from etcd_tui.spec.model import CLIENT_PORT, PEER_PORT
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_GROUP = re.compile(GROUP)
_SCHEME = re.compile(r"(ssh|https?)://", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::(.*))?")
_HOST_AND_PORT = re.compile(r"([^:]*):(.*)")
_NUMBERS = re.compile(r"[0-9.-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Either `address` or `host` is there. `etcd_port`: a port of etcd stood there, left out."""

    address: str = ""
    host: str = ""
    user: str = ""
    port: int = 0
    etcd_port: bool = False


def place(word: str) -> Place:
    """Read `word`; Refused if it says no place, or holds a password.

    URLs count, too: of `ssh://` the port is kept, of etcd's own `https://` it is not.
    """
    scheme = _SCHEME.match(word)
    if scheme:
        word = word[scheme.end() :].split("/", 1)[0]
    user, at, rest = word.rpartition("@")
    if ":" in user:
        # Not echoed: what stands there is a password.
        raise Refused(
            _("A password stands before the @."),
            _("Leave it out, as in root@192.0.2.11; etcd-tui asks for passwords itself."),
        )
    if at:
        user = names.user(user)
    host, digits = _split_port(rest)
    port = port_number(digits) if digits is not None else 0
    etcd_port = port in (CLIENT_PORT, PEER_PORT)
    if etcd_port or (scheme and scheme[1].lower() != "ssh"):
        port = 0
    address, name = address_or_name(host)
    return Place(address, name, user, port, etcd_port)


def address_or_name(host: str) -> tuple[str, str]:
    """Return `host` as a member's address, or else as a host name; the other one is empty."""
    if is_ip(host) or _NUMBERS.fullmatch(host):
        return network.address(host), ""
    if "/" in host:
        raise Refused(
            _("{value} is a range of addresses, not a host.").format(value=shown(host)),
            _("Write the hosts' own addresses, for example 192.0.2.[11-13]."),
        )
    return "", network.host(host)


def is_place(word: str) -> bool:
    """Tell whether `word` is more than a bare name: an address, or a user, port or scheme in it.

    Of a range, each word that it stands for is.
    """
    word = _GROUP.sub("1", word)
    if _SCHEME.match(word) or "@" in word or _NUMBERS.fullmatch(word):
        return True
    host, digits = _split_port(word)
    return digits is not None or is_ip(host) or is_ip(host.partition("/")[0])


def port_number(digits: str) -> int:
    """Accept a port, 1 to 65535, in plain digits."""
    if re.fullmatch(r"[0-9]{1,5}", digits) and 1 <= int(digits) <= 65535:
        return int(digits)
    raise Refused(
        _("{value} is no port.").format(value=shown(digits)),
        _("Write a number from 1 to 65535, as in 192.0.2.11:2222."),
    )


def is_ip(text: str) -> bool:
    """Tell whether `text` is an IP address of any kind."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _split_port(text: str) -> tuple[str, str | None]:
    """Return host and port of `text`; None if it names no port. A prefix (`/24`) is cut off."""
    if is_ip(text):
        return text, None
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed and is_ip(bracketed[1]):
        return bracketed[1], bracketed[2]
    interface = _without_prefix(text)
    if interface:
        return interface, None
    parts = _HOST_AND_PORT.fullmatch(text)
    return (parts[1], parts[2]) if parts else (text, None)


def _without_prefix(text: str) -> str:
    """Return the address of `192.0.2.11/24`, as `ip addr` shows it; empty for anything else."""
    if "/" not in text:
        return ""
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        return ""
    network_only = interface.ip == interface.network.network_address
    if network_only and interface.network.num_addresses > 2:
        return ""
    return str(interface.ip)
