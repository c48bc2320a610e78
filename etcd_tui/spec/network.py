"""Addresses, host names, ranges, jump hosts and pinned host keys, checked and normalised."""

from __future__ import annotations

import binascii
import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address

from etcd_tui.i18n import _
from etcd_tui.spec.names import USER
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

HOST_NAME = r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?"
"""A name for ssh to look up: DNS, the hosts file, or an alias of an ssh_config."""
_DNS_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DNS_NAME = rf"(?=.{{1,253}}$)(\*\.)?({_DNS_LABEL}\.)*(?!\d+$){_DNS_LABEL}"
"""A DNS name for a certificate; the last label is not a number (that is a mistyped address)."""
_JUMP = re.compile(rf"(?:({USER})@)?(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d{{1,5}}))?")
FINGERPRINT = r"SHA256:[A-Za-z0-9+/]{43}"
HOST_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)


def address(text: str) -> str:
    """Accept a member's IP address, in its normal form."""
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        raise Refused(
            _("{value} is no IP address.").format(value=shown(text)),
            _(
                "Write the host's own address, for example 192.0.2.11 or 2001:db8::11; names go "
                "under sans and ssh.host."
            ),
        ) from None
    reason = _unusable(ip)
    if reason:
        raise Refused(
            _("{value} cannot be a member's address: {reason}.").format(
                value=shown(text), reason=reason
            ),
            _("Write an address of the host that all other members can reach."),
        )
    return str(ip)


def _unusable(ip: IPv4Address | IPv6Address) -> str:
    if ip.is_unspecified:
        return _("it stands for all addresses of a host")
    if ip.is_multicast:
        return _("it is a multicast address")
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None or ip.is_link_local:
            return _("a link-local IPv6 address needs a zone, which a URL of etcd cannot carry")
        if ip.ipv4_mapped is not None:
            return _("it is an IPv4 address in IPv6 form; write it as IPv4")
    elif ip.is_reserved:
        return _("it lies in the reserved range 240.0.0.0/4")
    return ""


def host(text: str) -> str:
    """Accept what ssh connects to: an address or a name."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not re.fullmatch(HOST_NAME, text):
        raise Refused(
            _("{value} is neither an address nor a host name.").format(value=shown(text)),
            _("Write for example 192.0.2.11 or etcd1.example.org, without user and port."),
        )
    return text


def subject_alternative_name(text: str) -> str:
    """Accept a DNS name or an IP address for a certificate."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not re.fullmatch(DNS_NAME, text):
        raise Refused(
            _("{value} is neither a DNS name nor an IP address.").format(value=shown(text)),
            _("Write for example etcd.example.org, *.example.org or 192.0.2.10; no port, no URL."),
        )
    return text


def client_range(text: str) -> str:
    """Accept a range of addresses in CIDR form."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        whole = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Refused(
            _("{value} is no range of addresses.").format(value=shown(text)),
            _("Write it in CIDR form, for example 192.0.2.0/24 or 2001:db8::/64."),
        ) from None
    raise Refused(
        _("{value} has bits set behind its prefix.").format(value=shown(text)),
        _("Write {network} for the whole range.").format(network=whole),
    )


def jump_host(text: str) -> str:
    """Accept one jump host, `[user@]host[:port]`."""
    match = _JUMP.fullmatch(text)
    if match is None or not _is_jump(match):
        raise Refused(
            _("{value} is no jump host.").format(value=shown(text)),
            _("Write [user@]host[:port], IPv6 in brackets; write several as a list."),
        )
    return text


def _is_jump(match: re.Match[str]) -> bool:
    _user, bracketed, plain, port = match.groups()
    if port is not None and not 1 <= int(port) <= 65535:
        return False
    if bracketed is None:
        return re.fullmatch(HOST_NAME, plain) is not None
    try:
        return ipaddress.ip_address(bracketed).version == 6
    except ValueError:
        return False


def host_key(text: str) -> str:
    """Accept a pinned host key: a SHA256 fingerprint, or type and key (a comment is dropped)."""
    if re.fullmatch(FINGERPRINT, text):
        return text
    kind, *rest = text.split()[:2] or [""]
    if kind in HOST_KEY_TYPES and rest and _is_key(kind, rest[0]):
        return f"{kind} {rest[0]}"
    raise Refused(
        _("{value} is no host key.").format(value=shown(text)),
        _(
            'Write SHA256: and 43 characters, as "ssh-keygen -lf" prints it, or the line of the '
            "host's .pub file."
        ),
    )


def _is_key(kind: str, encoded: str) -> bool:
    try:
        blob = binascii.a2b_base64(encoded, strict_mode=True)
    except (binascii.Error, ValueError):
        return False
    # RFC 4253, 6.6: a key begins with its type, as a string of four bytes length and the text.
    return blob[: 4 + len(kind)] == len(kind).to_bytes(4, "big") + kind.encode("ascii")
