"""Names and subjects of every shape: in the certificate as they are in the spec, once, in order."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from etcd_tui.pki.authority import Authority, issue_certificate, make_authority
from etcd_tui.pki.check import describe, refusal, sans_of
from etcd_tui.pki.keys import generate_key
from etcd_tui.pki.matching import differences
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.wanted import naming_problem, split_sans, subject_name, wanted_certificates
from etcd_tui.spec.model import Certificates, ClusterSpec, Node, Profile, Subject

from .conftest import spec_with

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CA_KEY, HOST_KEY = generate_key("ecdsa-p256"), generate_key("ecdsa-p256")
AUTHORITIES: dict[Profile, Authority] = {
    name: make_authority(CA_KEY, profile, profile.ca_validity_hours, NOW)
    for name, profile in PROFILES.items()
}

labels = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
dns_names = st.lists(labels, min_size=1, max_size=4).map(".".join)
addresses = st.ip_addresses().map(str)
sans = st.lists(st.one_of(dns_names, addresses), max_size=6).map(tuple)
words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40)
subjects = st.builds(
    Subject,
    country=st.sampled_from(["", "CN", "DE"]),
    state=st.just("") | words,
    locality=st.just("") | words,
    organization=st.just("") | words,
    organizational_unit=st.just("") | words,
    common_name=st.just("") | words.filter(lambda name: name != "root"),
)


@st.composite
def specs(draw: st.DrawFn) -> ClusterSpec:
    names = draw(st.lists(labels, min_size=1, max_size=4, unique=True))
    where = draw(st.lists(addresses, min_size=len(names), max_size=len(names), unique=True))
    nodes = tuple(
        Node(name, address, sans=draw(sans)) for name, address in zip(names, where, strict=True)
    )
    certificates = Certificates(
        profile=draw(st.sampled_from(["cfssl", "openssl"])),
        key="ecdsa-p256",
        shared_key=draw(st.sampled_from([None, True, False])),
        sans=draw(sans),
        subject=draw(st.none() | subjects),
        validity_hours=draw(st.none() | st.integers(1, 400_000)),
    )
    return spec_with(certificates, nodes)


@settings(deadline=None, max_examples=60)
@given(specs())
def test_what_is_issued_is_what_is_wanted_and_is_kept_the_next_time(spec: ClusterSpec) -> None:
    profile = PROFILES[spec.certificates.profile]
    authority = AUTHORITIES[profile.name]
    for wanted in wanted_certificates(spec):
        leaf = issue_certificate(authority, CA_KEY, profile, wanted, key=HOST_KEY, now=NOW)
        leaf = x509.load_der_x509_certificate(leaf.public_bytes(Encoding.DER))
        assert sans_of(leaf) == (wanted.dns, wanted.addresses)
        assert leaf.subject == subject_name(wanted.subject)
        assert differences([leaf], authority, profile, wanted, NOW) == ()
        assert refusal(leaf, authority, wanted, NOW, strict=True) == ""
        assert describe(leaf).addresses == tuple(str(address) for address in wanted.addresses)


@given(specs())
def test_every_member_has_a_certificate_with_its_name_and_address(spec: ClusterSpec) -> None:
    covered = {name: wanted for wanted in wanted_certificates(spec) for name in wanted.nodes}
    for node in spec.nodes:
        wanted = covered[node.name]
        assert node.name in wanted.dns
        assert ipaddress.ip_address(node.address) in wanted.addresses
    *_, operator = wanted_certificates(spec)
    assert (operator.role, operator.dns, operator.addresses) == ("client", (), ())


@given(st.lists(st.one_of(dns_names, addresses, dns_names.map(str.upper))))
def test_san_entries_are_sorted_by_kind_once_each_in_their_order(entries: list[str]) -> None:
    dns, ips = split_sans(entries)
    expected = list(dict.fromkeys(entry.lower() for entry in entries))
    folded = [name.lower() for name in dns]
    assert folded == [entry for entry in expected if entry in folded]
    assert [str(ip) for ip in ips] == [entry for entry in expected if entry not in folded]
    assert split_sans([*dns, *(str(ip) for ip in ips)]) == (dns, ips)


def test_an_address_spelt_in_two_ways_is_one() -> None:
    spelt = ["2001:db8::1", "2001:0db8:0::1", "192.0.2.1"]
    assert split_sans(spelt) == (
        (),
        (ipaddress.ip_address("2001:db8::1"), ipaddress.ip_address("192.0.2.1")),
    )


def test_a_wildcard_name_passes_every_check() -> None:
    spec = spec_with(Certificates(key="ecdsa-p256", sans=("*.etcd.example.com",)))
    wanted = wanted_certificates(spec)[0]
    profile = PROFILES["cfssl"]
    authority = AUTHORITIES["cfssl"]
    leaf = issue_certificate(authority, CA_KEY, profile, wanted, key=HOST_KEY, now=NOW)
    assert refusal(leaf, authority, wanted, NOW, strict=True) == ""
    assert naming_problem(spec) == ""


def test_a_name_that_is_not_ascii_is_a_problem_with_a_sentence() -> None:
    spec = spec_with(Certificates(sans=("bücher.example",)))
    assert naming_problem(spec).startswith("The certificate of etcd1 cannot be made: ")
