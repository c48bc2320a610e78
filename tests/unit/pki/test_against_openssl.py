"""The openssl profile against real OpenSSL, run with the guide's own commands.

Improvements on the guide, all of them (`README.md` of the guide, reference b2):

* the authority has a critical keyUsage: keyCertSign, cRLSign;
* a host's keyUsage is critical and has digitalSignature, its basicConstraints are critical;
* the authority key identifier is the key's alone, not also issuer and serial;
* the certificate starts 5 minutes early;
* no `ca.srl`: serials are random.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.store import read_store
from etcd_tui.spec.model import Certificates, KeyType, Node, Subject

from .conftest import NODES, fill, names_in, needs_openssl, run, spec_with
from .fields import changed, fields, identifiers_fit

pytestmark = needs_openssl

GUIDE_CONF = """\
[ req ]
default_bits = 2048
prompt = no
default_md = sha256
req_extensions = req_ext
distinguished_name = dn

[ dn ]
C = CN
ST = ShangHai
L = ShangHai
O = etcd
OU = system
CN = etcd

[ req_ext ]
subjectAltName = @alt_names

[ alt_names ]
DNS.2 = etcd1
DNS.3 = etcd2
DNS.4 = etcd3
IP.2 = 192.0.2.11
IP.3 = 192.0.2.12
IP.4 = 192.0.2.13

[ v3_ext ]
authorityKeyIdentifier=keyid,issuer:always
basicConstraints=CA:FALSE
keyUsage=keyEncipherment,dataEncipherment
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=@alt_names
"""
GUIDE = Certificates(profile="openssl")


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def sign_as_the_guide(folder: Path, name: str = "etcd", **environment: str) -> None:
    """The guide's commands, step 5, from the request on."""
    for command in (
        f"openssl req -new -key {name}.key -out {name}.csr -config etcd-ca.conf",
        f"openssl x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial "
        f"-out {name}.crt -days 10000 -extensions v3_ext -extfile etcd-ca.conf",
    ):
        run(*command.split(), cwd=folder, **environment)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "etcd-ca.conf").write_text(GUIDE_CONF)
    for command in (
        "openssl genrsa -out ca.key 2048",
        "openssl req -x509 -new -nodes -key ca.key -subj /CN=CA -days 10000 -out ca.crt",
        "openssl genrsa -out etcd.key 2048",
    ):
        run(*command.split(), cwd=folder)
    sign_as_the_guide(folder)
    return folder


@pytest.fixture
def ours(folders: StoreFolders, now: datetime) -> Path:
    fill(folders, spec_with(GUIDE), now)
    return folders.pki


def test_the_folder_has_the_same_files_but_for_the_counter_of_serials(
    theirs: Path, ours: Path
) -> None:
    assert names_in(theirs) - names_in(ours) == {"ca.srl"}
    assert names_in(ours) <= names_in(theirs)


def test_the_authority_differs_only_by_its_key_usage(theirs: Path, ours: Path) -> None:
    assert changed(fields(load(theirs / "ca.crt")), fields(load(ours / "ca.crt"))) == {
        "keyUsage": (None, ["key_cert_sign", "crl_sign"]),
        "keyUsage, critical": (None, True),
    }


def test_the_shared_certificate_differs_only_by_the_improvements(theirs: Path, ours: Path) -> None:
    assert changed(fields(load(theirs / "etcd.crt")), fields(load(ours / "etcd.crt"))) == {
        "keyUsage": (
            ["key_encipherment", "data_encipherment"],
            ["digital_signature", "key_encipherment", "data_encipherment"],
        ),
        "keyUsage, critical": (False, True),
        "basicConstraints, critical": (False, True),
        "authorityKeyIdentifier": (
            {"key identifier": 20, "issuer and serial": True},
            {"key identifier": 20, "issuer and serial": False},
        ),
    }


def test_names_stand_in_the_guides_order(ours: Path) -> None:
    assert fields(load(ours / "etcd.crt"))["subjectAltName"] == [
        "etcd1",
        "etcd2",
        "etcd3",
        "192.0.2.11",
        "192.0.2.12",
        "192.0.2.13",
    ]


def test_subject_bytes_are_the_same(theirs: Path, ours: Path) -> None:
    for name in ("ca.crt", "etcd.crt"):
        found, wanted = load(ours / name).subject, load(theirs / name).subject
        assert found.public_bytes() == wanted.public_bytes()


def test_key_identifiers_are_made_the_same_way(theirs: Path, ours: Path) -> None:
    for folder in (theirs, ours):
        assert identifiers_fit(load(folder / "etcd.crt"), load(folder / "ca.crt"))


def test_validity_is_10000_days_from_five_minutes_ago(ours: Path, now: datetime) -> None:
    for name in ("ca.crt", "etcd.crt"):
        certificate = load(ours / name)
        start = certificate.not_valid_before_utc
        assert start == now.replace(microsecond=0) - timedelta(minutes=5)
        assert certificate.not_valid_after_utc - start == timedelta(days=10000)


