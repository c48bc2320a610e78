"""Who tries whom, what both ends' words make of a way, and the check that names it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etcd_tui.observe.asking import ALL, LOAD, NEXT, Asked, asking, patience
from etcd_tui.observe.facts import Firewall, Listener, Unit
from etcd_tui.observe.passage import Passage
from etcd_tui.observe.peers import Came, Heard, parse_peers, passages
from etcd_tui.observe.situation import Situation
from etcd_tui.plan.install import plan_install
from etcd_tui.preflight.check import Check
from etcd_tui.preflight.preflight import preflight
from etcd_tui.spec.model import ClusterSpec, HostPreparation, Node
from tests.unit.situations import World, installed, spec_of, with_host

SPEC = spec_of()
BARE = World(SPEC).situation()
INSTALLED = installed(SPEC, plan_install).situation()
A, B, C = "192.0.2.11", "192.0.2.12", "192.0.2.13"

SOCKETS = """\
open 192.0.2.12 2379
said 192.0.2.13 2380 Connection refused
sockets
LISTEN     1      4096   192.0.2.11:2379   0.0.0.0:*
\t bbr cwnd:10 unacked:1
LISTEN     0      4096   192.0.2.11:2380   0.0.0.0:*
CLOSE-WAIT 20001  0      192.0.2.11:2379 192.0.2.12:50196
\t cubic wscale:7,7 rto:204 rtt:0.523/0.26 ato:40 mss:1448 pmtu:1500 minrtt:0.4
ESTAB      1448   0      192.0.2.11:2380 192.0.2.13:50082
\t cubic rtt:12/6
ESTAB      20000  0      192.0.2.99:2380 192.0.2.13:50082
SYN-RECV   0      0      192.0.2.11:2380 192.0.2.13:50083
"""


# who tries whom


def test_on_bare_hosts_everybody_tries_and_expects_everybody() -> None:
    asked = asking(SPEC, BARE.hosts)
    assert set(asked) == {"etcd1", "etcd2", "etcd3"}
    assert asked["etcd2"] == Asked((("etcd1", True), ("etcd3", True)), (), ("etcd1", "etcd3"))


@pytest.mark.parametrize(("count", "each"), [(ALL, ALL - 1), (ALL + 1, NEXT), (100, NEXT)])
def test_each_tries_as_many_as_try_it_and_of_a_crowd_only_some(count: int, each: int) -> None:
    spec = spec_of(count)
    asked = asking(spec, World(spec).situation().hosts)
    assert len(asked) == count
    for name, what in asked.items():
        tried = {target for target, _waits in what.targets}
        assert len(tried) == len(what.sources) == each
        assert name not in tried
        assert all(name in asked[target].sources for target in tried)


def test_members_of_a_quorum_are_not_asked_again() -> None:
    assert asking(SPEC, INSTALLED.hosts) == {}
    assert asking(spec_of(1), World(spec_of(1)).situation().hosts) == {}


def test_a_member_that_is_down_tries_the_running_ones_and_listens_for_them() -> None:
    world = installed(SPEC, plan_install)
    world.hosts["etcd2"].process, world.hosts["etcd2"].ready = None, False
    asked = asking(SPEC, world.situation().hosts)
    assert asked["etcd2"] == Asked((("etcd1", False), ("etcd3", False)), (), ("etcd1", "etcd3"))
    assert asked["etcd1"] == Asked((("etcd2", True),))


def test_a_host_whose_ports_are_taken_or_that_has_no_listener_is_tried_all_the_same() -> None:
    cases: list[dict[str, object]] = [
        {"listeners": (Listener(2379, "*", "nginx", 7),)},
        {"helpers": ("bash",)},
        {"unit": Unit("loaded", "activating", "auto-restart")},
    ]
    for changes in cases:
        asked = asking(SPEC, with_host(BARE, "etcd2", **changes).hosts)
        assert dict(asked["etcd1"].targets) == {"etcd2": False, "etcd3": True}
        assert asked["etcd2"].sources == ()


def test_a_firewall_that_install_opens_is_not_run_against() -> None:
    hosts = with_host(BARE, "etcd2", firewall=Firewall("ufw")).hosts
    asked = asking(SPEC, hosts)
    assert asked["etcd1"] == Asked((("etcd3", True),), (("etcd2", "ufw"),), ("etcd2", "etcd3"))
    leave = spec_of(host=HostPreparation(firewall="leave"))
    assert dict(asking(leave, hosts)["etcd1"].targets) == {"etcd2": True, "etcd3": True}
    disable = spec_of(host=HostPreparation(firewall="disable"))
    assert asking(disable, hosts)["etcd1"].closed == (("etcd2", "ufw"),)


@pytest.mark.parametrize(("slowest", "seconds"), [(0.1, 3), (0.6, 4), (5.0, 13), (99.0, 30)])
def test_who_was_slow_to_answer_is_waited_for(slowest: float, seconds: int) -> None:
    assert patience(with_host(BARE, "etcd2", answered_in=slowest).hosts) == seconds


# what they said


def test_the_words_and_sockets_of_a_host_are_read() -> None:
    heard = parse_peers(SOCKETS.encode(), A)
    assert heard.opened == {(B, 2379)}
    assert heard.said == (((C, 2380), "Connection refused"),)
    assert heard.listened == {2379, 2380}
    assert heard.came == (Came(2379, B, 20001, 0.523), Came(2380, C, 1448, 12.0))


def test_ipv6_sockets_are_read() -> None:
    output = (
        "open 2001:db8::12 2380\nsockets\n"
        "ESTAB 20000 0 [2001:db8::11]:2380 [2001:DB8:0::12]:50196\n\t rtt:0.1/0.05\n"
    )
    heard = parse_peers(output.encode(), "2001:db8::11")
    assert heard.opened == {("2001:db8::12", 2380)}
    assert heard.came == (Came(2380, "2001:db8::12", 20000, 0.1),)


@given(st.binary())
def test_any_bytes_are_heard(output: bytes) -> None:
    assert isinstance(parse_peers(output, A), Heard)


words = st.sampled_from(
    ["open", "said", "missing", "sockets", "ESTAB", "LISTEN", "\t rtt:", "9" * 30, "٣", A,
     f"{A}:2380", f"[{A}]:99999", "2380", "-1", "Connection refused", "\r", "\x1b[2J"]
)  # fmt: skip


@given(st.lists(st.lists(words).map(" ".join)))
def test_lines_of_known_words_in_any_order_are_heard(lines: list[str]) -> None:
    heard = parse_peers("\n".join(lines).encode(), A)
    assert all(came.port >= 0 for came in heard.came)


def way_of(here: Heard, there: Heard, *, situation: Situation = BARE, port: int = 2380) -> Passage:
    """The way from etcd1 to etcd2 when the two said this, and etcd3 nothing."""
    hosts = situation.hosts
    heard = {"etcd1": here, "etcd2": there, "etcd3": Heard()}
    found = passages(SPEC, hosts, asking(SPEC, hosts), heard)
    return next(p for p in found if (p.source, p.target, p.port) == ("etcd1", "etcd2", port))


OPENED = Heard(frozenset({(B, 2379), (B, 2380)}))
LISTENED = Heard(listened=frozenset({2379, 2380}))


def came(source: str = A, arrived: int = LOAD, rtt: float = 0.5) -> Heard:
    return replace(LISTENED, came=(Came(2380, source, arrived, rtt),))


def test_a_way_that_both_ends_saw_is_open_and_measured() -> None:
    assert way_of(OPENED, came()) == Passage("etcd1", "etcd2", 2380, "open", "", True, A, True, 0.5)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Connection refused", "refused"),
        ("Connection timed out", "silent"),
        ("No route to host", "unreachable"),
        ("Network is unreachable", "unreachable"),
        ("Operation not permitted", "forbidden"),
        ("Permission denied", "forbidden"),
        ("Überraschung", "unreachable"),
        ("", "silent"),
    ],
)
def test_the_kernels_words_have_a_meaning(said: str, outcome: str) -> None:
    way = way_of(Heard(said=(((B, 2380), said),)), LISTENED)
    assert (way.outcome, way.said, way.listened) == (outcome, said, True)


def test_who_says_nothing_of_a_way_got_no_answer_there() -> None:
    assert way_of(Heard(), LISTENED).outcome == "silent"
    assert way_of(Heard(missing="bash"), LISTENED) == Passage(
        "etcd1", "etcd2", 2380, "untried", "bash", True
    )


def test_an_open_way_counts_also_after_early_refusals() -> None:
    way = way_of(replace(OPENED, said=(((B, 2380), "Connection refused"),)), came())
    assert (way.outcome, way.said) == ("open", "")


def test_what_did_not_arrive_whole_was_swallowed() -> None:
    assert way_of(OPENED, came(arrived=1448)).delivered is False


def test_a_translated_address_is_one_that_belongs_to_nobody_else() -> None:
    assert way_of(OPENED, came("10.0.0.7")).seen_from == "10.0.0.7"
    assert way_of(OPENED, came(C)).seen_from == ""
    second = with_host(BARE, "etcd1", addresses=(A, "192.0.2.111"))
    assert way_of(OPENED, came("192.0.2.111"), situation=second).seen_from == "192.0.2.111"


def test_where_nobody_listens_for_us_nothing_is_known_but_the_answer() -> None:
    deaf = with_host(BARE, "etcd2", helpers=())
    way = way_of(Heard(said=(((B, 2380), "Connection refused"),)), Heard(), situation=deaf)
    assert way == Passage("etcd1", "etcd2", 2380, "refused", "Connection refused")


def test_ways_come_in_the_order_of_the_answers() -> None:
    hosts = with_host(BARE, "etcd1", firewall=Firewall("ufw")).hosts
    asked = asking(SPEC, hosts)
    found = passages(SPEC, hosts, asked, dict.fromkeys(asked, Heard()))
    names = [(p.source, p.target) for p in found[::2]]
    pairs = "12 13 21 23 31 32"
    assert names == [(f"etcd{a}", f"etcd{b}") for a, b in pairs.split()]
    assert [p.said for p in found if p.target == "etcd1"] == ["ufw"] * 4


# what is made of it


def checks_of(*ways: Passage, spec: ClusterSpec = SPEC) -> list[Check]:
    checks = preflight(spec, replace(BARE, passages=ways))
    return [check for check in checks if check.key.partition(":")[0] == "peers"]


def ways(outcome: str = "open", **changes: object) -> list[Passage]:
    """The ways of etcd1 to both others, all well; the one to port 2380 of etcd2 changed."""
    good = [
        Passage("etcd1", target, port, "open", "", True, A, True, 0.25)
        for target in ("etcd2", "etcd3")
        for port in (2379, 2380)
    ]
    good[1] = replace(good[1], outcome=outcome, **changes)  # type: ignore[arg-type]
    return good


def test_a_member_that_reaches_all_others_is_one_line() -> None:
    (check,) = checks_of(*ways(rtt_ms=1.5))
    assert (check.host, check.key, check.status) == ("etcd1", "peers", "pass")
    assert check.found == "etcd2, etcd3 on 2379 and 2380; round trip at most 1.50 ms, to etcd2"


FAULTS: dict[str, tuple[list[Passage], str, str]] = {
    "silent": (ways("silent"), "no answer from 192.0.2.12, port 2380", "192.0.2.11 reach"),
    "refused": (
        ways("refused", said="Connection refused"), "although etcd2 listens there", "2380'",
    ),
    "no route": (
        ways("unreachable", said="No route to host"),
        "192.0.2.12, port 2380: No route to host",
        "ip route get 192.0.2.12",
    ),
    "not let out": (
        ways("forbidden", said="Operation not permitted"),
        "etcd1 may not send to 192.0.2.12, port 2380: Operation not permitted",
        "On etcd1, let TCP 2380 out",
    ),
    "swallowed": (ways(delivered=False), "large packets do not arrive", "ping -M do -s 1472"),
    "another machine": (
        ways(seen_from="", delivered=None), "etcd2 saw no connection", "ip neigh show 192.0.2.12",
    ),
    "translated": (ways(seen_from="10.0.0.7"), "come from 10.0.0.7", "sans of etcd1"),
}  # fmt: skip


@pytest.mark.parametrize(("tried", "found", "fix"), FAULTS.values(), ids=FAULTS.keys())
def test_a_way_that_fails_is_named_with_its_ends(
    tried: list[Passage], found: str, fix: str
) -> None:
    (check,) = checks_of(*tried)
    assert (check.host, check.key, check.status) == ("etcd1", "peers:etcd2", "fail")
    assert found in check.found
    assert fix in check.fix
    assert check.why


def test_two_ports_that_fail_alike_are_one_check() -> None:
    both = [replace(way, outcome="silent") for way in ways()[:2]]
    (check,) = checks_of(*both, *ways()[2:])
    assert "port 2379, 2380" in check.found


def test_both_directions_are_told_apart() -> None:
    back = [replace(way, source="etcd2", target="etcd1") for way in ways("silent")[:2]]
    there, here = checks_of(*ways(), *back)
    assert (there.host, there.key, there.status) == ("etcd1", "peers", "pass")
    assert (here.host, here.key, here.status) == ("etcd2", "peers:etcd1", "fail")


def test_a_refusal_where_nothing_listens_is_an_answer() -> None:
    (check,) = checks_of(*ways("refused", listened=False, seen_from="", delivered=None))
    assert check.status == "pass"
    assert "the port is free" in check.found


def test_a_firewall_that_install_opens_is_no_fault_and_is_told() -> None:
    tried = [replace(w, outcome="untried", said="ufw", rtt_ms=0.0) for w in ways()[:2]]
    (check,) = checks_of(*tried, *ways()[2:])
    assert check.status == "pass"
    assert "ufw on etcd2 is closed until install opens it" in check.found


def test_a_host_that_cannot_try_is_a_warning() -> None:
    (check,) = checks_of(*(replace(way, outcome="untried", said="bash") for way in ways()))
    assert (check.status, check.key) == ("warn", "peers")
    assert "bash is missing" in check.found


def test_an_address_that_the_certificate_names_may_be_seen() -> None:
    nodes = (Node("etcd1", A, sans=("10.0.0.7",)), Node("etcd2", B), Node("etcd3", C))
    (check,) = checks_of(*ways(seen_from="10.0.0.7"), spec=replace(SPEC, nodes=nodes))
    assert check.status == "pass"
