"""Authority: who signs the certificates, made by us or the operator's own with its chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from etcd_tui.i18n import _
from etcd_tui.pki.keys import PrivateKey
from etcd_tui.pki.profile import AUTHORITY_COMMON_NAME, BACKDATE, Profile
from etcd_tui.pki.wanted import Wanted, san_extension, subject_name

# A leaf made in the same sitting as its authority ends some minutes after it. That is left
# alone, as cfssl leaves it: the validity asked for stays exact. Beyond it, leaves are clipped.
SITTING = timedelta(hours=1)

Extension = TypeVar("Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate that signs, and its issuers up to the root (none for a root itself)."""

    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def root(self) -> x509.Certificate:
        """The certificate that hosts and clients trust.

        Go would take an intermediate as an anchor too, OpenSSL does so only on request.
        """
        return self.issuers[-1] if self.issuers else self.certificate

    @property
    def intermediates(self) -> tuple[x509.Certificate, ...]:
        """What stands between a leaf and the root, in the order in which TLS sends it."""
        return (self.certificate, *self.issuers[:-1]) if self.issuers else ()

    @property
    def trusted_pem(self) -> bytes:
        """The CA file for hosts and clients: the root alone."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def not_after(self) -> datetime:
        """When the first certificate of the path ends."""
        path = (self.certificate, *self.issuers)
        return min(certificate.not_valid_after_utc for certificate in path)


def not_before(profile: Profile, now: datetime) -> datetime:
    """Return where validity starts: `now`, rounded as the profile's tool does, less 5 minutes."""
    start = now.replace(microsecond=0)
    if profile.whole_minutes:
        start = (now + timedelta(seconds=30)).replace(second=0, microsecond=0)
    return start - BACKDATE


def make_authority(
    key: PrivateKey, profile: Profile, validity_hours: int, now: datetime
) -> Authority:
    """Make a self-signed authority `CN=CA`.

    Improvement on `openssl req -x509`: a critical keyUsage, without which `-x509_strict` and
    Python's default verification (from 3.13) refuse every certificate below it.
    """
    name = _authority_name()
    start = not_before(profile, now)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(hours=validity_hours))
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
    )
    if profile.root_names_itself:
        own = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        builder = builder.add_extension(own, critical=False)
    return Authority(builder.sign(key, hashes.SHA256()))


def authority_request(key: PrivateKey) -> x509.CertificateSigningRequest:
    """Make the request that cfssl leaves beside its authority (`ca.csr`)."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_authority_name())
    return builder.sign(key, hashes.SHA256())


def signing_request(wanted: Wanted, key: PrivateKey) -> x509.CertificateSigningRequest:
    """Make the request for a host's certificate: its subject and, in both tools, its SANs."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject_name(wanted.subject))
    sans = san_extension(wanted)
    if sans is not None:
        builder = builder.add_extension(sans, critical=False)
    return builder.sign(key, hashes.SHA256())


def validity(
    authority: Authority, profile: Profile, wanted: Wanted, now: datetime
) -> tuple[datetime, datetime]:
    """Return start and end of a certificate issued now: never (but for `SITTING`) past the CA's."""
    start = max(not_before(profile, now), authority.certificate.not_valid_before_utc)
    end = start + timedelta(hours=wanted.validity_hours)
    if end > authority.not_after + SITTING:
        end = authority.not_after
    return start, end


def issue_certificate(
    authority: Authority,
    authority_key: PrivateKey,
    profile: Profile,
    wanted: Wanted,
    *,
    key: PrivateKey,
    now: datetime,
) -> x509.Certificate:
    """Issue `wanted` for `key`: sha256, 20-byte random serial, all extensions of the profile."""
    start, end = validity(authority, profile, wanted, now)
    usage, extended = usages(profile, wanted)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject_name(wanted.subject))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(usage, critical=True)
        .add_extension(extended, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_names_issuer(authority.certificate), critical=False)
    )
    sans = san_extension(wanted)
    if sans is not None:
        builder = builder.add_extension(sans, critical=False)
    return builder.sign(authority_key, hashes.SHA256())


