"""Trouble between members counts from the last change of either; what was mended does not."""

from __future__ import annotations

import json

import pytest

from etcd_tui.diagnose.journal import records
from etcd_tui.diagnose.suspicious import suspicious
from etcd_tui.observe.facts import Unit
from etcd_tui.remote.transport import Result
from etcd_tui.verify.journal import Heard, hear
from etcd_tui.verify.on_host import prove_host, since_changes
from tests.unit.situations import spec_of

SPEC = spec_of(3)
ETCD1, ETCD2, ETCD3 = SPEC.nodes
NOW = 1_800_000_000.0
RUNS = Unit(load="loaded", active="active", sub="running", enabled="enabled", pid=7)
REJECTED = {
    "level": "warn",
    "msg": "rejected connection on peer endpoint",
    "remote-addr": f"{ETCD3.address}:41000",
    "server-name": "",
    "error": "tls: failed to verify certificate: x509: certificate signed by unknown authority",
}


def entry(at: float, message: dict[str, str] | str) -> str:
    """One line of `journalctl --output=json`."""
    text = message if isinstance(message, str) else json.dumps(message)
    stamp = str(int(at * 1_000_000))
    return json.dumps({"__REALTIME_TIMESTAMP": stamp, "MESSAGE": text, "INVOCATION_ID": "a"})


def journal(*at: float) -> str:
    """A member's journal that tells of its start and of etcd3's refusal at these times."""
    began = entry(NOW - 1000, "Starting etcd.service - etcd key-value store...")
    return "\n".join([began, *(entry(moment, REJECTED) for moment in at)])


def heard(*at: float, started: float | None = 1000.0, changed: float | None = 2000.0) -> Heard:
    return Heard(journal(*at), RUNS, NOW, started, changed)


def test_a_record_knows_when_it_was_written() -> None:
    (_start, refused) = records(journal(NOW - 5.25))
    assert refused.at == pytest.approx(NOW - 5.25)


@pytest.mark.parametrize("stamp", ["", "x", "-5", "²", "9" * 30, 5, None])
def test_a_time_that_is_none_is_unknown(stamp: object) -> None:
    line = json.dumps({"__REALTIME_TIMESTAMP": stamp, "MESSAGE": "hello"})
    assert [record.at for record in records(line)] == [0.0]


def test_what_a_member_did_before_its_last_change_is_no_trouble() -> None:
    members = [node.address for node in SPEC.nodes]
    since = {ETCD3.address: NOW - 100}
    assert suspicious(journal(NOW - 200), members, since) == ()
    assert suspicious(journal(NOW - 50), members, since) != ()


def test_what_lasts_is_told_whatever_was_said_before() -> None:
    assert suspicious(journal(NOW - 200, NOW - 50), (), {ETCD3.address: NOW - 100}) != ()


def test_the_change_of_one_member_excuses_no_other() -> None:
    assert suspicious(journal(NOW - 200), (), {ETCD2.address: NOW - 100}) != ()


def test_a_line_without_a_time_counts() -> None:
    line = json.dumps({"MESSAGE": json.dumps(REJECTED), "INVOCATION_ID": "a"})
    assert suspicious(line, (), {ETCD3.address: NOW}) != ()


async def told(**others: Heard | None) -> bool:
    """Whether the journal of etcd1 is proven, which tells of a refusal 200 seconds ago."""
    own = others.pop("etcd1", heard(NOW - 200))
    proofs = await prove_host(SPEC, ETCD1, {"etcd1": own, **others})
    return next(proof.passed for proof in proofs if proof.key == "journal")


async def test_a_peer_that_was_restarted_since_is_proven() -> None:
    assert await told(etcd2=heard(), etcd3=heard(started=100))


async def test_a_peer_that_got_another_certificate_since_is_proven() -> None:
    assert await told(etcd2=heard(), etcd3=heard(changed=100))


async def test_a_member_that_got_another_certificate_itself_is_proven() -> None:
    own = heard(NOW - 200, changed=100)
    assert await told(etcd1=own, etcd2=heard(), etcd3=heard())


async def test_a_peer_that_has_not_changed_since_is_not_proven() -> None:
    assert not await told(etcd2=heard(started=100), etcd3=heard())


@pytest.mark.parametrize("unknown", [None, heard(started=None, changed=100)])
async def test_a_peer_of_which_nothing_is_known_is_not_excused(unknown: Heard | None) -> None:
    assert not await told(etcd2=heard(), etcd3=unknown)


async def test_clocks_that_differ_between_hosts_do_not_matter() -> None:
    ahead = Heard("", RUNS, NOW + 86400, started=100)
    assert since_changes(SPEC, ETCD1, {"etcd1": heard(), "etcd2": None, "etcd3": ahead}) == {
        ETCD3.address: NOW - 100 + 0.5
    }


class Host:
    """A Transport that prints this."""

    name = "etcd1"

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        self.files: tuple[str, ...] = ()

    async def run(self, script: str, *args: str, timeout: float = 60.0) -> Result:
        self.files = args
        return Result(0, "\n".join(self.lines).encode())


async def test_ages_are_read_from_what_the_host_says() -> None:
    host = Host(
        "ActiveState=active", "SubState=running", "ExecMainStartTimestampMonotonic=90000000",
        "now=1800000000.5", "up=100.25", "changed=1799999990", "changed=1799999980",
        "journal:", journal(NOW),
    )  # fmt: skip
    said = await hear(host, ["/etc/etcd/server.crt"])  # type: ignore[arg-type]
    assert host.files == ("etc/etcd/server.crt",)
    assert (said.unit.active, said.started, said.changed) == ("active", 10.25, 10.5)
    assert said.settled == 10.25
    assert "rejected connection" in said.journal


@pytest.mark.parametrize("now", ["now=", "now=1800000000.%N", "now=what"])
async def test_what_a_host_does_not_say_is_unknown(now: str) -> None:
    said = await hear(Host("ActiveState=active", now, "journal:", ""))  # type: ignore[arg-type]
    assert (said.started, said.changed, said.settled) == (None, None, None)


async def test_a_host_that_cannot_be_asked_has_said_nothing() -> None:
    said = await hear(Host())  # type: ignore[arg-type]
    assert (said.journal, said.unit.active, said.settled) == ("", "inactive", None)


@pytest.mark.parametrize(("at", "told"), [(NOW - 96, False), (NOW - 92, True)])
def test_etcds_prober_may_repeat_for_a_while_what_is_mended(at: float, told: bool) -> None:
    stale = {
        "level": "warn",
        "msg": "prober detected unhealthy status",
        "round-tripper-name": "ROUND_TRIPPER_SNAPSHOT",
        "error": f"Get https://{ETCD3.address}:2380: x509: certificate is valid for 192.0.2.99, "
        f"not {ETCD3.address}",
    }
    began = entry(NOW - 1000, "Starting etcd.service - etcd key-value store...")
    text = f"{began}\n{entry(at, json.dumps(stale))}"
    assert bool(suspicious(text, (), {ETCD3.address: NOW - 100})) is told
