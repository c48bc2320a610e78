"""Private keys: made, written as the profile writes them, read, and compared with certificates."""

from __future__ import annotations

import contextlib
from collections import defaultdict, deque
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from etcd_tui.spec.model import KeyType

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_RSA_BITS: dict[KeyType, int] = {"rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096}
_CURVES: dict[KeyType, ec.EllipticCurve] = {
    "ecdsa-p256": ec.SECP256R1(),
    "ecdsa-p384": ec.SECP384R1(),
}
_CURVE_NAMES = {"secp256r1": "p256", "secp384r1": "p384", "secp521r1": "p521"}


def generate_key(key_type: KeyType) -> PrivateKey:
    """Return a new key that nobody else has, perhaps one that was made ahead."""
    with contextlib.suppress(IndexError):
        return _AHEAD[key_type].popleft()
    return _made(key_type)


def make_ahead(key_types: Iterable[KeyType]) -> None:
    """Make keys for whoever needs some next; those that nobody takes are forgotten.

    Blocking: for a thread, while there is nothing else to do.
    """
    for key_type in key_types:
        _AHEAD[key_type].append(_made(key_type))


_AHEAD: defaultdict[KeyType, deque[PrivateKey]] = defaultdict(deque)


def _made(key_type: KeyType) -> PrivateKey:
    """Make a key. RSA-4096 takes up to seconds; the GIL is released meanwhile."""
    if key_type in _RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS[key_type])
    return ec.generate_private_key(_CURVES[key_type])


def key_pem(key: PrivateKey, *, traditional: bool) -> bytes:
    """Return the key as unencrypted PEM: etcd cannot read an encrypted one.

    `traditional` is PKCS#1 (`RSA PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`), else PKCS#8.
    """
    form = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


def read_key(pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """Read a PEM key.

    Raises TypeError if it is encrypted and there is no passphrase, ValueError if it is no RSA
    or ECDSA key, cannot be parsed or decrypted; neither holds any part of the key.
    """
    # Full validation of one RSA-4096 key takes 0.2 s, of which a run with nothing to do would
    # need one a host. `belongs` proves the pair by use instead.
    key = load_pem_private_key(pem, passphrase, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("neither RSA nor ECDSA")
    return key


def belongs(key: PrivateKey, certificate: x509.Certificate) -> bool:
    """Whether `key` is the certificate's: it signs, and the certificate's key verifies."""
    public = certificate.public_key()
    if public_bits(public) != public_bits(key.public_key()):
        return False
    message = b"etcd-tui"
    try:
        if isinstance(key, rsa.RSAPrivateKey) and isinstance(public, rsa.RSAPublicKey):
            signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
            public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            return True
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(
            public, ec.EllipticCurvePublicKey
        ):
            algorithm = ec.ECDSA(hashes.SHA256())
            public.verify(key.sign(message, algorithm), message, algorithm)
            return True
    except (InvalidSignature, ValueError):
        return False
    return False


def public_bits(key: object) -> bytes:
    """Return the SubjectPublicKeyInfo of a public key, the form in which keys are compared."""
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_type_of(certificate: x509.Certificate) -> str:
    """Return `rsa-2048`, `ecdsa-p256` and so on; for other kinds the name of the algorithm."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ecdsa-{_CURVE_NAMES.get(key.curve.name, key.curve.name)}"
    return certificate.public_key_algorithm_oid._name
