"""by_hand: what a person types to make the store's certificates with cfssl or with openssl.

The commands belong into the state folder, in a shell with `umask 077`. Certificates made by them
have the fields of those made here (`tests/unit/pki/test_by_hand.py`), so that the tool goes on
with them. One thing cfssl decides alone: it signs with SHA-384 or SHA-512 where the authority's
key is larger than RSA-2048 or P-256.
"""

from __future__ import annotations

from etcd_tui.pki import by_cfssl, by_openssl
from etcd_tui.pki.documents import document
from etcd_tui.pki.profile import CLIENT_CA_FILE, PROFILES
from etcd_tui.pki.wanted import Wanted
from etcd_tui.spec.model import ClusterSpec, OwnCa
from etcd_tui.typed import heredoc, local

# Of an own authority: its certificates one by one, and what a host sends beside its own.
_OWN = "own"
_SIGNER = f"{_OWN}/01.pem"
_CHAIN = f"{_OWN}/chain.pem"


def authority_commands(spec: ClusterSpec) -> tuple[str, ...]:
    """Return what makes the authority and the profile's settings file, or takes in an own one."""
    profile = PROFILES[spec.certificates.profile]
    settings = heredoc(f"pki/{profile.document}", document(spec).decode())
    own = spec.certificates.ca
    if own is not None:
        return (settings, *_take_in(own, f"pki/{profile.authority.certificate}"))
    way = by_cfssl.authority if profile.name == "cfssl" else by_openssl.authority
    return (settings, *way(spec))


def certificate_commands(spec: ClusterSpec, wanted: Wanted) -> tuple[str, ...]:
    """Return what makes one certificate with its key; the operator's goes to `client/`."""
    profile = PROFILES[spec.certificates.profile]
    authority = f"pki/{profile.authority.certificate}"
    signer, key = authority, f"pki/{profile.authority.key}"
    own = spec.certificates.ca
    if own is not None:
        signer, key = _SIGNER, local(own.key)
    way = by_cfssl.certificate if profile.name == "cfssl" else by_openssl.certificate
    commands = way(spec, wanted, signer, key)
    place = "pki" if wanted.role == "host" else "client"
    if own is not None:
        chained = f"{place}/{wanted.files.certificate}"
        commands = (*commands, f"if [ -s {_CHAIN} ]; then cat {_CHAIN} >> {chained}; fi")
    if wanted.role == "client":
        commands = (*commands, f"cp {authority} client/{CLIENT_CA_FILE}")
    return commands


def _take_in(own: OwnCa, trusted: str) -> tuple[str, ...]:
    """Part the certificates: the first signs, the self-signed one is the root, which is trusted."""
    sources = " ".join(local(path) for path in (own.certificate, own.chain) if path)
    split = (
        'awk \'/-----BEGIN CERTIFICATE-----/ { file = sprintf("%s/%02d.pem", folder, ++n) } '
        f'file {{ print > file }} /-----END/ {{ file = "" }}\' folder={_OWN} {sources}'
    )
    sort = f"""\
for file in {_OWN}/[0-9]*.pem; do
  if openssl verify -CAfile "$file" "$file" >/dev/null 2>&1; then cp "$file" {trusted}
  else cat "$file" >> {_CHAIN}; fi
done"""
    return (f"mkdir {_OWN}", split, sort)
