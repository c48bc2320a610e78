"""Sshd: a real OpenSSH server on loopback, with users of its own that this machine never sees.

It runs in a private mount namespace in which passwd, shadow, group and sudoers are bind-mounted
over the real ones. When the process ends, for whatever reason, the namespace goes with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUDO_PASSWORD = "s3cr3t 'pässwort'"
USERS = {
    # name: login shell
    "plain": "/bin/sh",
    "nopass": "/bin/bash",
    "pass": "/bin/bash",
    "tty": "/bin/sh",
    "noisy": "/bin/bash",
    "dashing": "/bin/dash",
    "csher": "/bin/csh",
    "fisher": "/usr/bin/fish",
    "zsher": "/usr/bin/zsh",
    "nobodyhome": "/usr/sbin/nologin",
}
SUDOERS = """
Defaults !lecture, logfile={log}, timestampdir={folder}/sudo-tickets
Defaults passwd_tries=3
root ALL=(ALL:ALL) ALL
nopass ALL=(ALL) NOPASSWD: ALL
noisy ALL=(ALL) NOPASSWD: ALL
pass ALL=(ALL) ALL
tty, dashing, csher, fisher, zsher ALL=(ALL) NOPASSWD: ALL
Defaults:tty requiretty
"""
# Without pam_unix's two seconds of delay after a wrong password.
PAM = "auth required pam_unix.so nodelay\naccount required pam_permit.so\n"


@dataclass
class World:
    """The users, keys and files that all servers of a test session share."""

    folder: Path
    key: Path
    host_keys: dict[str, Path]
    sudo_log: Path
    namespace: str
    """Shell commands that set up the mount namespace."""


@dataclass
class Sshd:
    """One running server."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    world: World
    config: Path

    def public_key(self, kind: str = "ed25519") -> str:
        """`ssh-ed25519 AAAA…` as in known_hosts."""
        return " ".join(self.world.host_keys[kind].with_suffix(".pub").read_text().split()[:2])

    def known_hosts(self, path: Path, kind: str = "ed25519", host: str = "127.0.0.1") -> Path:
        """Write a known_hosts file that holds this server's key."""
        path.write_text(f"[{host}]:{self.port} {self.public_key(kind)}\n")
        return path

    def sessions(self) -> list[int]:
        """Process ids below the listener: the servers of connections, and their commands."""
        return descendants(self.process.pid)

    def kill_connections(self) -> None:
        """Kill the processes that serve connections, not the listener and not the commands."""
        for pid in self.sessions():
            if process_name(pid).startswith("sshd"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the server and all that it has started, by pid."""
        left = self.sessions()
        self.process.terminate()
        self.process.wait(10)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def process_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = stat.read_text()
            parent = int(text.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    ahead = [pid]
    while ahead:
        below = children.get(ahead.pop(), [])
        found += below
        ahead += below
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing() -> str:
    """Why this machine cannot run the server; empty if it can."""
    if os.geteuid() != 0:
        return "root is needed for a server with users of its own"
    for tool in ("/usr/sbin/sshd", "/usr/bin/sudo", "/usr/bin/unshare", "/usr/bin/ssh-keygen"):
        if not Path(tool).exists():
            return f"{tool} is not installed"
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        return "this machine does not allow private mount namespaces"
    return ""


def keygen(path: Path, kind: str = "ed25519", passphrase: str = "", comment: str = "test") -> Path:
    bits = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, *bits, "-N", passphrase, "-C", comment, "-f", str(path)],
        check=True,
    )
    return path


def make_world(folder: Path) -> World:
    # Other users must be able to get at their homes.
    folder.chmod(0o755)
    (folder / "home").mkdir()
    key = keygen(folder / "id_ed25519")
    host_keys = {kind: keygen(folder / f"host_{kind}", kind) for kind in ("ed25519", "ecdsa")}
    host_keys["rsa"] = keygen(folder / "host_rsa", "rsa")
    host_keys["other"] = keygen(folder / "host_other")
    hashed = (
        subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],
            input=SUDO_PASSWORD.encode(),
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    # root's login shell and with it the .bashrc of whoever runs the tests stay out of them.
    passwd = re.sub(r"(?m)^(root:.*:)[^:]*$", r"\1/bin/sh", Path("/etc/passwd").read_text())
    group = Path("/etc/group").read_text()
    shadow = Path("/etc/shadow").read_text()
    for number, (name, shell) in enumerate(USERS.items(), 61000):
        home = folder / "home" / name
        (home / ".ssh").mkdir(parents=True)
        shutil.copy(f"{key}.pub", home / ".ssh/authorized_keys")
        passwd += f"{name}:x:{number}:{number}::{home}:{shell}\n"
        group += f"{name}:x:{number}:\n"
        shadow += f"{name}:{hashed}:19000:0:99999:7:::\n"
        for path in (home, *home.rglob("*")):
            os.chown(path, number, number)
    noise = "printf 'hello \\377\\000 from bashrc\\n'; echo warning >&2\n"
    (folder / "home/noisy/.bashrc").write_text(noise)
    sudo_log = folder / "sudo.log"
    files = {
        "passwd": (passwd, 0o644),
        "group": (group, 0o644),
        "shadow": (shadow, 0o600),
        "sudoers": (SUDOERS.format(log=sudo_log, folder=folder), 0o440),
        "pam.d/sshd": (PAM, 0o644),
        "pam.d/sudo": (PAM, 0o644),
    }
    mounts = []
    for name, (text, mode) in files.items():
        path = folder / name.replace("/", "-")
        path.write_text(text)
        path.chmod(mode)
        mounts.append(f"mount --bind {path} /etc/{name}")
    mounts.append("mkdir -p /run/sshd && mount -t tmpfs tmpfs /run/sshd && chmod 755 /run/sshd")
    return World(folder, key, host_keys, sudo_log, " && ".join(mounts))


@contextlib.contextmanager
def running(
    world: World,
    name: str,
    *options: str,
    hosts: tuple[str, ...] = (),
    mounts: tuple[str, ...] = (),
    sudoers: str = "",
) -> Iterator[Sshd]:
    """Run a server with `options` of sshd_config on top of the plain ones.

    `hosts`: the kinds of its host keys; `mounts`: more shell commands for its namespace;
    `sudoers`: more lines of sudoers.
    """
    port = free_port()
    namespace = [world.namespace, *mounts]
    if sudoers:
        path = world.folder / f"sudoers-{port}"
        path.write_text((world.folder / "sudoers").read_text() + sudoers)
        path.chmod(0o440)
        namespace.append(f"mount --bind {path} /etc/sudoers")
    config = world.folder / f"{name}-{port}.conf"
    log = world.folder / f"{name}-{port}.log"
    lines = [
        *options,
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        *(f"HostKey {world.host_keys[kind]}" for kind in hosts or ("ed25519", "ecdsa", "rsa")),
        "PidFile none",
        "UsePAM yes",
        "StrictModes no",
        "PermitRootLogin yes",
        f"AuthorizedKeysFile {world.key}.pub .ssh/authorized_keys",
        "PrintMotd no",
        "UseDNS no",
        "LogLevel VERBOSE",
    ]
    config.write_text("\n".join(lines) + "\n")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "sh",
                "-c",
                f"{' && '.join(namespace)} && exec /usr/sbin/sshd -D -e -f {config}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    server = Sshd(port, process, log, world, config)
    try:
        _wait_for(server)
        yield server
    finally:
        server.stop()


def _wait_for(server: Sshd) -> None:
    deadline = time.monotonic() + 20
    while b"Server listening" not in server.log.read_bytes():
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"sshd did not start: {server.log.read_text()}")
        time.sleep(0.01)
