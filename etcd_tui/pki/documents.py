"""Documents: the tools' own settings files, so that a person can go on with cfssl or openssl."""

from __future__ import annotations

import json

from etcd_tui.pki.profile import PROFILES, Profile
from etcd_tui.pki.wanted import Wanted, wanted_certificates
from etcd_tui.spec.model import ClusterSpec

_USAGES = ["signing", "key encipherment", "server auth", "client auth"]


def document(spec: ClusterSpec) -> bytes:
    """Return the text of the profile's settings file: `ca-config.json` or `etcd-ca.conf`."""
    hosts = [wanted for wanted in wanted_certificates(spec) if wanted.role == "host"]
    profile = PROFILES[spec.certificates.profile]
    if profile.name == "cfssl":
        return ca_config(hosts[0].validity_hours).encode()
    return etcd_ca_conf(profile, hosts, shared=spec.certificates.one_key_for_all).encode()


def ca_config(validity_hours: int) -> str:
    """Return cfssl's signing settings, byte for byte in the form of the guide."""
    settings = {"signing": {"default": {"expiry": f"{validity_hours}h", "usages": _USAGES}}}
    return json.dumps(settings, separators=(",", ":")) + "\n"


def etcd_ca_conf(profile: Profile, hosts: list[Wanted], *, shared: bool) -> str:
    """Return the guide's `etcd-ca.conf`, with the improved extensions of `profile`.

    Per-host certificates need one subject and one list of names each; OpenSSL then picks them
    by the environment variable NAME, as the guide's cfssl commands do.
    """
    holder = "" if shared else "_${ENV::NAME}"
    is_rsa = hosts[0].key.startswith("rsa")
    lines = [] if shared else [f"# With NAME={hosts[0].holder} (a host's name) in the environment"]
    lines += ["[ req ]"]
    if is_rsa:
        lines.append(f"default_bits = {hosts[0].key.removeprefix('rsa-')}")
    if not all(_subject_text(wanted).isascii() for wanted in hosts):
        lines.append("utf8 = yes")
    lines += [
        "prompt = no",
        "default_md = sha256",
        "req_extensions = req_ext",
        f"distinguished_name = dn{holder}",
    ]
    for wanted in hosts:
        suffix = "" if shared else f"_{wanted.holder}"
        lines += ["", f"[ dn{suffix} ]", *_subject_lines(wanted)]
    lines += ["", "[ req_ext ]", f"subjectAltName = @alt_names{holder}"]
    for wanted in hosts:
        suffix = "" if shared else f"_{wanted.holder}"
        lines += ["", f"[ alt_names{suffix} ]", *_san_lines(wanted)]
    usage = ["critical", "digitalSignature"]
    if is_rsa or profile.key_encipherment_for_ecdsa:
        usage.append("keyEncipherment")
    if is_rsa and profile.data_encipherment:
        usage.append("dataEncipherment")
    lines += [
        "",
        "[ v3_ext ]",
        "authorityKeyIdentifier=keyid",
        "subjectKeyIdentifier=hash",
        "basicConstraints=critical,CA:FALSE",
        f"keyUsage={','.join(usage)}",
        "extendedKeyUsage=serverAuth,clientAuth",
        f"subjectAltName=@alt_names{holder}",
    ]
    return "\n".join(lines) + "\n"


def _subject_text(wanted: Wanted) -> str:
    return "".join(_subject_lines(wanted))


def _subject_lines(wanted: Wanted) -> list[str]:
    fields = (
        ("C", wanted.subject.country),
        ("ST", wanted.subject.state),
        ("L", wanted.subject.locality),
        ("O", wanted.subject.organization),
        ("OU", wanted.subject.organizational_unit),
        ("CN", wanted.subject.common_name),
    )
    return [f"{name} = {_escaped(value)}" for name, value in fields if value]


def _san_lines(wanted: Wanted) -> list[str]:
    # The guide counts from 2.
    lines = [f"DNS.{number} = {name}" for number, name in enumerate(wanted.dns, start=2)]
    lines += [f"IP.{number} = {ip}" for number, ip in enumerate(wanted.addresses, start=2)]
    return lines


def _escaped(value: str) -> str:
    """Escape what OpenSSL's config(5) reads as variable, comment, quote or escape."""
    return "".join(
        f"\\{character}" if character in "\\$#\"'`" else character for character in value
    )
