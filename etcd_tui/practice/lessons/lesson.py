"""Lesson: one fault to learn from: its page, how it is played, its name, and the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from etcd_tui.errors import Exit
from etcd_tui.practice.hosts import Practice
from etcd_tui.remote.transport import Transport


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way out. `text` is marked with `N_`; `command` is typed as it stands.

    Both are filled from the ground's values. `host`: the practice host on which the command is
    typed; empty: on this machine.
    """

    text: str
    command: str
    host: str = ""


@dataclass(slots=True)
class Ground:
    """Where a lesson is played: running practice hosts, entered.

    `leader` is known where a cluster runs. `values` fill the page; what plays a lesson adds to
    them.
    """

    practice: Practice
    transports: Mapping[str, Transport]
    leader: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts are marked with `N_`, paragraphs parted by an empty line.

    `text` is the idea, `played` says what is real and what stands for something else. `named`:
    the key of the check, proof, host failure or symptom that names the fault, and `exit` what a
    run then ends with. `installed`: it is played on a cluster that is already proven.
    """

    name: str
    title: str
    text: str
    played: str
    host: str
    named: str
    exit: Exit
    play: Callable[[Ground], Awaitable[None]]
    steps: tuple[Step, ...]
    installed: bool = False
