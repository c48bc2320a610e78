"""Which rules a host needs, and how an observed firewall is read."""

from __future__ import annotations

import ipaddress
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import etcd_tui.observe
from etcd_tui.content.firewall import wanted_rules
from etcd_tui.observe.facts import Firewall
from etcd_tui.observe.firewall import missing_rules, parse_firewall, stale_rules
from etcd_tui.spec.model import Cluster, ClusterSpec, HostPreparation, Node

LOOK = Path(etcd_tui.observe.__file__).with_name("firewall_look.sh").read_text()

addresses = st.lists(st.ip_addresses(), min_size=1, max_size=7, unique=True)
networks = st.lists(
    st.one_of(
        st.tuples(st.ip_addresses(v=4), st.integers(1, 32)),
        st.tuples(st.ip_addresses(v=6), st.integers(1, 128)),
    ).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    max_size=3,
)


def spec_of(*members: str, client_ranges: tuple[str, ...] = ()) -> ClusterSpec:
    return ClusterSpec(
        cluster=Cluster("prod", "3.5.30"),
        nodes=tuple(Node(f"etcd{n}", address) for n, address in enumerate(members, start=1)),
        host=HostPreparation(client_ranges=client_ranges),
    )


def test_other_members_reach_both_ports_and_client_ranges_only_the_client_port() -> None:
    spec = spec_of("192.0.2.11", "192.0.2.12", "192.0.2.9", client_ranges=("198.51.100.0/24",))
    assert wanted_rules(spec, spec.nodes[0]) == (
        "192.0.2.9 2379",
        "192.0.2.9 2380",
        "192.0.2.12 2379",
        "192.0.2.12 2380",
        "198.51.100.0/24 2379",
    )


def test_sources_are_written_as_firewalls_list_them() -> None:
    spec = spec_of(
        "192.0.2.11",
        "2001:DB8:0:0::12",
        client_ranges=("198.51.100.77/24", "203.0.113.5/32", "2001:db8:1::/64", "2001:db8::12/128"),
    )
    assert wanted_rules(spec, spec.nodes[0]) == (
        "198.51.100.0/24 2379",
        "203.0.113.5 2379",
        "2001:db8::12 2379",
        "2001:db8::12 2380",
        "2001:db8:1::/64 2379",
    )


def test_one_member_alone_needs_no_rule() -> None:
    spec = spec_of("192.0.2.11")
    assert wanted_rules(spec, spec.nodes[0]) == ()


@given(addresses, networks)
def test_rules_are_unique_ordered_and_never_for_the_host_itself(
    members: list[ipaddress.IPv4Address | ipaddress.IPv6Address], ranges: list[str]
) -> None:
    spec = spec_of(*map(str, members), client_ranges=tuple(ranges))
    wished = [ipaddress.ip_network(cidr, strict=False) for cidr in ranges]
    for node, address in zip(spec.nodes, members, strict=True):
        rules = wanted_rules(spec, node)
        pairs = [(ipaddress.ip_network(source), port) for source, port in map(str.split, rules)]
        assert len(set(rules)) == len(rules)
        assert [str(a) for a in members if a != address] == [
            str(a)
            for a in members
            if {(ipaddress.ip_network(a), "2379"), (ipaddress.ip_network(a), "2380")} <= set(pairs)
        ]
        assert {network for network, port in pairs if port == "2379"} >= set(wished)
        assert (ipaddress.ip_network(address), "2380") not in pairs
        assert [network.version for network, _ in pairs] == sorted(n.version for n, _ in pairs)
        other_order = spec_of(*map(str, members), client_ranges=tuple(reversed(ranges)))
        assert wanted_rules(other_order, node) == rules


def test_a_firewall_is_read_from_the_probes_lines() -> None:
    firewall = parse_firewall(
        [
            ("hostname", "host1"),
            ("firewall-kind", "firewalld"),
            ("firewall-enabled", "yes"),
            ("firewall-family", "4"),
            ("firewall-zone", "public"),
            ("firewall-rule", "192.0.2.12 2380"),
            ("firewall-rule", "192.0.2.12 2379"),
            ("firewall-rule", "192.0.2.12 2379"),
            ("firewall-permanent", "192.0.2.12 2379"),
            ("firewall-own", "192.0.2.12 2379"),
        ]
    )
    assert firewall == Firewall(
        kind="firewalld",
        rules=("192.0.2.12 2379", "192.0.2.12 2380"),
        persistent_rules=("192.0.2.12 2379",),
        enabled=True,
        detail=(("own", "192.0.2.12 2379"), ("family", "4"), ("zone", "public")),
    )


@given(st.lists(st.tuples(st.sampled_from(["firewall-kind", "firewall-rule", "x"]), st.text())))
def test_any_lines_are_a_firewall(lines: list[tuple[str, str]]) -> None:
    assert isinstance(parse_firewall(lines), Firewall)


def test_nothing_said_is_no_firewall() -> None:
    assert parse_firewall([]) == Firewall()
    assert parse_firewall([("firewall-kind", "pf"), ("firewall-enabled", "yes")]) == Firewall()


def test_a_rule_is_missing_unless_it_stands_now_and_after_a_boot() -> None:
    now, later = ("a 2379", "b 2379"), ("a 2379", "c 2379")
    firewall = Firewall("nftables", rules=now, persistent_rules=later)
    wanted = ("a 2379", "b 2379", "c 2379", "d 2379")
    assert missing_rules(firewall, wanted) == ("b 2379", "c 2379", "d 2379")


def test_no_rule_is_missing_in_a_family_that_is_not_filtered() -> None:
    firewall = Firewall("iptables", detail=(("family", "4"),))
    assert missing_rules(firewall, ("192.0.2.1 2379", "2001:db8::1 2379")) == ("192.0.2.1 2379",)


