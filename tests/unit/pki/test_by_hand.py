"""What is made by the commands for a person is what is made here, and is taken over as it is."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from etcd_tui.pki.by_hand import authority_commands, certificate_commands
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.store import read_store
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.secret import Secret
from etcd_tui.spec.model import Certificates, ClusterSpec, Node, OwnCa, SecretRef, Subject
from tests.hosts.authority import make_intermediate

from .conftest import NODES, fill, needs_cfssl, needs_openssl, spec_with
from .fields import changed, fields, identifiers_fit

pytestmark = [needs_cfssl, needs_openssl]

PASSPHRASE = "open sesame"
MORE_NODES = (*NODES[:2], Node("etcd3", "2001:db8::3", sans=("etcd3.example.com", "198.51.100.3")))
FULL = Subject("DE", "O'Land", "Städtchen", "Etcd & Co", "system", "")

CASES = {
    "cfssl": Certificates(),
    "cfssl-ecdsa": Certificates(key="ecdsa-p256", validity_hours=8760, ca_validity_hours=17520),
    "cfssl-shared": Certificates(shared_key=True, sans=("*.example.com",)),
    "cfssl-subject": Certificates(subject=FULL),
    "openssl": Certificates(profile="openssl"),
    "openssl-ecdsa": Certificates(profile="openssl", key="ecdsa-p384", validity_hours=8760),
    "openssl-each": Certificates(profile="openssl", shared_key=False, subject=FULL),
}


@dataclass(frozen=True)
class Hand:
    """A state folder in which a person typed everything."""

    folders: StoreFolders
    spec: ClusterSpec

    def type_all(self, passphrase: str = "") -> None:
        commands = ["umask 077", "mkdir pki client", *authority_commands(self.spec)]
        for wanted in wanted_certificates(self.spec):
            commands += certificate_commands(self.spec, wanted)
        status, shown = at_a_terminal("\n".join(commands), self.folders.pki.parent, passphrase)
        assert status == 0, shown

    def certificate(self, role: str, name: str) -> x509.Certificate:
        folder = self.folders.pki if role == "host" else self.folders.client
        return x509.load_pem_x509_certificate((folder / name).read_bytes())


def at_a_terminal(script: str, folder: Path, passphrase: str) -> tuple[int, str]:
    """Run a script on a terminal and answer each question for a passphrase."""
    ours, theirs = pty.openpty()
    # Its own session, with this terminal: openssl asks /dev/tty.
    command = ["setsid", "--ctty", "--wait", "sh", "-e", "-c", script]
    process = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = unanswered = b""
    # Reading from a terminal whose other end has gone is an error.
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 4096):
            shown += chunk
            unanswered += chunk
            if re.search(rb"pass ?phrase for [^\n]*:$", unanswered):
                os.write(ours, passphrase.encode() + b"\n")
                unanswered = b""
    os.close(ours)
    return process.wait(), shown.decode()


def hand_in(folder: Path, spec: ClusterSpec) -> Hand:
    folder.mkdir()
    return Hand(StoreFolders.below(folder), spec)


@pytest.fixture(scope="module", params=CASES)
def theirs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hand:
    folder = tmp_path_factory.mktemp(request.param) / "state"
    hand = hand_in(folder, spec_with(CASES[request.param], MORE_NODES))
    hand.type_all()
    return hand


def test_every_field_is_the_same_as_ours(theirs: Hand, folders: StoreFolders) -> None:
    spec = theirs.spec
    fill(folders, spec, datetime.now(UTC))
    ours = Hand(folders, spec)
    names = [(w.role, w.files.certificate) for w in wanted_certificates(spec)]
    names.append(("host", PROFILES[spec.certificates.profile].authority.certificate))
    for name in names:
        made, wanted = (fields(hand.certificate(*name)) for hand in (theirs, ours))
        assert changed(made, wanted) == {}, name
    root = theirs.certificate(*names[-1])
    assert all(identifiers_fit(theirs.certificate(*name), root) for name in names[:-1])


def test_the_tool_goes_on_with_the_store_and_issues_nothing_anew(theirs: Hand) -> None:
    facts = read_store(theirs.folders, theirs.spec, datetime.now(UTC))
    assert (facts.problem, facts.authority.state) == (None, "present")
    assert [(f.wanted.holder, f.reasons) for f in facts.certificates if f.state != "matches"] == []
    assert facts.warnings == ()


def test_no_private_key_is_readable_by_others(theirs: Hand) -> None:
    written = [path for path in theirs.folders.pki.parent.rglob("*") if path.is_file()]
    secret = [path for path in written if b"PRIVATE KEY" in path.read_bytes()]
    # The authority's, the operator's, and the hosts'.
    assert len(secret) == 2 + (1 if theirs.spec.certificates.one_key_for_all else 3)
    assert {path.stat().st_mode & 0o077 for path in secret} == {0}


@pytest.mark.parametrize("profile", ["cfssl", "openssl"])
@pytest.mark.parametrize("locked", [False, True], ids=["open", "locked"])
def test_an_own_intermediate_authority_signs_by_hand_too(
    profile: str, locked: bool, tmp_path: Path
) -> None:
    made = make_intermediate(tmp_path)
    passphrase = None
    if locked:
        lock(Path(made["key"]))
        passphrase = SecretRef("prompt")
    own = OwnCa(made["certificate"], made["key"], made["chain"], passphrase)
    certificates = replace(Certificates(profile=profile), key="ecdsa-p256", ca=own)  # type: ignore[arg-type]
    hand = hand_in(tmp_path / "hand", spec_with(certificates))
    hand.type_all(PASSPHRASE)
    facts = read_store(
        hand.folders, hand.spec, datetime.now(UTC), Secret(PASSPHRASE) if locked else None
    )
    assert facts.problem is None
    assert [(f.wanted.holder, f.reasons) for f in facts.certificates if f.state != "matches"] == []
    assert not list(hand.folders.pki.parent.rglob("unlocked.pem"))


def lock(path: Path) -> None:
    key = load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())
        )
    )
