"""by_openssl: the authority and certificates as openssl makes them."""

from __future__ import annotations

from cryptography import x509

from etcd_tui.pki.authority import usages
from etcd_tui.pki.profile import AUTHORITY_COMMON_NAME, OPENSSL
from etcd_tui.pki.wanted import Wanted
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.typed import heredoc

_CURVES = {"ecdsa-p256": "P-256", "ecdsa-p384": "P-384"}
_CLIENT_EXTENSIONS = "client/client-ext.conf"
_USAGES = {
    "digital_signature": "digitalSignature",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
}


def authority(spec: ClusterSpec) -> tuple[str, ...]:
    """Return what makes `pki/ca.crt` and its key."""
    files = OPENSSL.authority
    hours = spec.certificates.ca_validity_hours or OPENSSL.ca_validity_hours
    return (
        _new_key(f"pki/{files.key}", spec.certificates.key),
        f"openssl req -x509 -new -key pki/{files.key} -subj /CN={AUTHORITY_COMMON_NAME} "
        f"-days {_days(hours)} \\\n"
        f"  -addext keyUsage=critical,keyCertSign,cRLSign -out pki/{files.certificate}",
    )


def certificate(spec: ClusterSpec, wanted: Wanted, signer: str, key: str) -> tuple[str, ...]:
    """Return what makes the files of `wanted`; `signer` and `key` are words of a command."""
    sign = f"openssl x509 -req -CA {signer} -CAkey {key} -CAserial pki/ca.srl -CAcreateserial"
    days = _days(wanted.validity_hours)
    files = wanted.files
    if wanted.role == "client":
        return (
            _new_key(f"client/{files.key}", wanted.key),
            f"openssl req -new -key client/{files.key} -subj /CN={wanted.subject.common_name} "
            "-out client/client.csr",
            heredoc(_CLIENT_EXTENSIONS, _extensions(wanted)),
            f"{sign} \\\n  -in client/client.csr -days {days} -extfile {_CLIENT_EXTENSIONS} "
            f"-out client/{files.certificate}",
        )
    # Where each host has a key of its own, the settings file picks its names by NAME.
    named = "" if spec.certificates.one_key_for_all else f"NAME={wanted.holder} "
    settings = f"pki/{OPENSSL.document}"
    return (
        _new_key(f"pki/{files.key}", wanted.key),
        f"{named}openssl req -new -key pki/{files.key} -config {settings} -out pki/{files.request}",
        f"{named}{sign} \\\n  -in pki/{files.request} -days {days} -extensions v3_ext "
        f"-extfile {settings} -out pki/{files.certificate}",
    )


def _new_key(path: str, kind: str) -> str:
    if kind in _CURVES:
        curve = _CURVES[kind]
        return f"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out {path}"
    return f"openssl genrsa -out {path} {kind.removeprefix('rsa-')}"


def _days(hours: int) -> int:
    """Whole days, never more than was asked for: openssl counts in days."""
    return max(1, hours // 24)


def _extensions(wanted: Wanted) -> str:
    usage, _extended = usages(OPENSSL, wanted)
    return (
        "authorityKeyIdentifier=keyid\n"
        "subjectKeyIdentifier=hash\n"
        "basicConstraints=critical,CA:FALSE\n"
        f"keyUsage=critical,{','.join(_names(usage))}\n"
        "extendedKeyUsage=clientAuth\n"
    )


def _names(usage: x509.KeyUsage) -> list[str]:
    return [name for attribute, name in _USAGES.items() if getattr(usage, attribute)]
