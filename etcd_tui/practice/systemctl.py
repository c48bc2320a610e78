"""systemctl: the calls that the installer makes, and those that a curious person tries."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

from etcd_tui.practice.answer import Answer, refused, said, unknown
from etcd_tui.practice.disk import Disk
from etcd_tui.practice.service import Service
from etcd_tui.practice.transient import transient
from etcd_tui.practice.words import Words, WordsError

_FLAGS = frozenset(
    {"--no-block", "-q", "--quiet", "--now", "--no-pager", "--system", "--value", "-l", "--full"}
    | {"--no-reload", "--no-legend", "--plain", "--no-ask-password", "-f", "--force", "-a", "--all"}
)
_VALUES = {
    "-p": "property",
    "--property": "property",
    "-s": "signal",
    "--signal": "signal",
    "--kill-whom": "whom",
    "--kill-who": "whom",
    "-n": "lines",
    "--lines": "lines",
}
_ABOUT_ALL = {
    "daemon-reload": "",
    "is-system-running": "running",
    "show-environment": "LANG=C.UTF-8",
}
_NOT_RUNNING = 3
_NO_SUCH_UNIT = 5
_NO_UNIT_STATUS = 4


class Systemctl:
    """Answers for the units of one host; `service` gives a unit by its whole name."""

    def __init__(
        self, disk: Disk, service: Callable[[str], Service], known: Callable[[], list[Service]]
    ) -> None:
        self._disk = disk
        self._service = service
        self._known = known
        self._background: set[asyncio.Task[None]] = set()

    async def answer(self, argv: list[str]) -> Answer:
        """Do what `systemctl` with these arguments does."""
        try:
            words = Words.read(argv, _FLAGS, _VALUES)
        except WordsError as error:
            return unknown(str(error))
        verb, *names = words.rest or ("",)
        if verb == "daemon-reload":
            self._reload()
        if verb in _ABOUT_ALL:
            return said(_ABOUT_ALL[verb])
        verbs = {
            "show": self._show,
            "status": self._status,
            "cat": self._cat,
            "is-active": self._is_active,
            "is-failed": self._is_failed,
            "is-enabled": self._is_enabled,
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
            "try-restart": self._restart,
            "kill": self._kill,
            "enable": self._enable,
            "disable": self._disable,
            "reset-failed": self._reset,
        }
        if verb not in verbs:
            return unknown(f"systemctl {verb}".rstrip())
        if not names:
            return refused(f"systemctl {verb}: no unit is named")
        answers = []
        for name in names:
            service = self._service(name if "." in name else f"{name}.service")
            service.look()
            answers.append(await verbs[verb](service, words))
        worst = max(answer.status for answer in answers)
        return Answer(
            worst, b"".join(a.out for a in answers), b"".join(a.err for a in answers)
        )  # fmt: skip

    async def run(self, argv: list[str]) -> Answer:
        """Do what `systemd-run` does: make a unit of a command, start it, and return."""
        try:
            name, text = transient(argv, str(self._disk.programs))
        except WordsError as error:
            return unknown(str(error))
        service = self._service(name)
        service.look()
        if service.load != "not-found":
            return refused(
                f"Failed to start transient service unit: Unit {name} was already loaded."
            )
        service.write_transient(text)
        await service.start()
        return await self._outcome(service, frozenset())

    async def _show(self, service: Service, words: Words) -> Answer:
        wanted = [name for group in words.all("property") for name in group.split(",")]
        there = properties(service)
        # In systemd's own order, whatever the order of the question.
        chosen = {k: v for k, v in there.items() if not wanted or k in wanted}
        if words.has("--value"):
            return said("\n".join(chosen.values()))
        return said("\n".join(f"{name}={value}" for name, value in chosen.items()))

    async def _status(self, service: Service, _words: Words) -> Answer:
        if service.load == "not-found":
            return refused(f"Unit {service.name} could not be found.", _NO_UNIT_STATUS)
        since = time.strftime("%F %T", time.localtime(service.since)) if service.since else "-"
        lines = [
            f"{service.name} - {service.unit.description} (practice host)",
            f"     Loaded: {service.load} ({service.fragment}; {service.enabled})",
            f"     Active: {service.active} ({service.sub}) since {since}",
        ]
        if service.pid:
            lines.append(f"   Main PID: {service.pid}")
        if service.unit.not_applied:
            lines.append(f"Not applied: {', '.join(service.unit.not_applied)}")
        return said("\n".join(lines), 0 if service.active == "active" else _NOT_RUNNING)

    async def _cat(self, service: Service, _words: Words) -> Answer:
        if service.load == "not-found":
            return refused(f"No files found for {service.name}.")
        return said(f"# {service.fragment}\n{service.text}".rstrip("\n"))

    async def _is_active(self, service: Service, words: Words) -> Answer:
        text = "" if words.has("-q", "--quiet") else service.active
        return said(text, 0 if service.active == "active" else _NOT_RUNNING)

    async def _is_failed(self, service: Service, words: Words) -> Answer:
        text = "" if words.has("-q", "--quiet") else service.active
        return said(text, 0 if service.active == "failed" else 1)

    async def _is_enabled(self, service: Service, words: Words) -> Answer:
        text = "" if words.has("-q", "--quiet") else service.enabled or "not-found"
        return said(text, 0 if service.enabled == "enabled" else 1)

    async def _start(self, service: Service, words: Words) -> Answer:
        if problem := _not_startable(service):
            return problem
        await service.start()
        return await self._outcome(service, words.flags)

    async def _restart(self, service: Service, words: Words) -> Answer:
        if problem := _not_startable(service):
            return problem
        if words.has("--no-block"):
            task = asyncio.create_task(service.restart())
            self._background.add(task)
            task.add_done_callback(self._background.discard)
            # The job is queued when this answer is given, as with systemd.
            await asyncio.sleep(0)
            return Answer(0)
        await service.restart()
        return await self._outcome(service, words.flags)

    async def _outcome(self, service: Service, flags: frozenset[str]) -> Answer:
        if "--no-block" in flags or await service.settled():
            return Answer(0)
        return refused(
            f"Job for {service.name} failed.\n"
            f'See "systemctl status {service.name}" and "journalctl -u {service.name}".'
        )

    async def _stop(self, service: Service, words: Words) -> Answer:
        if service.load == "not-found" and not service.alive:
            text = f"Failed to stop {service.name}: Unit {service.name} not loaded."
            return refused(text, _NO_SUCH_UNIT)
        await service.stop()
        return Answer(0)

    async def _kill(self, service: Service, words: Words) -> Answer:
        name = words.one("signal").upper().removeprefix("SIG") or "TERM"
        number = getattr(signal, f"SIG{name}", None)
        if name.isdecimal() and int(name) in set(signal.Signals):
            number = signal.Signals(int(name))
        if not isinstance(number, signal.Signals):
            return refused(f"Failed to parse signal string {name}.")
        if service.process is None:
            return refused(f"Failed to kill unit {service.name}: No main process to kill")
        service.process.kill(number)
        return Answer(0)

    async def _enable(self, service: Service, words: Words) -> Answer:
        if service.load == "not-found":
            text = f"Failed to enable unit: Unit file {service.name} does not exist."
            return refused(text)
        lines = []
        for target in service.unit.wanted_by:
            link = self._link(service, target)
            if not link.is_symlink():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(service.fragment)
                shown = str(link).removeprefix(str(self._disk.root))
                lines.append(f"Created symlink {shown} -> {service.fragment}.")
        self._reload()
        text = "" if words.has("-q", "--quiet") else "\n".join(lines)
        err = f"{text}\n".encode() if text else b""
        if words.has("--now"):
            return await self._start(service, words)
        return Answer(0, err=err)

    async def _disable(self, service: Service, words: Words) -> Answer:
        if service.load == "not-found":
            text = f"Failed to disable unit: Unit file {service.name} does not exist."
            return refused(text)
        for link in service.wants:
            link.unlink()
        self._reload()
        if words.has("--now"):
            await service.stop()
        return Answer(0)

    async def _reset(self, service: Service, _words: Words) -> Answer:
        if service.load == "not-found" and service.active != "failed":
            text = f"Failed to reset failed state of unit {service.name}: not loaded."
            return refused(text)
        service.reset()
        return Answer(0)

    def _reload(self) -> None:
        for service in self._known():
            service.reload()

    def _link(self, service: Service, target: str) -> Path:
        return Path(self._disk.inside(f"/etc/systemd/system/{target}.wants/{service.name}"))


def _not_startable(service: Service) -> Answer | None:
    if service.load == "loaded":
        return None
    reason = "not found" if service.load == "not-found" else "has a bad unit file setting"
    text = f"Failed to start {service.name}: Unit {service.name} {reason}."
    return refused(text, _NO_SUCH_UNIT)


def properties(service: Service) -> dict[str, str]:
    """Return what `systemctl show` tells of a unit, in systemd's order."""
    shown = {
        "Type": service.unit.type,
        "Restart": service.unit.restart,
        "MainPID": str(service.pid),
        "NRestarts": str(service.restarts),
        "ExecMainStartTimestampMonotonic": str(int(service.began * 1_000_000)),
        "ExecMainStatus": str(service.status),
        "Result": service.result,
        "Id": service.name,
        "Names": service.name,
        "Description": service.unit.description or service.name,
        "LoadState": service.load,
        "ActiveState": service.active,
        "SubState": service.sub,
        "FragmentPath": service.fragment,
        "DropInPaths": "",
        "UnitFileState": service.enabled,
        "NeedDaemonReload": "yes" if service.needs_reload else "no",
        "Job": str(service.job),
        "InvocationID": service.run,
    }
    return {name: value for name, value in shown.items() if (name, value) != ("Job", "0")}
