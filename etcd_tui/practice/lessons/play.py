"""play: break practice hosts as a lesson says, and explain what a run then finds."""

from __future__ import annotations

import asyncio

from etcd_tui import verbs
from etcd_tui.engine import Engine
from etcd_tui.errors import NotProvenError
from etcd_tui.outcome import Outcome
from etcd_tui.practice.hosts import Practice
from etcd_tui.practice.lessons.lesson import Ground, Lesson
from etcd_tui.practice.lessons.page import Page
from etcd_tui.remote.connect import connect_all
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.session import Work


async def play(practice: Practice, lesson: Lesson, *, leader: str = "", where: str = "") -> Page:
    """Play `lesson` on running practice hosts; return its page. RefusedError where that fails.

    `leader`: the member that leads, for a lesson on an installed cluster. `where`: the options
    that the steps need to find this demo, ` --state-dir DIR` or nothing.
    """
    ground = Ground(practice, {}, leader)
    ground.values |= {node.name: node.address for node in practice.spec.nodes}
    state = f"{practice.answers_file} --state-dir {practice.state_root}"
    ground.values |= {
        "demo": f"etcd-tui demo{where}",
        "install": f"etcd-tui install {state}",
        "verify": f"etcd-tui verify {state}",
    }
    transports = await connect_all(practice.spec.nodes, Secrets(None), new_keys=NewKeys.none())
    ground.transports = transports
    try:
        await lesson.play(ground)
    finally:
        await asyncio.gather(*(transport.close() for transport in transports.values()))
    return Page(lesson, ground.values)


def run_of(lesson: Lesson) -> tuple[str, Work]:
    """Return the verb that shows the fault, and its work."""
    return ("verify", explained) if lesson.installed else ("install", verbs.install)


async def explained(engine: Engine) -> Outcome:
    """Prove the cluster; where that fails, look for the cause, too."""
    try:
        return await verbs.verify(engine)
    except NotProvenError:
        await engine.diagnose()
        raise
