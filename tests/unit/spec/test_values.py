"""Single values: what is accepted, and that hostile text is refused and never echoed raw."""

from __future__ import annotations

import pytest

from etcd_tui.spec.problem import Problem

from .conftest import answers, problems, read, the_error

HOSTILE = [
    "a b", "a'b", 'a"b', "$(reboot)", "`reboot`", "a;b", "a|b", "a\nb", "a\\b", "../a", "a/../b",
    "x" * 300, "a\x1b[31mb", "a\u202eb", "a\u200bb", "-rf", "", "a\tb", "é", "%n", "a#b", "*",
    "a\u2028b", "\x85",
]  # fmt: skip
CHECKED = [
    "cluster__name", "cluster__etcd", "cluster__token", "nodes__0__name", "nodes__0__address",
    "ssh__user", "ssh__jump", "paths__config", "paths__data", "paths__binaries", "paths__units",
    "binaries__sha256", "certificates__validity", "tuning__quota_backend_bytes",
    "tuning__auto_compaction_retention", "host__firewall", "tuning__log_level",
]  # fmt: skip


def is_harmless(problem: Problem) -> bool:
    return all(
        text.isprintable() and len(text) < 400 for text in (problem.what, problem.fix, problem.key)
    )


@pytest.mark.fault(
    54,
    injected="escape sequences and control letters",
    seen="refused, shown harmless",
)
@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("key", CHECKED)
def test_hostile_text_is_refused_and_not_echoed_raw(key: str, value: str) -> None:
    found = problems(answers(**{key: value}))
    path = key.replace("nodes__0__", "nodes[0].").replace("__", ".")
    assert any(p.severity == "error" and p.key.startswith(path) for p in found)
    assert all(is_harmless(p) for p in found)


@pytest.mark.parametrize("key", ["nodes__0__sans", "certificates__sans", "host__client_ranges"])
@pytest.mark.parametrize("value", [h for h in HOSTILE if h != "a b"])
def test_hostile_text_in_lists_is_refused(key: str, value: str) -> None:
    found = problems(answers(**{key: [value]}))
    assert any(p.severity == "error" for p in found)
    assert all(is_harmless(p) for p in found)


@pytest.mark.parametrize("value", ["a\x1b[31mb", "a\u202eb", "a\nb"])
def test_hostile_keys_are_not_echoed_raw(value: str) -> None:
    found = problems(answers(**{f"cluster__{value}": 1}))
    assert found
    assert all(is_harmless(p) for p in found)


@pytest.mark.parametrize("name", ["a", "etcd-1", "0a", "a" * 63])
def test_names_are_dns_labels(name: str) -> None:
    assert read(answers(nodes__0__name=name))[0].nodes[0].name == name


@pytest.mark.parametrize("name", ["Etcd1", "etcd_1", "etcd1.example", "-a", "a-", "a" * 64])
def test_other_names_are_refused(name: str) -> None:
    assert "lower-case" in the_error(answers(nodes__0__name=name)).fix


def test_a_member_is_not_called_localhost() -> None:
    assert "meaning" in the_error(answers(nodes__0__name="localhost")).what


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "all addresses"),
        ("::", "all addresses"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("255.255.255.255", "reserved"),
        ("::ffff:192.0.2.1", "IPv4"),
        ("192.0.2", "no IP"),
        ("192.0.2.011", "no IP"),
        ("192.0.2.11/24", "no IP"),
        ("[2001:db8::1]", "no IP"),
        ("etcd1.example.org", "no IP"),
    ],
)
def test_an_address_is_one_that_others_can_reach(address: str, reason: str) -> None:
    assert reason in the_error(answers(nodes__0__address=address)).what


@pytest.mark.parametrize("name", ["etcd.example.org", "*.example.org", "etcd", "192.0.2.1", "::1"])
def test_subject_alternative_names_are_dns_names_or_addresses(name: str) -> None:
    assert read(answers(certificates__sans=[name, name]))[0].certificates.sans == (name,)


@pytest.mark.parametrize("name", ["300.0.0.1", "1.2.3", "a..b", "a.*.b", "https://a", "a:1", "a_b"])
def test_other_subject_alternative_names_are_refused(name: str) -> None:
    assert the_error(answers(certificates__sans=[name])).key == "certificates.sans[0]"


