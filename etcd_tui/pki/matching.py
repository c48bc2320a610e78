"""Matching: how a certificate differs from the wanted one, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from etcd_tui.i18n import _
from etcd_tui.pki.authority import Authority, extension, usages
from etcd_tui.pki.check import sans_of
from etcd_tui.pki.keys import key_type_of
from etcd_tui.pki.profile import Profile
from etcd_tui.pki.wanted import Wanted, subject_name


def differences(
    chain: Sequence[x509.Certificate],
    authority: Authority,
    profile: Profile,
    wanted: Wanted,
    now: datetime,
) -> tuple[str, ...]:
    """Return what makes `chain` (a leaf and its intermediates) another one than `wanted`.

    Nearness of the end is no difference: renewing is not for an install to decide.
    """
    leaf = chain[0]
    reasons = [*_time_reasons(leaf, authority, wanted, now)]
    if not issued_by(leaf, authority):
        reasons.append(_("issued by another authority"))
    elif [c.public_bytes(Encoding.DER) for c in chain[1:]] != [
        c.public_bytes(Encoding.DER) for c in authority.intermediates
    ]:
        reasons.append(_("its file does not carry the authority's chain"))
    if key_type_of(leaf) != wanted.key:
        reasons.append(
            _("key type is {found}, wanted {wanted}").format(
                found=key_type_of(leaf), wanted=wanted.key
            )
        )
    name = subject_name(wanted.subject)
    if leaf.subject != name:
        reasons.append(
            _("subject is {found}, wanted {wanted}").format(
                found=leaf.subject.rfc4514_string(), wanted=name.rfc4514_string()
            )
        )
    reasons += _san_reasons(leaf, wanted)
    reasons += _usage_reasons(leaf, profile, wanted)
    return tuple(reasons)


def issued_by(leaf: x509.Certificate, authority: Authority) -> bool:
    """Whether `authority` signed `leaf`."""
    try:
        leaf.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _time_reasons(
    leaf: x509.Certificate, authority: Authority, wanted: Wanted, now: datetime
) -> list[str]:
    start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if end <= now:
        return [_("expired on {date}").format(date=f"{end:%Y-%m-%d %H:%M} UTC")]
    if start > now:
        return [_("not valid before {date}").format(date=f"{start:%Y-%m-%d %H:%M} UTC")]
    lifetime = timedelta(hours=wanted.validity_hours)
    clipped = end == authority.not_after and end - start < lifetime
    if end - start != lifetime and not clipped:
        hours = (end - start) / timedelta(hours=1)
        return [
            _("valid for {found:g} hours, wanted {wanted}").format(
                found=hours, wanted=wanted.validity_hours
            )
        ]
    return []


def _san_reasons(leaf: x509.Certificate, wanted: Wanted) -> list[str]:
    dns, addresses = sans_of(leaf)
    found = {name.lower(): name for name in dns} | {str(ip): str(ip) for ip in addresses}
    asked = {name.lower(): name for name in wanted.dns}
    asked |= {str(ip): str(ip) for ip in wanted.addresses}
    lacking = [name for key, name in asked.items() if key not in found]
    surplus = [name for key, name in found.items() if key not in asked]
    reasons = []
    if lacking:
        reasons.append(_("SAN lacks {names}").format(names=", ".join(lacking)))
    if surplus:
        reasons.append(_("SAN still has {names}").format(names=", ".join(surplus)))
    return reasons


def _usage_reasons(leaf: x509.Certificate, profile: Profile, wanted: Wanted) -> list[str]:
    usage, extended = usages(profile, wanted)
    reasons = []
    found = extension(leaf, x509.KeyUsage)
    # A changed key type changes the key usage: one reason is enough for both.
    if found != usage and key_type_of(leaf) == wanted.key:
        reasons.append(_("key usage is not the profile's"))
    roles = extension(leaf, x509.ExtendedKeyUsage)
    if roles is None or set(roles) != set(extended):
        reasons.append(_("extended key usage is not the one wanted"))
    return reasons