def test_requests_ask_for_the_same(theirs: Path, ours: Path) -> None:
    found, wanted = (
        x509.load_pem_x509_csr((folder / "etcd.csr").read_bytes()) for folder in (ours, theirs)
    )
    assert found.subject.public_bytes() == wanted.subject.public_bytes()
    assert list(found.extensions) == list(wanted.extensions)


def test_private_keys_have_the_same_form(theirs: Path, ours: Path) -> None:
    for name in ("ca.key", "etcd.key"):
        found, wanted = ((folder / name).read_bytes() for folder in (ours, theirs))
        assert found.splitlines()[0] == wanted.splitlines()[0] == b"-----BEGIN PRIVATE KEY-----"


def test_the_settings_file_is_the_guides_but_for_the_improvements(ours: Path) -> None:
    found = (ours / "etcd-ca.conf").read_text().splitlines()
    guide = GUIDE_CONF.splitlines()
    assert [line for line in guide if line not in found] == [
        "authorityKeyIdentifier=keyid,issuer:always",
        "basicConstraints=CA:FALSE",
        "keyUsage=keyEncipherment,dataEncipherment",
    ]
    assert [line for line in found if line not in guide] == [
        "authorityKeyIdentifier=keyid",
        "subjectKeyIdentifier=hash",
        "basicConstraints=critical,CA:FALSE",
        "keyUsage=critical,digitalSignature,keyEncipherment,dataEncipherment",
    ]


@pytest.mark.parametrize("key", ["rsa-2048", "ecdsa-p256", "ecdsa-p384"])
def test_openssl_makes_our_certificate_from_our_settings_file(
    folders: StoreFolders, now: datetime, key: KeyType
) -> None:
    nodes = (*NODES, Node("etcd4", "2001:db8::4", sans=("etcd4.example.com", "198.51.100.4")))
    fill(folders, spec_with(replace(GUIDE, key=key, sans=("etcd.example.com",)), nodes), now)
    ours = load(folders.pki / "etcd.crt")
    sign_as_the_guide(folders.pki)
    assert changed(fields(load(folders.pki / "etcd.crt")), fields(ours)) == {}


@pytest.mark.parametrize("subject", [None, Subject(organization="Etcd 有限公司", country="DE")])
def test_with_a_key_for_each_host_openssl_takes_the_name_from_the_environment(
    folders: StoreFolders, now: datetime, subject: Subject | None
) -> None:
    fill(folders, spec_with(replace(GUIDE, shared_key=False, subject=subject)), now)
    for host in ("etcd1", "etcd3"):
        ours = load(folders.pki / f"{host}.crt")
        sign_as_the_guide(folders.pki, host, NAME=host)
        assert changed(fields(load(folders.pki / f"{host}.crt")), fields(ours)) == {}
        assert fields(ours)["subject"].startswith(f"CN={host},")


@pytest.mark.parametrize(
    "organization", ["A#B", "$HOME", "a\\nb", 'say "x"', "O'Neill", "`id`", "a=b, c/d+e; f", "ünï"]
)
def test_hostile_subjects_reach_openssl_unchanged(
    folders: StoreFolders, now: datetime, organization: str
) -> None:
    subject = Subject(organization=organization, common_name="etcd")
    fill(folders, spec_with(replace(GUIDE, key="ecdsa-p256", subject=subject)), now)
    ours = load(folders.pki / "etcd.crt")
    sign_as_the_guide(folders.pki)
    assert load(folders.pki / "etcd.crt").subject == ours.subject


def test_the_guides_check_passes(ours: Path) -> None:
    assert run("openssl", "verify", "-CAfile", "ca.crt", "etcd.crt", cwd=ours) == "etcd.crt: OK\n"


def test_a_folder_that_the_guide_made_keeps_its_authority_and_gets_better_certificates(
    theirs: Path, tmp_path: Path, now: datetime
) -> None:
    folders = StoreFolders.below(tmp_path / "state")
    shutil.copytree(theirs, folders.pki)
    key = (folders.pki / "etcd.key").read_bytes()
    before = read_store(folders, spec_with(GUIDE), now)
    assert before.certificates[0].reasons == ("key usage is not the profile's",)
    facts = fill(folders, spec_with(GUIDE), now)
    assert (facts.problem, facts.to_issue) == (None, ())
    assert facts.authority == before.authority
    assert (folders.pki / "etcd.key").read_bytes() == key
    assert "CN=CA has no key usage" in facts.warnings[0]


def test_files_and_names_with_a_key_for_each_host(folders: StoreFolders) -> None:
    certificates = replace(GUIDE, key="ecdsa-p256", shared_key=False)
    fill(folders, spec_with(certificates), datetime.now(UTC))
    assert names_in(folders.pki) == {
        "ca.crt",
        "ca.key",
        "etcd-ca.conf",
        *(f"etcd{number}.{end}" for number in (1, 2, 3) for end in ("crt", "key", "csr")),
    }
