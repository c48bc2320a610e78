"""Facts: what one look at a host found, as frozen records. Texts in here are already sanitised."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

STATE_FOLDER = "/var/lib/etcd-tui"
"""On every host: the manifest of what install created and changed. Root only."""


@dataclass(frozen=True, slots=True)
class PathFact:
    """One path. `kind` `absent` leaves the rest empty; `sha256` only for regular files.

    `mode` is octal text (`600`); `target` is where a symbolic link leads.
    """

    path: str
    kind: Literal["absent", "file", "dir", "link", "other"] = "absent"
    mode: str = ""
    owner: str = ""
    group: str = ""
    sha256: str = ""
    target: str = ""

    @property
    def present(self) -> bool:
        """Whether anything stands at the path."""
        return self.kind != "absent"


@dataclass(frozen=True, slots=True)
class FileSystem:
    """Where a target folder lies (its nearest existing ancestor). Sizes in KiB."""

    path: str
    type: str = ""
    free_kib: int = 0
    free_inodes: int = -1
    """-1: the file system counts none."""
    read_only: bool = False
    noexec: bool = False
    mount_point: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who holds one of etcd's ports."""

    port: int
    address: str
    process: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd says of etcd.service. `load` `not-found`: no such unit."""

    load: str = "not-found"
    active: str = "inactive"
    sub: str = "dead"
    result: str = ""
    enabled: str = ""
    pid: int = 0
    restarts: int = 0
    fragment: str = ""
    drop_ins: tuple[str, ...] = ()
    needs_daemon_reload: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What earlier runs recorded before they changed it, in order; empty: never ours.

    Entries: `cluster NAME`, `file PATH`, `dir PATH`, `user NAME`, `group NAME`, `data PATH`,
    `hosts PATH`, `firewall KIND …`, `selinux-mode MODE`, `selinux-config MODE`.
    """

    entries: tuple[tuple[str, str], ...] = ()

    @property
    def cluster(self) -> str:
        """The cluster this host was installed for; empty if none."""
        return next((value for kind, value in self.entries if kind == "cluster"), "")

    def has(self, kind: str, value: str) -> bool:
        """Whether the entry stands in the manifest."""
        return (kind, value) in self.entries

    def all(self, kind: str) -> tuple[str, ...]:
        """Return the values of all entries of `kind`, oldest first."""
        return tuple(value for k, value in self.entries if k == kind)


@dataclass(frozen=True, slots=True)
class Firewall:
    """The firewall that is active. `kind` `none`: nothing filters incoming connections.

    `rules` are those of ours that stand now, in the form that `content.firewall` writes.
    """

    kind: Literal["none", "firewalld", "ufw", "nftables", "iptables"] = "none"
    rules: tuple[str, ...] = ()
    persistent_rules: tuple[str, ...] = ()
    enabled: bool = False
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HostLock:
    """A run that holds the host. `line` is its own, as `holder.Holder` reads it.

    `silent`: seconds since its latest sign of life on the host. `standing`: `other` is to be left
    alone; `ended` is known to have ended without letting go; `given` is to be taken over, because
    the operator said so.
    """

    line: str
    silent: int = 0
    standing: Literal["other", "ended", "given"] = "other"


@dataclass(frozen=True, slots=True)
class HostFacts:
    """Everything one host was asked in one round trip."""

    name: str
    hostname: str = ""
    machine_id: str = ""
    architecture: str = ""
    """`amd64`, `arm64`, `ppc64le`, `s390x`, or what `uname -m` says of another."""
    kernel: str = ""
    os: str = ""
    init: str = ""
    systemd: int = 0
    clock: float = 0.0
    """The host's clock in seconds since the epoch, at `asked`."""
    asked: float = 0.0
    """The operator's clock half way through the question."""
    answered_in: float = 0.0
    """Seconds that the answer took."""
    memory_kib: int = 0
    missing_tools: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    """Source address toward each member's address, by that address."""
    paths: tuple[PathFact, ...] = ()
    file_systems: tuple[FileSystem, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    """Program to the version it printed, for each of our programs that is there."""
    texts: tuple[tuple[str, str], ...] = ()
    """Path to content, for the small text files that a plan compares."""
    data_entries: tuple[str, ...] = ()
    has_wal: bool = False
    unit: Unit = field(default_factory=Unit)
    drill: bool = False
    """A drill (`verify --drill`) is under way."""
    lock: HostLock | None = None
    turn: str = ""
    """The line of the run that held the host last; changes with every run that changes the host."""
    process_environment: tuple[tuple[str, str], ...] = ()
    process_executable: str = ""
    listeners: tuple[Listener, ...] = ()
    foreign: tuple[str, ...] = ()
    """Signs of an etcd that is not ours: packages, processes, kubeadm's manifest."""
    user: str = ""
    """`uid:gid:home:shell` of the user etcd; empty: there is none."""
    group: bool = False
    selinux: str = ""
    """`Enforcing`, `Permissive`, `Disabled`, or empty where there is no SELinux."""
    selinux_config: str = ""
    firewall: Firewall = field(default_factory=Firewall)
    manifest: Manifest = field(default_factory=Manifest)
    leftovers: tuple[str, ...] = ()
    """Temporary files of ours that an interrupted run left behind."""
    helpers: tuple[str, ...] = ()
    """Programs that are used where they are there."""
    container: str = ""
    """What systemd calls the container that this host is; empty: it is none."""
    timekeepers: tuple[str, ...] = ()
    """Running programs that keep the clock right."""
    service_proxies: tuple[tuple[str, str], ...] = ()
    """Proxy variables that systemd gives to a service that starts now, without passwords."""
    login_proxies: tuple[tuple[str, str], ...] = ()
    """Proxy variables that a person gets who logs in, without passwords."""
    write_ms: float = 0.0
    """Milliseconds that a small synced write takes near the data folder, on average."""
    writes: int = 0
    """How many of them were measured; 0: not measured."""

    def path(self, path: str) -> PathFact:
        """Return the fact about `path`; `absent` if it was not asked for or is not there."""
        return next((fact for fact in self.paths if fact.path == path), PathFact(path))

    def text(self, path: str) -> str:
        """Return the content of the small text file at `path`; empty if it is not there."""
        return dict(self.texts).get(path, "")

    def is_whole(self, path: str) -> bool:
        """Whether `text` is the whole regular file: the probe cuts large ones and follows links."""
        text = self.text(path).encode("utf-8", "surrogateescape")
        return self.path(path).sha256 == hashlib.sha256(text).hexdigest()

    def file_system(self, path: str) -> FileSystem | None:
        """Return the file system on which the target folder `path` lies."""
        return next((fs for fs in self.file_systems if fs.path == path), None)

    @property
    def running(self) -> bool:
        """Whether our unit has a live main process."""
        return self.unit.pid > 0

    @property
    def ready(self) -> bool:
        """Whether systemd got READY=1: the member has joined a quorum since its start."""
        return self.unit.active == "active" and self.unit.sub == "running"
