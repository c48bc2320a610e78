"""ssh_command: what a typed `ssh …` line says about the host that it enters."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from etcd_tui.i18n import _
from etcd_tui.spec import names, network
from etcd_tui.spec.imports.place import Place, place, port_number
from etcd_tui.spec.places import local_path
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

# ssh(1), Synopsis: options that stand alone, and options with an argument.
_ALONE = frozenset("46AaCfGgKkMNnqsTtVvXxYy")
_WITH_ARGUMENT = frozenset("BbcDEeFIiJLlmOoPpQRSWw")
_NETCATS = frozenset({"nc", "ncat", "netcat"})
_FORWARDS = frozenset({"%h:%p", "[%h]:%p"})


@dataclass(frozen=True, slots=True)
class SshCommand:
    """The destination with user and port, keys and jump hosts, and the rest of the line."""

    place: Place
    private_key: tuple[str, ...] = ()
    jump: tuple[str, ...] = ()
    proxy_command: str = ""
    forward: str = ""
    """The argument of `-W`."""
    remote: tuple[str, ...] = ()
    """The command to run on the host."""


@dataclass(slots=True)
class _Options:
    values: list[tuple[str, str]]
    destination: str = ""
    remote: tuple[str, ...] = ()

    def first(self, *keys: str) -> str:
        return next((value for key, value in self.values if key in keys), "")

    def all(self, *keys: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for key, value in self.values if key in keys))


def ssh_command(text: str) -> SshCommand:
    """Read `text`, which begins with `ssh`; Refused if it names no host that can be used."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        raise Refused(
            _("The quotes of this command are not closed."),
            _("Close them, or write only user@host:port."),
        ) from None
    options = _options(words[1:])
    if not options.destination:
        raise Refused(
            _("This ssh command names no host."), _("Write for example ssh root@192.0.2.11.")
        )
    found = place(options.destination)
    port = options.first("p", "port")
    return SshCommand(
        replace(
            found,
            user=found.user or _checked_user(options.first("l", "user")),
            port=port_number(port) if port else found.port,
        ),
        tuple(private_key(value) for value in options.all("i", "identityfile") if value != "none"),
        jumps(options.first("J", "proxyjump")),
        options.first("proxycommand"),
        options.first("W"),
        options.remote,
    )


def jump_of(proxy_command: str) -> SshCommand | None:
    """Return the ssh command that a `ProxyCommand` uses as a jump host; None if it is another.

    Known are `ssh -W %h:%p gate` and `ssh gate nc %h %p`.
    """
    if not re.match(r"(?:/usr/bin/)?ssh\s", proxy_command):
        return None
    try:
        command = ssh_command(proxy_command)
    except Refused:
        return None
    if command.proxy_command:
        return None
    program = command.remote[0].rpartition("/")[2] if command.remote else ""
    through_netcat = program in _NETCATS and command.remote[-2:] == ("%h", "%p")
    return command if command.forward in _FORWARDS or through_netcat else None


def jump_text(found: Place) -> str:
    """Return `found` in the form of a jump host, `[user@]host[:port]`."""
    host = found.host or found.address
    host = f"[{host}]" if ":" in host else host
    user = f"{found.user}@" if found.user else ""
    return network.jump_host(f"{user}{host}{f':{found.port}' if found.port else ''}")


def jumps(text: str) -> tuple[str, ...]:
    """Accept the value of `-J` or `ProxyJump`; `none` and nothing give no jump host."""
    if text.lower() in ("", "none"):
        return ()
    return tuple(network.jump_host(part.strip().removeprefix("ssh://")) for part in text.split(","))


def private_key(text: str) -> str:
    """Accept the path of a private key; it is kept as it is written."""
    local_path(text, Path("/"))
    return text


def _checked_user(text: str) -> str:
    return names.user(text) if text else ""


def _options(words: list[str]) -> _Options:
    found = _Options([])
    rest = iter(words)
    for word in rest:
        if word.startswith("-") and len(word) > 1:
            _take(word[1:], rest, found)
        elif not found.destination:
            found.destination = word
        else:
            found.remote = (word, *rest)
    return found


def _take(letters: str, rest: Iterator[str], found: _Options) -> None:
    for index, letter in enumerate(letters):
        if letter in _WITH_ARGUMENT:
            value = letters[index + 1 :] or next(rest, "")
            if letter == "o":
                key, _sign, setting = re.sub(r"[\s=]+", "=", value.strip(), count=1).partition("=")
                found.values.append((key.lower(), setting))
            else:
                found.values.append((letter, value))
            return
        if letter not in _ALONE:
            raise Refused(
                _("ssh has no option {option}.").format(option=shown(f"-{letter}")),
                _("Write for example ssh -p 2222 root@192.0.2.11."),
            )
