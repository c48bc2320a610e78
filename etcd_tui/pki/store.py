"""Store: the operator's folder of keys and certificates, compared with the spec.

`STATE/pki/` has the profile's own file names, `STATE/client/` the operator's client certificate.
Folders are 0700, files 0600. What is written here is written by `issuing`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.pki import folder
from etcd_tui.pki.advice import warnings_for
from etcd_tui.pki.authority import Authority, issue_certificate
from etcd_tui.pki.check import describe, ensure_accepted
from etcd_tui.pki.facts import (
    AuthorityFacts,
    CertificateFacts,
    FileDigest,
    HostFile,
    StoreFacts,
    StoreProblem,
)
from etcd_tui.pki.keys import belongs, generate_key, key_type_of, read_key
from etcd_tui.pki.matching import differences, issued_by
from etcd_tui.pki.own_ca import key_is_encrypted, load_own_key
from etcd_tui.pki.pem import parse_certificates
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import CLIENT_CA_FILE, PROFILES
from etcd_tui.pki.stored_authority import find_authority
from etcd_tui.pki.wanted import Wanted, wanted_certificates
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec

CERTIFICATE_MODE = 0o644
KEY_MODE = 0o600


def read_store(
    store: StoreFolders, spec: ClusterSpec, now: datetime, passphrase: Secret | None = None
) -> StoreFacts:
    """Read the store and compare it with `spec`; changes nothing, raises nothing expected.

    `passphrase` lets the key of an own authority be checked already here.
    """
    try:
        return _compared(store, spec, now, passphrase)
    except OSError as error:
        problem = StoreProblem(
            _("{path} cannot be read.").format(path=error.filename or store.pki),
            cause=error.strerror or str(error),
            remedy=_("Run as the user who owns {folder}.").format(folder=store.pki),
        )
        return StoreFacts(AuthorityFacts("half"), problem=problem)


def _compared(
    store: StoreFolders, spec: ClusterSpec, now: datetime, passphrase: Secret | None
) -> StoreFacts:
    found = find_authority(store, spec, now)
    if found.problem is not None:
        return StoreFacts(found.facts, problem=found.problem)
    certificates = tuple(
        certificate_facts(store, spec, found.authority, wanted, now)
        for wanted in wanted_certificates(spec)
    )
    digests = _digests(store, spec, found.authority, certificates)
    facts = StoreFacts(found.facts, certificates, digests)
    if found.authority is None:
        return facts
    facts = _with_own_key(facts, spec, found.authority, now, passphrase)
    return replace(facts, warnings=warnings_for(store, spec, found.authority, facts, now))


def certificate_facts(
    store: StoreFolders,
    spec: ClusterSpec,
    authority: Authority | None,
    wanted: Wanted,
    now: datetime,
) -> CertificateFacts:
    """Compare what the store has for `wanted`; OSError if it cannot be read."""
    place = store.pki if wanted.role == "host" else store.client
    pem = folder.read(place, wanted.files.certificate)
    key_pem = folder.read(place, wanted.files.key)
    if pem is None or authority is None:
        return CertificateFacts(wanted, "missing")
    try:
        chain = parse_certificates(pem)
    except ValueError:
        return CertificateFacts(wanted, "differs", (_("its file is not a certificate"),))
    profile = PROFILES[spec.certificates.profile]
    reasons = list(differences(chain, authority, profile, wanted, now))
    paired = False
    if key_pem is None:
        reasons.append(_("its private key is missing"))
    else:
        try:
            paired = belongs(read_key(key_pem), chain[0])
        except (TypeError, ValueError, UnsupportedAlgorithm):
            reasons.append(_("its private key cannot be read"))
        else:
            if not paired:
                reasons.append(_("its private key is another one's"))
    if wanted.role == "client" and folder.read(place, CLIENT_CA_FILE) != authority.trusted_pem:
        reasons.append(_("{file} beside it is not the authority's").format(file=CLIENT_CA_FILE))
    keeps = paired and issued_by(chain[0], authority) and key_type_of(chain[0]) == wanted.key
    return CertificateFacts(
        wanted,
        "differs" if reasons else "matches",
        tuple(reasons),
        description=describe(chain[0]),
        keeps_key=keeps,
    )


def host_files(spec: ClusterSpec, store: StoreFolders, node: str) -> tuple[HostFile, ...]:
    """Return authority, certificate and key exactly as they belong on `node`.

    Raises KeyError for an unknown node, UsageError if the store does not hold them (yet).
    """
    profile = PROFILES[spec.certificates.profile]
    wanted = _of_node(spec, node)
    sources = (
        (profile.on_host.authority, profile.authority.certificate, CERTIFICATE_MODE, False),
        (profile.on_host.certificate, wanted.files.certificate, CERTIFICATE_MODE, False),
        (profile.on_host.key, wanted.files.key, KEY_MODE, True),
    )
    files = []
    for name, source, mode, secret in sources:
        try:
            data = folder.read(store.pki, source)
        except OSError as error:
            raise UsageError(
                _("{path} cannot be read.").format(path=store.pki / source),
                cause=error.strerror or str(error),
            ) from error
        if data is None:
            raise UsageError(
                _("{path} is missing.").format(path=store.pki / source),
                remedy=_("Run again: missing certificates are issued first."),
            )
        files.append(HostFile(name, data, mode, secret))
    return tuple(files)


def _of_node(spec: ClusterSpec, node: str) -> Wanted:
    for wanted in wanted_certificates(spec):
        if node in wanted.nodes:
            return wanted
    raise KeyError(node)


def _digests(
    store: StoreFolders,
    spec: ClusterSpec,
    authority: Authority | None,
    certificates: tuple[CertificateFacts, ...],
) -> tuple[tuple[str, tuple[FileDigest, ...]], ...]:
    profile = PROFILES[spec.certificates.profile]

    def digest(name: str, *, known: bool) -> str:
        data = folder.read(store.pki, name) if known else None
        return "" if data is None else hashlib.sha256(data).hexdigest()

    trusted = digest(profile.authority.certificate, known=authority is not None)
    result = []
    for node in spec.nodes:
        fact = next(fact for fact in certificates if node.name in fact.wanted.nodes)
        matches = fact.state == "matches"
        certificate = digest(fact.wanted.files.certificate, known=matches)
        key = digest(fact.wanted.files.key, known=matches or fact.keeps_key)
        names = profile.on_host
        files = (
            FileDigest(names.authority, trusted, CERTIFICATE_MODE, secret=False),
            FileDigest(names.certificate, certificate, CERTIFICATE_MODE, secret=False),
            FileDigest(names.key, key, KEY_MODE, secret=True),
        )
        result.append((node.name, files))
    return tuple(result)


def _with_own_key(
    facts: StoreFacts,
    spec: ClusterSpec,
    authority: Authority,
    now: datetime,
    passphrase: Secret | None,
) -> StoreFacts:
    """Try the key of an own authority, if it will be needed; it may be away otherwise.

    The trial leaves tell before anything changes what the authority's limits (name constraints,
    extended key usages) forbid.
    """
    own = spec.certificates.ca
    if own is None or not facts.to_issue:
        return facts
    profile = PROFILES[spec.certificates.profile]
    try:
        if passphrase is None and key_is_encrypted(own):
            return replace(facts, authority=replace(facts.authority, needs_passphrase=True))
        own_key = load_own_key(own, authority, passphrase)
        trial = generate_key("ecdsa-p256")
        for wanted in facts.to_issue:
            leaf = issue_certificate(authority, own_key, profile, wanted, key=trial, now=now)
            ensure_accepted(leaf, authority, wanted, now, strict=False)
    except UsageError as error:
        problem = StoreProblem(error.what, cause=error.cause, remedy=error.remedy)
        return replace(facts, problem=problem)
    return facts
