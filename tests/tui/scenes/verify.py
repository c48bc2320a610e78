"""Verify: nothing yet, proving, proven, not proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from etcd_tui.apply.events import Drilled, Event, Finished, Proved, Started
from etcd_tui.tui.app import WizardApp
from etcd_tui.verify.drill import Drill, WriteGap
from etcd_tui.verify.proof import Proof
from tests.tui.scenes import Scene, drawn
from tests.tui.scripted import three_hosts, until, wizard

HOSTS = ("etcd1", "etcd2", "etcd3")
_RUN = "/home/ops/.local/state/etcd-tui/prod/runs/20261125T100000Z-verify-ab12/report.json"
_AT = "ETCDCTL_ENDPOINTS=https://192.0.2.11:2379 etcdctl"
_BEGIN = Started("verify", "prod", HOSTS, "20261125T100000Z-verify-ab12", "3.5.30")
_PROOFS = [
    Proof("put", "a key is written", True, "revision 7", "etcd1", f"{_AT} put foo bar"),
    Proof("agreement", "all agree on leader, term and cluster", True,
          "leader etcd2, term 3", "", "etcdctl endpoint status --cluster -w table", leader="etcd2"),
    *(Proof("get", "the key is read through it", True, "foo bar", host, f"{_AT} get foo")
      for host in HOSTS),
    *(Proof("health", "it is healthy", True, '{"health":"true"}', host, "curl …/health")
      for host in HOSTS),
    Proof("members", "the member list is as wanted", True,
          "3 members: etcd1, etcd2, etcd3", "etcd1", f"{_AT} member list"),
]  # fmt: skip
_BAD = Proof(
    "plain", "plain text is refused", False, "it answered", "etcd3",
    "curl http://192.0.2.13:2379/health", "Check ETCD_LISTEN_CLIENT_URLS on etcd3.",
)  # fmt: skip
PROVEN: list[Event] = [
    _BEGIN, *map(Proved, _PROOFS), Finished(0, "verify", "prod", seconds=0.9, report=_RUN),
]  # fmt: skip
RUNNING: list[Event] = [_BEGIN, *map(Proved, _PROOFS[:3])]
FAILED: list[Event] = [
    _BEGIN, *map(Proved, [*_PROOFS, _BAD]),
    Finished(6, "verify", "prod", "1 of 10 proofs failed: plain text is refused", report=_RUN),
]  # fmt: skip


async def verified(pilot: Pilot[Any]) -> None:
    """Press v and wait for what the script tells."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    await pilot.press("v")
    await until(pilot, lambda: "verify" in app.conductor.views)
    await until(pilot, lambda: len(app.conductor.views["verify"].proofs) > 2)
    # A dialog over it would keep what is under it from being laid out.
    await drawn(pilot)


def _verify(events: list[Event]) -> WizardApp:
    return wizard(
        three_hosts(), {"verify": events}, start="verify", root=Path("/tmp/etcd-tui-scenes")
    )


DRILLED: list[Event] = [
    _BEGIN,
    Drilled(
        Drill(
            "leader", "etcd2", "etcd2", "etcd3", 312,
            (WriteGap("etcd1", 420, 8, 512, 2, True), WriteGap("etcd3", 388, 7, 530, 1, True)),
            0, 1710, 20,
        )
    ),
    *map(Proved, _PROOFS),
    Finished(0, "verify", "prod", seconds=6.1, report=_RUN),
]  # fmt: skip


async def ask(pilot: Pilot[Any]) -> None:
    """Prove, then ask for a drill."""
    await verified(pilot)
    await until(pilot, lambda: not pilot.app.conductor.busy)  # type: ignore[attr-defined]
    await pilot.press("d")
    await until(pilot, lambda: bool(pilot.app.screen.query("#follower")))


async def drilled(pilot: Pilot[Any]) -> None:
    """Ask for a drill of the leader and wait for its end."""
    await ask(pilot)
    await pilot.click("#leader")
    app = pilot.app
    assert isinstance(app, WizardApp)
    await until(pilot, lambda: "drill" in app.conductor.views and not app.conductor.busy)


def _drill() -> WizardApp:
    events = {"verify": PROVEN, "drill": DRILLED}
    return wizard(three_hosts(), events, start="verify", root=Path("/tmp/etcd-tui-scenes"))


SCENES = {
    "verify-drill": Scene(_drill, ask),
    "verify-drilled": Scene(_drill, drilled, picture="7-verify-drill"),
    "verify-empty": Scene(lambda: wizard(three_hosts(), start="verify")),
    "verify-running": Scene(lambda: _verify(RUNNING), verified),
    "verify-done": Scene(lambda: _verify(PROVEN), verified, picture="7-verify"),
    "verify-failed": Scene(lambda: _verify(FAILED), verified),
}
