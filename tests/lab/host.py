"""A host of the lab: a disk, a place in the network, and a machine that runs or does not."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import container, image, network, remains, seed
from .cgroup import Cgroup
from .options import Family, HostOptions
from .process import LabError, run

_ENVIRONMENT = (
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
)
_BOOT_PATIENCE = 60.0  # seconds; a boot takes about one on an idle machine


class LabHost:
    """Made by a Lab; `number` counts from 1 and gives the host its addresses."""

    def __init__(
        self, lab: str, folder: Path, number: int, options: HostOptions, family: Family
    ) -> None:
        self.lab = lab
        self.number = number
        self.options = options
        self.name = options.name or f"host{number}"
        self.folder = folder / self.name
        self._held = network.addresses(number, options, family)
        self._cgroup = Cgroup(f"{lab}/{self.name}")
        self._nspawn: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"<LabHost {self.name} of {self.lab} at {self.address}>"

    @property
    def address(self) -> str:
        """The address that the host is known by: IPv4 unless the lab has only IPv6."""
        return self._held[0].ip

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, of both families and networks."""
        return tuple(held.ip for held in self._held)

    @property
    def ssh_port(self) -> int:
        """Where sshd listens."""
        return self.options.ssh_port

    @property
    def netns(self) -> str:
        """Name of the host's network namespace."""
        return network.host_namespace(self.lab, self.name)

    @property
    def root(self) -> Path:
        """The host's disk as the machine sees it; to be written to as well, up or down."""
        return self.folder / "merged"

    @property
    def upper(self) -> Path:
        """What the host has written since its disk was fresh (the overlay's upper folder)."""
        return self.folder / "upper"

    @property
    def console(self) -> Path:
        """What the host printed while it booted."""
        return self.folder / "console.log"

    @property
    def pid(self) -> int:
        """The machine's pid of the host's PID 1; LabError when the host is down."""
        pid = self._cgroup.init()
        if pid is None:
            raise LabError(f"{self.name} is down")
        return pid

    @property
    def up(self) -> bool:
        """Whether the host has power."""
        return self._cgroup.init() is not None

    def exec(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command on the host as root, not over SSH; `options` are subprocess.run's."""
        inside = ["nsenter", f"--target={self.pid}", "--all", "--", "env", "-i", *_ENVIRONMENT]
        return _run([*inside, *command], options)

    def sh(self, script: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a shell script on the host as root."""
        return self.exec(["sh", "-c", script], **options)

    def netns_exec(
        self, command: Sequence[str], **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the machine (nft, tc, ip …) in the host's network namespace."""
        return _run([*network.entering(self.netns), *command], options)

    def prepare(self, keys: str) -> tuple[str, ...]:
        """Make the first layer of the host's disk; returns its public host keys."""
        self.folder.mkdir(parents=True)
        return seed.sow(self.folder, self._image(), self.lab, self.name, self.options, keys)

    def boot(self) -> None:
        """Give the host power, and return when sshd answers.

        Its network namespace is made anew, as a kernel's is: rules and queues from before the
        boot are gone.
        """
        if self.up:
            raise LabError(f"{self.name} is up already")
        # What a shutdown from inside has left: a process to reap, the network namespace.
        self.power_cut()
        network.plug(self.lab, self.name, self.number, self._held)
        if not self.root.is_mount():
            lower = [self.folder / "seed", *self._image()]
            image.mount_overlay(lower, self.upper, self.folder / "work", self.root)
        self._nspawn = container.boot(
            self.root,
            machine=self.netns,
            namespace=self.netns,
            cgroup=self._cgroup,
            console=self.console,
            patience=_BOOT_PATIENCE,
        )
        self.wait_for_ssh()

    def power_cut(self) -> None:
        """Take the power away: everything on the host is gone at once, nothing is shut down."""
        self._cgroup.kill()
        self.reap()
        network.unplug(self.lab, self.name, self.number)

    def reboot(self) -> None:
        """Reboot in good order, as `systemctl reboot` does; returns when sshd answers."""
        before = self.pid
        self.exec(["systemctl", "reboot"], check=True)
        deadline = time.monotonic() + _BOOT_PATIENCE
        while self._cgroup.init() in (None, before):
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} does not come back from a reboot: see {self.console}")
            time.sleep(0.02)
        self.wait_for_ssh()

    def shut_down(self) -> None:
        """Shut down in good order; returns when the power is off."""
        self.exec(["systemctl", "poweroff"], check=True)
        self._cgroup.wait_empty(_BOOT_PATIENCE)
        self.reap()

    def reap(self) -> None:
        """Collect the exit of an nspawn that this process started and that was ended."""
        if self._nspawn is not None:
            self._nspawn.wait()
            self._nspawn = None

    def fresh_disk(self) -> None:
        """Cut the power, put in a disk as it was when the lab was created, and boot."""
        self.power_cut()
        remains.unmount_below(self.folder)
        run(["rm", "-rf", "--", self.upper, self.folder / "work"])
        self.boot()

    def fill_disk(self, path: str, *, leave_kib: int = 0) -> None:
        """Fill the small disk at `path` with a file `.filler`, up to `leave_kib`."""
        if path not in {disk.path for disk in self.options.small_disks}:
            # What has no disk of its own lies on the machine's, which the tests share.
            raise LabError(f"{path} is no small disk of {self.name}: see HostOptions.small_disks")
        self.sh(
            f"free=$(df --output=avail -k '{path}' | tail -n 1)\n"
            f"fallocate -l $((free - {leave_kib}))KiB '{path}/.filler'",
            check=True,
        )

    def _image(self) -> list[Path]:
        return image.layers(firewall=self.options.needs_firewall_layer, python=self.options.python)

    def wait_for_ssh(self, patience: float = 20.0) -> None:
        """Return when sshd greets; LabError when it does not."""
        # An inner host is out of the operator's reach: ask from where it is itself.
        inner = self.options.network == "inner"
        namespace = self.netns if inner else network.outer_namespace(self.lab)
        deadline = time.monotonic() + patience
        while True:
            try:
                with network.connect(namespace, self.address, self.ssh_port, timeout=2) as greeter:
                    if greeter.recv(256).startswith(b"SSH-"):
                        # With an answer, sshd does not log our leaving as an error.
                        greeter.sendall(b"SSH-2.0-lab\r\n")
                        return
            except OSError as error:
                if time.monotonic() > deadline:
                    where = f"{self.address} port {self.ssh_port}"
                    raise LabError(f"{self.name}: no sshd answers at {where}: {error}") from None
            time.sleep(0.02)


def _run(command: Sequence[str], options: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    defaults: dict[str, Any] = {"text": True, "check": False}
    if not options.keys() & {"stdout", "stderr", "capture_output"}:
        defaults["capture_output"] = True
    if not options.keys() & {"stdin", "input"}:
        defaults["stdin"] = subprocess.DEVNULL
    try:
        return subprocess.run(list(command), **{**defaults, **options})  # noqa: PLW1510
    except subprocess.CalledProcessError as error:
        # Its own text holds no word of what the command said.
        error.add_note(f"{error.stdout or ''}{error.stderr or ''}")
        raise
