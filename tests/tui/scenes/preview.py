"""Preview: no hosts, planning, a plan, nothing to do, refused."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from etcd_tui.apply.events import Event, Finished, Planned, PlannedAction, PlannedStage, Started
from etcd_tui.tui.app import WizardApp
from tests.tui.scenes import Scene
from tests.tui.scripted import three_hosts, until, wizard

HOSTS = ("etcd1", "etcd2", "etcd3")
_DIFF = """--- /etc/hosts
+++ /etc/hosts
@@ -1 +1,5 @@
 127.0.0.1 localhost
+# etcd-tui prod begin
+192.0.2.11 etcd1
+192.0.2.12 etcd2
+192.0.2.13 etcd3
+# etcd-tui prod end
"""
_BEGIN = Started("plan", "prod", HOSTS, "", "3.5.30")
PLAN: list[Event] = [
    _BEGIN,
    PlannedStage("prepare", "Prepare", "together", ("operator", *HOSTS), (1, 1, 1, 1), False),
    PlannedAction(
        "prepare", "operator", "authority", "Make the authority", "there is none yet", "", ()
    ),
    *(
        PlannedAction(
            "prepare", host, "hosts-file", "Put the members' names into /etc/hosts",
            "the block is not there", _DIFF, ("cat >> /etc/hosts",),
        )
        for host in HOSTS
    ),
    PlannedStage("start", "Start", "together", HOSTS, (1, 1, 1), True),
    *(
        PlannedAction(
            "start", host, "start", "Start etcd", "it is not running", "",
            ("systemctl start --no-block etcd",),
        )
        for host in HOSTS
    ),
    Planned(7, ("prepare", "start")),
    Finished(0, "plan", "prod", seconds=0.8),
]  # fmt: skip
REFUSED: list[Event] = [
    _BEGIN,
    Finished(
        3, "plan", "prod", "2 checks failed; nothing was changed.",
        remedy="Mend what they name, then run this again.",
    ),
]  # fmt: skip
NOTHING: list[Event] = [_BEGIN, Planned(0, ()), Finished(0, "plan", "prod")]


async def planned(pilot: Pilot[Any]) -> None:
    """Wait until the plan was told."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    await until(pilot, lambda: "plan" in app.conductor.views and not app.conductor.busy)


async def planning(pilot: Pilot[Any]) -> None:
    """Wait until the run has begun."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    await until(pilot, lambda: app.conductor.busy)


def _preview(events: list[Event]) -> WizardApp:
    return wizard(three_hosts(), {"plan": events}, start="preview")


SCENES = {
    "preview": Scene(lambda: _preview(PLAN), planned, picture="5-preview"),
    "preview-running": Scene(lambda: _preview([_BEGIN]), planning),
    "preview-failed": Scene(lambda: _preview(REFUSED), planned),
    "preview-done": Scene(lambda: _preview(NOTHING), planned),
    "preview-empty": Scene(lambda: wizard(start="preview")),
}
