"""The operator's home in a lab: keys, the hosts' host keys, and a client configuration.

For the OpenSSH client, which ignores $HOME, name the configuration: `ssh -F CONFIG host1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .options import PASSPHRASE, PASSWORD
from .process import run


@dataclass(frozen=True, slots=True)
class KnownHost:
    """What the operator must know to reach a host."""

    name: str
    addresses: tuple[str, ...]
    port: int
    public_keys: tuple[str, ...]
    jump: str | None


@dataclass(frozen=True, slots=True)
class OperatorHome:
    """Folder `home`; the key pairs and the rest lie in its `.ssh`."""

    home: Path

    @property
    def private_key(self) -> Path:
        """An ed25519 key without passphrase, authorized for every user of every host."""
        return self.home / ".ssh" / "id_ed25519"

    @property
    def encrypted_key(self) -> Path:
        """An ed25519 key under `passphrase`, authorized like the other one."""
        return self.home / ".ssh" / "id_ed25519_encrypted"

    @property
    def stranger_key(self) -> Path:
        """An ed25519 key that no host takes."""
        return self.home / ".ssh" / "id_ed25519_stranger"

    @property
    def known_hosts(self) -> Path:
        """The hosts' true host keys, by every address they have."""
        return self.home / ".ssh" / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        """Makes `ssh -F` know the hosts by name."""
        return self.home / ".ssh" / "config"

    @property
    def passphrase(self) -> str:
        """Of the encrypted key."""
        return PASSPHRASE

    @property
    def password(self) -> str:
        """Of every user of every host, root too."""
        return PASSWORD

    def create(self) -> None:
        """Make the folder and the key pairs."""
        (self.home / ".ssh").mkdir(parents=True, mode=0o700)
        for path, passphrase in (
            (self.private_key, ""),
            (self.encrypted_key, PASSPHRASE),
            (self.stranger_key, ""),
        ):
            identity: list[str | Path] = ["-N", passphrase, "-C", path.name, "-f", path]
            run(["ssh-keygen", "-q", "-t", "ed25519", *identity])

    def authorized_keys(self) -> str:
        """What goes into `authorized_keys` on the hosts."""
        keys = (self.private_key, self.encrypted_key)
        return "".join(Path(f"{key}.pub").read_text() for key in keys)

    def introduce(self, hosts: list[KnownHost]) -> None:
        """Write `known_hosts` and the client configuration."""
        known, config = [], []
        for host in hosts:
            names = [
                address if host.port == 22 else f"[{address}]:{host.port}"
                for address in host.addresses
            ]
            known += [f"{','.join(names)} {key}\n" for key in host.public_keys]
            config += [
                f"Host {host.name}\n",
                f"  HostName {host.addresses[0]}\n",
                f"  Port {host.port}\n",
                *([f"  ProxyJump {host.jump}\n"] if host.jump else []),
            ]
        config += [
            "Host *\n",
            "  User root\n",
            f"  IdentityFile {self.private_key}\n",
            "  IdentitiesOnly yes\n",
            f"  UserKnownHostsFile {self.known_hosts}\n",
            "  StrictHostKeyChecking yes\n",
        ]
        self.known_hosts.write_text("".join(known))
        self.ssh_config.write_text("".join(config))
