"""Route: the hops to one node, worked out from the answers and an optional ssh_config file.

From an ssh_config file come HostName, Port, User, IdentityFile, IdentitiesOnly, IdentityAgent and
ProxyJump, nothing else: known hosts are always those of the answers, whatever UserKnownHostsFile
says. The answers win where they say something; `user: root` and `port: 22` cannot be told from the
defaults and give way to User and Port of the file.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh

from etcd_tui.errors import UsageError
from etcd_tui.i18n import _
from etcd_tui.remote.trust import SSH_PORT
from etcd_tui.spec.model import Node, SecretRef, Ssh

_JUMP = re.compile(
    r"(?:(?P<user>[^@\s]+)@)?(?:\[(?P<v6>[^\]\s]+)\]|(?P<host>[^:\s@]+))(?::(?P<port>\d{1,5}))?"
)
_DEFAULT_USER = Ssh().user
_MOST_JUMPS = 8
_UNSET = object()


@dataclass(frozen=True, slots=True)
class Hop:
    """One SSH server on the way, and how to log in to it. Equal hops can share a connection."""

    host: str
    port: int
    user: str
    private_key: tuple[str, ...]
    passphrase: SecretRef | None
    agent: str
    """Path of the agent's socket; empty: no agent."""
    identities_only: bool
    """Of the agent's keys, offer only those whose files are named."""
    password: SecretRef | None
    known_hosts: str
    host_key: str
    connect_timeout: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == SSH_PORT else f":{self.port}"
        return f"{self.user}@{host}{port}"


@dataclass(frozen=True, slots=True)
class Route:
    """The jump hosts in the order of travel, and the node itself."""

    name: str
    jumps: tuple[Hop, ...]
    target: Hop
    sudo_password: SecretRef | None


def route(node: Node) -> Route:
    """Return the way to `node`. UsageError for an ssh_config or a jump that cannot be used.

    Jump hosts are entered with the node's keys, agent, known hosts and user unless they name one.
    They get no password and no pin: those belong to the node.
    """
    ssh = node.ssh
    target, proxy_jump = _hop(ssh, ssh.host or node.address, ssh.user, ssh.port)
    # Jumps that the answers name win over those of the file.
    if ssh.jump:
        jumps = [_jump(ssh, text)[0] for text in ssh.jump]
    else:
        jumps = _proxy_jumps(node, proxy_jump)
    return Route(node.name, tuple(jumps), target, ssh.sudo_password)


def _proxy_jumps(node: Node, ahead: list[str]) -> list[Hop]:
    """Return the ssh_config's jumps in order of travel; the first may have a jump of its own."""
    jumps: list[Hop] = []
    while ahead:
        if len(jumps) == _MOST_JUMPS:
            raise UsageError(
                _("{name}: the jump hosts of {path} lead in a circle.").format(
                    name=node.name, path=node.ssh.config
                ),
                remedy=_("Correct ProxyJump there, or set ssh.jump."),
            )
        hop, before = _jump(node.ssh, ahead.pop())
        jumps.insert(0, hop)
        ahead = ahead or before
    return jumps


def _jump(ssh: Ssh, text: str) -> tuple[Hop, list[str]]:
    match = _JUMP.fullmatch(text.strip().removeprefix("ssh://"))
    if match is None:
        raise UsageError(
            _("This is no jump host: {text}").format(text=text),
            remedy=_("Write it as [user@]host[:port], an IPv6 address in brackets."),
        )
    hop, before = _hop(
        ssh,
        match["v6"] or match["host"],
        match["user"] or ssh.user,
        int(match["port"] or SSH_PORT),
    )
    return replace(hop, password=None, host_key=""), before


def _hop(ssh: Ssh, host: str, user: str, port: int) -> tuple[Hop, list[str]]:
    """Return one hop, and the jumps that the ssh_config names for it."""
    agent = os.environ.get("SSH_AUTH_SOCK", "") if ssh.agent else ""
    hop = Hop(
        host=host,
        port=port,
        user=user,
        private_key=ssh.private_key,
        passphrase=ssh.passphrase,
        agent=agent,
        identities_only=False,
        password=ssh.password,
        known_hosts=ssh.known_hosts,
        host_key=ssh.host_key,
        connect_timeout=ssh.connect_timeout,
    )
    if not ssh.config:
        return hop, []
    return _with_config(hop, Path(ssh.config).expanduser(), ssh.agent)


def _with_config(hop: Hop, path: Path, wanted_agent: bool) -> tuple[Hop, list[str]]:
    try:
        # Only its reading of the file is used: no keys, no agent, no known hosts are opened.
        options = asyncssh.SSHClientConnectionOptions(
            config=[path],
            host=hop.host,
            client_keys=None,
            x509_trusted_certs=None,
            x509_trusted_cert_paths=[],
            gss_host=None,
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            _("The ssh_config file {path} cannot be used: {reason}").format(
                path=path, reason=error
            ),
            remedy=_("Correct the file, or name another one in ssh.config."),
        ) from None
    if options.proxy_command:
        raise UsageError(
            _("{path} reaches {host} by ProxyCommand, which is not supported.").format(
                path=path, host=hop.host
            ),
            cause=_("The output of a foreign command cannot be kept off the screen."),
            remedy=_("Use ProxyJump there, or name the jump hosts in ssh.jump."),
        )
    get = options.config.get
    identity_agent = get("IdentityAgent", _UNSET)
    jumps = options.tunnel
    found = replace(
        hop,
        host=options.host,
        port=hop.port if hop.port != SSH_PORT else int(str(get("Port", SSH_PORT))),
        user=hop.user if hop.user != _DEFAULT_USER else str(get("User", _DEFAULT_USER)),
        private_key=hop.private_key or tuple(_strings(get("IdentityFile", ()))),
        agent=_agent(hop.agent, identity_agent) if wanted_agent else "",
        identities_only=bool(get("IdentitiesOnly", False)),
    )
    return found, jumps.split(",") if isinstance(jumps, str) and jumps else []


def _agent(default: str, identity_agent: object) -> str:
    """Return the agent's path; asyncssh has None for `IdentityAgent none`."""
    if identity_agent is None:
        return ""
    if identity_agent in (_UNSET, "SSH_AUTH_SOCK"):
        return default
    return str(Path(str(identity_agent)).expanduser())


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
