"""Wanted: one certificate that the spec asks for, before any key exists."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from etcd_tui.i18n import _
from etcd_tui.pki.profile import (
    CLIENT_CERTIFICATE_FILE,
    CLIENT_KEY_FILE,
    OPERATOR_COMMON_NAME,
    PROFILES,
    CertificateFiles,
)
from etcd_tui.spec.model import ClusterSpec, KeyType, Subject

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Wanted:
    """One certificate as the spec wants it.

    `role` is `host` for a certificate that etcd presents on its client and peer ports (and, as
    a client, to its peers), `client` for the operator's. `holder` is the host's name, `etcd`
    for a shared certificate, `etcd-tui-operator` for the operator. `nodes` are the members
    that get it. A client certificate has no SANs: etcd's https metrics listener compares them
    with the caller's address, and an operator calls from anywhere (reference a3).
    """

    role: Literal["host", "client"]
    holder: str
    nodes: tuple[str, ...]
    files: CertificateFiles
    subject: Subject
    dns: tuple[str, ...]
    addresses: tuple[Address, ...]
    key: KeyType
    validity_hours: int


def split_sans(entries: Iterable[str]) -> tuple[tuple[str, ...], tuple[Address, ...]]:
    """Sort SAN entries into DNS names and addresses, each once, in the order of appearance.

    DNS names compare without regard to case, addresses by value, not by spelling.
    """
    dns: dict[str, str] = {}
    addresses: dict[Address, None] = {}
    for entry in entries:
        try:
            addresses[ipaddress.ip_address(entry)] = None
        except ValueError:
            dns.setdefault(entry.lower(), entry)
    return tuple(dns.values()), tuple(addresses)


def wanted_certificates(spec: ClusterSpec) -> tuple[Wanted, ...]:
    """Return what the spec asks for: the hosts' certificates in node order, then the operator's."""
    settings = spec.certificates
    profile = PROFILES[settings.profile]
    if settings.one_key_for_all:
        entries = [node.name for node in spec.nodes]
        entries += [node.address for node in spec.nodes]
        entries += [san for node in spec.nodes for san in node.sans]
        holders = [(profile.shared_name, tuple(node.name for node in spec.nodes), entries)]
    else:
        holders = [
            (node.name, (node.name,), [node.name, node.address, *node.sans]) for node in spec.nodes
        ]
    hours = settings.validity_hours or profile.validity_hours
    subject = settings.subject or profile.subject
    hosts = []
    for holder, nodes, entries in holders:
        dns, addresses = split_sans([*entries, *settings.sans])
        named = replace(subject, common_name=subject.common_name or holder)
        hosts.append(
            Wanted(
                role="host",
                holder=holder,
                nodes=nodes,
                files=profile.files(holder),
                subject=named,
                dns=dns,
                addresses=addresses,
                key=settings.key,
                validity_hours=hours,
            )
        )
    operator = Wanted(
        role="client",
        holder=OPERATOR_COMMON_NAME,
        nodes=(),
        files=CertificateFiles(CLIENT_CERTIFICATE_FILE, CLIENT_KEY_FILE),
        subject=Subject(common_name=OPERATOR_COMMON_NAME),
        dns=(),
        addresses=(),
        key=settings.key,
        validity_hours=hours,
    )
    return (*hosts, operator)


def subject_name(subject: Subject) -> x509.Name:
    """Return the X.509 name: C, ST, L, O, OU, CN, the order of cfssl and of the guide's file.

    Raises ValueError for what X.509 cannot hold: a country that is not two letters, a field
    above its upper bound (64 characters for CN, RFC 5280 appendix A).
    """
    fields = (
        (NameOID.COUNTRY_NAME, subject.country),
        (NameOID.STATE_OR_PROVINCE_NAME, subject.state),
        (NameOID.LOCALITY_NAME, subject.locality),
        (NameOID.ORGANIZATION_NAME, subject.organization),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.organizational_unit),
        (NameOID.COMMON_NAME, subject.common_name),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in fields if value])


def san_extension(wanted: Wanted) -> x509.SubjectAlternativeName | None:
    """Return the SANs, DNS names before addresses as both tools order them; None for a client.

    Raises ValueError for a DNS name that is not ASCII.
    """
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in wanted.dns]
    names += [x509.IPAddress(address) for address in wanted.addresses]
    return x509.SubjectAlternativeName(names) if names else None


def naming_problem(spec: ClusterSpec) -> str:
    """Return why these names cannot become certificates and files; empty if they can."""
    profile = PROFILES[spec.certificates.profile]
    taken = dict.fromkeys((*profile.authority.names, profile.document), _("the authority"))
    for wanted in wanted_certificates(spec):
        if wanted.role == "host" and wanted.subject.common_name == "root":
            return _(
                "The certificate of {holder} would have the common name root: once "
                "authentication is on, etcd gives whoever holds it all rights."
            ).format(holder=wanted.holder)
        try:
            subject_name(wanted.subject)
            san_extension(wanted)
        except ValueError as error:
            return _("The certificate of {holder} cannot be made: {cause}").format(
                holder=wanted.holder, cause=error
            )
        for name in wanted.files.names if wanted.role == "host" else ():
            if name in taken:
                return _(
                    "{file} would be a file of {holder} and of {other} at once: "
                    "no host can have this name with the {profile} profile."
                ).format(file=name, holder=wanted.holder, other=taken[name], profile=profile.name)
            taken[name] = wanted.holder
    return ""
