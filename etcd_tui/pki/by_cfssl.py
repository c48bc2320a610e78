"""by_cfssl: the authority and certificates as cfssl and cfssljson make them."""

from __future__ import annotations

import json
import shlex

from etcd_tui.pki.profile import AUTHORITY_COMMON_NAME, CFSSL
from etcd_tui.pki.wanted import Wanted
from etcd_tui.spec.model import ClusterSpec, Subject
from etcd_tui.typed import heredoc

_KEYS: dict[str, dict[str, object]] = {
    "rsa-2048": {"algo": "rsa", "size": 2048},
    "rsa-3072": {"algo": "rsa", "size": 3072},
    "rsa-4096": {"algo": "rsa", "size": 4096},
    "ecdsa-p256": {"algo": "ecdsa", "size": 256},
    "ecdsa-p384": {"algo": "ecdsa", "size": 384},
}
_CLIENT_SETTINGS = "client/client-config.json"
_UNLOCKED = "own/unlocked.pem"


def authority(spec: ClusterSpec) -> tuple[str, ...]:
    """Return what makes `pki/ca.pem` and its key."""
    request: dict[str, object] = {
        "CN": AUTHORITY_COMMON_NAME,
        "key": _KEYS[spec.certificates.key],
    }
    hours = spec.certificates.ca_validity_hours
    if hours and hours != CFSSL.ca_validity_hours:
        request["ca"] = {"expiry": f"{hours}h"}
    return (f"echo {_word(request)} | cfssl gencert -initca - | cfssljson -bare pki/ca",)


def certificate(spec: ClusterSpec, wanted: Wanted, signer: str, key: str) -> tuple[str, ...]:
    """Return what makes the files of `wanted`; `signer` and `key` are words of a command."""
    request: dict[str, object] = {"CN": wanted.subject.common_name}
    if wanted.role == "host":
        # As the guide has it: the names come with -hostname.
        request["hosts"] = [""]
    request["key"] = _KEYS[wanted.key]
    names = _names(wanted.subject)
    if names:
        request["names"] = [names]
    before, after = _unlocking(spec, key)
    if before:
        key = _UNLOCKED
    settings = f"pki/{CFSSL.document}"
    options = f"-ca={signer} -ca-key {key}"
    if wanted.role == "client":
        usages = ["signing", "key encipherment", "client auth"]
        expiry = f"{wanted.validity_hours}h"
        text = json.dumps({"signing": {"default": {"expiry": expiry, "usages": usages}}}) + "\n"
        return (
            *before,
            heredoc(_CLIENT_SETTINGS, text),
            f"echo {_word(request)} | cfssl gencert -config={_CLIENT_SETTINGS} \\\n"
            f"  {options} - | cfssljson -bare client/client",
            f"mv client/client.pem client/{wanted.files.certificate}",
            f"mv client/client-key.pem client/{wanted.files.key}",
            *after,
        )
    hosts = ",".join([*wanted.dns, *(str(address) for address in wanted.addresses)])
    return (
        *before,
        f"echo {_word(request)} | cfssl gencert -config={settings} \\\n"
        f"  {options} -hostname={shlex.quote(hosts)} - | cfssljson -bare pki/{wanted.holder}",
        *after,
    )


def _names(subject: Subject) -> dict[str, str]:
    fields = {
        "C": subject.country,
        "ST": subject.state,
        "L": subject.locality,
        "O": subject.organization,
        "OU": subject.organizational_unit,
    }
    return {name: value for name, value in fields.items() if value}


def _unlocking(spec: ClusterSpec, key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """cfssl asks for no passphrase: the key of an own authority lies open while it signs."""
    own = spec.certificates.ca
    if own is None or own.passphrase is None:
        return (), ()
    return (f"openssl pkey -in {key} -out {_UNLOCKED}",), (f"rm -f {_UNLOCKED}",)


def _word(request: dict[str, object]) -> str:
    return shlex.quote(json.dumps(request, separators=(",", ":"), ensure_ascii=False))
