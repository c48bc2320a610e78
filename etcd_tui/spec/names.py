"""Names that people choose: clusters, members, users, tokens, subject fields, releases."""

from __future__ import annotations

import re

from etcd_tui.i18n import _
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.releases import VERSION
from etcd_tui.spec.shown import shown

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""One DNS label (RFC 1123), lower case."""
USER = r"[a-z_][a-z0-9_-]{0,31}"
"""What `useradd` accepts (shadow-utils, is_valid_name), without the trailing dollar sign."""
TOKEN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # noqa: S105 - a pattern, no secret
RELEASE = rf"v?{VERSION.pattern}"
COUNTRY = r"[A-Z]{2}"
SUBJECT_FIELD = r"[\w.,'()+/:=?&@-]([\w .,'()+/:=?&@-]{0,62}[\w.,'()+/:=?&@-])?"
"""X.520 allows 64 characters in most fields; what openssl.cnf expands or ends a line at is out."""

# These would hide, in the hosts file, what every program expects to find there.
_TAKEN = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})


def label(text: str) -> str:
    """Accept a DNS label in lower case: the name of a cluster or of a member."""
    if not re.fullmatch(LABEL, text):
        raise Refused(
            _("{value} is not usable as a name.").format(value=shown(text)),
            _(
                "Write 1 to 63 lower-case letters, digits and hyphens, as in etcd1; no hyphen "
                "first or last."
            ),
        )
    if text in _TAKEN:
        raise Refused(
            _("{value} already has a meaning on every host.").format(value=shown(text)),
            _("Choose another name, for example etcd1."),
        )
    return text


def user(text: str) -> str:
    """Accept the login name of a Linux user."""
    if not re.fullmatch(USER, text):
        raise Refused(
            _("{value} is no user name of a Linux host.").format(value=shown(text)),
            _("Write 1 to 32 lower-case letters, digits, _ and -, beginning with a letter or _."),
        )
    return text


def token(text: str) -> str:
    """Accept an initial cluster token."""
    if not re.fullmatch(TOKEN, text):
        raise Refused(
            _("{value} is not usable as a token.").format(value=shown(text)),
            _("Write 1 to 64 letters, digits, dots, _ and -, or leave the key out."),
        )
    return text


def version(text: str) -> str:
    """Accept an etcd release, `3.5.30` or `v3.5.30`; the `v` is dropped."""
    if not re.fullmatch(RELEASE, text):
        raise Refused(
            _("{value} is no etcd release.").format(value=shown(text)),
            _(
                "Write all three numbers, for example 3.5.30; alphas and candidates are not "
                "installed."
            ),
        )
    return text.removeprefix("v")


def country(text: str) -> str:
    """Accept a country of a certificate's subject (ISO 3166, two capitals)."""
    if not re.fullmatch(COUNTRY, text):
        raise Refused(
            _("{value} is no country code.").format(value=shown(text)),
            _("Write two capital letters, for example CN."),
        )
    return text


def subject_field(text: str) -> str:
    """Accept a field of a certificate's subject."""
    if not re.fullmatch(SUBJECT_FIELD, text) or not text.isprintable():
        raise Refused(
            _("{value} cannot stand in a certificate's subject.").format(value=shown(text)),
            _("Write 1 to 64 letters, digits, spaces and . , ' ( ) + / : = ? & @ _ - characters."),
        )
    return text


def common_name(text: str) -> str:
    """Accept the common name of the hosts' certificates."""
    # With authentication on, etcd takes the common name for the user, and root may do everything.
    if text.lower() == "root":
        raise Refused(
            _("A certificate with this common name would be etcd's superuser."),
            _("Choose another name, or leave the key out."),
        )
    return subject_field(text)
