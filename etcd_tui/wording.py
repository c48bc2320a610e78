"""Events as lines of text: one wording for the terminal, the pipe and log.txt."""

from __future__ import annotations

from etcd_tui.apply.events import (
    ActionFinished,
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
    StageStarted,
    Started,
)
from etcd_tui.errors import Exit
from etcd_tui.i18n import _
from etcd_tui.marks import SIGNS, Marks
from etcd_tui.preflight.check import Check
from etcd_tui.spec.problem import Problem
from etcd_tui.verify.drill import Drill


def lines(event: Event, marks: Marks = SIGNS) -> list[str]:  # noqa: PLR0911, PLR0912 - one case an event
    """Return the lines that tell `event` to a person; none for what is only for machines."""
    match event:
        case Started():
            return [
                _("{verb} {cluster}: {hosts}").format(
                    verb=event.verb, cluster=event.cluster, hosts=", ".join(event.hosts)
                )
            ]
        case ProblemFound(problem):
            return _problem(problem, marks)
        case HostFailed():
            return _labelled(
                f"{marks.bad} {event.host}: {event.what}", event.cause, event.remedy, marks
            )
        case HostProgress(host, "reconnecting"):
            return [f"{marks.warn} {host}: " + _("the connection was lost; connecting again")]
        case Checked(check):
            return _check(check, marks)
        case PlannedStage():
            return _planned_stage(event, marks)
        case PlannedAction():
            # A new file says enough by its name; of a changed one the lines matter.
            changes = event.preview if event.preview.startswith("--- /") else ""
            shown = [] if changes.startswith("--- /dev/null") else changes.splitlines()
            return [
                f"  {event.host}: {event.title} ({event.reason})",
                *(f"      {line}" for line in shown),
            ]
        case Planned(0):
            return [f"{marks.good} " + _("Nothing to do.")]
        case Planned(count, stages):
            # Which ones they are was told, by their titles, before.
            return [_("{n} actions; stages: {k}").format(n=count, k=len(stages))]
        case StageStarted():
            return [f"{marks.arrow} [{event.number}/{event.of}] {event.title}"]
        case ActionFinished():
            return _finished_action(event, marks)
        case HostLine(host, text, source):
            return [f"  {host} {source} | {text}"]
        case Diagnosed():
            shown = [f"{marks.warn} {event.host}: {event.cause}"]
            if event.evidence:
                shown.append(f"    {event.evidence[:300]}")
            return [*shown, f"    {marks.arrow} {event.fix}"]
        case Proved(proof):
            mark = marks.good if proof.passed else marks.bad
            who = f"{proof.member}: " if proof.member else ""
            shown = [f"{mark} {who}{proof.title}: {proof.found}"]
            if proof.command:
                shown.append(f"      $ {proof.command}")
            if proof.fix:
                shown.append(f"    {marks.arrow} {proof.fix}")
            return shown
        case DrillStep():
            return [f"{marks.arrow} {event.text}"]
        case Drilled(drill):
            return drilled(drill, marks)
        case MemberStatus():
            return [_member(event, marks)]
        case Note():
            mark = f"{marks.warn} " if event.level == "warning" else ""
            return [f"{mark}{event.host + ': ' if event.host else ''}{event.text}"]
        case Finished():
            return _finished(event, marks)
        case _:
            return []


def _problem(problem: Problem, marks: Marks) -> list[str]:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    mark = marks.bad if problem.severity == "error" else marks.warn
    head = f"{mark} {place}: " if place else f"{mark} "
    key = f"{problem.key}: " if problem.key else ""
    return _labelled(f"{head}{key}{problem.what}", "", problem.fix, marks)


def _check(check: Check, marks: Marks) -> list[str]:
    mark = {"pass": marks.good, "warn": marks.warn, "fail": marks.bad}[check.status]
    who = f"{check.host}: " if check.host else ""
    return _labelled(f"{mark} {who}{check.title}: {check.found}", check.why, check.fix, marks)


def _planned_stage(event: PlannedStage, marks: Marks) -> list[str]:
    head = (
        _("{stage}: {n} actions on {hosts}, one by one")
        if event.mode == "one-by-one"
        else _("{stage}: {n} actions on {hosts}, together")
    ).format(stage=event.title, n=sum(event.actions), hosts=", ".join(event.hosts))
    shown = [f"{marks.arrow} {head}"]
    if event.point_of_no_return:
        shown.append(
            f"{marks.warn} "
            + _("Point of no return: up to here no member was started, restarted or stopped.")
        )
    return shown


