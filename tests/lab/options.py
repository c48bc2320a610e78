"""What a host of the lab can be given."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .process import LabError

Family = Literal["v4", "v6", "dual"]
FAMILIES: tuple[Family, ...] = ("v4", "v6", "dual")
Firewall = Literal["none", "firewalld", "ufw", "nftables"]
FIREWALLS: tuple[Firewall, ...] = ("none", "firewalld", "ufw", "nftables")
Network = Literal["outer", "inner", "both"]

# User -> how sudo treats it. Every user has PASSWORD and takes the operator's keys.
USERS = {
    "admin": "ALL=(ALL:ALL) ALL",
    "deploy": "ALL=(ALL:ALL) NOPASSWD: ALL",
    "guest": None,
}
# Signs that break a command built without quoting.
PASSWORD = """it's "hard" $HOME `id` \\ 100%"""
PASSPHRASE = "open sesame"

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system of its own (tmpfs, so empty after a boot) that is soon full."""

    path: str
    mebibytes: int


@dataclass(frozen=True, slots=True)
class HostOptions:
    """One host. Its name is hostN when none is given.

    `network`: `outer` is the operator's; a host on `inner` is reached only through one on `both`.
    `password_login`: sshd takes PASSWORD, as password and keyboard-interactive, root's too.
    `root_login`: root may log in over SSH, by key.
    `firewall`: active at boot, lets SSH in and refuses or drops the rest.
    `second_address`: one more address of each family on eth0.
    `python`: Python is installed, as yardsticks of the benchmarks need it.
    """

    name: str = ""
    users: tuple[str, ...] = ()
    ssh_port: int = 22
    password_login: bool = False
    root_login: bool = True
    firewall: Firewall = "none"
    small_disks: tuple[SmallDisk, ...] = ()
    second_address: bool = False
    network: Network = "outer"
    python: bool = False

    def __post_init__(self) -> None:
        if self.name:
            check_label(self.name)
        if unknown := set(self.users) - set(USERS):
            raise LabError(f"no such users: {sorted(unknown)}; the lab has {', '.join(USERS)}")
        if self.firewall not in FIREWALLS:
            raise LabError(f"no such firewall: {self.firewall}; the lab has {', '.join(FIREWALLS)}")

    @property
    def needs_firewall_layer(self) -> bool:
        """Whether the host needs the image with the firewalls, and so a Python, in it."""
        return self.firewall in {"firewalld", "ufw"}

    def as_json(self) -> dict[str, Any]:
        """For the lab's record on disk."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> HostOptions:
        """The inverse of `as_json`."""
        disks = tuple(SmallDisk(**disk) for disk in data["small_disks"])
        return cls(**{**data, "users": tuple(data["users"]), "small_disks": disks})


def check_label(name: str) -> None:
    """Refuse what can not be part of the names of namespaces, interfaces and machines."""
    if not _LABEL.fullmatch(name):
        raise LabError(f"{name!r} is no name for a lab or host: up to 24 of a-z, 0-9 and -")