def usages(profile: Profile, wanted: Wanted) -> tuple[x509.KeyUsage, x509.ExtendedKeyUsage]:
    """Return key usage and extended key usage of `wanted`.

    digitalSignature is in always: without it (the guide's openssl way) a certificate is no
    client certificate to OpenSSL, and ECDSA fails below TLS 1.3 (reference b2). A host has both
    extended usages, as it is a server to clients and either side to its peers (reference a3).
    """
    is_rsa = wanted.key.startswith("rsa")
    usage = _key_usage(
        digital_signature=True,
        key_encipherment=is_rsa or profile.key_encipherment_for_ecdsa,
        data_encipherment=is_rsa and profile.data_encipherment,
    )
    if wanted.role == "client":
        return usage, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return usage, x509.ExtendedKeyUsage(both)


def own_authority(certificates: Sequence[x509.Certificate], now: datetime) -> Authority:
    """Build the operator's own authority: the first certificate signs, the rest are its issuers.

    The issuers may come in any order and with strangers among them; the path is found by name
    and signature and must end in a self-signed root. Raises ValueError, with a sentence for the
    user, if a certificate of the path may not sign or is not valid now.
    """
    path = [certificates[0]]
    while not _issued_by(path[-1], path[-1]):
        above = next(
            (c for c in certificates[1:] if c not in path and _issued_by(path[-1], c)), None
        )
        if above is None:
            raise ValueError(
                _(
                    "Its chain stops at {subject}: the certificate of the issuer, {issuer}, is "
                    "missing. Without the root, OpenSSL and Python refuse the hosts' certificates."
                ).format(
                    subject=path[-1].subject.rfc4514_string(),
                    issuer=path[-1].issuer.rfc4514_string(),
                )
            )
        path.append(above)
    for position, certificate in enumerate(path):
        _may_sign(certificate, authorities_below=position, now=now)
    return Authority(path[0], tuple(path[1:]))


def _may_sign(certificate: x509.Certificate, *, authorities_below: int, now: datetime) -> None:
    subject = certificate.subject.rfc4514_string()
    constraints = extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise ValueError(
            _("{subject} is no certificate authority (basicConstraints has no CA:TRUE).").format(
                subject=subject
            )
        )
    # No keyUsage at all means no restriction (RFC 5280, 4.2.1.3): etcd takes it, and `check`
    # warns of those that do not.
    usage = extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise ValueError(
            _("{subject} may not sign certificates (keyUsage has no keyCertSign).").format(
                subject=subject
            )
        )
    if constraints.path_length is not None and constraints.path_length < authorities_below:
        raise ValueError(
            _("{subject} allows fewer authorities below it (pathlen) than there are.").format(
                subject=subject
            )
        )
    if certificate.not_valid_after_utc <= now:
        raise ValueError(
            _("{subject} expired on {date}.").format(
                subject=subject, date=f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            )
        )
    if certificate.not_valid_before_utc > now:
        raise ValueError(
            _("{subject} is not valid before {date}. Is this machine's clock right?").format(
                subject=subject, date=f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
            )
        )
    if not isinstance(certificate.public_key(), rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError(
            _("The key of {subject} is neither RSA nor ECDSA.").format(subject=subject)
        )


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return an extension's value, None if the certificate does not have it."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _names_issuer(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    # Key identifier only: with the issuer's serial in it too, as in the guide's
    # `keyid,issuer:always`, leaves would break when the authority is renewed with its key.
    identifier = extension(issuer, x509.SubjectKeyIdentifier)
    if identifier is not None:
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    key = issuer.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError(_("The key of the authority is neither RSA nor ECDSA."))
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _authority_name() -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY_COMMON_NAME)])


def _key_usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    data_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=data_encipherment,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
