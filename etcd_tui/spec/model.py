"""ClusterSpec: everything an operator can ask for, as frozen records with the defaults.

Values here are already valid: the answers reader (or the wizard) has checked names, addresses,
paths and ranges, resolved relative paths against the folder of the answers file, and merged the
cluster's `ssh` keys into each node. `~` in local paths is kept and expanded where a file is opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from etcd_tui.secret import Secret

Profile = Literal["cfssl", "openssl"]
KeyType = Literal["rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384"]

CLIENT_PORT = 2379
PEER_PORT = 2380


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret comes from: `{env: NAME}`, `{file: PATH}`, `{prompt: true}` or a literal.

    A literal is held in `inline`; it is never written back to any file.
    """

    kind: Literal["env", "file", "prompt", "inline"]
    name: str = ""
    inline: Secret | None = None


@dataclass(frozen=True, slots=True)
class Ssh:
    """How one host is entered. `host` empty means: the member's own address."""

    user: str = "root"
    port: int = 22
    host: str = ""
    private_key: tuple[str, ...] = ()
    passphrase: SecretRef | None = None
    agent: bool = True
    password: SecretRef | None = None
    sudo_password: SecretRef | None = None
    known_hosts: str = "~/.ssh/known_hosts"
    host_key: str = ""
    """A pinned host key: `SHA256:…` fingerprint or `ssh-ed25519 AAAA…` line; empty: not pinned."""
    jump: tuple[str, ...] = ()
    """Jump hosts in the order of travel, each `[user@]host[:port]` (IPv6 in brackets)."""
    config: str = ""
    """An ssh_config to take HostName, Port, User, IdentityFile, ProxyJump from; empty: none."""
    connect_timeout: int = 10
    """Seconds until an unanswered connection attempt counts as failed."""


@dataclass(frozen=True, slots=True)
class Node:
    """One member: its etcd name, the address peers and clients use, and how it is entered."""

    name: str
    address: str
    sans: tuple[str, ...] = ()
    ssh: Ssh = field(default_factory=Ssh)

    @property
    def url_host(self) -> str:
        """The address as it stands in a URL: IPv6 in brackets."""
        return f"[{self.address}]" if ":" in self.address else self.address

    @property
    def peer_url(self) -> str:
        """`https://ADDRESS:2380`."""
        return f"https://{self.url_host}:{PEER_PORT}"

    @property
    def client_url(self) -> str:
        """`https://ADDRESS:2379`."""
        return f"https://{self.url_host}:{CLIENT_PORT}"


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where etcd comes from and who fetches it.

    `source` is `google`, `github`, `http(s)://…` of a mirror with the same folders
    (`vX.Y.Z/etcd-vX.Y.Z-linux-ARCH.tar.gz` below it), or an absolute path of a local tarball.
    For a local tarball of a mixed cluster `source` may hold `{arch}`. `sha256` maps an
    architecture (`amd64`, `arm64`, `ppc64le`, `s390x`, or `*` for any) to 64 hex digits.
    """

    source: str = "google"
    fetch: Literal["operator", "hosts"] = "operator"
    sha256: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OwnCa:
    """The operator's own authority: PEM files. `chain` holds the issuers above an intermediate."""

    certificate: str
    key: str
    chain: str = ""
    passphrase: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Subject fields of the hosts' certificates; empty fields are left out."""

    country: str = ""
    state: str = ""
    locality: str = ""
    organization: str = ""
    organizational_unit: str = ""
    common_name: str = ""
    """Empty: the host's name for per-host certificates, `etcd` for a shared one."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """How certificates look. `None` and empty values mean: as the profile has it.

    Validities are in hours. Profile defaults: cfssl 43800 h for authority and hosts, one key a
    host; openssl 240000 h (10000 days), one key shared by all hosts.
    """

    profile: Profile = "cfssl"
    key: KeyType = "rsa-2048"
    validity_hours: int | None = None
    ca_validity_hours: int | None = None
    shared_key: bool | None = None
    sans: tuple[str, ...] = ()
    subject: Subject | None = None
    ca: OwnCa | None = None

    @property
    def one_key_for_all(self) -> bool:
        """Whether all hosts share one certificate and key (the openssl profile's default)."""
        return self.profile == "openssl" if self.shared_key is None else self.shared_key


@dataclass(frozen=True, slots=True)
class HostPreparation:
    """What is changed on the hosts around etcd."""

    hosts_file: bool = True
    firewall: Literal["open", "leave", "disable"] = "open"
    client_ranges: tuple[str, ...] = ()
    """CIDR ranges that may reach port 2379 besides the members."""
    selinux: Literal["keep", "permissive", "disable"] = "keep"
    user: Literal["etcd", "root"] = "etcd"


@dataclass(frozen=True, slots=True)
class Paths:
    """Target folders on the hosts: absolute, normalised, no symbolic names."""

    config: str = "/etc/etcd"
    data: str = "/var/lib/etcd"
    binaries: str = "/usr/local/bin"
    units: str = "/etc/systemd/system"


@dataclass(frozen=True, slots=True)
class Tuning:
    """etcd's own settings. Times in milliseconds, sizes in bytes."""

    heartbeat_interval: int = 100
    election_timeout: int = 1000
    quota_backend_bytes: int = 2 * 1024**3
    snapshot_count: int | None = None
    auto_compaction_mode: Literal["periodic", "revision"] = "periodic"
    auto_compaction_retention: str = "8h"
    log_level: Literal["debug", "info", "warn", "error"] = "info"
    environment: tuple[tuple[str, str], ...] = ()
    """More `ETCD_*` settings, name and value, in the order of the answers file."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the cluster is called and which etcd it runs."""

    name: str
    etcd: str
    allow_unsafe_version: bool = False
    token: str = ""
    """The initial cluster token; empty: chosen at random at the first install and kept."""
    start_timeout: int = 120
    """Seconds for all members to form a quorum before the start counts as stalled."""


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """The whole wish: what `plan` compares with the observed facts."""

    cluster: Cluster
    nodes: tuple[Node, ...]
    ssh: Ssh = field(default_factory=Ssh)
    binaries: Binaries = field(default_factory=Binaries)
    certificates: Certificates = field(default_factory=Certificates)
    host: HostPreparation = field(default_factory=HostPreparation)
    paths: Paths = field(default_factory=Paths)
    tuning: Tuning = field(default_factory=Tuning)

    def node(self, name: str) -> Node:
        """Return the node called `name`; KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    @property
    def initial_cluster(self) -> str:
        """`name=peer-url,…` in the order of the answers file."""
        return ",".join(f"{node.name}={node.peer_url}" for node in self.nodes)