@pytest.mark.parametrize(
    "jump", ["bastion", "admin@bastion:2222", "admin@[2001:db8::1]:22", "192.0.2.1:1"]
)
def test_jump_hosts_may_have_user_and_port(jump: str) -> None:
    assert read(answers(ssh__jump=jump))[0].ssh.jump == (jump,)


@pytest.mark.parametrize("jump", ["a,b", "a:0", "a:65536", "2001:db8::1", "[192.0.2.1]", "@a"])
def test_other_jump_hosts_are_refused(jump: str) -> None:
    assert the_error(answers(ssh__jump=jump)).key == "ssh.jump"


def test_a_pinned_host_key_is_a_fingerprint_or_a_key_without_its_comment() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    spec, _ = read(answers(nodes__0__ssh={"host_key": f"{key} root@etcd1"}))
    assert spec.nodes[0].ssh.host_key == key
    sum_ = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
    assert read(answers(nodes__0__ssh={"host_key": sum_}))[0].nodes[0].ssh.host_key == sum_


@pytest.mark.parametrize(
    "key",
    ["SHA256:short", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5", "MD5:aa"],
)
def test_other_host_keys_are_refused(key: str) -> None:
    assert the_error(answers(nodes__0__ssh={"host_key": key})).key == "nodes[0].ssh.host_key"


def test_a_range_with_bits_behind_its_prefix_is_corrected() -> None:
    assert "192.0.2.0/24" in the_error(answers(host__client_ranges=["192.0.2.5/24"])).fix


@pytest.mark.parametrize(
    "url",
    ["https://mirror.example.org/etcd/", "http://192.0.2.1:8080", "http://[2001:db8::1]/etcd"],
)
def test_a_mirror_is_a_url_without_a_slash_at_its_end(url: str) -> None:
    spec, _ = read(answers(binaries__source=url))
    assert spec.binaries.source == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@mirror.example.org", "ftp://mirror.example.org", "https://",
        "https://a/b?token=hunter2", "https://a/b#c", "https://a:0/", "https://a:x/",
        "https://a/../b", "https://a/$(reboot)", "https://a b/", "https://[::1/", "https://*.a/",
        "https://a/etcd-v3.5.30-linux-amd64.tar.gz",
    ],
)  # fmt: skip
def test_other_urls_are_refused_without_showing_what_may_be_a_password(url: str) -> None:
    problem = the_error(answers(binaries__source=url))
    assert problem.key == "binaries.source"
    assert "hunter2" not in problem.what + problem.fix


def test_a_mistyped_source_names_the_nearest_one() -> None:
    assert "google" in the_error(answers(binaries__source="gogle")).fix


def test_only_the_architecture_is_replaced_in_a_source() -> None:
    source = "/mirror/etcd-v3.5.30-linux-{arch}.tar.gz"
    assert read(answers(binaries__source=source))[0].binaries.source == source
    assert "{arch}" in the_error(answers(binaries__source="./etcd-{version}.tar.gz")).fix


def test_sums_are_one_for_all_or_one_for_each_architecture() -> None:
    one, other = "AB" * 32, "cd" * 32
    assert read(answers(binaries__sha256=one))[0].binaries.sha256 == (("*", "ab" * 32),)
    both = {"amd64": one, "arm64": other}
    assert read(answers(binaries__sha256=both))[0].binaries.sha256 == (
        ("amd64", "ab" * 32),
        ("arm64", other),
    )
    assert "amd64" in the_error(answers(binaries__sha256={"x86_64": one})).fix


@pytest.mark.parametrize("value", ["5", 5, "5w", "0h", "1.5y", "101y", "-5d", "5 y"])
def test_a_validity_has_a_unit_and_an_end(value: object) -> None:
    assert the_error(answers(certificates__validity=value)).key == "certificates.validity"


def test_a_certificate_is_not_issued_to_root() -> None:
    problem = the_error(answers(certificates__subject={"common_name": "root"}))
    assert "superuser" in problem.what


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", "China"), ("state", "a$b"), ("locality", "x" * 65), ("organization", " a")],
)
def test_subject_fields_have_bounds(field: str, value: str) -> None:
    problem = the_error(answers(certificates__subject={field: value}))
    assert problem.key == f"certificates.subject.{field}"


def test_subject_fields_may_be_chinese() -> None:
    spec, _ = read(answers(certificates__subject={"state": "上海"}))
    assert spec.certificates.subject is not None
    assert spec.certificates.subject.state == "上海"
