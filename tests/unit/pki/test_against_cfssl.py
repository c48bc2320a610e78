"""The cfssl profile against real cfssl, run with the guide's own commands.

Deliberate differences, all of them:

* names are UTF8String where cfssl (Go) writes PrintableString: equal by RFC 5280 comparison;
* the CA's request has no empty list of requested extensions.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from etcd_tui.pki.authority import not_before
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import CFSSL
from etcd_tui.pki.store import read_store
from etcd_tui.spec.model import Certificates, KeyType

from .conftest import fill, names_in, needs_cfssl, run, spec_with
from .fields import changed, fields, identifiers_fit

pytestmark = needs_cfssl

GUIDE_CONFIG = (
    '{"signing":{"default":{"expiry":"43800h",'
    '"usages":["signing","key encipherment","server auth","client auth"]}}}\n'
)
SIZES: dict[KeyType, dict[str, object]] = {
    "rsa-2048": {"algo": "rsa", "size": 2048},
    "ecdsa-p256": {"algo": "ecdsa", "size": 256},
}
EXTRA = ("etcd1.example.com", "2001:db8::1", "alias", "198.51.100.7")


@dataclass(frozen=True)
class Pair:
    """The folder that real cfssl filled and the one that we filled, at the same minute."""

    theirs: Path
    ours: Path
    made: datetime

    def certificates(self, name: str) -> tuple[x509.Certificate, x509.Certificate]:
        theirs, ours = ((folder / name).read_bytes() for folder in (self.theirs, self.ours))
        return x509.load_pem_x509_certificate(theirs), x509.load_pem_x509_certificate(ours)

    def requests(
        self, name: str
    ) -> tuple[x509.CertificateSigningRequest, x509.CertificateSigningRequest]:
        theirs, ours = ((folder / name).read_bytes() for folder in (self.theirs, self.ours))
        return x509.load_pem_x509_csr(theirs), x509.load_pem_x509_csr(ours)


def with_cfssl(folder: Path, key: KeyType, sans: tuple[str, ...]) -> None:
    """The guide's commands, step 4."""
    folder.mkdir()
    size = SIZES[key]
    request = json.dumps({"CN": "CA", "key": size})
    made = run("cfssl", "gencert", "-initca", "-", cwd=folder, stdin=request)
    run("cfssljson", "-bare", "ca", "-", cwd=folder, stdin=made)
    (folder / "ca-config.json").write_text(GUIDE_CONFIG)
    for number in (1, 2, 3):
        name = f"etcd{number}"
        request = json.dumps({"CN": name, "hosts": [""], "key": size})
        made = run(
            "cfssl",
            "gencert",
            "-config=ca-config.json",
            "-ca=ca.pem",
            "-ca-key=ca-key.pem",
            f"-hostname={','.join((f'192.0.2.1{number}', name, *sans))}",
            "-",
            cwd=folder,
            stdin=request,
        )
        run("cfssljson", "-bare", name, cwd=folder, stdin=made)


@pytest.fixture(scope="module", params=["rsa-2048", "ecdsa-p256"])
def key(request: pytest.FixtureRequest) -> KeyType:
    chosen: KeyType = request.param
    return chosen


@pytest.fixture
def pair(theirs: Path, key: KeyType, folders: StoreFolders) -> Pair:
    now = datetime.now(UTC)
    fill(folders, spec_with(Certificates(profile="cfssl", key=key, sans=EXTRA)), now)
    return Pair(theirs, folders.pki, now)


