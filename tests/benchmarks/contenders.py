"""Who is compared: the tool, the floor, hands, Ansible and pyinfra, each as commands to run.

All install the same release from the same tarball on the operator's machine, with TLS between all,
and return when every member is healthy. Only the tool observes, checks and proves.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.benchmarks.venv import Venv
from tests.hosts.cluster import Cluster
from tests.lab import Lab, mirror

RELEASE = "3.5.30"
_HERE = Path(__file__).parent
QUOTA, OTHER_QUOTA = 8 * 1024**3, 4 * 1024**3
Command = list[str | Path]


@dataclass(slots=True)
class Scene:
    """One contender's turn: hosts as new, a folder of its own, and where the operator is."""

    lab: Lab
    folder: Path
    prefix: list[str]
    env: dict[str, str] = field(default_factory=dict)

    @property
    def members(self) -> dict[str, str]:
        """Address by member."""
        return {f"etcd{number}": host.address for number, host in enumerate(self.lab.hosts, 1)}

    @property
    def login(self) -> Command:
        """The key and the known hosts."""
        return [self.lab.operator.private_key, self.lab.operator.known_hosts]


class Contender(Protocol):
    """Installs etcd. `commands` are by case; it does not take part in cases that it has not."""

    name: str

    def commands(self, scene: Scene) -> dict[str, Command]:
        """Return the commands: `fresh` first, the others on what it made."""


class Tool:
    """etcd-tui."""

    name = "etcd-tui"

    def commands(self, scene: Scene) -> dict[str, Command]:
        """Return the verbs, on a state folder as new."""
        cluster = Cluster(scene.lab, scene.folder, cluster={"etcd": RELEASE})
        other = cluster.but(tuning={"quota_backend_bytes": OTHER_QUOTA})
        return {
            "fresh": [*cluster.command("install")],
            "again": [*cluster.command("install")],
            "check": [*cluster.command("check")],
            "status": [*cluster.command("status")],
            "changed": [*other.command("install")],
        }


class Floor:
    """Scripts that do the least possible work."""

    name = "floor"

    def commands(self, scene: Scene) -> dict[str, Command]:
        """Return one script a case: whatever looks at the hosts has to enter them."""

        def script(name: str, *words: str | Path) -> Command:
            return [sys.executable, _HERE / name, *scene.login, *words, *scene.members.values()]

        enter = script("entering.py")
        return {
            "fresh": script("least.py", mirror.tarball(RELEASE)),
            "again": enter,
            "check": enter,
            "status": enter,
            "changed": script("changing.py"),
        }


class Guide:
    """The guide, by hand."""

    name = "guide"

    def commands(self, scene: Scene) -> dict[str, Command]:
        """Return the one thing that the guide tells."""
        pairs = [f"{name}={address}" for name, address in scene.members.items()]
        words = [scene.lab.operator.ssh_config, mirror.tarball(RELEASE), scene.folder / "certs"]
        return {"fresh": [sys.executable, _HERE / "guide.py", *words, *pairs]}


@dataclass(slots=True)
class Ansible:
    """The playbook beside this file."""

    venv: Venv
    name: str = "Ansible"

    def commands(self, scene: Scene) -> dict[str, Command]:
        """Return the playbook's runs."""
        inventory = scene.folder / "inventory.ini"
        hosts = [f"{name} ansible_host={address}" for name, address in scene.members.items()]
        options = f"-o UserKnownHostsFile={scene.lab.operator.known_hosts} -o IdentitiesOnly=yes"
        settings = [
            f"tarball={mirror.tarball(RELEASE)}",
            f"pki={scene.folder / 'pki'}",
            f"same={_HERE / 'same'}",
            f"ansible_ssh_private_key_file={scene.lab.operator.private_key}",
            f"ansible_ssh_common_args='-F none {options}'",
        ]
        inventory.write_text("\n".join(["[etcd]", *hosts, "[all:vars]", *settings]) + "\n")
        scene.env |= {
            "ANSIBLE_CONFIG": str(_HERE / "ansible/ansible.cfg"),
            "ANSIBLE_HOME": str(scene.folder / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(scene.folder),
            "PATH": f"{self.venv.folder / 'bin'}:{scene.env['PATH']}",
        }

        def play(quota: int) -> Command:
            program = self.venv.program("ansible-playbook")
            return [program, "-i", inventory, "-e", f"quota={quota}", _HERE / "ansible/site.yml"]

        return {"fresh": play(QUOTA), "again": play(QUOTA), "changed": play(OTHER_QUOTA)}


@dataclass(slots=True)
class Pyinfra:
    """The deploy beside this file."""

    venv: Venv
    name: str = "pyinfra"

    def commands(self, scene: Scene) -> dict[str, Command]:
        """Return the deploy's runs; the certificates are part of the first one."""
        inventory = scene.folder / "inventory.py"
        pki = scene.folder / "pki"
        hosts = [
            (name, {"ssh_hostname": address, "address": address})
            for name, address in scene.members.items()
        ]
        data = {
            "ssh_user": "root",
            "ssh_key": str(scene.lab.operator.private_key),
            "ssh_known_hosts_file": str(scene.lab.operator.known_hosts),
            "ssh_strict_host_key_checking": "yes",
            "ssh_allow_agent": False,
            "ssh_look_for_keys": False,
            "same": str(_HERE / "same"),
            "pki": str(pki),
            "tarball": str(mirror.tarball(RELEASE)),
        }
        inventory.write_text(f"etcd = ({hosts!r}, {data!r})\n")
        pairs = [f"{name}={address}" for name, address in scene.members.items()]
        program = self.venv.program("pyinfra")

        def deploy(quota: int) -> Command:
            options = ["-y", "--chdir", scene.folder, "--data", f"quota={quota}"]
            return [program, *options, inventory, _HERE / "pyinfra_deploy/deploy.py"]

        both = 'sh "$1" "$2" $3 && shift 3 && exec "$@"'
        certificates = [_HERE / "same/certificates.sh", pki, " ".join(pairs)]
        return {
            "fresh": ["sh", "-c", both, "sh", *certificates, *deploy(QUOTA)],
            "again": deploy(QUOTA),
            "changed": deploy(OTHER_QUOTA),
        }


def contenders(names: Sequence[str]) -> list[Contender]:
    """Return those of these names; the yardsticks' environment is made where one needs it."""
    found: list[Contender] = [one for one in (Tool(), Floor(), Guide()) if one.name in names]
    if {"Ansible", "pyinfra"} & set(names):
        venv = Venv.made()
        found += [one for one in (Ansible(venv), Pyinfra(venv)) if one.name in names]
    return found
