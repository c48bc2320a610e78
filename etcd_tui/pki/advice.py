"""Advice: what holds, but that the operator should know before going on."""

from __future__ import annotations

from datetime import datetime, timedelta

from etcd_tui.i18n import _
from etcd_tui.pki import folder
from etcd_tui.pki.authority import Authority, validity
from etcd_tui.pki.check import strict_flaws
from etcd_tui.pki.facts import StoreFacts
from etcd_tui.pki.keys import key_type_of
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import wanted_certificates
from etcd_tui.spec.model import ClusterSpec

NEAR = timedelta(days=30)
"""From here on the end of a certificate is worth a word; renewing is not an install's business."""


def warnings_for(
    store: StoreFolders,
    spec: ClusterSpec,
    authority: Authority,
    facts: StoreFacts,
    now: datetime,
) -> tuple[str, ...]:
    """Return the warnings as whole sentences; OSError if the store cannot be read."""
    return (
        *_authority_warnings(spec, authority, facts, now),
        *_clip_warnings(spec, authority, facts, now),
        *_end_warnings(facts, now),
        *_mode_warnings(store, spec),
    )


def _authority_warnings(
    spec: ClusterSpec, authority: Authority, facts: StoreFacts, now: datetime
) -> list[str]:
    settings = spec.certificates
    found = []
    if authority.not_after - now < NEAR:
        found.append(
            _("The authority expires on {date}, and all certificates with it.").format(
                date=f"{authority.not_after:%Y-%m-%d}"
            )
        )
    flaws = strict_flaws(authority)
    if flaws:
        found.append(
            _(
                "etcd takes this authority, but strict verifiers (openssl verify "
                "-x509_strict, Python from 3.13) refuse it: {flaws}."
            ).format(flaws="; ".join(flaws))
        )
    if facts.authority.own:
        if authority.issuers:
            found.append(
                _(
                    "etcd will accept every client certificate below {root}, whoever issued it."
                ).format(root=authority.root.subject.rfc4514_string())
            )
        return found
    if facts.authority.state == "present" and key_type_of(authority.certificate) != settings.key:
        found.append(
            _("The authority keeps its {found} key; {wanted} is for new certificates.").format(
                found=key_type_of(authority.certificate), wanted=settings.key
            )
        )
    hours = settings.ca_validity_hours or PROFILES[settings.profile].ca_validity_hours
    certificate = authority.certificate
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    if lifetime != timedelta(hours=hours):
        found.append(
            _("The authority stays valid until {date}; its validity cannot be changed.").format(
                date=f"{authority.not_after:%Y-%m-%d}"
            )
        )
    return found


def _clip_warnings(
    spec: ClusterSpec, authority: Authority, facts: StoreFacts, now: datetime
) -> list[str]:
    profile = PROFILES[spec.certificates.profile]
    for fact in facts.certificates:
        lifetime = timedelta(hours=fact.wanted.validity_hours)
        if fact.state == "matches" and fact.description is not None:
            end = fact.description.not_after
            clipped = end - fact.description.not_before < lifetime
        else:
            start, end = validity(authority, profile, fact.wanted, now)
            clipped = end - start < lifetime
        if clipped:
            return [
                _(
                    "Certificates end with their authority on {date}, before the {hours} hours "
                    "asked for are over."
                ).format(date=f"{end:%Y-%m-%d}", hours=fact.wanted.validity_hours)
            ]
    return []


def _end_warnings(facts: StoreFacts, now: datetime) -> list[str]:
    found = []
    for fact in facts.certificates:
        if fact.state != "matches" or fact.description is None:
            continue
        left = fact.description.not_after - now
        if left < NEAR:
            found.append(
                _("The certificate of {holder} expires in {days} days, on {date}.").format(
                    holder=fact.wanted.holder,
                    days=left.days,
                    date=f"{fact.description.not_after:%Y-%m-%d}",
                )
            )
    return found


def _mode_warnings(store: StoreFolders, spec: ClusterSpec) -> list[str]:
    keys = [(store.pki, PROFILES[spec.certificates.profile].authority.key)]
    keys += [
        (store.pki if wanted.role == "host" else store.client, wanted.files.key)
        for wanted in wanted_certificates(spec)
    ]
    found = []
    for place, name in keys:
        mode = folder.mode(place, name)
        if mode is not None and mode & 0o077:
            found.append(
                _("{path} can be read by others (mode {mode}): chmod 600 {path}").format(
                    path=place / name, mode=f"{mode:04o}"
                )
            )
    return found
