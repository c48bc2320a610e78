"""What is written loads to the same spec."""

from __future__ import annotations

from dataclasses import replace

import yaml
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.secret import Secret
from etcd_tui.spec.model import (
    Binaries,
    Certificates,
    Cluster,
    ClusterSpec,
    HostPreparation,
    Node,
    OwnCa,
    Paths,
    SecretRef,
    Ssh,
    Subject,
    Tuning,
)
from etcd_tui.spec.writer import dump

from .conftest import SMALLEST, answers, read

# Words that YAML would read as something else stand among the others.
LABELS = st.sampled_from(["no", "on", "null", "1e3", "123", "0x1f", "2024-01-01"]) | st.from_regex(
    r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True
).filter(lambda label: label != "localhost")
FILES = st.from_regex(r"(~/|/)[A-Za-z0-9 '\"#:{}é-]{1,12}x", fullmatch=True)
TARBALLS = FILES.filter(lambda path: "{" not in path and "}" not in path)
SECRETS = st.one_of(
    st.none(),
    st.builds(SecretRef, st.just("env"), st.from_regex(r"[A-Z_]{1,9}", fullmatch=True)),
    st.builds(SecretRef, st.just("file"), FILES),
    st.just(SecretRef("prompt")),
)
DNS_NAMES = st.from_regex(r"[a-z]{1,5}(\.[a-z]{1,5}){0,2}", fullmatch=True)
UNIQUE = {"max_size": 3, "unique": True}
NAMES = st.lists(DNS_NAMES | st.ip_addresses().map(str), **UNIQUE).map(tuple)
ADDRESSES = st.integers(1, 250).map(lambda n: f"192.0.2.{n}") | st.integers(1, 65535).map(
    lambda n: f"2001:db8::{n:x}"
)
DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
SUMS = st.one_of(
    st.just(()),
    DIGESTS.map(lambda one: (("*", one),)),
    st.tuples(DIGESTS, DIGESTS).map(lambda two: (("amd64", two[0]), ("arm64", two[1]))),
)
SSH = st.builds(
    Ssh,
    user=st.sampled_from(["root", "admin", "no", "_a-1"]),
    port=st.integers(1, 65535),
    private_key=st.lists(FILES, **UNIQUE).map(tuple),
    passphrase=SECRETS,
    password=SECRETS,
    sudo_password=SECRETS,
    known_hosts=FILES,
    jump=st.lists(st.sampled_from(["a", "u@b:22", "[2001:db8::1]:1"]), **UNIQUE).map(tuple),
    config=st.just("") | FILES,
    connect_timeout=st.integers(1, 600),
)
TEXTS = st.just("") | st.from_regex(r"[A-Z上][a-z 海.]{0,9}x", fullmatch=True)
SUBJECTS = st.builds(
    Subject,
    country=st.sampled_from(["", "CN", "NO"]),
    state=TEXTS,
    organization=TEXTS,
    common_name=TEXTS,
)
HOURS = st.none() | st.integers(1, 800000)
CERTIFICATES = st.builds(
    Certificates,
    profile=st.sampled_from(["cfssl", "openssl"]),
    key=st.sampled_from(["rsa-2048", "ecdsa-p384"]),
    validity_hours=HOURS,
    ca_validity_hours=HOURS,
    shared_key=st.none() | st.booleans(),
    sans=NAMES,
    subject=st.none() | SUBJECTS,
    ca=st.none() | st.builds(OwnCa, FILES, FILES, chain=st.just("") | FILES, passphrase=SECRETS),
)
TUNING = st.builds(
    Tuning,
    heartbeat_interval=st.integers(1, 200),
    election_timeout=st.integers(1000, 50000),
    quota_backend_bytes=st.integers(1 << 24, 1 << 35),
    snapshot_count=st.none() | st.integers(1, 10**6),
    auto_compaction_retention=st.sampled_from(["8h", "1h30m", "10", "0"]),
    log_level=st.sampled_from(["debug", "info"]),
    environment=st.lists(
        st.tuples(
            st.sampled_from(["ETCD_METRICS", "ETCD_PRE_VOTE", "ETCD_MAX_TXN_OPS"]),
            st.sampled_from(["true", "128", "010", "no way", "a,b", "1.5"]),
        ),
        max_size=3,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
)


@st.composite
def specs(draw: st.DrawFn) -> ClusterSpec:
    cluster = draw(SSH)
    count = draw(st.integers(1, 4))
    names = draw(st.lists(LABELS, min_size=count, max_size=count, unique=True))
    addresses = draw(st.lists(ADDRESSES, min_size=count, max_size=count, unique=True))
    nodes = []
    for name, address in zip(names, addresses, strict=True):
        ssh = cluster
        if draw(st.booleans()):
            host = draw(st.just("") | st.just(f"{name}.ssh"))
            ssh = replace(draw(SSH), host=host)
        nodes.append(Node(name, address, draw(NAMES), ssh))
    source = draw(st.sampled_from(["google", "github", "https://a.example/e"]) | TARBALLS)
    return ClusterSpec(
        Cluster(draw(LABELS), draw(st.sampled_from(["3.5.30", "3.6.14"])), token=draw(LABELS)),
        tuple(nodes),
        cluster,
        Binaries(source, "operator", draw(SUMS)),
        draw(CERTIFICATES),
        HostPreparation(
            draw(st.booleans()), draw(st.sampled_from(["open", "leave"])), ("192.0.2.0/24",)
        ),
        draw(st.sampled_from([Paths(), Paths("/opt/etcd/conf", "/data/etcd", "/opt/bin")])),
        draw(TUNING),
    )


@given(specs())
def test_what_is_written_loads_to_the_same_spec(spec: ClusterSpec) -> None:
    assert read(dump(spec))[0] == spec


@given(specs())
def test_writing_is_stable(spec: ClusterSpec) -> None:
    text = dump(spec)
    assert dump(read(text)[0]) == text


def test_defaults_are_left_out_except_for_the_smallest_form() -> None:
    text = dump(read(SMALLEST)[0])
    assert yaml.safe_load(text) == yaml.safe_load(
        SMALLEST.replace("./etcd", "/operator/answers/etcd")
    )
    assert text.startswith("# ")


def test_of_a_node_only_the_difference_is_written() -> None:
    spec, _ = read(answers(ssh__jump="bastion", nodes__1__ssh={"user": "admin", "jump": None}))
    nodes = yaml.safe_load(dump(spec))["nodes"]
    assert [node.get("ssh") for node in nodes] == [None, {"user": "admin", "jump": None}, None]


def test_a_literal_secret_is_asked_for_when_the_file_is_replayed() -> None:
    inline = SecretRef("inline", inline=Secret("hunter2"))
    spec, _ = read(SMALLEST)
    text = dump(replace(spec, ssh=replace(spec.ssh, password=inline)))
    assert "hunter2" not in text
    assert yaml.safe_load(text)["ssh"]["password"] == {"prompt": True}


def test_no_anchors_are_written() -> None:
    own = {"sudo_password": {"env": "PW"}, "user": "admin"}
    text = dump(read(answers(nodes__0__ssh=own, nodes__1__ssh=own))[0])
    assert "&" not in text
