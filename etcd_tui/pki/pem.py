"""parse_certificates: PEM files read wholly. Apart from `places`, which loads no cryptography."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm


def parse_certificates(pem: bytes) -> list[x509.Certificate]:
    """Read all certificates of a PEM file, in order; ValueError if there is none or one is bad."""
    certificates = x509.load_pem_x509_certificates(pem)
    for certificate in certificates:
        try:
            _parse_wholly(certificate)
        except (
            x509.DuplicateExtension,
            x509.UnsupportedGeneralNameType,
            UnsupportedAlgorithm,
        ) as error:
            raise ValueError(str(error)) from error
    return certificates


def _parse_wholly(certificate: x509.Certificate) -> None:
    """Ask for what is used later, so that it fails here: the library parses on demand."""
    certificate.extensions  # noqa: B018
    certificate.subject  # noqa: B018
    certificate.public_key()
