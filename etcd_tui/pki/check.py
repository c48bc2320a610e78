"""Check: certificates described for people, and held against the rules of those who verify them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.pki.authority import Authority, extension
from etcd_tui.pki.keys import key_type_of
from etcd_tui.pki.wanted import Address, Wanted


@dataclass(frozen=True, slots=True)
class Description:
    """What screens and `status` say about one certificate. Times are aware, in UTC."""

    subject: str
    issuer: str
    serial: str
    """Lower-case hexadecimal, without separators."""
    not_before: datetime
    not_after: datetime
    dns: tuple[str, ...]
    addresses: tuple[str, ...]
    key: str
    fingerprint: str
    """SHA-256 of the DER certificate: 64 lower-case hexadecimal digits."""


def describe(certificate: x509.Certificate) -> Description:
    """Describe a certificate; names in the order of RFC 4514 (CN first)."""
    dns, addresses = sans_of(certificate)
    return Description(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        dns=dns,
        addresses=tuple(str(address) for address in addresses),
        key=key_type_of(certificate),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def sans_of(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[Address, ...]]:
    """Return the DNS names and addresses of the SAN extension; empty if there is none."""
    sans = extension(certificate, x509.SubjectAlternativeName)
    if sans is None:
        return (), ()
    dns = tuple(sans.get_values_for_type(x509.DNSName))
    addresses: Iterable[object] = sans.get_values_for_type(x509.IPAddress)
    return dns, tuple(address for address in addresses if isinstance(address, Address))


def refusal(
    certificate: x509.Certificate,
    authority: Authority,
    wanted: Wanted,
    now: datetime,
    *,
    strict: bool,
) -> str:
    """Return why a verifier refuses `certificate` in a role it is for; empty if none does.

    `strict` are the rules of `openssl verify -x509_strict` and of Python's default verification
    (from 3.13); without it only what etcd itself, that is Go, would refuse: path, signatures,
    validity, name constraints, and extended key usages that forbid the role.
    """
    trusting = PolicyBuilder().store(Store([authority.root])).time(now)
    above = _authority_policy(strict=strict)
    intermediates = list(authority.intermediates)
    client, server = _leaf_policies(strict=strict)
    try:
        as_client = trusting.extension_policies(ca_policy=above, ee_policy=client)
        as_client.build_client_verifier().verify(certificate, intermediates)
        as_server = trusting.extension_policies(ca_policy=above, ee_policy=server)
        for subject in _verifiable_subjects(wanted):
            as_server.build_server_verifier(subject).verify(certificate, intermediates)
    except VerificationError as error:
        return str(error)
    return ""


def strict_flaws(authority: Authority) -> tuple[str, ...]:
    """Return for what `openssl verify -x509_strict` refuses an authority that etcd itself takes.

    The rules are those of OpenSSL 3's `check_extensions` (crypto/x509/x509_vfy.c); Python's
    default verification turns them on from 3.13.
    """
    flaws = []
    for certificate in (authority.certificate, *authority.issuers):
        subject = certificate.subject.rfc4514_string()
        if extension(certificate, x509.KeyUsage) is None:
            flaws.append(_("{subject} has no key usage").format(subject=subject))
        if extension(certificate, x509.SubjectKeyIdentifier) is None:
            flaws.append(_("{subject} has no subject key identifier").format(subject=subject))
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        if not constraints.critical:
            flaws.append(_("{subject} has basicConstraints not critical").format(subject=subject))
        names_issuer = extension(certificate, x509.AuthorityKeyIdentifier) is not None
        if certificate != authority.root and not names_issuer:
            flaws.append(_("{subject} has no authority key identifier").format(subject=subject))
    return tuple(flaws)


def ensure_accepted(
    certificate: x509.Certificate,
    authority: Authority,
    wanted: Wanted,
    now: datetime,
    *,
    strict: bool,
) -> None:
    """Raise UsageError if a verifier would refuse the new `certificate` (see `refusal`)."""
    refused = refusal(certificate, authority, wanted, now, strict=strict)
    if refused:
        raise UsageError(
            _("What {authority} signs for {holder} would be refused.").format(
                authority=authority.certificate.subject.rfc4514_string(), holder=wanted.holder
            ),
            cause=refused,
            remedy=_("Use an authority without these limits, or change the names."),
        )


def _verifiable_subjects(wanted: Wanted) -> list[x509.verification.Subject]:
    subjects: list[x509.verification.Subject] = [
        x509.IPAddress(address) for address in wanted.addresses
    ]
    for name in wanted.dns:
        try:
            subjects.append(x509.DNSName(name.replace("*", "any", 1)))
        except ValueError:
            continue
    return subjects


def _authority_policy(*, strict: bool) -> ExtensionPolicy:
    if strict:
        return ExtensionPolicy.webpki_defaults_ca()
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _allows_role)
    )


def _leaf_policies(*, strict: bool) -> tuple[ExtensionPolicy, ExtensionPolicy]:
    """Return the rules for a certificate as a client and as a server."""
    base = ExtensionPolicy.webpki_defaults_ee() if strict else ExtensionPolicy.permit_all()
    base = base.may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _allows_role)
    # The operator's certificate has no SAN (see Wanted): the web's rules want one, etcd does not.
    client = base.may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    server = base.require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    return client, server


def _allows_role(
    policy: Policy, _certificate: x509.Certificate, extension: x509.ExtendedKeyUsage | None
) -> None:
    allowed = {policy.extended_key_usage, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if extension is not None and allowed.isdisjoint(extension):
        raise ValueError(f"extended key usage lacks {policy.extended_key_usage._name}")
