"""Which labs exist, as recorded on disk, and the sweep of those whose owner is gone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import places, remains
from .options import Family, HostOptions
from .process import LabError, Process

_FILE = "lab.json"


@dataclass(frozen=True, slots=True)
class Record:
    """A lab. `owner` is the process that it ends with; None: it stays until it is taken down."""

    name: str
    family: Family
    hosts: tuple[HostOptions, ...]
    owner: Process | None

    @property
    def folder(self) -> Path:
        """Where the lab keeps its disks and the operator's home."""
        return places.labs() / self.name

    @property
    def orphaned(self) -> bool:
        """Whether the owner is gone, and the lab so is to be swept."""
        return self.owner is not None and not self.owner.alive()


def enter(name: str, family: Family, hosts: Sequence[HostOptions], *, owned: bool) -> Record:
    """Take the name for a new lab; LabError when another lab has it."""
    owner = Process.of(os.getpid()) if owned else None
    record = Record(name, family, tuple(hosts), owner)
    with places.locked("labs"):
        _sweep()
        if record.folder.exists():
            raise LabError(
                f"the lab {name} exists: take another name, or `python -m tests.lab down {name}`"
            )
        record.folder.mkdir()
        data = {
            "family": family,
            "hosts": [host.as_json() for host in hosts],
            "owner": asdict(owner) if owner else None,
        }
        (record.folder / _FILE).write_text(json.dumps(data, indent=1))
    return record


def find(name: str) -> Record:
    """The record of an existing lab; LabError when there is none."""
    try:
        data = json.loads((places.labs() / name / _FILE).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        names = ", ".join(sorted(path.name for path in places.labs().iterdir())) or "none"
        raise LabError(f"there is no lab {name}; there are: {names}") from None
    owner = Process(**data["owner"]) if data["owner"] else None
    hosts = tuple(HostOptions.from_json(host) for host in data["hosts"])
    return Record(name, data["family"], hosts, owner)


def every() -> list[Record]:
    """All labs that exist."""
    with places.locked("labs"):
        return [find(path.name) for path in sorted(places.labs().iterdir())]


def sweep() -> list[str]:
    """Remove the labs whose owner is gone; returns their names."""
    with places.locked("labs"):
        return _sweep()


def strike(name: str) -> None:
    """Remove a lab and its record."""
    with places.locked("labs"):
        remains.remove(name, places.labs() / name)


def _sweep() -> list[str]:
    swept = []
    for folder in places.labs().iterdir():
        try:
            orphaned = find(folder.name).orphaned
        except LabError:
            # Killed before it could write the record, while it held the lock that we hold now.
            orphaned = True
        if orphaned:
            remains.remove(folder.name, folder)
            swept.append(folder.name)
    return swept
