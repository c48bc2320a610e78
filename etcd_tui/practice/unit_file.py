"""UnitFile: what a practice host does with a unit, and what it cannot do without systemd."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 0.001, "min": 60.0, "m": 60.0, "h": 3600.0}
_YES = frozenset({"1", "yes", "true", "on"})
# Honoured, or without any effect on a service that is started by hand.
_KNOWN = frozenset(
    {
        "Type",
        "User",
        "Group",
        "EnvironmentFile",
        "Environment",
        "ExecStart",
        "ExecStartPre",
        "ExecStopPost",
        "CollectMode",
        "Restart",
        "RestartSec",
        "TimeoutStartSec",
        "TimeoutStopSec",
        "LimitNOFILE",
        "UMask",
        "NoNewPrivileges",
    }
)


class UnitError(Exception):
    """The unit cannot be used; the message says why, as systemd would in its journal."""


@dataclass(frozen=True, slots=True)
class UnitFile:
    """The settings that count. Times in seconds; a start timeout of None: no limit."""

    description: str = ""
    type: str = "simple"
    user: str = ""
    command: tuple[str, ...] = ()
    before: tuple[tuple[str, ...], ...] = ()
    """Commands that must succeed before it is started."""
    after: tuple[tuple[str, ...], ...] = ()
    """Commands that are run when it has ended, however that came."""
    forgotten: bool = False
    """A transient unit whose file goes when it has ended."""
    environment: tuple[tuple[str, str], ...] = ()
    environment_files: tuple[str, ...] = ()
    """Paths; one that begins with `-` may be missing."""
    restart: str = "no"
    restart_seconds: float = 0.1
    start_seconds: float | None = 90.0
    stop_seconds: float | None = 90.0
    start_limit_seconds: float = 10.0
    start_limit: int = 5
    open_files: int = 0
    umask: int = 0o022
    no_new_privileges: bool = False
    wanted_by: tuple[str, ...] = ()
    not_applied: tuple[str, ...] = field(default=())
    """Names of the settings that need systemd, in the order of the file."""


def read_unit(text: str) -> UnitFile:
    """Read a unit file; UnitError if there is nothing in it to start."""
    last: dict[str, str] = {}
    environment: list[tuple[str, str]] = []
    files: list[str] = []
    commands: dict[str, list[tuple[str, ...]]] = {"ExecStartPre": [], "ExecStopPost": []}
    not_applied: list[str] = []
    for section, name, value in _settings(text):
        if section == "Service" and name == "Environment":
            environment += [_pair(word) for word in shlex.split(value)]
        elif section == "Service" and name == "EnvironmentFile":
            files.append(value)
        elif section == "Service" and name in commands:
            commands[name].append(tuple(shlex.split(value)))
        elif section == "Service" and name not in _KNOWN and name not in not_applied:
            not_applied.append(name)
        else:
            last[name] = value
    command = tuple(shlex.split(last.get("ExecStart", "")))
    if not command:
        raise UnitError("Service has no ExecStart= setting. Refusing.")
    if not command[0].startswith("/"):
        raise UnitError(f"Neither a valid executable name nor an absolute path: {command[0]}")
    return UnitFile(
        description=last.get("Description", ""),
        type=last.get("Type", "simple"),
        user=last.get("User", ""),
        command=command,
        before=tuple(commands["ExecStartPre"]),
        after=tuple(commands["ExecStopPost"]),
        forgotten=last.get("CollectMode") == "inactive-or-failed",
        environment=tuple(environment),
        environment_files=tuple(files),
        restart=last.get("Restart", "no"),
        restart_seconds=_seconds(last.get("RestartSec", ""), 0.1) or 0.0,
        start_seconds=_seconds(last.get("TimeoutStartSec", ""), 90.0),
        stop_seconds=_seconds(last.get("TimeoutStopSec", ""), 90.0),
        start_limit_seconds=_seconds(last.get("StartLimitIntervalSec", ""), 10.0) or 0.0,
        start_limit=int(last.get("StartLimitBurst", "5")),
        open_files=_whole(last.get("LimitNOFILE", "").partition(":")[0]),
        umask=int(last.get("UMask", "022"), 8),
        no_new_privileges=last.get("NoNewPrivileges", "").lower() in _YES,
        wanted_by=tuple(last.get("WantedBy", "").split()),
        not_applied=tuple(not_applied),
    )


def read_environment(text: str) -> Iterator[tuple[str, str]]:
    """Yield the settings of an environment file (systemd.exec(5), EnvironmentFile=)."""
    for line in text.replace("\\\n", "").splitlines():
        bare = line.strip()
        name, separator, value = bare.partition("=")
        if not separator or bare[0] in "#;":
            continue
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        yield name.strip(), value


def _settings(text: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in text.replace("\\\n", " ").splitlines():
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if bare.startswith("[") and bare.endswith("]"):
            section = bare[1:-1]
            continue
        name, separator, value = bare.partition("=")
        if separator:
            yield section, name.strip(), value.strip()


def _pair(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _seconds(text: str, default: float) -> float | None:
    if not text:
        return default
    if text == "infinity":
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text)
    return sum(float(number) * _UNITS.get(unit, 1.0) for number, unit in parts)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
