"""Deploy: before, running, failed, done."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    Diagnosed,
    Event,
    Finished,
    HostLine,
    Note,
    Planned,
    PlannedStage,
    StageFinished,
    StageStarted,
    Started,
)
from etcd_tui.tui.app import WizardApp
from tests.tui.scenes import Scene
from tests.tui.scripted import three_hosts, until, wizard

HOSTS = ("etcd1", "etcd2", "etcd3")
STAGES = (
    PlannedStage("prepare", "Prepare", "together", ("operator", *HOSTS), (2, 3, 3, 3), False),
    PlannedStage("start", "Start", "together", HOSTS, (2, 2, 2), True),
)


def _done(stage: str, host: str, key: str, title: str, number: int, of: int) -> list[Event]:
    return [
        ActionStarted(stage, host, key, title, number, of),
        ActionFinished(stage, host, key, title, "done", 0.4),
    ]


BEGIN: list[Event] = [
    Started("install", "prod", HOSTS, "20261125T100000Z-install-ab12", "3.5.30"),
    *STAGES,
    Planned(17, ("prepare", "start")),
    StageStarted("prepare", "Prepare", 1, 2, ("operator", *HOSTS)),
    *_done("prepare", "operator", "authority", "Make the authority", 1, 2),
    *_done("prepare", "operator", "certificate:etcd1", "Issue the certificate of etcd1", 2, 2),
    *_done("prepare", "etcd1", "user", "Make the user etcd", 1, 5),
    *_done("prepare", "etcd2", "user", "Make the user etcd", 1, 5),
    ActionStarted("prepare", "etcd1", "programs", "Install etcd, etcdctl, etcdutl 3.5.30", 2, 5),
    ActionProgress("prepare", "etcd1", "programs", 9_000_000, 21_000_000),
    ActionStarted("prepare", "etcd3", "user", "Make the user etcd", 1, 5),
]
FAILED: list[Event] = [
    *BEGIN,
    ActionFinished("prepare", "etcd1", "programs", "Install etcd 3.5.30", "done", 1.2),
    *_done("prepare", "etcd3", "user", "Make the user etcd", 1, 5),
    StageFinished("prepare", "done"),
    StageStarted("start", "Start", 2, 2, HOSTS),
    *_done("start", "etcd1", "start", "Start etcd", 4, 5),
    *_done("start", "etcd2", "start", "Start etcd", 4, 5),
    *_done("start", "etcd3", "start", "Start etcd", 4, 5),
    ActionStarted("start", "etcd3", "ready", "Wait for the quorum", 5, 5),
    HostLine("etcd3", "listen tcp 192.0.2.13:2380: bind: address already in use", "etcd"),
    Diagnosed(
        "etcd3", "port-in-use", "port 2380 is held by another process",
        "Find it with: ss -ltnp sport = :2380", "bind: address already in use",
    ),
    ActionFinished(
        "start", "etcd3", "ready", "Wait for the quorum", "failed", 3.0,
        "etcd on etcd3 did not become ready.", "port 2380 is held by another process",
        "Find it with: ss -ltnp sport = :2380",
    ),
    StageFinished("start", "failed"),
    Finished(
        5, "install", "prod", "etcd on etcd3 did not become ready.", "etcd3",
        "Wait for the quorum", "port 2380 is held by another process",
        "Find it with: ss -ltnp sport = :2380", 9.5, 12,
        "/home/ops/.local/state/etcd-tui/prod/runs/20261125T100000Z-install-ab12/report.json",
    ),
]  # fmt: skip
DONE: list[Event] = [
    *BEGIN,
    ActionFinished("prepare", "etcd1", "programs", "Install etcd 3.5.30", "done", 1.2),
    *(e for h in HOSTS for e in _done("start", h, "ready", "Wait for the quorum", 5, 5)),
    StageFinished("start", "done"),
    Note("The authority's key is in /home/ops/.local/state/etcd-tui/prod/pki; back it up."),
    Finished(
        0, "install", "prod", seconds=8.1, changed=17,
        report="/home/ops/.local/state/etcd-tui/prod/runs/20261125T100000Z-install-ab12/report.json",
    ),
]  # fmt: skip


async def begin(pilot: Pilot[Any]) -> None:
    """Press Install and wait until the script was told."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    await pilot.press("f8")
    await until(pilot, lambda: "install" in app.conductor.views)
    view = app.conductor.views["install"]
    await until(pilot, lambda: view.version >= len(BEGIN))
    await pilot.pause()


def _deploy(events: list[Event]) -> WizardApp:
    return wizard(three_hosts(), {"install": events}, start="deploy")


SCENES = {
    "deploy-empty": Scene(lambda: _deploy([])),
    "deploy-running": Scene(lambda: _deploy(BEGIN), begin, picture="6-deploy"),
    "deploy-failed": Scene(lambda: _deploy(FAILED), begin, picture="6-deploy-failed"),
    "deploy-done": Scene(lambda: _deploy(DONE), begin),
}
