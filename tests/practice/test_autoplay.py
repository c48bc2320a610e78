"""The wizard plays by itself on practice hosts: no film, at the end stands a proven cluster."""

from __future__ import annotations

from pathlib import Path

from etcd_tui.practice.hosts import practice_hosts
from etcd_tui.spec.reader import load
from etcd_tui.tui.app import Setup
from etcd_tui.tui.autoplay import AutoplayApp
from etcd_tui.tui.backend import EngineBackend
from etcd_tui.tui.draft import Draft
from tests.practice.test_demo import needs_programs
from tests.tui.scripted import until

pytestmark = needs_programs


async def test_autoplay_installs_and_proves_a_real_cluster(state_root: Path) -> None:
    async with practice_hosts(1, state_root) as practice:
        spec, _warnings = load(practice.answers_file)
        draft = Draft.of(spec, practice.folder.path)
        draft.practice = True
        setup = Setup(EngineBackend(practice.state_root), practice.state_root, draft, start="hosts")
        app = AutoplayApp(setup, speed=20)
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: not app.playing, tries=6000)
            view = app.conductor.view("install")
            assert view is not None and view.ok and view.proofs
            assert app.page.key == "verify"  # type: ignore[attr-defined]
