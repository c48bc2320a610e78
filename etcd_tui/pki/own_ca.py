"""The operator's own authority, read from where the answers say it lies; it is never copied."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.pki.authority import Authority, own_authority
from etcd_tui.pki.keys import PrivateKey, belongs, read_key
from etcd_tui.pki.pem import parse_certificates
from etcd_tui.secret import Secret
from etcd_tui.spec.model import OwnCa


def load_own_authority(own: OwnCa, now: datetime) -> Authority:
    """Read certificate and chain and build the path to the root; UsageError says what is wrong.

    The certificate file may hold its chain itself; `chain` adds to it.
    """
    certificates = []
    for path in filter(None, (own.certificate, own.chain)):
        try:
            certificates += parse_certificates(_read(path))
        except ValueError:
            raise UsageError(
                _("{path} holds no readable PEM certificate.").format(path=path),
                remedy=_(
                    "Name files that begin with -----BEGIN CERTIFICATE----- under certificates.ca."
                ),
            ) from None
    try:
        return own_authority(certificates, now)
    except ValueError as error:
        raise UsageError(
            _("The authority in {path} cannot sign the hosts' certificates.").format(
                path=own.certificate
            ),
            cause=str(error),
            remedy=_(
                "Name a valid authority, with all its issuers up to the root in "
                "certificates.ca.chain."
            ),
        ) from None


def load_own_key(own: OwnCa, authority: Authority, passphrase: Secret | None) -> PrivateKey:
    """Read the authority's key and hold it against the certificate; UsageError if it fails."""
    pem = _read(own.key)
    secret = passphrase.reveal().encode() if passphrase else None
    try:
        try:
            key = read_key(pem, secret)
        except TypeError:
            # Without one although encrypted, or with one although not encrypted.
            if secret is None:
                raise
            key = read_key(pem)
    except TypeError:
        raise UsageError(
            _("The authority's key {path} is encrypted.").format(path=own.key),
            remedy=_("Give its passphrase under certificates.ca.passphrase."),
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # The library's own text is dropped: it names OpenSSL internals, and never the cause.
        raise UsageError(
            _("The authority's key {path} cannot be read.").format(path=own.key),
            cause=_("It is no RSA or ECDSA key in PEM form, or the passphrase is wrong."),
            remedy=_("Correct certificates.ca.key or certificates.ca.passphrase."),
        ) from None
    if not belongs(key, authority.certificate):
        raise UsageError(
            _("The key {key} is not the key of the authority in {certificate}.").format(
                key=own.key, certificate=own.certificate
            ),
            remedy=_("Name the two files of one authority under certificates.ca."),
        )
    return key


def key_is_encrypted(own: OwnCa) -> bool:
    """Whether the key asks for a passphrase; UsageError if the file cannot be read."""
    try:
        read_key(_read(own.key))
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return False


def _read(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else None
        raise UsageError(
            _("{path} cannot be read.").format(path=path),
            cause=cause or str(error),
            remedy=_("Correct the paths under certificates.ca."),
        ) from None
