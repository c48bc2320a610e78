"""Journals: real lines of etcd and systemd, trimmed, with how they were provoked.

A file begins with `# expect: SYMPTOM` (empty: nothing is wrong), `# provoked: …` and, if systemd
was asked, `# unit: …`. Then come sections, `## etcd VERSION on MEMBER`. Kept of each run: what
etcd said as a warning or worse, the first and the last time, and what names the members.
Members are etcd1 to etcd3 at 192.0.2.11 to .13.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from etcd_tui.observe.facts import Unit
from etcd_tui.spec.model import Cluster, ClusterSpec, Node

FOLDER = Path(__file__).with_name("journals")
RUNNING = Unit(load="loaded", active="active", sub="running", result="success", pid=77)


@dataclass(frozen=True, slots=True)
class Journal:
    """One section of a file."""

    name: str
    version: str
    host: str
    expect: str
    unit: Unit
    text: str

    def __str__(self) -> str:
        return f"{self.name}-{self.version}-{self.host}"


def three(version: str = "3.5.30") -> ClusterSpec:
    """The cluster from which the journals are."""
    nodes = tuple(Node(f"etcd{n}", f"192.0.2.1{n}") for n in (1, 2, 3))
    return ClusterSpec(Cluster("prod", version), nodes)


def load(name: str) -> list[Journal]:
    """Every section of the file `name`."""
    head, *sections = re.split(r"^## ", (FOLDER / f"{name}.txt").read_text(), flags=re.M)
    about = dict(line[2:].split(":", 1) for line in head.splitlines())
    unit = Unit(**json.loads(about["unit"])) if "unit" in about else RUNNING
    found = []
    for section in sections:
        title, _, text = section.partition("\n")
        _, version, _, host = title.split()
        found.append(Journal(name, version, host, about["expect"].strip(), unit, text))
    return found


def every() -> list[Journal]:
    """All sections of all files."""
    return [journal for path in sorted(FOLDER.glob("*.txt")) for journal in load(path.stem)]
