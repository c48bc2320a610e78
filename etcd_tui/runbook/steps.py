"""Steps: the actions of a plan in the order in which one person goes through all hosts.

A stage in which the hosts work together becomes: for each action, on each host. So every member
is started before the first one is waited for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from etcd_tui.plan.model import OPERATOR, Action


@dataclass(frozen=True, slots=True)
class Block:
    """Commands that are the same on all of `hosts` (or the operator's machine)."""

    hosts: tuple[str, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One action on all the hosts that need it."""

    key: str
    title: str
    blocks: tuple[Block, ...]


def steps(actions: Iterable[Action]) -> list[Step]:
    """Return the actions of one stage as steps, in the order in which each key first comes."""
    by_key: dict[str, list[Action]] = {}
    for action in actions:
        by_key.setdefault(action.key, []).append(action)
    return [Step(key, same[0].title, _blocks(same)) for key, same in by_key.items()]


def _blocks(actions: list[Action]) -> tuple[Block, ...]:
    # What several hosts need (the archive) is fetched once.
    brought = tuple(dict.fromkeys(command for action in actions for command in action.bring))
    by_commands: dict[tuple[str, ...], list[str]] = {}
    for action in actions:
        by_commands.setdefault(action.commands, []).append(action.host)
    blocks = [Block((OPERATOR,), brought)] if brought else []
    blocks += [Block(tuple(hosts), commands) for commands, hosts in by_commands.items()]
    return tuple(blocks)
