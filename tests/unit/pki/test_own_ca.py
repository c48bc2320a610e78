"""The operator's own authority: root or intermediate, its limits, its key, and what is kept."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from etcd_tui.errors import RefusedError, UsageError
from etcd_tui.pki.facts import StoreFacts
from etcd_tui.pki.issuing import create_authority, issue
from etcd_tui.pki.keys import PrivateKey
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.store import host_files, read_store
from etcd_tui.secret import Secret
from etcd_tui.spec.model import Certificates, ClusterSpec, KeyType, OwnCa

from .conftest import fill, names_in, needs_openssl, run, spec_with
from .test_verifiers import shake_hands

TakeKey = Callable[[KeyType, int], PrivateKey]
SIGN_ONLY = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
SERVE_ONLY = x509.KeyUsage(True, False, True, False, False, False, False, False, False)


@dataclass(frozen=True)
class Company:
    """An authority somewhere else: its certificate, and the key that signs with it."""

    certificate: x509.Certificate
    key: PrivateKey


class Works:
    """Makes companies' authorities and writes their files."""

    def __init__(self, folder: Path, take_key: TakeKey, now: datetime) -> None:
        self.folder, self.take_key, self.now = folder, take_key, now
        self.made = 0

    def authority(
        self,
        name: str,
        above: Company | None = None,
        *,
        usage: x509.KeyUsage | None = SIGN_ONLY,
        constraints: x509.BasicConstraints | None = None,
        critical: bool = True,
        identified: bool = True,
        days: tuple[int, int] = (-10, 3000),
        more: tuple[x509.ExtensionType, ...] = (),
    ) -> Company:
        self.made += 1
        key = self.take_key("ecdsa-p256", 20 + self.made)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = constraints or x509.BasicConstraints(True, None)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(above.certificate.subject if above else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + timedelta(days=days[0]))
            .not_valid_after(self.now + timedelta(days=days[1]))
            .add_extension(constraints, critical=critical)
        )
        if usage:
            builder = builder.add_extension(usage, critical=True)
        if identified:
            identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
            builder = builder.add_extension(identifier, critical=False)
        if above:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
            builder = builder.add_extension(issuer, critical=False)
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return Company(builder.sign(above.key if above else key, hashes.SHA256()), key)

    def pem(self, name: str, *companies: Company) -> str:
        path = self.folder / name
        path.write_bytes(b"".join(c.certificate.public_bytes(Encoding.PEM) for c in companies))
        return str(path)

    def key(self, company: Company, passphrase: str = "") -> str:
        path = self.folder / "own.key"
        protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        path.write_bytes(company.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
        return str(path)

    def own(self, company: Company, *chain: Company) -> OwnCa:
        return OwnCa(
            self.pem("own.pem", company),
            self.key(company),
            self.pem("chain.pem", *chain) if chain else "",
        )


@pytest.fixture
def works(tmp_path: Path, key_pool: TakeKey, now: datetime) -> Works:
    return Works(tmp_path, key_pool, now)


def spec_of(own: OwnCa, **more: Any) -> ClusterSpec:
    return spec_with(Certificates(key="ecdsa-p256", ca=own, **more))


def problem_of(facts: StoreFacts) -> str:
    assert facts.problem is not None
    return f"{facts.problem.what} {facts.problem.cause}"


def test_a_root_is_adopted_and_signs_and_its_key_is_not_copied(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    root = works.authority("Company Root")
    spec = spec_of(works.own(root))
    before = read_store(folders, spec, now)
    assert (before.authority.state, before.authority.own) == ("absent", True)
    assert before.authority.description is not None
    assert before.authority.description.subject == "CN=Company Root"
    facts = fill(folders, spec, now)
    assert (facts.authority.state, facts.to_issue, facts.problem) == ("present", (), None)
    assert facts.warnings == ()
    assert not (folders.pki / "ca-key.pem").exists()
    secret = Path(works.key(root)).read_bytes()
    assert all(secret not in path.read_bytes() for path in folders.pki.iterdir())
    assert (folders.pki / "ca.pem").read_bytes() == root.certificate.public_bytes(Encoding.PEM)


@needs_openssl
@pytest.mark.parametrize("profile", ["cfssl", "openssl"])
@pytest.mark.parametrize("order", ["in order", "reversed", "in one file"])
def test_below_an_intermediate_hosts_send_the_chain_and_trust_the_root(
    works: Works, folders: StoreFolders, now: datetime, profile: Any, order: str
) -> None:
    root = works.authority("Root")
    middle = works.authority("Middle", root)
    issuing = works.authority("Issuing", middle)
    stranger = works.authority("Stranger")
    chain = (middle, stranger, root) if order == "in order" else (root, stranger, middle)
    own = works.own(issuing, *chain)
    if order == "in one file":
        own = OwnCa(works.pem("bundle.pem", issuing, middle, root), own.key)
    spec = spec_of(own, profile=profile)
    facts = fill(folders, spec, now)
    assert (facts.problem, facts.to_issue) == (None, ())
    assert "every client certificate below CN=Root" in facts.warnings[0]
    trusted, certificate, key = host_files(spec, folders, "etcd2")
    assert trusted.data == root.certificate.public_bytes(Encoding.PEM)
    sent = [c.subject.rfc4514_string() for c in x509.load_pem_x509_certificates(certificate.data)]
    assert sent[1:] == ["CN=Issuing", "CN=Middle"]
    for file in (trusted, certificate, key):
        (works.folder / file.name).write_bytes(file.data)
    names = [works.folder / file.name for file in (trusted, certificate, key)]
    operator = (folders.client / "client.crt", folders.client / "client.key")
    for purpose, leaf in (
        ("sslserver", names[1]),
        ("sslclient", names[1]),
        ("sslclient", operator[0]),
    ):
        command = ("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", names[0])
        run(*command, "-untrusted", leaf, leaf, cwd=works.folder)
    server = (names[1], names[2])
    for caller in (server, operator):
        assert shake_hands(names[0], server=server, client=caller, called="etcd2") == b"proven"


def refused(works: Works, case: str) -> OwnCa:
    root = works.authority("Root")
    match case:
        case "not an authority":
            leaf = works.authority("Leaf", constraints=x509.BasicConstraints(False, None))
            return works.own(leaf)
        case "may not sign":
            return works.own(works.authority("Server", usage=SERVE_ONLY))
        case "expired":
            return works.own(works.authority("Old", days=(-20, -1)))
        case "expired above":
            old = works.authority("Old Root", days=(-20, -1))
            return works.own(works.authority("Issuing", old), old)
        case "not yet valid":
            return works.own(works.authority("Early", days=(1, 20)))
        case "chain missing":
            return works.own(works.authority("Issuing", root))
        case "wrong chain":
            return works.own(works.authority("Issuing", root), works.authority("Root"))
        case "pathlen":
            short = works.authority("Short", constraints=x509.BasicConstraints(True, 0))
            middle = works.authority("Middle", short)
            return works.own(middle, short)
        case "key mismatch":
            own = works.own(root)
            works.key(works.authority("Other"))
            return own
        case "key missing":
            return replace(works.own(root), key=str(works.folder / "nowhere.key"))
        case "key garbage":
            own = works.own(root)
            Path(own.key).write_text("nonsense")
            return own
        case "certificate missing":
            return replace(works.own(root), certificate=str(works.folder / "nowhere.pem"))
        case "certificate garbage":
            own = works.own(root)
            Path(own.certificate).write_text("nonsense")
            return own
        case "names":
            inside = x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))
            limits = x509.NameConstraints([inside], None)
            return works.own(works.authority("Limited", root, more=(limits,)), root)
        case "role":
            serving = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            return works.own(works.authority("Web only", root, more=(serving,)), root)
    raise AssertionError(case)


