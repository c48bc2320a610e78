"""Plan: stages of actions. An action says where, what, why, shows a preview, and holds its step.

Steps are data; `apply` is the only room that carries them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

OPERATOR = "operator"
"""The `host` of an action that works on the operator's own machine."""


@dataclass(frozen=True, slots=True)
class Text:
    """Content known at planning time."""

    text: str


@dataclass(frozen=True, slots=True)
class ConfText:
    """An etcd.conf whose token is filled in when it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file of the operator's store, as the host gets it (`server.key` of `node`)."""

    node: str
    name: str


Content = Text | ConfText | StoreFile


@dataclass(frozen=True, slots=True)
class RunScript:
    """Run one of `plan/scripts` as root with `args`.

    `timeout`: seconds without a sign of life from the host until the outcome counts as unknown.
    """

    script: str
    args: tuple[str, ...] = ()
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write `content` to `path` whole or not at all.

    `expect` is the SHA-256 of the file that the plan saw there, or empty if it need not match.
    `created`: the file is ours, so that uninstall may remove it.
    """

    path: str
    content: Content
    owner: str
    group: str
    mode: str
    expect: str = ""
    created: bool = True


@dataclass(frozen=True, slots=True)
class InstallPrograms:
    """Unpack the release for `architecture` beside `folder`, ask for versions, swap in.

    With `by_host` the host downloads it itself.
    """

    version: str
    architecture: str
    folder: str
    programs: tuple[str, ...]
    by_host: bool


@dataclass(frozen=True, slots=True)
class WaitReady:
    """Watch the member until it has joined a quorum. `deadline` in seconds."""

    deadline: int


@dataclass(frozen=True, slots=True)
class HealthGate:
    """Every member must answer `/health` true and agree on a leader before work goes on.

    Not those in `excused`: what comes next may be what mends them. `deadline` in seconds.
    """

    deadline: int
    excused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChooseToken:
    """Choose (or adopt from the answers) the cluster's token and keep it in the store."""


@dataclass(frozen=True, slots=True)
class MakeAuthority:
    """Make the authority, or take in the operator's own."""


@dataclass(frozen=True, slots=True)
class IssueCertificate:
    """Issue the certificate called `name` in the store (a host's, the shared one, the client)."""

    name: str


@dataclass(frozen=True, slots=True)
class WriteClientEnvironment:
    """Write `etcdctl.env` for the operator."""


Step = (
    RunScript
    | WriteFile
    | InstallPrograms
    | WaitReady
    | HealthGate
    | ChooseToken
    | MakeAuthority
    | IssueCertificate
    | WriteClientEnvironment
)


@dataclass(frozen=True, slots=True)
class Action:
    """One step on one host.

    `key` names it for programs and tests (`config`, `unit`, `start`), unique per host and stage.
    `preview` is a unified diff or the content's description. `commands` is what a person types
    for the same effect: on a host as root in the folder of the login, on the operator's machine
    in the state folder. `bring` is typed before them, on the operator's machine: what a host is
    given for them.
    """

    host: str
    key: str
    title: str
    reason: str
    step: Step
    preview: str = ""
    commands: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Actions between two barriers. Each host's actions run in order.

    `together`: all hosts at once, each beginning `apart` seconds after the one before.
    `one-by-one`: host after host, in the order of the actions. `changes_start`: from here on
    members start, restart or stop: the point of no return.
    """

    key: str
    title: str
    mode: Literal["together", "one-by-one"]
    actions: tuple[Action, ...]
    changes_start: bool = False
    apart: float = 0.0

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts with work in this stage, in the order of their first action."""
        return tuple(dict.fromkeys(action.host for action in self.actions))


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, in order. No stages: nothing to do."""

    stages: tuple[Stage, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not any(stage.actions for stage in self.stages)

    def actions(self) -> Iterator[tuple[Stage, Action]]:
        """Yield every action with its stage, in order."""
        for stage in self.stages:
            for action in stage.actions:
                yield stage, action
