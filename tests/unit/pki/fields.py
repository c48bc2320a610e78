"""The fields of a certificate in which ours and a real tool's are compared."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from etcd_tui.pki.keys import key_type_of

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def fields(certificate: x509.Certificate) -> dict[str, Any]:
    """Return all that a profile determines; keys, serials and dates only by their shape."""
    found: dict[str, Any] = {
        "version": certificate.version.name,
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "signature": certificate.signature_algorithm_oid._name,
        "key": key_type_of(certificate),
        "lifetime": certificate.not_valid_after_utc - certificate.not_valid_before_utc,
        "serial fits 20 bytes": 0 < certificate.serial_number < 1 << 159,
        # 12 random bytes would be enough to tell it from a counter.
        "serial is long": certificate.serial_number.bit_length() > 96,
    }
    for extension in certificate.extensions:
        name = extension.oid._name
        found[f"{name}, critical"] = extension.critical
        found[name] = _shown(extension.value)
    return found


def _shown(value: x509.ExtensionType) -> Any:
    match value:
        case x509.KeyUsage():
            return [usage for usage in _USAGES if getattr(value, usage)]
        case x509.ExtendedKeyUsage():
            return [usage._name for usage in value]
        case x509.BasicConstraints():
            return (value.ca, value.path_length)
        case x509.SubjectAlternativeName():
            return [str(name.value) for name in value]
        case x509.SubjectKeyIdentifier():
            return len(value.digest)
        case x509.AuthorityKeyIdentifier():
            return {
                "key identifier": len(value.key_identifier or b""),
                "issuer and serial": value.authority_cert_issuer is not None,
            }
    return value


def changed(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields that differ: theirs, ours; None where a field is not there."""
    return {
        name: (theirs.get(name), ours.get(name))
        for name in theirs | ours
        if theirs.get(name) != ours.get(name)
    }


def identifiers_fit(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether both carry the SHA-1 of their key and the leaf names its issuer's."""
    own = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value
    above = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    named = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    made = x509.SubjectKeyIdentifier.from_public_key(leaf.public_key())
    return own == made and named.key_identifier == above.digest