def _labelled(head: str, cause: str, remedy: str, marks: Marks) -> list[str]:
    shown = [head]
    if cause:
        shown.append("    " + _("Why: {cause}").format(cause=cause))
    if remedy:
        shown.append(f"    {marks.arrow} {remedy}")
    return shown


def _finished_action(event: ActionFinished, marks: Marks) -> list[str]:
    if event.outcome == "done":
        return [f"  {marks.good} {event.host}: {event.title} ({event.seconds:.1f} s)"]
    return _labelled(f"  {marks.bad} {event.host}: {event.what}", event.cause, event.remedy, marks)


def drilled(drill: Drill, marks: Marks) -> list[str]:
    """Return what a drill measured: who led, the gap of each member, what came back."""

    def line(well: bool, text: str) -> str:
        return f"{marks.good if well else marks.bad} {text}"

    if not drill.leader_after:
        led = _("no leader was elected")
    elif drill.election_ms is None:
        led = _("{leader} went on leading").format(leader=drill.leader_after)
    else:
        led = _("{leader} leads after {n} ms (measured every {poll} ms)").format(
            leader=drill.leader_after, n=drill.election_ms, poll=drill.poll_ms
        )
    happened = {
        "leader": _("{member}, the leader, was stopped in good order: {led}"),
        "follower": _("{member}, a follower, was stopped: {led}"),
        "crash": _("{member}, the leader, was killed: {led}"),
    }[drill.target].format(member=drill.member, led=led)
    shown = [line(bool(drill.leader_after), happened)]
    for gap in drill.gaps:
        text = _("{member}: at most {gap} ms between two writes (usually {usual} ms)")
        counts = _("{n} acknowledged, {failed} given up and tried again")
        shown.append(
            line(
                gap.recovered,
                text.format(member=gap.member, gap=gap.gap_ms, usual=gap.usual_ms)
                + "; "
                + counts.format(n=gap.acknowledged, failed=gap.failed),
            )
        )
    lost = _("no acknowledged write was lost")
    if drill.lost is None:
        lost = _("what was written could not be read back")
    elif drill.lost:
        lost = _("acknowledged writes that were lost: {n}").format(n=drill.lost)
    shown.append(line(drill.lost == 0, lost))
    if drill.came_back_ms is None:
        back = _("{member}: it did not answer after its start").format(member=drill.member)
    else:
        back = _("{member}: back in the quorum {n} ms after its start").format(
            member=drill.member, n=drill.came_back_ms
        )
    return [*shown, line(drill.came_back_ms is not None, back)]


def _member(event: MemberStatus, marks: Marks) -> str:
    role = _("leader") if event.leader else _("learner") if event.learner else _("follower")
    health = f"{marks.good} " + _("healthy") if event.healthy else f"{marks.bad} " + _("sick")
    return "  ".join(
        (
            health,
            event.host,
            event.member,
            f"etcd {event.version}",
            role,
            _("term {n}").format(n=event.raft_term),
            _("{used} of {size} in use").format(
                used=_size(event.db_in_use), size=_size(event.db_size)
            ),
            _("alarms: {names}").format(names=", ".join(event.alarms) or _("none")),
            _("certificate until {date}").format(date=event.certificate_expires),
        )
    )


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count // 1024} KiB"


def _finished(event: Finished, marks: Marks) -> list[str]:
    shown = []
    if event.exit in (Exit.DONE, Exit.TO_DO):
        shown.append(f"{marks.good} {_ended_well(event)}")
    else:
        where = " ".join(f"{part}:" for part in (event.host, event.step) if part)
        head = f"{marks.bad} {where} {event.what}" if where else f"{marks.bad} {event.what}"
        shown += _labelled(head, event.cause, event.remedy, marks)
    if event.report:
        shown.append(_("Report: {path}").format(path=event.report))
    return shown


def _ended_well(event: Finished) -> str:
    seconds = f"{event.seconds:.1f}"
    match event.verb:
        case "install":
            return _("The cluster {name} is installed and proven ({n} changes, {s} s).").format(
                name=event.cluster, n=event.changed, s=seconds
            )
        case "verify":
            return _("The cluster {name} is proven ({s} s).").format(name=event.cluster, s=seconds)
        case "uninstall":
            return _("The cluster {name} is removed ({n} changes, {s} s).").format(
                name=event.cluster, n=event.changed, s=seconds
            )
        case "diagnose":
            return _("Nothing wrong was found with the cluster {name} ({s} s).").format(
                name=event.cluster, s=seconds
            )
        case "check":
            return _("Ready to install ({s} s).").format(s=seconds)
        case _:
            return _("Done ({s} s).").format(s=seconds)


def started_line(event: ActionStarted) -> str:
    """Return what a host is doing now, for the live display."""
    return f"{event.number}/{event.of} {event.title}"
