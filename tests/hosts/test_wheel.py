"""The wheel, installed in a fresh virtual environment outside the checkout, does the main job."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.cluster import TOOL, Cluster, Run
from tests.hosts.evidence import assert_proven

pytestmark = pytest.mark.lab

CHECKOUT = Path(__file__).parents[2]


def run(command: Sequence[str | Path], **options: Any) -> str:
    """Run a command to its end and return what it printed; AssertionError with its words."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, CHECKOUT])
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in a virtual environment that knows nothing of the checkout."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=True)
    run([folder / "bin/pip", "install", "--quiet", wheel], cwd=folder)
    return folder / "bin/etcd-tui"


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    listing = ["git", "-C", CHECKOUT, "ls-files", "--cached", "--others", "--exclude-standard"]
    names = run([*listing, "--", "etcd_tui"]).splitlines()
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    styles = {f"etcd_tui/{name}" for name in run([*listing, "--", "styles"]).splitlines()}
    assert packed == {name for name in names if (CHECKOUT / name).exists()} | styles
    for data in ("observe/probe.sh", "plan/scripts/lib.sh", "spec/checksums.txt"):
        assert f"etcd_tui/{data}" in packed


def test_the_installed_program_explains_itself(program: Path, tmp_path: Path) -> None:
    assert "install" in run([program, "--help"], cwd=tmp_path)
    assert run([program, "--version"], cwd=tmp_path).startswith("etcd-tui ")
    answers = run([program, "answers", "new"], cwd=tmp_path)
    (tmp_path / "answers.yaml").write_text(answers)
    run([program, "answers", "validate", "answers.yaml"], cwd=tmp_path)
    assert '"$schema"' in run([program, "answers", "schema"], cwd=tmp_path)


def test_the_installed_wizard_has_its_styles(program: Path, tmp_path: Path) -> None:
    text = (
        "import asyncio, pathlib\n"
        "from etcd_tui.tui.app import Setup, WizardApp\n"
        "from etcd_tui.tui.backend import EngineBackend\n"
        "root = pathlib.Path.cwd()\n"
        "async def main():\n"
        "    app = WizardApp(Setup(EngineBackend(root), root, start='hosts'))\n"
        "    async with app.run_test() as pilot:\n"
        "        await pilot.pause()\n"
        "        print(app.screen.query_one('#stepper').size.height, len(app.css_path))\n"
        "asyncio.run(main())\n"
    )
    height, files = run([program.parent / "python", "-c", text], cwd=tmp_path).split()
    # Without its styles the line of steps would take what room it finds.
    assert height == "1"
    assert int(files) == len(list((CHECKOUT / "styles").glob("*.tcss")))


def test_the_installed_program_installs_a_proven_cluster(program: Path, bare: Cluster) -> None:
    first = installed_by(program, bare)
    assert_proven(bare, first)

    second = installed_by(program, bare)

    assert second.exit == 0, bare.told(second)
    assert second.last["changed"] == 0


def installed_by(program: Path, cluster: Cluster) -> Run:
    """Run install as the operator, with the wheel's program, outside the checkout."""
    words = cluster.command("install", "--json")[len(TOOL) :]
    done = cluster.lab.run_operator(
        [program, *words],
        cwd=cluster.folder,
        # The checkout must not come in by the back door.
        env={"PYTHONPATH": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return Run(done.returncode, done.stdout, done.stderr)
