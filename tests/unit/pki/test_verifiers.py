"""Every profile and key type before those who verify: OpenSSL strict, Python's ssl, our gate."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from etcd_tui.pki.authority import Authority
from etcd_tui.pki.check import refusal
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.spec.model import Certificates, KeyType, Profile

from .conftest import fill, names_in, needs_openssl, run, spec_with

KEYS: tuple[KeyType, ...] = ("rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384")
every_kind = pytest.mark.parametrize(
    "certificates",
    [
        pytest.param(Certificates(profile=profile, key=key, shared_key=shared), id=name)
        for profile in ("cfssl", "openssl")
        for key in KEYS
        for shared in (True, False)
        for name in [f"{profile}-{key}-{'shared' if shared else 'each'}"]
        if not (shared and key in {"rsa-3072", "rsa-4096"})
    ],
)


def host_certificate(folders: StoreFolders, certificates: Certificates) -> Path:
    return folders.pki / wanted_certificates(spec_with(certificates))[0].files.certificate


@needs_openssl
@every_kind
def test_openssl_strict_takes_hosts_in_both_roles_and_the_operator_as_client(
    folders: StoreFolders, now: datetime, certificates: Certificates
) -> None:
    fill(folders, spec_with(certificates), now)
    authority = folders.pki / PROFILES[certificates.profile].authority.certificate
    host = host_certificate(folders, certificates)
    operator = folders.client / "client.crt"
    strict = ("openssl", "verify", "-x509_strict", "-CAfile", authority)
    for purpose in ("sslserver", "sslclient"):
        run(*strict, "-purpose", purpose, host, cwd=folders.pki)
    for name in (("-verify_hostname", "etcd1"), ("-verify_ip", "192.0.2.11")):
        run(*strict, *name, host, cwd=folders.pki)
    run(*strict, "-purpose", "sslclient", operator, cwd=folders.pki)
    with pytest.raises(AssertionError, match="unsuitable certificate purpose"):
        run(*strict, "-purpose", "sslserver", operator, cwd=folders.pki)


@every_kind
def test_python_with_strict_rules_shakes_hands_in_every_direction(
    folders: StoreFolders, now: datetime, certificates: Certificates
) -> None:
    fill(folders, spec_with(certificates), now)
    files = wanted_certificates(spec_with(certificates))[0].files
    host = (folders.pki / files.certificate, folders.pki / files.key)
    operator = (folders.client / "client.crt", folders.client / "client.key")
    authority = folders.client / "ca.crt"
    for called in ("etcd1", "192.0.2.11"):
        for caller in (host, operator):
            assert shake_hands(authority, server=host, client=caller, called=called) == b"proven"


def test_a_caller_without_certificate_is_turned_away(folders: StoreFolders, now: datetime) -> None:
    fill(folders, spec_with(Certificates(key="ecdsa-p256")), now)
    host = (folders.pki / "etcd1.pem", folders.pki / "etcd1-key.pem")
    with pytest.raises(ssl.SSLError, match="peer did not return a certificate"):
        shake_hands(folders.client / "ca.crt", server=host, client=None, called="etcd1")


def shake_hands(
    authority: Path, *, server: tuple[Path, Path], client: tuple[Path, Path] | None, called: str
) -> bytes:
    """Do a TLS handshake in memory, both sides strict; return what the client then reads."""
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    serving.verify_mode = ssl.CERT_REQUIRED
    calling = ssl.create_default_context(cafile=authority)
    for context, pair in ((serving, server), (calling, client)):
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if pair is not None:
            context.load_cert_chain(*pair)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = calling.wrap_bio(to_client, to_server, server_hostname=called)
    far = serving.wrap_bio(to_server, to_client, server_side=True)
    unfinished = [near, far]
    for _ in range(10):
        for side in tuple(unfinished):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            unfinished.remove(side)
    assert not unfinished
    far.write(b"proven")
    return near.read()


@every_kind
def test_our_own_gate_agrees(
    folders: StoreFolders, now: datetime, certificates: Certificates
) -> None:
    spec = spec_with(certificates)
    fill(folders, spec, now)
    profile = PROFILES[certificates.profile]
    root = x509.load_pem_x509_certificate(
        (folders.pki / profile.authority.certificate).read_bytes()
    )
    for wanted in wanted_certificates(spec):
        place = folders.pki if wanted.role == "host" else folders.client
        leaf = x509.load_pem_x509_certificate((place / wanted.files.certificate).read_bytes())
        for strict in (True, False):
            assert refusal(leaf, Authority(root), wanted, now, strict=strict) == ""


@pytest.mark.parametrize("profile", ["cfssl", "openssl"])
def test_the_gate_refuses_a_name_that_is_not_in_the_certificate(
    folders: StoreFolders, now: datetime, profile: Profile
) -> None:
    fill(folders, spec_with(Certificates(profile=profile, key="ecdsa-p256")), now)
    root = x509.load_pem_x509_certificate((folders.client / "ca.crt").read_bytes())
    host = host_certificate(folders, Certificates(profile=profile))
    leaf = x509.load_pem_x509_certificate(host.read_bytes())
    wider = wanted_certificates(spec_with(Certificates(profile=profile, sans=("198.51.100.9",))))
    assert "match" in refusal(leaf, Authority(root), wider[0], now, strict=True)


def test_the_operators_certificate_is_a_client_without_names_and_never_root(
    folders: StoreFolders, now: datetime
) -> None:
    facts = fill(folders, spec_with(Certificates(key="ecdsa-p256")), now)
    operator = facts.certificates[-1].description
    assert operator is not None
    assert (operator.subject, operator.dns, operator.addresses) == (
        "CN=etcd-tui-operator",
        (),
        (),
    )
    leaf = x509.load_pem_x509_certificate((folders.client / "client.crt").read_bytes())
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert names_in(folders.client) == {"ca.crt", "client.crt", "client.key"}
