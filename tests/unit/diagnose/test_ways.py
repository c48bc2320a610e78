"""Who cannot reach whom, in which direction, and who stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from etcd_tui.diagnose.diagnosis import Diagnosis
from etcd_tui.diagnose.symptom import Rank
from etcd_tui.diagnose.ways import diagnose_ways, with_ways
from etcd_tui.observe.asking import all_ways
from etcd_tui.observe.facts import Firewall, HostFacts, Listener
from etcd_tui.observe.passage import Outcome, Passage
from etcd_tui.spec.model import HostPreparation

from .journals import three

LISTENING = (Listener(2380, "192.0.2.13", "etcd", 9), Listener(2379, "192.0.2.13", "etcd", 9))
FIREWALLD = Firewall("firewalld", enabled=True)
LETS_IN = replace(FIREWALLD, rules=("192.0.2.12 2380",), persistent_rules=("192.0.2.12 2380",))


def way(outcome: Outcome, said: str = "", port: int = 2380) -> Passage:
    """What became of it when etcd2 tried etcd3."""
    return Passage("etcd2", "etcd3", port, outcome, said)


def etcd3(**facts: object) -> HostFacts:
    return HostFacts("etcd3", **{"listeners": LISTENING, **facts})  # type: ignore[arg-type]


def the_one(tried: Passage, *hosts: HostFacts, **host: str) -> Diagnosis:
    spec = replace(three(), host=HostPreparation(**host)) if host else three()  # type: ignore[arg-type]
    (found,) = diagnose_ways(spec, hosts, [tried])
    assert (found.host, found.about) == ("etcd2", "etcd3")
    assert found.cause.startswith("etcd2 cannot reach etcd3 (192.0.2.13, port 2380): ")
    return found


def test_a_firewall_that_has_no_rule_for_the_member_is_named_with_what_opens_it() -> None:
    found = the_one(way("refused", "Connection refused"), etcd3(firewall=FIREWALLD))
    assert found.cause.endswith("refused; firewalld on etcd3 has no rule that lets etcd2 in.")
    assert found.fix.startswith("Run etcd-tui install, which opens it; or type on etcd3: ")
    assert 'source address="192.0.2.12" port port="2380"' in found.fix
    assert (found.symptom, found.rank) == ("way-refused", Rank.UNREACHED)


def test_where_install_leaves_the_firewall_alone_the_commands_are_to_be_typed() -> None:
    found = the_one(way("silent"), etcd3(firewall=FIREWALLD), firewall="leave")
    assert "no answer; firewalld on etcd3 has no rule" in found.cause
    assert found.fix.startswith("Type on etcd3: firewall-cmd")


def test_a_firewall_with_the_right_rules_is_only_one_suspect() -> None:
    found = the_one(way("silent"), etcd3(firewall=LETS_IN))
    assert found.cause.endswith("firewalld on etcd3, or something between the two, stops it.")
    assert "timeout 3 bash -c '</dev/tcp/192.0.2.13/2380'" in found.fix


@pytest.mark.parametrize("hosts", [(), (etcd3(),)])
def test_without_a_firewall_to_see_the_other_suspects_are_named(
    hosts: tuple[HostFacts, ...],
) -> None:
    found = the_one(way("silent"), *hosts)
    assert found.cause.endswith("on one of them or between them stops it, or etcd3 is down.")


def test_the_sources_own_firewall_is_told_from_the_targets() -> None:
    found = the_one(way("forbidden", "Operation not permitted"), etcd3(firewall=FIREWALLD))
    assert found.cause.endswith(
        "Operation not permitted; a firewall on etcd2 stops what leaves it."
    )
    assert found.fix.startswith("On etcd2, let TCP 2380 out")


def test_what_the_network_says_is_passed_on() -> None:
    found = the_one(way("unreachable", "No route to host"), etcd3())
    assert "): No route to host; " in found.cause
    assert found.evidence == "No route to host"


def test_where_nothing_listens_the_way_is_not_to_blame() -> None:
    found = the_one(way("refused", "Connection refused"), etcd3(listeners=()))
    assert found.cause.endswith("refused; nothing listens there.")
    assert (found.symptom, found.rank) == ("way-closed", Rank.CONSEQUENCE)


def test_open_ways_untried_ones_and_the_clients_port_are_no_trouble() -> None:
    tried = [way("open"), way("untried", "bash"), way("silent", port=2379)]
    assert diagnose_ways(three(), [etcd3()], tried) == ()


def test_every_way_is_tried_by_every_host_that_was_entered_and_nobody_listens_for_it() -> None:
    asked = all_ways(three(), ["etcd1", "etcd3"])
    assert set(asked) == {"etcd1", "etcd3"}
    assert asked["etcd3"].targets == (("etcd1", False), ("etcd2", False))
    assert all(what.sources == () for what in asked.values())
    assert all_ways(replace(three(), nodes=three().nodes[:1]), ["etcd1"]) == {}


# joined with what the journal says


def said(symptom: str, rank: Rank, about: str = "") -> Diagnosis:
    return Diagnosis("etcd2", symptom, "cause", "fix", rank=rank, about=about)


def test_what_was_tried_just_now_takes_the_place_of_the_journals_word_for_it() -> None:
    blocked = the_one(way("silent"), etcd3(firewall=FIREWALLD))
    journal = [
        said("peer-silent", Rank.UNREACHED, "etcd3"),
        said("peer-refused", Rank.UNREACHED, "etcd1"),
        said("no-quorum", Rank.WAITING),
    ]
    found = with_ways("etcd2", journal, [blocked])
    assert [one.symptom for one in found] == ["peer-refused", "way-silent"]


def test_a_cause_of_its_own_comes_before_what_follows_from_it() -> None:
    closed = the_one(way("refused"), etcd3(listeners=()))
    journal = [said("no-quorum", Rank.WAITING), said("disk-full", Rank.STOPPED)]
    found = with_ways("etcd2", journal, [closed])
    assert [one.symptom for one in found] == ["disk-full", "way-closed", "no-quorum"]


def test_a_way_is_told_of_the_member_that_cannot_go_it() -> None:
    blocked = the_one(way("silent"), etcd3())
    assert with_ways("etcd3", (), [blocked]) == ()