@pytest.mark.fault(
    28,
    injected="fifteen authorities that cannot: expired, early, wrong use, key, chain, names",
    seen="exit 3 before anything is written, each named",
)
@pytest.mark.parametrize(
    ("case", "what"),
    [
        ("not an authority", "CN=Leaf is no certificate authority"),
        ("may not sign", "CN=Server may not sign certificates"),
        ("expired", "CN=Old expired on"),
        ("expired above", "CN=Old Root expired on"),
        ("not yet valid", "CN=Early is not valid before"),
        ("chain missing", "the certificate of the issuer, CN=Root, is missing"),
        ("wrong chain", "the certificate of the issuer, CN=Root, is missing"),
        ("pathlen", "CN=Short allows fewer authorities below it"),
        ("key mismatch", "is not the key of the authority"),
        ("key missing", "nowhere.key cannot be read. No such file or directory"),
        ("key garbage", "It is no RSA or ECDSA key in PEM form"),
        ("certificate missing", "nowhere.pem cannot be read. No such file or directory"),
        ("certificate garbage", "own.pem holds no readable PEM certificate"),
        ("names", "What CN=Limited signs for etcd1 would be refused"),
        ("role", "What CN=Web only signs for etcd1 would be refused"),
    ],
)
def test_an_authority_that_cannot_do_it_is_refused_before_anything_is_written(
    works: Works, folders: StoreFolders, now: datetime, case: str, what: str
) -> None:
    spec = spec_of(refused(works, case))
    facts = read_store(folders, spec, now)
    assert what in problem_of(facts)
    assert facts.problem is not None
    assert facts.problem.remedy
    assert not folders.pki.exists()


