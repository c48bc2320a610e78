"""A cluster that a lab's operator wants: its answers file, its state folder, and the tool."""

from __future__ import annotations

import copy
import functools
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab import Lab, LabHost, mirror

# Seconds; only a run that hangs takes that long.
_PATIENCE = 300
TOOL = (sys.executable, "-m", "etcd_tui")


@dataclass(frozen=True, slots=True)
class Run:
    """How one run of the tool ended, and what it printed."""

    exit: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output of `--json`: every line is an object."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def text(self) -> str:
        """All that a person saw."""
        return self.stdout + self.stderr

    @property
    def last(self) -> dict[str, Any]:
        """The event `finished`."""
        return self.events[-1]

    def of(self, name: str) -> list[dict[str, Any]]:
        """All events of this name."""
        return [event for event in self.events if event["event"] == name]

    def failed_checks(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The preflight checks that failed, by host and key."""
        return {(c["host"], c["key"]): c for c in self.of("checked") if c["status"] == "fail"}

    def report(self) -> dict[str, Any]:
        """What the run wrote into report.json."""
        return dict(json.loads(Path(self.last["report"]).read_text()))


class Cluster:
    """`folder` gets the answers file and the state; `sections` go into the answers."""

    def __init__(
        self, lab: Lab, folder: Path, *, hosts: Sequence[LabHost] | None = None, **sections: Any
    ) -> None:
        self.lab = lab
        self.hosts = list(lab.hosts if hosts is None else hosts)
        self.folder = folder
        self.file = folder / "answers.yaml"
        self.root = folder / "state"
        self.answers: dict[str, Any] = {
            "version": 1,
            "cluster": {"name": "prod", "etcd": "3.5.30"},
            "nodes": [
                {"name": f"etcd{number}", "address": host.address}
                for number, host in enumerate(self.hosts, start=1)
            ],
            "ssh": {
                "user": "root",
                "private_key": str(lab.operator.private_key),
                "known_hosts": str(lab.operator.known_hosts),
            },
        }
        self.change(**sections)
        self.answers.setdefault("binaries", {"source": str(mirror.tarball(self.version))})
        self.change()

    @property
    def name(self) -> str:
        """The cluster's name."""
        return str(self.answers["cluster"]["name"])

    @property
    def version(self) -> str:
        """The wanted etcd release."""
        return str(self.answers["cluster"]["etcd"])

    @property
    def members(self) -> list[str]:
        """The members' names, in the order of the hosts."""
        return [node["name"] for node in self.answers["nodes"]]

    @property
    def state(self) -> Path:
        """The cluster's state folder."""
        return self.root / self.name

    @property
    def profile(self) -> str:
        """The certificates' profile."""
        return str(self.answers.get("certificates", {}).get("profile", "cfssl"))

    def place(self, kind: str) -> str:
        """The folder on the hosts: `config`, `data`, `binaries` or `units`."""
        default = {
            "config": "/etc/etcd",
            "data": "/var/lib/etcd",
            "binaries": "/usr/local/bin",
            "units": "/etc/systemd/system",
        }
        return str({**default, **self.answers.get("paths", {})}[kind])

    def host_of(self, member: str) -> LabHost:
        """The host that the member is on."""
        return self.hosts[self.members.index(member)]

    def change(self, **sections: Any) -> None:
        """Merge sections into the answers file; a list replaces what was there."""
        for key, value in copy.deepcopy(sections).items():
            if isinstance(value, dict):
                self.answers.setdefault(key, {}).update(value)
            else:
                self.answers[key] = value
        self.write(yaml.safe_dump(self.answers, sort_keys=False, allow_unicode=True))

    def but(self, **sections: Any) -> Cluster:
        """The same cluster with other answers, in a file of their own."""
        other = copy.copy(self)
        other.answers = copy.deepcopy(self.answers)
        other.file = self.folder / "other.yaml"
        other.change(**sections)
        return other

    def nodes_with(self, member: str, **keys: Any) -> list[dict[str, Any]]:
        """The list of nodes in which one member has these keys."""
        return [
            {**node, **keys} if node["name"] == member else node for node in self.answers["nodes"]
        ]

    def write(self, text: str) -> None:
        """Make `text` the answers file."""
        self.file.write_text(text)

    def command(self, verb: str, *options: str) -> list[str]:
        """The words of the command line."""
        return [*TOOL, verb, str(self.file), "--state-dir", str(self.root), *options]

    def run(self, verb: str, *options: str, env: Mapping[str, str] | None = None) -> Run:
        """Run the tool to its end, as the operator, with no terminal."""
        done = self.lab.run_operator(
            self.command(verb, *options),
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def json(self, verb: str, *options: str, env: Mapping[str, str] | None = None) -> Run:
        """Run the tool with `--json`."""
        return self.run(verb, "--json", *options, env=env)

    def start(self, verb: str, *options: str) -> subprocess.Popen[str]:
        """Start the tool with `--json` and leave it running."""
        return subprocess.Popen(
            [*self.lab.operator_prefix, *self.command(verb, "--json", *options)],
            env=self.lab.operator_env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def install(self, *options: str, env: Mapping[str, str] | None = None) -> Run:
        """Install, which must end proven."""
        run = self.json("install", *options, env=env)
        assert run.exit == 0, self.told(run)
        return run

    def told(self, run: Run) -> str:
        """What a run said, for the message of a failed assertion."""
        quiet = ('"action_progress"', '"action_started"', '"status": "pass"', '"passed": true')
        shown = [
            line for line in run.stdout.splitlines() if not any(word in line for word in quiet)
        ]
        return "\n".join([f"exit {run.exit}", *shown[-20:], run.stderr])

    @property
    def etcdctl_program(self) -> Path:
        """An etcdctl of the cluster's release, on the operator's machine."""
        return unpacked_etcdctl(self.version)

    def etcdctl(
        self, *words: str, endpoint: str = "", at: LabHost | None = None, check: bool = True
    ) -> str:
        """What etcdctl prints with the client environment, at the operator's place or a host's."""
        # As a variable: with both, etcdctl refuses the flag.
        script = 'set -a; . "$1"; ETCDCTL_ENDPOINTS=${2:-$ETCDCTL_ENDPOINTS}; shift 2; exec "$@"'
        command = [
            "sh", "-c", script, "sh", str(self.state / "client/etcdctl.env"), endpoint,
            str(self.etcdctl_program), "--dial-timeout=5s", *words,
        ]  # fmt: skip
        if at is None:
            options: dict[str, Any] = {"capture_output": True, "text": True}
            done = self.lab.run_operator(command, **options)
        else:
            done = at.netns_exec(command)
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return str(done.stdout)

    def endpoint(self, member: str) -> str:
        """The member's client URL."""
        address = self.answers["nodes"][self.members.index(member)]["address"]
        return f"https://[{address}]:2379" if ":" in address else f"https://{address}:2379"


@functools.cache
def unpacked_etcdctl(version: str) -> Path:
    """The etcdctl of a release, unpacked beside its tarball once."""
    tarball = mirror.tarball(version)
    program = tarball.parent / f"etcdctl-{version}"
    if not program.exists():
        with tarfile.open(tarball) as archive:
            member = archive.extractfile(f"etcd-v{version}-linux-amd64/etcdctl")
            assert member is not None
            part = program.with_suffix(f".{os.getpid()}")
            part.write_bytes(member.read())
        part.chmod(0o755)
        part.rename(program)
    return program
