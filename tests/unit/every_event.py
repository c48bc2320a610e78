"""One example of every event there is, with texts in which hosts may have had a hand."""

from __future__ import annotations

from etcd_tui.apply.events import (
    ActionFinished,
    ActionProgress,
    ActionStarted,
    Checked,
    Diagnosed,
    Drilled,
    DrillStep,
    Event,
    Finished,
    HostFailed,
    HostLine,
    HostProgress,
    MemberStatus,
    Note,
    Planned,
    PlannedAction,
    PlannedStage,
    ProblemFound,
    Proved,
    StageFinished,
    StageStarted,
    Started,
)
from etcd_tui.preflight.check import Check
from etcd_tui.spec.problem import Problem
from etcd_tui.verify.drill import Drill, WriteGap
from etcd_tui.verify.proof import Proof

EVENTS: tuple[Event, ...] = (
    Started("install", "prod", ("etcd1", "etcd2"), "20260101T000000Z-install-abcd", "3.5.30"),
    ProblemFound(Problem("error", "nodes[0].name", "It is no name.", "Write etcd1.", "a.yaml", 7)),
    HostProgress("etcd1", "connecting"),
    HostFailed(
        "etcd1",
        "unknown-host-key",
        "It is new.",
        "why",
        "Compare it.",
        "SHA256:x",
        "ssh-ed25519",
        "[192.0.2.11]:2222",
    ),
    Checked(
        Check(
            "etcd1",
            "disk",
            "there is room",
            "fail",
            "1 MiB",
            "a full disk stops etcd",
            "Make room.",
        )
    ),
    PlannedStage("start", "Start", "together", ("etcd1", "etcd2"), (2, 1), True),
    PlannedAction(
        "configure",
        "etcd1",
        "config",
        "Write it",
        "it differs",
        "--- /a\n+++ /a\n-x\n+y\n",
        ("cat",),
    ),
    Planned(12, ("prepare", "configure")),
    StageStarted("prepare", "Prepare", 1, 4, ("etcd1",)),
    ActionStarted("prepare", "etcd1", "programs", "Install etcd", 3, 15),
    ActionProgress("prepare", "etcd1", "programs", 50, 100),
    ActionFinished(
        "prepare",
        "etcd1",
        "programs",
        "Install etcd",
        "failed",
        1.25,
        "It failed.",
        "why",
        "Do it.",
    ),
    HostLine("etcd1", '{"level":"warn","msg":"slow fdatasync"}', "journal"),
    StageFinished("prepare", "failed"),
    Diagnosed("etcd1", "clock", "The clock is off.", "Set it.", '{"level":"warn"}'),
    Proved(
        Proof(
            "health", "/health is true", False, "not healthy", "etcd1", "curl", "Read the journal."
        )
    ),
    DrillStep("stop", "etcd1", "Stop etcd on etcd1, the leader"),
    Drilled(
        Drill(
            "leader",
            "etcd1",
            "etcd1",
            "etcd2",
            1300,
            (
                WriteGap("etcd2", 1400, 27, 210, 3, True),
                WriteGap("etcd3", 9000, 27, 90, 40, False),
            ),
            2,
            600,
            20,
        )
    ),
    MemberStatus(
        "etcd1",
        "8e9e05c52164694d",
        "3.5.30",
        True,
        False,
        True,
        25 << 20,
        999,
        2,
        42,
        ("NOSPACE",),
        "2031-01-01",
    ),
    Note("The authority's key is there; back it up.", "etcd1", "warning"),
    Finished(
        5,
        "install",
        "prod",
        "It failed.",
        "etcd1",
        "Write it",
        "why",
        "Run it again.",
        1.5,
        7,
        "/r/report.json",
    ),
)