def test_an_encrypted_key_needs_its_passphrase_only_when_something_is_issued(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    root = works.authority("Root")
    spec = spec_of(replace(works.own(root), key=works.key(root, "correct horse")))
    first = read_store(folders, spec, now)
    assert (first.problem, first.authority.needs_passphrase) == (None, True)
    wrong = read_store(folders, spec, now, Secret("battery staple"))
    assert "the passphrase is wrong" in problem_of(wrong)
    create_authority(folders, spec, now)
    for given in (None, Secret("battery staple")):
        with pytest.raises(UsageError) as raised:
            issue(folders, spec, first.to_issue, now, given)
        assert "battery" not in f"{raised.value} {raised.value.cause} {raised.value.remedy}"
    issue(folders, spec, first.to_issue, now, Secret("correct horse"))
    again = read_store(folders, spec, now)
    assert (again.to_issue, again.authority.needs_passphrase) == ((), False)


def test_a_passphrase_too_much_does_no_harm(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    spec = spec_of(works.own(works.authority("Root")))
    assert read_store(folders, spec, now, Secret("not needed")).problem is None


def test_once_all_is_issued_the_key_may_be_away(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    own = works.own(works.authority("Root"))
    fill(folders, spec_of(own), now)
    Path(own.key).unlink()
    assert read_store(folders, spec_of(own), now).problem is None
    wider = spec_of(own, sans=("lb.example.com",))
    assert "own.key cannot be read" in problem_of(read_store(folders, wider, now))


def test_certificates_end_with_the_authority_and_a_warning_says_so(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    root = works.authority("Short", days=(-10, 90))
    facts = fill(folders, spec_of(works.own(root)), now)
    for fact in facts.certificates:
        assert fact.description is not None
        assert fact.description.not_after == root.certificate.not_valid_after_utc
    assert "end with their authority" in facts.warnings[0]
    assert facts.to_issue == ()


def test_a_root_made_a_moment_ago_does_not_follow_its_certificates(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    root = works.authority("New", days=(0, 3000))
    facts = fill(folders, spec_of(works.own(root)), now)
    description = facts.certificates[0].description
    assert description is not None
    assert description.not_before == root.certificate.not_valid_before_utc
    assert facts.to_issue == ()


@needs_openssl
@pytest.mark.parametrize(
    ("flaw", "text"),
    [
        ({"usage": None}, "CN=Root has no key usage"),
        ({"identified": False}, "CN=Root has no subject key identifier"),
        ({"critical": False}, "CN=Root has basicConstraints not critical"),
    ],
)
def test_what_only_strict_verifiers_refuse_is_a_warning(
    works: Works, folders: StoreFolders, now: datetime, flaw: dict[str, Any], text: str
) -> None:
    spec = spec_of(works.own(works.authority("Root", **flaw)))
    assert text in read_store(folders, spec, now).warnings[0]
    facts = fill(folders, spec, now)
    assert (facts.problem, facts.to_issue) == (None, ())
    assert text in facts.warnings[0]
    verify = ("openssl", "verify", "-CAfile", "ca.pem")
    run(*verify, "etcd1.pem", cwd=folders.pki)
    with pytest.raises(AssertionError, match="verification failed"):
        run(*verify, "-x509_strict", "etcd1.pem", cwd=folders.pki)


def test_another_own_authority_later_is_refused(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    fill(folders, spec_of(works.own(works.authority("First"))), now)
    spec = spec_of(works.own(works.authority("Second")))
    facts = read_store(folders, spec, now)
    assert facts.authority.state == "foreign"
    assert "is another authority than the one in the answers" in problem_of(facts)
    with pytest.raises(RefusedError):
        create_authority(folders, spec, now)


def test_another_intermediate_below_the_same_root_reissues(
    works: Works, folders: StoreFolders, now: datetime
) -> None:
    root = works.authority("Root")
    fill(folders, spec_of(works.own(works.authority("One", root), root)), now)
    spec = spec_of(works.own(works.authority("Two", root), root))
    facts = read_store(folders, spec, now)
    assert {fact.reasons for fact in facts.certificates} == {("issued by another authority",)}
    assert fill(folders, spec, now).to_issue == ()


def test_from_an_authority_of_ours_to_an_own_one_is_refused_and_back_too(
    works: Works, folders: StoreFolders, now: datetime, tmp_path: Path
) -> None:
    ours = spec_with(Certificates(key="ecdsa-p256"))
    own = spec_of(works.own(works.authority("Root")))
    fill(folders, ours, now)
    assert read_store(folders, own, now).authority.state == "foreign"
    other = StoreFolders.below(tmp_path / "other")
    fill(other, own, now)
    back = read_store(other, ours, now)
    assert back.authority.state == "half"
    assert back.problem is not None
    assert "name it under certificates.ca" in back.problem.remedy


def test_the_stores_own_files_can_be_named_as_own_authority(
    folders: StoreFolders, now: datetime
) -> None:
    fill(folders, spec_with(Certificates(key="ecdsa-p256")), now)
    before = {name: (folders.pki / name).read_bytes() for name in names_in(folders.pki)}
    own = OwnCa(str(folders.pki / "ca.pem"), str(folders.pki / "ca-key.pem"))
    facts = fill(folders, spec_of(own), now)
    assert (facts.problem, facts.to_issue) == (None, ())
    assert {name: (folders.pki / name).read_bytes() for name in before} == before


def test_paths_below_home_are_expanded(
    works: Works, folders: StoreFolders, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.own(works.authority("Root"))
    monkeypatch.setenv("HOME", str(works.folder))
    facts = read_store(folders, spec_of(OwnCa("~/own.pem", "~/own.key")), now)
    assert facts.problem is None
