"""The store against the spec: what is there, what differs and why, what goes to the hosts."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from etcd_tui.errors import RefusedError, UsageError
from etcd_tui.pki.facts import CertificateFacts
from etcd_tui.pki.issuing import create_authority, issue
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.store import host_files, read_store
from etcd_tui.spec.model import Certificates, Node, Profile, Subject

from .conftest import NODES, fill, spec_with

FAST = Certificates(key="ecdsa-p256")
SPEC = spec_with(FAST)
both_profiles = pytest.mark.parametrize("profile", ["cfssl", "openssl"])


def reasons(facts: tuple[CertificateFacts, ...]) -> dict[str, tuple[str, ...]]:
    return {fact.wanted.holder: fact.reasons for fact in facts if fact.state != "matches"}


def test_an_empty_folder_has_no_authority_and_lacks_every_certificate(
    folders: StoreFolders, now: datetime
) -> None:
    facts = read_store(folders, SPEC, now)
    assert facts.authority.state == "absent"
    assert [(fact.wanted.holder, fact.state) for fact in facts.certificates] == [
        ("etcd1", "missing"),
        ("etcd2", "missing"),
        ("etcd3", "missing"),
        ("etcd-tui-operator", "missing"),
    ]
    assert facts.problem is None
    assert [digest.sha256 for digest in facts.digests("etcd2")] == ["", "", ""]
    assert not folders.pki.exists()


@both_profiles
def test_a_second_run_finds_everything_matching_and_the_same_bytes(
    folders: StoreFolders, now: datetime, profile: Profile
) -> None:
    spec = spec_with(replace(FAST, profile=profile))
    first = fill(folders, spec, now)
    before = {path: path.read_bytes() for path in folders.pki.iterdir()}
    second = fill(folders, spec, now + timedelta(days=300))
    assert first.authority.state == second.authority.state == "present"
    assert second.to_issue == ()
    assert first.authority == second.authority
    assert {path: path.read_bytes() for path in folders.pki.iterdir()} == before


@both_profiles
def test_folders_and_files_are_the_operators_alone(
    folders: StoreFolders, now: datetime, profile: Profile
) -> None:
    mask = os.umask(0)
    try:
        fill(folders, spec_with(replace(FAST, profile=profile)), now)
    finally:
        os.umask(mask)
    for folder in (folders.pki.parent, folders.pki, folders.client):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for folder in (folders.pki, folders.client):
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@both_profiles
def test_hosts_get_the_guides_names_and_exactly_the_stores_bytes(
    folders: StoreFolders, now: datetime, profile: Profile
) -> None:
    spec = spec_with(replace(FAST, profile=profile))
    facts = fill(folders, spec, now)
    files = host_files(spec, folders, "etcd2")
    assert [(file.name, file.mode, file.secret) for file in files] == {
        "cfssl": [
            ("etcd-ca.crt", 0o644, False),
            ("server.crt", 0o644, False),
            ("server.key", 0o600, True),
        ],
        "openssl": [
            ("ca.crt", 0o644, False),
            ("etcd.crt", 0o644, False),
            ("etcd.key", 0o600, True),
        ],
    }[profile]
    for file, digest in zip(files, facts.digests("etcd2"), strict=True):
        assert (file.name, file.mode, file.secret) == (digest.name, digest.mode, digest.secret)
        assert hashlib.sha256(file.data).hexdigest() == digest.sha256


def test_host_files_before_anything_was_issued_say_what_is_missing(folders: StoreFolders) -> None:
    with pytest.raises(UsageError, match=r"ca\.pem is missing"):
        host_files(SPEC, folders, "etcd1")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (replace(FAST, sans=("192.0.2.14",)), "SAN lacks 192.0.2.14"),
        (replace(FAST, sans=("lb.example.com", "::1")), "SAN lacks lb.example.com, ::1"),
        (
            replace(FAST, subject=Subject(organization="Etcd")),
            "subject is CN=etcd1, wanted CN=etcd1,O=Etcd",
        ),
        (replace(FAST, validity_hours=100), "valid for 43800 hours, wanted 100"),
        (replace(FAST, key="ecdsa-p384"), "key type is ecdsa-p256, wanted ecdsa-p384"),
    ],
)
def test_a_changed_answer_is_named_and_reissued(
    folders: StoreFolders, now: datetime, changed: Certificates, reason: str
) -> None:
    before = fill(folders, SPEC, now)
    facts = read_store(folders, spec_with(changed), now)
    assert reasons(facts.certificates)["etcd1"] == (reason,)
    key_stays = changed.key == FAST.key
    assert facts.certificates[0].keeps_key is key_stays
    authority, certificate, key = facts.digests("etcd1")
    assert (authority.sha256, certificate.sha256) == (before.digests("etcd1")[0].sha256, "")
    assert (key.sha256 == before.digests("etcd1")[2].sha256) is key_stays
    after = fill(folders, spec_with(changed), now)
    assert after.to_issue == ()
    assert after.authority == before.authority
    assert (after.digests("etcd1")[2] == before.digests("etcd1")[2]) is key_stays


def test_a_san_no_longer_wanted_is_taken_out(folders: StoreFolders, now: datetime) -> None:
    fill(folders, spec_with(replace(FAST, sans=("old.example.com",))), now)
    facts = read_store(folders, SPEC, now)
    assert reasons(facts.certificates)["etcd3"] == ("SAN still has old.example.com",)


def test_a_changed_san_of_one_host_leaves_the_others(folders: StoreFolders, now: datetime) -> None:
    fill(folders, SPEC, now)
    nodes = (replace(NODES[0], sans=("10.0.0.1",)), *NODES[1:])
    facts = read_store(folders, spec_with(FAST, nodes), now)
    assert reasons(facts.certificates) == {"etcd1": ("SAN lacks 10.0.0.1",)}


def test_another_order_of_sans_is_no_difference(folders: StoreFolders, now: datetime) -> None:
    fill(folders, spec_with(replace(FAST, sans=("a.example", "10.0.0.1", "b.example"))), now)
    other = spec_with(replace(FAST, sans=("B.example", "10.0.0.1", "a.example")))
    assert read_store(folders, other, now).to_issue == ()


@both_profiles
def test_from_a_shared_key_to_one_for_each_host_and_back(
    folders: StoreFolders, now: datetime, profile: Profile
) -> None:
    shared = spec_with(replace(FAST, profile=profile, shared_key=True))
    each = spec_with(replace(FAST, profile=profile, shared_key=False))
    fill(folders, shared, now)
    facts = read_store(folders, each, now)
    assert [fact.state for fact in facts.certificates] == ["missing"] * 3 + ["matches"]
    fill(folders, each, now)
    assert read_store(folders, shared, now).to_issue == ()


def test_the_ends_of_life_only_an_expired_certificate_differs(
    folders: StoreFolders, now: datetime
) -> None:
    spec = spec_with(replace(FAST, validity_hours=240))
    fill(folders, spec, now)
    near = read_store(folders, spec, now + timedelta(days=5))
    assert near.to_issue == ()
    assert any("etcd1 expires in 4 days" in warning for warning in near.warnings)
    past = read_store(folders, spec, now + timedelta(days=11))
    assert reasons(past.certificates)["etcd1"][0].startswith("expired on ")
    assert fill(folders, spec, now + timedelta(days=11)).to_issue == ()


@pytest.mark.fault(
    23,
    injected="the operator's clock before the authority's first day",
    seen="exit 3: the clock is named",
)
def test_a_clock_before_the_start_of_validity_is_a_difference(
    folders: StoreFolders, now: datetime
) -> None:
    fill(folders, spec_with(replace(FAST, ca_validity_hours=90000)), now - timedelta(days=30))
    issued = read_store(folders, SPEC, now - timedelta(days=30))
    assert issued.problem is None
    facts = read_store(folders, SPEC, now - timedelta(days=31))
    assert facts.problem is not None
    assert "clock" in facts.problem.cause


def test_a_late_certificate_ends_with_its_authority_and_a_warning_says_so(
    folders: StoreFolders, now: datetime
) -> None:
    fill(folders, SPEC, now)
    shutil.rmtree(folders.client)
    later = now + timedelta(days=700)
    warned = read_store(folders, SPEC, later).warnings
    facts = fill(folders, SPEC, later)
    operator, authority = facts.certificates[-1].description, facts.authority.description
    assert operator is not None
    assert authority is not None
    assert operator.not_after == authority.not_after
    assert facts.to_issue == ()
    assert facts.warnings == warned
    assert "end with their authority" in warned[0]


def test_an_expired_authority_is_a_problem_and_is_not_replaced(
    folders: StoreFolders, now: datetime
) -> None:
    fill(folders, SPEC, now)
    later = now + timedelta(days=2000)
    facts = read_store(folders, SPEC, later)
    assert facts.authority.state == "present"
    assert facts.problem is not None
    assert "expired on" in facts.problem.cause
    with pytest.raises(RefusedError):
        create_authority(folders, SPEC, later)


def test_answers_about_the_authority_that_come_too_late_are_warned_of(
    folders: StoreFolders, now: datetime
) -> None:
    fill(folders, SPEC, now)
    spec = spec_with(replace(FAST, key="ecdsa-p384", ca_validity_hours=50))
    keeps, stays = read_store(folders, spec, now).warnings
    assert "keeps its ecdsa-p256 key" in keeps
    assert "its validity cannot be changed" in stays


@pytest.mark.fault(
    28,
    injected="the authority's key readable by others",
    seen="warned",
)
def test_a_key_that_others_can_read_is_warned_of(folders: StoreFolders, now: datetime) -> None:
    fill(folders, SPEC, now)
    (folders.pki / "etcd2-key.pem").chmod(0o640)
    (warning,) = read_store(folders, SPEC, now).warnings
    assert "etcd2-key.pem can be read by others (mode 0640)" in warning


@pytest.mark.fault(
    28,
    injected="damaged, missing and swapped certificates and keys in the store",
    seen="named and made anew, the others stay",
)
@pytest.mark.parametrize(
    ("damage", "reason", "state"),
    [
        (lambda folder: (folder / "etcd1.pem").unlink(), (), "missing"),
        (
            lambda folder: (folder / "etcd1-key.pem").unlink(),
            ("its private key is missing",),
            "differs",
        ),
        (
            lambda folder: (folder / "etcd1-key.pem").write_text("nonsense"),
            ("its private key cannot be read",),
            "differs",
        ),
        (
            lambda folder: shutil.copy(folder / "etcd2-key.pem", folder / "etcd1-key.pem"),
            ("its private key is another one's",),
            "differs",
        ),
        (
            lambda folder: (folder / "etcd1.pem").write_text("nonsense"),
            ("its file is not a certificate",),
            "differs",
        ),
        (lambda folder: (folder / "etcd1.csr").unlink(), (), "matches"),
    ],
)
def test_damaged_host_files_are_named_and_made_anew(
    folders: StoreFolders,
    now: datetime,
    damage: Callable[[Path], None],
    reason: tuple[str, ...],
    state: str,
) -> None:
    before = fill(folders, SPEC, now)
    damage(folders.pki)
    fact = read_store(folders, SPEC, now).certificates[0]
    assert (fact.state, fact.reasons, fact.keeps_key) == (state, reason, state == "matches")
    after = fill(folders, SPEC, now)
    assert after.to_issue == ()
    assert (after.digests("etcd1") == before.digests("etcd1")) is (state == "matches")


def test_a_client_folder_with_another_ca_file_is_written_anew(
    folders: StoreFolders, now: datetime
) -> None:
    fill(folders, SPEC, now)
    (folders.client / "ca.crt").unlink()
    facts = read_store(folders, SPEC, now)
    assert reasons(facts.certificates) == {
        "etcd-tui-operator": ("ca.crt beside it is not the authority's",)
    }
    assert fill(folders, SPEC, now).to_issue == ()


def test_a_certificate_of_another_authority_is_not_kept_nor_is_its_key(
    folders: StoreFolders, now: datetime, tmp_path: Path
) -> None:
    fill(folders, SPEC, now)
    other = StoreFolders.below(tmp_path / "other")
    fill(other, SPEC, now)
    for name in ("etcd1.pem", "etcd1-key.pem"):
        shutil.copy(other.pki / name, folders.pki / name)
    facts = read_store(folders, SPEC, now)
    assert reasons(facts.certificates) == {"etcd1": ("issued by another authority",)}
    assert not facts.certificates[0].keeps_key


@both_profiles
@pytest.mark.parametrize("lost", ["certificate", "key"])
def test_half_an_authority_is_a_problem_and_never_a_second_one(
    folders: StoreFolders, now: datetime, profile: Profile, lost: str
) -> None:
    spec = spec_with(replace(FAST, profile=profile))
    fill(folders, spec, now)
    files = PROFILES[profile].authority
    gone, there = (
        (files.certificate, files.key) if lost == "certificate" else (files.key, files.certificate)
    )
    (folders.pki / gone).unlink()
    facts = read_store(folders, spec, now)
    assert facts.authority.state == "half"
    assert facts.problem is not None
    assert f"has {there} but not {gone}" in facts.problem.what
    assert f"Put {gone} back from a backup." in facts.problem.remedy
    assert str(folders.client) in facts.problem.remedy
    with pytest.raises(RefusedError):
        create_authority(folders, spec, now)
    with pytest.raises(RefusedError):
        issue(folders, spec, facts.to_issue, now)
    assert not (folders.pki / gone).exists()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda pki: (pki / "ca.pem").write_text("nonsense"), "is not a certificate"),
        (lambda pki: (pki / "ca.pem").write_text(""), "is not a certificate"),
        (lambda pki: (pki / "ca-key.pem").write_text(""), "is not an unencrypted private key"),
        (
            lambda pki: shutil.copy(pki / "etcd1-key.pem", pki / "ca-key.pem"),
            "ca-key.pem is not the key of ca.pem",
        ),
        (
            lambda pki: [(pki / name).unlink() for name in ("ca.pem", "ca-key.pem")],
            "has certificates (etcd1-key.pem, etcd1.pem",
        ),
        (shutil.rmtree, "has a client certificate, but"),
    ],
)
def test_a_damaged_or_vanished_authority_is_half_there(
    folders: StoreFolders, now: datetime, damage: Callable[[Path], None], what: str
) -> None:
    fill(folders, SPEC, now)
    damage(folders.pki)
    facts = read_store(folders, SPEC, now)
    assert facts.authority.state == "half"
    assert facts.problem is not None
    assert what in facts.problem.what
    with pytest.raises(RefusedError):
        create_authority(folders, SPEC, now)


@both_profiles
def test_a_changed_profile_finds_the_others_authority_and_stops(
    folders: StoreFolders, now: datetime, profile: Profile
) -> None:
    fill(folders, spec_with(replace(FAST, profile=profile)), now)
    other: Profile = "openssl" if profile == "cfssl" else "cfssl"
    facts = read_store(folders, spec_with(replace(FAST, profile=other)), now)
    assert facts.authority.state == "foreign"
    assert facts.problem is not None
    assert f"an authority of the {profile} profile" in facts.problem.what
    assert f"Write profile: {profile}" in facts.problem.remedy
    with pytest.raises(RefusedError):
        create_authority(folders, spec_with(replace(FAST, profile=other)), now)


@pytest.mark.parametrize(
    ("names", "profile", "file"),
    [
        (("ca",), "cfssl", "ca.pem"),
        (("a", "a-key"), "cfssl", "a-key.pem"),
        (("ca",), "openssl", "ca.crt"),
    ],
)
def test_names_whose_files_would_collide_are_refused(
    folders: StoreFolders, now: datetime, names: tuple[str, ...], profile: Profile, file: str
) -> None:
    nodes = tuple(Node(name, f"192.0.2.{number}") for number, name in enumerate(names, 1))
    spec = spec_with(replace(FAST, profile=profile, shared_key=False), nodes)
    problem = read_store(folders, spec, now).problem
    assert problem is not None
    assert problem.what.startswith(f"{file} would be a file of")
    with pytest.raises(RefusedError):
        create_authority(folders, spec, now)


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        (Subject(common_name="root"), "gives whoever holds it all rights"),
        (Subject(common_name="x" * 65), "cannot be made"),
        (Subject(country="CHN"), "cannot be made"),
    ],
)
def test_subjects_that_cannot_or_must_not_be_are_refused(
    folders: StoreFolders, now: datetime, subject: Subject, what: str
) -> None:
    problem = read_store(folders, spec_with(replace(FAST, subject=subject)), now).problem
    assert problem is not None
    assert what in problem.what


def test_a_folder_that_cannot_be_read_is_a_problem_not_a_traceback(
    folders: StoreFolders, now: datetime
) -> None:
    folders.pki.parent.mkdir()
    folders.pki.write_text("a file where the folder should be")
    facts = read_store(folders, SPEC, now)
    assert facts.problem is not None
    with pytest.raises(UsageError, match="cannot be written"):
        create_authority(folders, SPEC, now)


def test_issuing_without_an_authority_is_refused(folders: StoreFolders, now: datetime) -> None:
    wanted = read_store(folders, SPEC, now).to_issue
    with pytest.raises(RefusedError, match="no authority yet"):
        issue(folders, SPEC, wanted, now)


def test_making_the_authority_twice_keeps_the_first(folders: StoreFolders, now: datetime) -> None:
    first = create_authority(folders, SPEC, now)
    assert create_authority(folders, SPEC, now) == first


def test_a_matching_certificate_can_be_renewed_on_request(
    folders: StoreFolders, now: datetime
) -> None:
    before = fill(folders, SPEC, now)
    later = now + timedelta(days=1)
    issue(folders, SPEC, [before.certificates[0].wanted], later)
    after = read_store(folders, SPEC, later)
    assert after.to_issue == ()
    assert serials(before.certificates) ^ serials(after.certificates)
    assert before.digests("etcd1")[2] == after.digests("etcd1")[2]


def serials(facts: tuple[CertificateFacts, ...]) -> set[str]:
    return {fact.description.serial for fact in facts if fact.description}


def test_an_older_store_folder_is_closed_to_others(folders: StoreFolders, now: datetime) -> None:
    folders.pki.mkdir(parents=True, mode=0o755)
    create_authority(folders, SPEC, now)
    assert stat.S_IMODE(folders.pki.stat().st_mode) == 0o700


def test_no_repr_shows_a_private_key(folders: StoreFolders, now: datetime) -> None:
    facts = fill(folders, SPEC, now)
    shown = repr((facts, host_files(SPEC, folders, "etcd1"), folders))
    assert "BEGIN" not in shown
    key = (folders.pki / "etcd1-key.pem").read_text().splitlines()[1]
    assert key not in shown


def test_text_around_the_authoritys_certificate_does_no_harm(
    folders: StoreFolders, now: datetime
) -> None:
    before = fill(folders, SPEC, now)
    certificate = folders.pki / "ca.pem"
    certificate.write_text("Certificate:\n    Data:\n" + certificate.read_text())
    facts = read_store(folders, SPEC, now)
    assert (facts.problem, facts.to_issue, facts.authority) == (None, (), before.authority)
