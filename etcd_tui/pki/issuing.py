"""Issuing: the writes into the operator's store: an authority once, certificates as needed.

Each change is one `folder.commit`: after a kill at any moment the authority is absent or present,
and a certificate never stands beside another one's key.

A reissued certificate keeps its private key as long as key type and authority stay: on the hosts
only one file then changes, and etcd, which reads both anew for every handshake, never meets a
certificate with the wrong key between two renames (reference a4). Of an own authority nothing is
copied here but the root certificate, which hosts trust; its key stays where it is.

Keys take time (RSA-4096: seconds): call these functions in a thread. Nothing here is a coroutine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from etcd_tui.errors import RefusedError
from etcd_tui.i18n import _
from etcd_tui.pki import folder
from etcd_tui.pki.authority import (
    Authority,
    authority_request,
    issue_certificate,
    make_authority,
    signing_request,
)
from etcd_tui.pki.check import Description, describe, ensure_accepted, strict_flaws
from etcd_tui.pki.documents import document
from etcd_tui.pki.facts import StoreProblem
from etcd_tui.pki.keys import PrivateKey, generate_key, key_pem, read_key
from etcd_tui.pki.own_ca import load_own_key
from etcd_tui.pki.places import StoreFolders, writing
from etcd_tui.pki.profile import CLIENT_CA_FILE, PROFILES, Profile
from etcd_tui.pki.store import certificate_facts
from etcd_tui.pki.stored_authority import find_authority
from etcd_tui.pki.wanted import Wanted
from etcd_tui.secret import Secret
from etcd_tui.spec.model import ClusterSpec


def create_authority(store: StoreFolders, spec: ClusterSpec, now: datetime) -> Description:
    """Make the authority (or adopt the operator's own: its root certificate) unless it is there.

    Raises RefusedError if the store must not get one (see `StoreFacts.problem`), UsageError if
    it cannot be written.
    """
    with writing(store.pki):
        found = find_authority(store, spec, now)
        _refuse(found.problem)
        if found.facts.state == "present" and found.facts.description is not None:
            return found.facts.description
        profile = PROFILES[spec.certificates.profile]
        files = {profile.document: document(spec)}
        authority = found.authority
        if authority is None:
            key = generate_key(spec.certificates.key)
            hours = spec.certificates.ca_validity_hours or profile.ca_validity_hours
            authority = make_authority(key, profile, hours, now)
            files[profile.authority.key] = key_pem(key, traditional=profile.traditional_keys)
            if profile.authority.request:
                request = authority_request(key)
                files[profile.authority.request] = request.public_bytes(Encoding.PEM)
        files[profile.authority.certificate] = authority.trusted_pem
        folder.commit(store.pki, files)
        return describe(authority.certificate)


def issue(
    store: StoreFolders,
    spec: ClusterSpec,
    wanted: Sequence[Wanted],
    now: datetime,
    passphrase: Secret | None = None,
) -> tuple[Description, ...]:
    """Issue `wanted` (usually `StoreFacts.to_issue`) and write them; describe them in order.

    What is asked for is issued even if the store's still matches: that is how it is renewed.
    All hosts' files change together, then the operator's. Raises RefusedError if the store has
    no usable authority, UsageError if the authority's key cannot be used, if etcd would refuse
    what it signs, or if the store cannot be written.
    """
    profile = PROFILES[spec.certificates.profile]
    with writing(store.pki):
        authority, authority_key = _signer(store, spec, now, passphrase)
        descriptions = []
        hosts: dict[str, bytes] = {}
        client: dict[str, bytes] = {}
        for one in wanted:
            key = _key_for(store, spec, authority, one, now)
            certificate = issue_certificate(
                authority, authority_key, profile, one, key=key, now=now
            )
            # An authority brought along may be older than the strict rules; `advice` tells of it.
            strict = not strict_flaws(authority)
            ensure_accepted(certificate, authority, one, now, strict=strict)
            files = hosts if one.role == "host" else client
            files |= _files(profile, authority, one, certificate, key)
            descriptions.append(describe(certificate))
        if hosts:
            folder.commit(store.pki, {profile.document: document(spec), **hosts})
    if client:
        with writing(store.client):
            folder.commit(store.client, {CLIENT_CA_FILE: authority.trusted_pem, **client})
    return tuple(descriptions)


def _files(
    profile: Profile,
    authority: Authority,
    wanted: Wanted,
    certificate: x509.Certificate,
    key: PrivateKey,
) -> dict[str, bytes]:
    chain = (certificate, *authority.intermediates)
    files = {
        wanted.files.certificate: b"".join(c.public_bytes(Encoding.PEM) for c in chain),
        wanted.files.key: key_pem(key, traditional=profile.traditional_keys),
    }
    if wanted.files.request:
        request = signing_request(wanted, key)
        files[wanted.files.request] = request.public_bytes(Encoding.PEM)
    return files


def _signer(
    store: StoreFolders, spec: ClusterSpec, now: datetime, passphrase: Secret | None
) -> tuple[Authority, PrivateKey]:
    found = find_authority(store, spec, now)
    _refuse(found.problem)
    if found.authority is None or found.facts.state != "present":
        raise RefusedError(
            _("{folder} has no authority yet.").format(folder=store.pki),
            remedy=_("Run again: the authority is made first."),
        )
    own = spec.certificates.ca
    if own is not None:
        return found.authority, load_own_key(own, found.authority, passphrase)
    pem = folder.read(store.pki, PROFILES[spec.certificates.profile].authority.key)
    return found.authority, read_key(pem or b"")


def _key_for(
    store: StoreFolders, spec: ClusterSpec, authority: Authority, wanted: Wanted, now: datetime
) -> PrivateKey:
    if certificate_facts(store, spec, authority, wanted, now).keeps_key:
        place = store.pki if wanted.role == "host" else store.client
        return read_key(folder.read(place, wanted.files.key) or b"")
    return generate_key(wanted.key)


def _refuse(problem: StoreProblem | None) -> None:
    if problem is not None:
        error = RefusedError(problem.what, remedy=problem.remedy)
        error.cause = problem.cause
        raise error
