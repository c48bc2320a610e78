"""Firewalls on real hosts: opened to the members only, kept over a boot, taken back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from etcd_tui.observe.facts import Firewall
from etcd_tui.observe.firewall import missing_rules, stale_rules
from etcd_tui.observe.observe import probe_script
from etcd_tui.observe.parse import parse_probe
from etcd_tui.plan.scripts import script_text
from tests.hosts.tree import Tree, difference, host_tree
from tests.lab import HostOptions, Lab, LabHost
from tests.lab.options import FIREWALLS

pytestmark = pytest.mark.lab

KINDS = ("firewalld", "ufw", "nftables", "iptables", "iptables-legacy")
STATE = "/var/lib/etcd-tui"
RELOAD = {
    "firewalld": "firewall-cmd --reload",
    "ufw": "ufw reload",
    "nftables": "systemctl reload nftables",
    "iptables": "systemctl restart netfilter-persistent",
}
RULES = """\
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p {icmp} -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
"""
# Debian's package does this and no more, but the hosts can not fetch it.
PERSISTENT = """\
[Unit]
DefaultDependencies=no
Before=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=iptables-restore /etc/iptables/rules.v4
ExecStart=ip6tables-restore /etc/iptables/rules.v6
[Install]
WantedBy=multi-user.target
"""
LISTEN = """
import socket, time
both = {"family": socket.AF_INET6, "dualstack_ipv6": True}
listeners = [socket.create_server(("::", port), **both) for port in (2379, 2380)]
print("ready", flush=True)
time.sleep(600)
"""
CONNECT = """
import concurrent.futures, json, socket, sys
def reach(one):
    source, address, port = one
    try:
        socket.create_connection((address, port), 0.7, (source, 0)).close()
    except OSError:
        return None
    return source, port
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    print(json.dumps([one for one in pool.map(reach, json.loads(sys.argv[1])) if one]))
"""


@pytest.fixture(scope="module", params=KINDS)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A host on which a firewall lets SSH in and drops the rest, and one with a second address."""
    firewall = request.param if request.param in FIREWALLS else "none"
    hosts = [
        HostOptions(request.param, firewall=firewall),
        HostOptions("member", second_address=True),
    ]
    with Lab.create(hosts=hosts, family="dual") as made:
        yield made


@pytest.fixture
def host(lab: Lab) -> LabHost:
    found = lab.hosts[0]
    found.fresh_disk()
    if found.options.firewall == "none":
        _set_iptables_up(found)
    return found


@pytest.fixture
def member(lab: Lab) -> LabHost:
    return lab.hosts[1]


def _set_iptables_up(host: LabHost) -> None:
    if host.name == "iptables-legacy":
        if host.sh("iptables-legacy -S").returncode != 0:
            pytest.skip("this kernel has no legacy iptables")
        for name in ("iptables", "ip6tables"):
            host.sh(f"update-alternatives --set {name} /usr/sbin/{name}-legacy", check=True)
    (host.root / "etc/iptables").mkdir()
    (host.root / "etc/iptables/rules.v4").write_text(RULES.format(icmp="icmp"))
    (host.root / "etc/iptables/rules.v6").write_text(RULES.format(icmp="ipv6-icmp"))
    (host.root / "etc/systemd/system/netfilter-persistent.service").write_text(PERSISTENT)
    host.sh("systemctl enable --now netfilter-persistent", check=True)


def kind_of(host: LabHost) -> str:
    return host.name.partition("-")[0]


def attempt(
    host: LabHost, name: str, *args: str, before: str = "", shell: str = "sh"
) -> subprocess.CompletedProcess[str]:
    """Run a script as the engine does: umask, locale and the state folder first."""
    text = f"umask 077; LC_ALL=C; export LC_ALL; {before}\n{script_text(name)}"
    return host.exec([shell, "-c", text, "-", STATE, *args])


def do(host: LabHost, name: str, *args: str) -> None:
    done = attempt(host, name, *args)
    assert (done.returncode, done.stderr) == (0, "")


