"""Disk: the folder in which everything of one practice host lies, as on a freshly made host."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SHIMS = Path(__file__).parent / "shims"
_TIMEKEEPERS = frozenset({"chronyd", "ntpd", "systemd-timesyn", "ptp4l", "phc2sys"})
_ASKING = ("systemctl", "systemd-run", "journalctl", "ss")
_ANSWERING = (
    "chown",
    "getent",
    "hostname",
    "id",
    "ip",
    "pgrep",
    "stat",
    "systemd-socket-activate",
    "useradd",
)
_ALSO_USERADD = ("groupadd", "groupdel", "userdel", "usermod", "groupmod")
# What the scripts call besides the shims. A program that is missing here is missing on the host,
# and preflight says so.
_REAL = (
    "awk", "base64", "basename", "bash", "cat", "chmod", "cksum", "cmp", "cp", "curl", "cut",
    "date", "dd", "df", "diff", "dirname", "du", "echo", "env", "expr", "false", "find", "flock",
    "fold", "grep", "gunzip", "gzip", "head", "install", "kill", "ln", "ls", "mkdir", "mkfifo",
    "mktemp", "mv", "nl", "nohup", "od", "paste", "printenv", "printf", "ps", "pwd", "readlink",
    "realpath", "rm", "rmdir", "sed", "seq", "sh", "sha256sum", "sleep", "sort", "split", "stty",
    "sync", "tac", "tail", "tar", "tee", "test", "timeout", "touch", "tr", "true", "uname", "uniq",
    "uptime", "wc", "wget", "whoami", "xargs", "zcat",
)  # fmt: skip
_FOLDERS = (
    "etc/systemd/system/multi-user.target.wants",
    "opt",
    "proc/1",
    "proc/sys/kernel",
    "root",
    "run/practice",
    "run/systemd/transient",
    "srv",
    "tmp",
    "usr/local/bin",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "var/lib",
)


@dataclass(frozen=True, slots=True)
class Disk:
    """One host's disk. `root` is the folder that stands for `/`; `programs` the hosts' PATH."""

    root: Path
    programs: Path

    def inside(self, path: str) -> str:
        """Return where the host's absolute `path` lies on this machine.

        The programs lie outside: a script that asks for one is given where it really is.
        """
        return path if path.startswith(f"{self.programs}/") else f"{self.root}{path}"

    @property
    def source(self) -> str:
        """The address that the host sends from."""
        return (self.root / "run/practice/source").read_text().strip()

    def led(self, word: str) -> str:
        """Return `word`, led to this disk if it is an absolute path."""
        return self.inside(word) if word.startswith("/") else word


def make_disk(root: Path, programs: Path, name: str, address: str) -> Disk:
    """Make the disk of host `name`."""
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
        (root / folder).chmod(0o755)
    (root / "root").chmod(0o700)
    files = {
        "etc/hostname": f"{name}\n",
        "etc/hosts": f"127.0.0.1\tlocalhost\n{address}\t{name}.practice\n",
        "etc/machine-id": f"{secrets.token_hex(16)}\n",
        "etc/os-release": 'ID=practice\nPRETTY_NAME="practice host of etcd-tui"\n',
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
        "etc/group": "root:x:0:\n",
        "proc/1/comm": "systemd\n",
        "proc/sys/kernel/hostname": f"{name}\n",
        "run/practice/addresses": _addresses(address),
        "run/practice/source": f"{_source(address)}\n",
    }
    for path, text in files.items():
        (root / path).write_text(text)
        (root / path).chmod(0o644)
    for pid, comm in _timekeepers():
        (root / "proc" / pid).mkdir()
        (root / "proc" / pid / "comm").write_text(f"{comm}\n")
    return Disk(root, programs)


def _timekeepers() -> Iterator[tuple[str, str]]:
    """Yield the process id and name of what keeps this machine's clock, which is the hosts' too."""
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            comm = path.read_text().strip()
            if comm in _TIMEKEEPERS:
                yield path.parent.name, comm


def _addresses(address: str) -> str:
    return (
        "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n"
        f"1: lo    inet {address}/8 scope host lo\\       valid_lft forever\n"
    )


def _source(address: str) -> str:
    """Return the address from which this machine sends to `address`: the kernel's choice."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return str(probe.getsockname()[0])


def _running(path: str) -> str:
    """Return the function of the shims that becomes a program of `shims`, in Perl or in Python."""
    perl = shutil.which("perl", path=path)
    folder = shlex.quote(f"{_SHIMS}/")
    if perl is None:
        command = f'{shlex.quote(sys.executable)} -I -S {folder}"$program.py"'
    else:
        command = f'{shlex.quote(perl)} {folder}"$program.pl"'
    # Perl would complain about a locale that this machine may not have.
    return f'run() {{ program=$1; shift; export PERL_BADLANG=0; exec {command} "$@"; }}\n'


def make_programs(folder: Path, path: str) -> None:
    """Fill `folder` with the programs of all practice hosts; the real ones are found on `path`.

    The folder is all of the hosts' PATH: what this machine has besides (a firewall, SELinux, a
    package manager) is not theirs.
    """
    folder.mkdir(parents=True)
    for name in _REAL:
        found = shutil.which(name, path=path)
        if found:
            (folder / name).symlink_to(found)
    real_stat = shlex.quote(shutil.which("stat", path=path) or "/usr/bin/stat")
    head = f"#!/bin/sh\nreal_stat={real_stat}\n{_running(path)}"
    for name in (*_ASKING, *_ANSWERING):
        shim = folder / name
        shim.write_text(head + (_SHIMS / name).read_text("ascii"))
        shim.chmod(0o755)
    for name in _ALSO_USERADD:
        (folder / name).symlink_to("useradd")
