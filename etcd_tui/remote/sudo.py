"""Sudo: how a command becomes root on one host, found out once, when the host is entered.

What sudo does with standard input depends on whether it asks for a password, and a password that
it does not ask for would end up in the command's own input. So the mode is fixed by a probe:
`sudo -n -k` succeeds => the password is never sent; else each command carries it as its first
line and `-k` makes sudo ask every time, whatever ticket is cached.
"""

from __future__ import annotations

from dataclasses import dataclass

from etcd_tui.remote.shell import Frame
from etcd_tui.secret import Secret


@dataclass(frozen=True, slots=True)
class Become:
    """How to run a framed script as root: as it is, by sudo, or by sudo with a password."""

    sudo: bool = False
    password: Secret | None = None

    def command(self, frame: Frame) -> str:
        """Return the command line for sshd. It stands in process lists and in sudo's log."""
        if not self.sudo:
            return f"exec {frame.command}"
        option = "-n" if self.password is None else "-S -k -p ''"
        return f"exec sudo {option} -- {frame.command}"

    def head(self, frame: Frame) -> bytes:
        """Return what stands before the payload on standard input."""
        if self.password is None:
            return frame.line
        return self.password.reveal().encode() + b"\n" + frame.line


AS_LOGIN = Become()
"""As the user who logged in."""