def observe(host: LabHost) -> Firewall:
    # All that the probe asks besides is about etcd's folders.
    done = host.exec(["sh", "-c", probe_script(), "-", *["/nowhere"] * 4, STATE, "", ""])
    assert done.returncode == 0
    return parse_probe(host.name, done.stdout.encode(), 0).firewall


def rules_for(member: LabHost) -> tuple[str, ...]:
    v4, v6 = member.addresses[:2]
    return (f"{v4} 2379", f"{v4} 2380", "198.51.100.0/24 2379", f"{v6} 2379", f"{v6} 2380")


def reached(host: LabHost, member: LabHost) -> set[tuple[str, int]]:
    """Who gets through to which port of the host: (source, port)."""
    with listening(host):
        v4, v6 = host.addresses
        tries = [
            (source, v6 if ":" in source else v4, port)
            for source in member.addresses
            for port in (2379, 2380)
        ]
        done = member.netns_exec([sys.executable, "-c", CONNECT, json.dumps(tries)], check=True)
    return {(source, port) for source, port in json.loads(done.stdout)}


@contextmanager
def listening(host: LabHost) -> Iterator[None]:
    command = ["nsenter", f"--net=/run/netns/{host.netns}", "--", sys.executable, "-c", LISTEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            server.kill()


def allowed(member: LabHost) -> set[tuple[str, int]]:
    return {(source, port) for source in member.addresses[:2] for port in (2379, 2380)}


def tree(host: LabHost) -> Tree:
    """What firewalls and their tools write; the state folder is removed last by uninstall."""
    left_out = (STATE.lstrip("/"), "var/lib/systemd")
    return {
        path: fact
        for path, fact in host_tree(host).items()
        if path.startswith(("etc/", "usr/", "var/lib/")) and not path.startswith(left_out)
    }


def runtime(host: LabHost) -> str:
    """What the kernel filters by, without counters."""
    listed = host.sh("nft list ruleset; iptables -S; ip6tables -S").stdout
    return "\n".join(line.partition(" packets ")[0] for line in listed.splitlines())


@pytest.mark.fault(
    39,
    injected="firewalld, ufw and nftables, active",
    seen="opened to members only, planned with commands, taken back by uninstall",
)
def test_a_firewall_is_opened_to_the_members_only_and_taken_back(
    host: LabHost, member: LabHost
) -> None:
    kind, wanted = kind_of(host), rules_for(member)
    before, filtering = tree(host), runtime(host)
    found = observe(host)
    assert (found.kind, found.enabled, found.rules) == (kind, True, ())
    assert reached(host, member) == set()

    do(host, "firewall_open", kind, *wanted)
    assert reached(host, member) == allowed(member)
    found = observe(host)
    assert set(found.rules) == set(found.persistent_rules) == set(wanted)
    assert missing_rules(found, wanted) == stale_rules(found, wanted) == ()

    opened, opened_runtime = tree(host), runtime(host)
    do(host, "firewall_open", kind, *wanted)
    assert (tree(host), runtime(host)) == (opened, opened_runtime)

    host.sh(RELOAD[kind], check=True)
    assert reached(host, member) == allowed(member)
    host.power_cut()
    host.boot()
    assert observe(host) == found
    assert reached(host, member) == allowed(member)

    fewer = wanted[:2]
    assert stale_rules(found, fewer) == tuple(sorted(wanted[2:]))
    do(host, "firewall_open", kind, *fewer)
    assert set(observe(host).rules) == set(observe(host).persistent_rules) == set(fewer)
    assert reached(host, member) == {(member.addresses[0], 2379), (member.addresses[0], 2380)}

    do(host, "firewall_close", kind)
    assert difference(before, tree(host)) == []
    assert runtime(host) == filtering
    assert reached(host, member) == set()
    assert not (host.root / f"{STATE}/firewall").exists()
    do(host, "firewall_close", kind)
    assert difference(before, tree(host)) == []


def test_a_firewall_is_switched_off_and_on_again(host: LabHost, member: LabHost) -> None:
    kind = kind_of(host)
    before, filtering = tree(host), runtime(host)
    do(host, "firewall_open", kind, *rules_for(member))
    for _ in range(2):
        do(host, "firewall_disable", kind)
        assert observe(host) == Firewall()
    everybody = {(source, port) for source in member.addresses for port in (2379, 2380)}
    assert reached(host, member) == everybody
    host.power_cut()
    host.boot()
    assert observe(host) == Firewall()
    assert reached(host, member) == everybody
    do(host, "firewall_close", kind)
    assert difference(before, tree(host)) == []
    assert runtime(host) == filtering
    assert reached(host, member) == set()


OWN_RULES = {
    "firewalld": "for p in --permanent ''; do firewall-cmd -q $p --add-rich-rule="
    "'rule family=ipv4 source address={source} port port=2379 protocol=tcp accept'; done",
    "ufw": "ufw allow proto tcp from {source} to any port 2379 comment mine",
    "nftables": "sed -i 's/tcp dport 22 accept/&; ip saddr {source} tcp dport 2379 accept/' "
    "/etc/nftables.conf; systemctl reload nftables",
    "iptables": "sed -i 's/^COMMIT/-A INPUT -s {source} -p tcp -m tcp --dport 2379 -j ACCEPT\\n&/' "
    "/etc/iptables/rules.v4; systemctl restart netfilter-persistent",
}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rule_of_the_operators_own_survives(host: LabHost, member: LabHost, when: str) -> None:
    kind, wanted = kind_of(host), rules_for(member)
    # After ours, the same rule is not theirs to add: one for another address is.
    source = member.addresses[0] if when == "before" else member.addresses[2]
    own = OWN_RULES[kind].format(source=source)
    if when == "before":
        host.sh(own, check=True)
        before = tree(host)
    do(host, "firewall_open", kind, *wanted)
    assert missing_rules(observe(host), wanted) == ()
    if when == "after":
        host.sh(own, check=True)
    do(host, "firewall_close", kind)
    assert reached(host, member) == {(source, 2379)}
    assert stale_rules(observe(host), ()) == ()
    if when == "before":
        assert difference(before, tree(host)) == []
    host.sh(RELOAD[kind], check=True)
    assert reached(host, member) == {(source, 2379)}


@pytest.mark.parametrize("name", ["firewall_open", "firewall_disable"])
def test_killed_anywhere_and_run_again(host: LabHost, member: LabHost, name: str) -> None:
    kind = kind_of(host)
    args = rules_for(member) if name == "firewall_open" else ()
    before, filtering = tree(host), runtime(host)
    steps = ((name, args), ("firewall_close", ()))
    commands = [count(host, step, kind, *more) for step, more in steps]
    # Their tools take a second for a change.
    points = 3 if kind in {"firewalld", "ufw"} else 6
    for point in range(points):
        for (step, more), total in zip(steps, commands, strict=True):
            # More is going on towards the end of each.
            number = int(total * ((point + 1) / (points + 1)) ** 0.5)
            kill = f"[ $((went += 1)) -ne {number} ] || kill -KILL $$"
            kill = f"set -T; went=0; trap '{kill}' DEBUG"
            done = attempt(host, step, kind, *more, before=kill, shell="bash")
            assert done.returncode == -9
            do(host, step, kind, *more)
            if step == "firewall_open":
                assert missing_rules(observe(host), args) == ()
            elif step == "firewall_disable":
                assert observe(host) == Firewall()
        assert difference(before, tree(host)) == []
        assert runtime(host) == filtering


def count(host: LabHost, name: str, *args: str) -> int:
    """Run a script and return how many commands the shell itself goes through."""
    tell = "set -T; went=0; trap 'went=$((went + 1)); echo $went >/run/commands' DEBUG"
    done = attempt(host, name, *args, before=tell, shell="bash")
    assert done.returncode == 0
    return int(host.sh("cat /run/commands", check=True).stdout)