def test_only_rules_of_our_own_go_stale() -> None:
    ours = (("own", "a 2379"), ("own", "b 2379"))
    firewall = Firewall("ufw", rules=("a 2379", "b 2379", "c 2379"), detail=ours)
    assert stale_rules(firewall, ("a 2379",)) == ("b 2379",)


def look(function: str, text: str) -> subprocess.CompletedProcess[str]:
    script = f"{LOOK}\n{function}"
    return subprocess.run(
        ["sh", "-euc", script], input=text, capture_output=True, text=True, check=False
    )


def chain(name: str, *rules: str) -> str:
    return f"\tchain {name} {{\n" + "".join(f"\t\t{rule}\n" for rule in rules) + "\t}\n"


def nft_table(
    *rules: str, head: str = "inet filter", policy: str = "accept", more: str = ""
) -> str:
    base = f"type filter hook input priority filter; policy {policy};"
    return f"table {head} {{\n{more}{chain('input', base, *rules)}}}\n"


SSH = "tcp dport 22 accept"
FILTERING_NFT = {
    "policy drop": nft_table(SSH, policy="drop"),
    "last drop": nft_table(SSH, "counter packets 7 bytes 420 drop"),
    "reject with a reason": nft_table(SSH, "reject with icmpx admin-prohibited"),
    "logged": nft_table('log prefix "in: " level info flags all drop comment "the rest"'),
    "by interface": nft_table('iifname "eth0" drop'),
    "new connections": nft_table("ct state new drop"),
    "all TCP": nft_table("meta l4proto tcp reject with tcp reset"),
    "everything but SSH": nft_table("tcp dport != { 22, 80 } drop"),
    "in a chain of its own": nft_table("jump world", more=chain("world", SSH, "drop")),
    "by a map": nft_table(
        'iifname vmap { "lo" : accept, "eth0" : jump world }', more=chain("world", "drop")
    ),
    "an accept for one interface": nft_table('iif "lo" accept', "drop"),
    "all accepted in another family": nft_table("accept", head="ip filter") + nft_table("drop"),
}
OPEN_NFT = {
    "policy accept": nft_table(SSH),
    "fail2ban": nft_table("tcp dport { 22 } ip saddr @banned reject with icmp port-unreachable"),
    "invalid packets": nft_table("ct state invalid drop"),
    "a limit": nft_table("ip protocol icmp limit rate over 5/second burst 5 packets drop"),
    "all accepted first": nft_table('accept comment "etcd-tui-off"', "drop", policy="drop"),
    "firewalld's": nft_table("drop", head="inet firewalld"),
    "bridge": nft_table("drop", head="bridge filter"),
    "another hook": nft_table("drop").replace("hook input", "hook forward"),
    "a chain that nothing enters": nft_table("return", more=chain("world", "drop")),
    "a chain that returns": nft_table("jump world", more=chain("world", "return", "drop")),
    "a loop": nft_table("jump a", more=chain("a", "jump a")),
    "nothing": "",
}


@pytest.mark.parametrize("text", FILTERING_NFT.values(), ids=FILTERING_NFT.keys())
def test_a_chain_of_nftables_filters(text: str) -> None:
    assert look("fw_scan_nft input", text).stdout.splitlines() == ["drops inet filter input"]


@pytest.mark.parametrize("text", OPEN_NFT.values(), ids=OPEN_NFT.keys())
def test_a_chain_of_nftables_lets_all_through(text: str) -> None:
    done = look("fw_scan_nft input", text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_input_chain_that_may_be_iptables_is_told() -> None:
    text = nft_table("drop", head="ip filter").replace("chain input", "chain INPUT")
    lines = look("fw_scan_nft input", text).stdout.splitlines()
    assert lines == ["iptables ip", "drops ip filter INPUT"]


FILTERING_IPTABLES = {
    "policy": "-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
    "last": "-P INPUT ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited",
    "by interface": "-A INPUT -i lo -j ACCEPT\n-A INPUT -i eth0 -p tcp -j DROP",
    "in a chain": "-A INPUT -m conntrack --ctstate NEW -j IN\n"
    '-A IN -m comment --comment "the rest" -j DROP',
}
OPEN_IPTABLES = {
    "policy": "-P INPUT ACCEPT\n-P FORWARD DROP",
    "fail2ban": "-A INPUT -p tcp -m multiport --dports 22 -j f2b\n"
    "-A f2b -s 192.0.2.9/32 -j REJECT\n-A f2b -j RETURN",
    "kubelet": "-A INPUT -j K\n-A K ! -s 127.0.0.0/8 -d 127.0.0.0/8 -j DROP",
    "one port": "-A INPUT -p tcp -m tcp --dport 111 -j DROP",
    "invalid packets": "-A INPUT -m conntrack --ctstate INVALID -j DROP",
    "switched off": "-P INPUT DROP\n-A INPUT -m comment --comment etcd-tui-off -j ACCEPT\n"
    "-A INPUT -j DROP",
    "docker": "-A FORWARD -j DOCKER\n-A DOCKER -j DROP",
    "a chain that returns": "-A INPUT -j A\n-A A -j RETURN\n-A A -j DROP",
}


@pytest.mark.parametrize("text", FILTERING_IPTABLES.values(), ids=FILTERING_IPTABLES.keys())
def test_iptables_filters(text: str) -> None:
    assert look("fw_scan_iptables INPUT", f"{text}\n").returncode == 0


@pytest.mark.parametrize("text", OPEN_IPTABLES.values(), ids=OPEN_IPTABLES.keys())
def test_iptables_lets_all_through(text: str) -> None:
    done = look("fw_scan_iptables INPUT", f"{text}\n")
    assert (done.returncode, done.stderr) == (1, "")