@pytest.fixture(scope="module")
def theirs(key: KeyType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cfssl") / "certs"
    with_cfssl(folder, key, EXTRA)
    return folder


def test_the_folder_has_the_same_files(pair: Pair) -> None:
    assert names_in(pair.ours) == names_in(pair.theirs)


def test_the_authority_has_the_same_fields(pair: Pair) -> None:
    theirs, ours = pair.certificates("ca.pem")
    assert changed(fields(theirs), fields(ours)) == {}


@pytest.mark.parametrize("host", ["etcd1", "etcd2", "etcd3"])
def test_each_host_has_the_same_fields_and_the_same_order_of_names(pair: Pair, host: str) -> None:
    theirs, ours = pair.certificates(f"{host}.pem")
    assert changed(fields(theirs), fields(ours)) == {}


def test_key_identifiers_are_made_the_same_way(pair: Pair) -> None:
    for authority, leaf in zip(
        pair.certificates("ca.pem"), pair.certificates("etcd1.pem"), strict=True
    ):
        assert identifiers_fit(leaf, authority)


def test_validity_starts_five_minutes_before_the_rounded_minute(pair: Pair) -> None:
    theirs, ours = pair.certificates("etcd1.pem")
    assert ours.not_valid_before_utc == not_before(CFSSL, pair.made)
    for start in (theirs.not_valid_before_utc, ours.not_valid_before_utc):
        assert (start.second, start.microsecond) == (0, 0)
        ago = datetime.now(UTC) - start
        assert timedelta(minutes=4, seconds=30) <= ago < timedelta(minutes=7)


@pytest.mark.parametrize(("second", "minute"), [(0, 0), (29, 0), (30, 1), (59, 1)])
def test_a_minute_is_rounded_as_go_rounds(second: int, minute: int) -> None:
    # Go's time.Round(time.Minute), which cfssl calls, rounds half up.
    now = datetime(2026, 3, 1, 12, 10, second, tzinfo=UTC)
    assert not_before(CFSSL, now) == datetime(2026, 3, 1, 12, 5 + minute, tzinfo=UTC)


def test_requests_ask_for_the_same(pair: Pair) -> None:
    for name in ("ca.csr", "etcd1.csr"):
        theirs, ours = pair.requests(name)
        assert ours.is_signature_valid
        assert ours.subject == theirs.subject
        assert list(ours.extensions) == list(theirs.extensions)


def test_private_keys_have_the_same_form(pair: Pair) -> None:
    for name in ("ca-key.pem", "etcd1-key.pem"):
        theirs, ours = ((folder / name).read_bytes() for folder in (pair.theirs, pair.ours))
        assert ours.splitlines()[0] == theirs.splitlines()[0]
        assert ours.splitlines()[-1] == theirs.splitlines()[-1]


def test_the_settings_file_is_the_guides_byte_for_byte(pair: Pair) -> None:
    assert (pair.ours / "ca-config.json").read_text() == GUIDE_CONFIG


def test_cfssl_goes_on_with_our_authority_and_settings(pair: Pair) -> None:
    made = run(
        "cfssl",
        "gencert",
        "-config=ca-config.json",
        "-ca=ca.pem",
        "-ca-key=ca-key.pem",
        f"-hostname={','.join(('192.0.2.11', 'etcd1', *EXTRA))}",
        "-",
        cwd=pair.ours,
        stdin=json.dumps({"CN": "etcd1", "hosts": [""], "key": {"algo": "rsa", "size": 2048}}),
    )
    signed = x509.load_pem_x509_certificate(json.loads(made)["cert"].encode())
    ours = x509.load_pem_x509_certificate((pair.ours / "etcd1.pem").read_bytes())
    assert set(changed(fields(signed), fields(ours))) <= {"key"}


def test_a_folder_that_cfssl_made_is_kept_whole(theirs: Path, key: KeyType, tmp_path: Path) -> None:
    folders = StoreFolders.below(tmp_path)
    shutil.copytree(theirs, folders.pki)
    facts = read_store(
        folders, spec_with(Certificates(profile="cfssl", key=key, sans=EXTRA)), datetime.now(UTC)
    )
    assert facts.problem is None
    assert [wanted.holder for wanted in facts.to_issue] == ["etcd-tui-operator"]


def test_a_changed_validity_stands_in_the_settings_file(folders: StoreFolders) -> None:
    certificates = Certificates(profile="cfssl", key="ecdsa-p256", validity_hours=8760)
    fill(folders, spec_with(certificates), datetime.now(UTC))
    written = (folders.pki / "ca-config.json").read_text()
    assert written == GUIDE_CONFIG.replace("43800h", "8760h")
