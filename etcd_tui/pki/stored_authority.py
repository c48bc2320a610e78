"""StoredAuthority: which authority the store has, and when it must not be taken for none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.pki import folder
from etcd_tui.pki.authority import Authority, own_authority
from etcd_tui.pki.check import describe
from etcd_tui.pki.facts import AuthorityFacts, StoreProblem
from etcd_tui.pki.keys import belongs, read_key
from etcd_tui.pki.own_ca import load_own_authority
from etcd_tui.pki.pem import parse_certificates
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import (
    CLIENT_CA_FILE,
    CLIENT_CERTIFICATE_FILE,
    CLIENT_KEY_FILE,
    PROFILES,
    Profile,
)
from etcd_tui.pki.wanted import naming_problem
from etcd_tui.spec.model import ClusterSpec, OwnCa


@dataclass(frozen=True, slots=True)
class StoredAuthority:
    """The facts, and the authority itself where it can be used (or, if own, adopted)."""

    facts: AuthorityFacts
    authority: Authority | None = None
    problem: StoreProblem | None = None


def find_authority(store: StoreFolders, spec: ClusterSpec, now: datetime) -> StoredAuthority:
    """Read the authority that `spec` asks for; OSError if the store cannot be read."""
    names = naming_problem(spec)
    if names:
        problem = StoreProblem(names, remedy=_("Change the name in the answers."))
        return StoredAuthority(AuthorityFacts("absent"), problem=problem)
    profile = PROFILES[spec.certificates.profile]
    own = spec.certificates.ca
    other = _other_profile(store, profile)
    if other is not None:
        return other
    if own is not None:
        return _own(store, profile, own, now)
    return _made_here(store, profile, now)


def _made_here(store: StoreFolders, profile: Profile, now: datetime) -> StoredAuthority:
    present = folder.names(store.pki)
    certificate, key = profile.authority.certificate, profile.authority.key
    if certificate not in present and key not in present:
        return _absent(store, profile)
    if certificate not in present:
        return _lacking(store, key, certificate)
    if key not in present:
        return _lacking(
            store,
            certificate,
            key,
            _("If {there} is an authority of your own, name it under certificates.ca.").format(
                there=certificate
            ),
        )
    return _pair(store, profile, now)


def _pair(store: StoreFolders, profile: Profile, now: datetime) -> StoredAuthority:
    certificate_name, key_name = profile.authority.certificate, profile.authority.key
    back = _("Put the right {file} back from a backup.")
    try:
        certificates = parse_certificates(folder.read(store.pki, certificate_name) or b"")
    except ValueError:
        what = _("{path} is not a certificate.").format(path=store.pki / certificate_name)
        return _half(store, what, back.format(file=certificate_name))
    try:
        key = read_key(folder.read(store.pki, key_name) or b"")
    except (TypeError, ValueError, UnsupportedAlgorithm):
        what = _("{path} is not an unencrypted private key.").format(path=store.pki / key_name)
        return _half(store, what, back.format(file=key_name))
    if not belongs(key, certificates[0]):
        what = _("In {folder}, {key} is not the key of {certificate}.").format(
            folder=store.pki, key=key_name, certificate=certificate_name
        )
        return _half(store, what, back.format(file=key_name))
    described = _facts("present", Authority(certificates[0]))
    try:
        authority = own_authority(certificates, now)
    except ValueError as error:
        return StoredAuthority(
            described,
            problem=StoreProblem(
                _("The authority in {path} cannot sign certificates.").format(
                    path=store.pki / certificate_name
                ),
                cause=str(error),
                remedy=_anew(store),
            ),
        )
    return StoredAuthority(described, authority)


def _own(store: StoreFolders, profile: Profile, own: OwnCa, now: datetime) -> StoredAuthority:
    try:
        authority = load_own_authority(own, now)
    except UsageError as error:
        absent = AuthorityFacts("absent", own=True)
        return StoredAuthority(
            absent, problem=StoreProblem(error.what, cause=error.cause, remedy=error.remedy)
        )
    stored = folder.read(store.pki, profile.authority.certificate)
    if stored is None:
        if profile.authority.key in folder.names(store.pki):
            return _lacking(store, profile.authority.key, profile.authority.certificate)
        found = _absent(store, profile)
        if found.problem is not None:
            return found
        return StoredAuthority(_facts("absent", authority, own=True), authority)
    try:
        same = parse_certificates(stored)[0] == authority.root
    except ValueError:
        same = False
    if not same:
        return StoredAuthority(
            _facts("foreign", authority, own=True),
            problem=StoreProblem(
                _("{path} is another authority than the one in the answers.").format(
                    path=store.pki / profile.authority.certificate
                ),
                cause=_("An install cannot change the authority that a cluster trusts."),
                remedy=_("Name the former authority under certificates.ca again.")
                + " "
                + _anew(store),
            ),
        )
    return StoredAuthority(_facts("present", authority, own=True), authority)


def _other_profile(store: StoreFolders, profile: Profile) -> StoredAuthority | None:
    present = folder.names(store.pki)
    if profile.authority.certificate in present or profile.authority.key in present:
        return None
    for other in PROFILES.values():
        files = (other.authority.certificate, other.authority.key)
        if other.name != profile.name and not present.isdisjoint(files):
            return StoredAuthority(
                AuthorityFacts("foreign"),
                problem=StoreProblem(
                    _("{folder} has an authority of the {found} profile ({file}).").format(
                        folder=store.pki,
                        found=other.name,
                        file=next(name for name in files if name in present),
                    ),
                    cause=_("The answers ask for the {profile} profile now.").format(
                        profile=profile.name
                    ),
                    remedy=_("Write profile: {found} under certificates again.").format(
                        found=other.name
                    )
                    + " "
                    + _anew(store),
                ),
            )
    return None


def _absent(store: StoreFolders, profile: Profile) -> StoredAuthority:
    orphans = sorted(
        name
        for name in folder.names(store.pki)
        if name.endswith((".pem", ".crt", ".key")) and name not in profile.authority.names
    )
    if orphans:
        return _half(
            store,
            _("{folder} has certificates ({files}) but no authority.").format(
                folder=store.pki, files=", ".join(orphans)
            ),
            _("Put {files} back from a backup.").format(
                files=f"{profile.authority.certificate}, {profile.authority.key}"
            ),
        )
    clients = (CLIENT_CA_FILE, CLIENT_CERTIFICATE_FILE, CLIENT_KEY_FILE)
    if not folder.names(store.client).isdisjoint(clients):
        return _half(
            store,
            _("{client} has a client certificate, but {folder} has no authority.").format(
                client=store.client, folder=store.pki
            ),
            _("Put {files} back from a backup.").format(
                files=f"{profile.authority.certificate}, {profile.authority.key}"
            ),
        )
    return StoredAuthority(AuthorityFacts("absent"))


def _lacking(store: StoreFolders, there: str, lacking: str, advice: str = "") -> StoredAuthority:
    what = _("{folder} has {there} but not {lacking}.").format(
        folder=store.pki, there=there, lacking=lacking
    )
    remedy = _("Put {lacking} back from a backup.").format(lacking=lacking)
    return _half(store, what, f"{remedy} {advice}".strip())


def _half(store: StoreFolders, what: str, remedy: str) -> StoredAuthority:
    return StoredAuthority(
        AuthorityFacts("half"),
        problem=StoreProblem(
            what,
            cause=_("A second authority would lock the hosts out of each other."),
            remedy=f"{remedy} {_anew(store)}",
        ),
    )


def _anew(store: StoreFolders) -> str:
    return _(
        "If no host uses its certificates yet, move {pki} and {client} away and run again."
    ).format(pki=store.pki, client=store.client)


def _facts(
    state: Literal["absent", "present", "foreign"], authority: Authority, *, own: bool = False
) -> AuthorityFacts:
    return AuthorityFacts(
        state,
        description=describe(authority.certificate),
        root=describe(authority.root),
        own=own,
    )
