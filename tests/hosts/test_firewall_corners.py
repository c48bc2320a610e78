"""Firewalls that are set up in unusual ways: what is known of them, changed, and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etcd_tui.observe.facts import Firewall
from etcd_tui.observe.firewall import missing_rules, stale_rules
from tests.hosts.test_firewalls import attempt, do, observe, reached, tree
from tests.hosts.tree import difference
from tests.lab import HostOptions, Lab, LabHost

pytestmark = pytest.mark.lab

WANTED = ("192.0.2.12 2379", "192.0.2.12 2380", "2001:db8::12 2379", "2001:db8::12 2380")
CHAIN = """\
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
    iif lo accept
    tcp dport 22 accept{}
"""
NATIVE = "flush ruleset\ntable inet filter {\n  chain input {\n" + CHAIN.format("") + "  }\n}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    hosts = [HostOptions(), HostOptions(second_address=True)]
    with Lab.create(hosts=hosts, family="dual") as made:
        yield made


@pytest.fixture
def host(lab: Lab) -> LabHost:
    lab.hosts[0].fresh_disk()
    return lab.hosts[0]


@pytest.fixture
def member(lab: Lab) -> LabHost:
    return lab.hosts[1]


def nftables(host: LabHost, text: str) -> Path:
    conf = host.root / "etc/nftables.conf"
    conf.write_text(text)
    host.sh("systemctl enable --now nftables", check=True)
    return conf


def standing(found: Firewall) -> tuple[str, set[str], set[str]]:
    return found.kind, set(found.rules), set(found.persistent_rules)


def test_tools_that_are_there_but_idle_are_no_firewall(host: LabHost) -> None:
    host.sh("systemctl enable --now nftables; iptables -A INPUT -s 192.0.2.9 -j DROP", check=True)
    host.sh("nft add table inet x; iptables -A FORWARD -j DROP", check=True)
    assert observe(host) == Firewall()


def test_a_file_without_a_newline_at_its_end_comes_back_as_it_was(host: LabHost) -> None:
    conf = nftables(host, NATIVE)
    before = tree(host)
    do(host, "firewall_open", "nftables", *WANTED)
    host.sh("systemctl restart nftables", check=True)
    assert standing(observe(host)) == ("nftables", set(WANTED), set(WANTED))
    do(host, "firewall_close", "nftables")
    assert conf.read_text() == NATIVE
    assert difference(before, tree(host)) == []


def test_what_an_operator_changed_in_the_file_since_stays(host: LabHost) -> None:
    conf = nftables(host, NATIVE)
    do(host, "firewall_open", "nftables", *WANTED)
    conf.write_text(f"# theirs\n{conf.read_text()}# theirs too\n")
    do(host, "firewall_close", "nftables")
    assert conf.read_text() == f"# theirs\n{NATIVE}\n# theirs too\n"


def test_chains_in_an_included_file_are_kept_over_a_boot(host: LabHost) -> None:
    (host.root / "etc/nftables.d").mkdir()
    (host.root / "etc/nftables.d/one.nft").write_text(NATIVE)
    conf = nftables(host, 'include "/etc/nftables.d/*.nft"\n')
    do(host, "firewall_open", "nftables", *WANTED)
    host.power_cut()
    host.boot()
    assert standing(observe(host)) == ("nftables", set(WANTED), set(WANTED))
    do(host, "firewall_close", "nftables")
    assert conf.read_text() == 'include "/etc/nftables.d/*.nft"\n'


def test_rules_that_nothing_loads_at_boot_are_as_lasting_as_the_firewall(host: LabHost) -> None:
    host.sh(f"nft -f - <<'EOF'\n{NATIVE}\nEOF", check=True)
    before = tree(host)
    do(host, "firewall_open", "nftables", *WANTED)
    found = observe(host)
    assert (found.enabled, missing_rules(found, WANTED)) == (False, ())
    assert difference(before, tree(host)) == []


def test_a_file_whose_chain_somebody_else_makes_is_left_alone(host: LabHost) -> None:
    conf = nftables(host, "flush ruleset\n")
    host.sh(f"nft -f - <<'EOF'\n{NATIVE}\nEOF", check=True)
    do(host, "firewall_open", "nftables", *WANTED)
    assert missing_rules(observe(host), WANTED) == ()
    assert conf.read_text() == "flush ruleset\n"


def test_every_chain_that_filters_gets_the_rules_of_its_family(
    host: LabHost, member: LabHost
) -> None:
    chain = CHAIN.format("")
    late = chain.replace("priority filter", "priority filter + 10")
    text = (
        f"flush ruleset\ntable ip a {{\n  chain in4 {{\n{chain}  }}\n}}\n"
        f"table ip6 a {{\n  chain in6 {{\n{chain}  }}\n}}\n"
        f"table inet b {{\n  chain last {{\n{late}  }}\n}}\n"
    )
    conf = nftables(host, text)
    do(host, "firewall_open", "nftables", *WANTED)
    assert standing(observe(host)) == ("nftables", set(WANTED), set(WANTED))
    assert reached(host, member) == {(a, p) for a in member.addresses[:2] for p in (2379, 2380)}
    do(host, "firewall_close", "nftables")
    assert conf.read_text() == text


def test_a_chain_named_like_those_of_iptables_is_nftables_if_its_file_has_it(host: LabHost) -> None:
    # What iptables-restore-translate makes, Debian's way from iptables to nftables.
    text = "flush ruleset\n" + "".join(
        f"add table {family} filter\nadd chain {family} filter INPUT "
        "{ type filter hook input priority 0; policy drop; }\n"
        f"add rule {family} filter INPUT tcp dport 22 accept\n"
        for family in ("ip", "ip6")
    )
    conf = nftables(host, text)
    do(host, "firewall_open", "nftables", *WANTED)
    host.sh("systemctl reload nftables", check=True)
    assert standing(observe(host)) == ("nftables", set(WANTED), set(WANTED))
    do(host, "firewall_close", "nftables")
    assert conf.read_text() == text


def test_nftables_is_switched_off_without_a_flush_of_what_others_made(
    host: LabHost, member: LabHost
) -> None:
    nftables(host, NATIVE)
    host.sh("iptables -t nat -N DOCKER; iptables -N DOCKER; nft add table inet theirs", check=True)
    before, filtering = tree(host), host.sh("nft list ruleset").stdout
    do(host, "firewall_disable", "nftables")
    do(host, "firewall_disable", "nftables")
    assert observe(host) == Firewall()
    everybody = {(source, port) for source in member.addresses for port in (2379, 2380)}
    assert reached(host, member) == everybody
    assert "DOCKER" in host.sh("nft list ruleset").stdout
    do(host, "firewall_close", "nftables")
    assert host.sh("nft list ruleset").stdout == filtering
    assert difference(before, tree(host)) == []


def test_a_family_that_iptables_does_not_filter_gets_no_rules(host: LabHost) -> None:
    host.sh("iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP", check=True)
    do(host, "firewall_open", "iptables", *WANTED)
    found = observe(host)
    assert found.rules == WANTED[:2]
    assert missing_rules(found, WANTED) == ()
    assert "etcd-tui" not in host.sh("ip6tables -S").stdout
    do(host, "firewall_close", "iptables")
    assert "etcd-tui" not in host.sh("iptables -S").stdout


def test_services_of_red_hat_keep_the_rules_of_iptables(host: LabHost) -> None:
    rules = (
        "# theirs\n*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n"
        "[3:180] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
        "[0:0] -A INPUT -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n"
    )
    (host.root / "etc/sysconfig").mkdir()
    file = host.root / "etc/sysconfig/iptables"
    file.write_text(rules)
    file.chmod(0o600)
    (host.root / "etc/systemd/system/iptables.service").write_text(
        "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
        "ExecStart=iptables-restore /etc/sysconfig/iptables\n[Install]\nWantedBy=basic.target\n"
    )
    host.sh("systemctl enable --now iptables", check=True)
    before = tree(host)
    do(host, "firewall_open", "iptables", *WANTED)
    host.sh("systemctl restart iptables", check=True)
    assert standing(observe(host)) == ("iptables", set(WANTED[:2]), set(WANTED[:2]))
    # They saved what stands, ours as well.
    host.sh("iptables-save >/etc/sysconfig/iptables", check=True)
    assert standing(observe(host)) == ("iptables", set(WANTED[:2]), set(WANTED[:2]))
    file.write_text(rules)
    do(host, "firewall_open", "iptables", *WANTED)
    do(host, "firewall_disable", "iptables")
    assert observe(host) == Firewall()
    do(host, "firewall_close", "iptables")
    assert difference(before, tree(host)) == []
    assert stale_rules(observe(host), ()) == ()


@pytest.mark.parametrize(
    "rule",
    [
        "0.0.0.0/0 2379",
        "::/0 2379",
        "192.0.2.1 22",
        "192.0.2.1 2379 x",
        "$(id) 2379",
        " 2379",
        "a b; 2379",
    ],
)
def test_a_rule_that_is_none_is_refused(host: LabHost, rule: str) -> None:
    nftables(host, NATIVE)
    before = host.sh("nft list ruleset").stdout
    assert attempt(host, "firewall_open", "nftables", *WANTED, rule).returncode == 64
    assert host.sh("nft list ruleset").stdout == before


def test_another_firewall_than_was_looked_at_is_refused(host: LabHost) -> None:
    nftables(host, NATIVE)
    done = attempt(host, "firewall_open", "ufw", *WANTED)
    assert done.returncode == 66
    assert "now nftables, not ufw" in done.stderr


def test_every_zone_of_firewalld_that_packets_come_through_gets_the_rules(
    lab_of: Callable[..., Lab],
) -> None:
    lab = lab_of(HostOptions(firewall="firewalld"), HostOptions(second_address=True), family="dual")
    host, member = lab.hosts
    firewall = "firewall-cmd --quiet --permanent"
    host.sh(
        f"{firewall} --zone=internal --add-interface=eth0; "
        f"{firewall} --zone=work --add-source=192.0.2.12; "
        f"{firewall} --zone=trusted --add-source=192.0.2.99; firewall-cmd --quiet --reload",
        check=True,
    )
    before = tree(host)
    do(host, "firewall_open", "firewalld", *WANTED)
    found = observe(host)
    zones = {value for key, value in found.detail if key == "zone"}
    # `public` is the default one: an interface that comes later is in it.
    assert zones == {"internal", "public", "work"}
    assert standing(found) == ("firewalld", set(WANTED), set(WANTED))
    assert reached(host, member) == {(a, p) for a in member.addresses[:2] for p in (2379, 2380)}
    do(host, "firewall_close", "firewalld")
    assert difference(before, tree(host)) == []
    assert reached(host, member) == set()


def test_a_zone_that_somebody_changed_since_loses_our_rules_only(
    lab_of: Callable[..., Lab],
) -> None:
    host = lab_of(HostOptions(firewall="firewalld")).hosts[0]
    do(host, "firewall_open", "firewalld", *WANTED)
    host.sh("firewall-cmd --quiet --permanent --add-service=http; firewall-cmd --quiet --reload")
    do(host, "firewall_disable", "firewalld")
    do(host, "firewall_close", "firewalld")
    shown = host.sh("firewall-cmd --list-all; firewall-cmd --permanent --list-all").stdout
    assert shown.count("http") == 2
    assert "2379" not in shown
