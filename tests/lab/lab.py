"""A lab: real hosts on this machine, and an operator who can reach them over SSH."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from . import image, kernel, mirror, network, record
from .cgroup import Cgroup
from .host import LabHost
from .operator_home import KnownHost, OperatorHome
from .options import FAMILIES, Family, HostOptions, check_label
from .process import LabError
from .requirements import missing_requirements

MIRROR_PORT = 8080

_T = TypeVar("_T")


class Lab:
    """Use as a context manager: its end takes the lab down. Made by `create` or `attach`."""

    def __init__(self, made: record.Record) -> None:
        self.name = made.name
        self.family = made.family
        self.folder = made.folder
        self.operator = OperatorHome(made.folder / "operator")
        self.hosts = [
            LabHost(made.name, made.folder / "hosts", number, options, made.family)
            for number, options in enumerate(made.hosts, start=1)
        ]
        self._mirror: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(
        cls,
        name: str | None = None,
        hosts: int | Sequence[HostOptions] = 3,
        *,
        family: Family = "v4",
        options: HostOptions | None = None,
        boot: bool = True,
        owned: bool = True,
    ) -> Lab:
        """Make a lab and boot its hosts; LabError says what the machine lacks for it.

        `hosts` are options for each, or a number of hosts that all get `options`. A lab that is
        `owned` is swept by the next lab when this process was killed; another one stays until
        `python -m tests.lab down NAME`.
        """
        if problems := missing_requirements():
            raise LabError("; ".join(problems))
        if family not in FAMILIES:
            raise LabError(f"no such family: {family}; there are {', '.join(FAMILIES)}")
        name = name or f"lab-{uuid.uuid4().hex[:8]}"
        check_label(name)
        kernel.allow_many_hosts()
        wanted = [options or HostOptions()] * hosts if isinstance(hosts, int) else list(hosts)
        # Before the lab is entered: a first build takes long, and others wait for the record.
        for host in wanted:
            image.layers(firewall=host.needs_firewall_layer, python=host.python)
        lab = cls(record.enter(name, family, wanted, owned=owned))
        try:
            lab._furnish()
            if boot:
                lab.boot()
        except BaseException:
            lab.destroy()
            raise
        return lab

    @classmethod
    def attach(cls, name: str) -> Lab:
        """A lab that exists, made by this or another process."""
        return cls(record.find(name))

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.destroy()

    @property
    def operator_netns(self) -> str:
        """Name of the namespace that the operator is in."""
        return network.outer_namespace(self.name)

    @property
    def operator_prefix(self) -> list[str]:
        """The words before a command that run it where the operator is."""
        return network.entering(self.operator_netns)

    @property
    def operator_env(self) -> dict[str, str]:
        """This process's environment, with the operator's home."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
        return {**kept, "HOME": str(self.operator.home)}

    def run_operator(
        self, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        """Run a command as the operator, `env` added to theirs; `options` are subprocess.run's."""
        words = [*self.operator_prefix, *map(str, command)]
        given = {"check": False, **options}
        return subprocess.run(words, env={**self.operator_env, **(env or {})}, **given)  # noqa: PLW1510

    def boot(self) -> None:
        """Boot all hosts, at the same time."""
        self._on_each(LabHost.boot)

    def reset_disks(self) -> None:
        """Cut every host's power and boot it with a fresh disk, at the same time."""
        self._on_each(LabHost.fresh_disk)

    def serve_mirror(self) -> str:
        """Serve the mirror of etcd releases inside the lab; returns its URL for the hosts."""
        address = network.OPERATOR_V6 if self.family == "v6" else network.OPERATOR_V4
        shown = f"[{address}]" if ":" in address else address
        url = f"http://{shown}:{MIRROR_PORT}"
        if Cgroup(f"{self.name}/.mirror").processes():
            return url
        # `::` takes IPv4 as well.
        server = [
            sys.executable, "-m", "http.server", "--bind=::",
            f"--directory={mirror.build()}", str(MIRROR_PORT),
        ]  # fmt: skip
        with self.mirror_log.open("wb") as log:
            self._mirror = subprocess.Popen(
                Cgroup(f"{self.name}/.mirror").entering([*self.operator_prefix, *server]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for _ in range(200):
            try:
                network.connect(self.operator_netns, address, MIRROR_PORT, timeout=1).close()
                return url
            except OSError:
                time.sleep(0.02)
        raise LabError(f"the mirror does not answer: {self.mirror_log.read_text()}")

    @property
    def mirror_log(self) -> Path:
        """The requests that the mirror was asked, a line each."""
        return self.folder / "mirror.log"

    def destroy(self) -> None:
        """Take the lab down: nothing of it stays, neither processes nor mounts nor files."""
        record.strike(self.name)
        for host in self.hosts:
            host.reap()
        if self._mirror is not None:
            self._mirror.wait()

    def _furnish(self) -> None:
        network.create_outer(self.name)
        self.operator.create()
        keys = self.operator.authorized_keys()
        public_keys = self._on_each(lambda host: host.prepare(keys))
        jump = next((host.name for host in self.hosts if host.options.network == "both"), None)
        self.operator.introduce(
            [
                KnownHost(
                    name=host.name,
                    addresses=host.addresses,
                    port=host.ssh_port,
                    public_keys=known,
                    jump=jump if host.options.network == "inner" else None,
                )
                for host, known in zip(self.hosts, public_keys, strict=True)
            ]
        )

    def _on_each(self, action: Callable[[LabHost], _T]) -> list[_T]:
        if not self.hosts:
            return []
        with ThreadPoolExecutor(max_workers=len(self.hosts)) as pool:
            return list(pool.map(action, self.hosts))
