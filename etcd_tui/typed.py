"""What a person types: quoting, here-documents, and the ssh and scp that reach one host.

Commands for a host are typed as root, in the folder in which a login arrives; those for the
operator's machine in the cluster's state folder. So a file that `carry` brings is found by its
bare name.
"""

from __future__ import annotations

import re
import shlex

from etcd_tui.spec.model import Node, Ssh

_DEFAULT_KEYS = frozenset({"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"})
_SSH_PORT = 22
_END = "EOF"
_OF_USER = re.compile(r"~[A-Za-z_][A-Za-z0-9._-]*/(?=.)", re.ASCII)


def heredoc(path: str, text: str, *, append: bool = False) -> str:
    """Return the command that writes `text`, whose lines all end in a newline, to `path`.

    `path` is typed as it stands.
    """
    end = _END
    while end in text.splitlines():
        end += "F"
    sign = ">>" if append else ">"
    return f"cat {sign} {path} <<'{end}'\n{text}{end}"


def local(path: str) -> str:
    """Return a path of the operator's machine as a word; a shell knows `~` only at its start."""
    if path.startswith("~/"):
        return f'"$HOME"/{shlex.quote(path.removeprefix("~/"))}'
    user = _OF_USER.match(path)
    # Quoted, a shell does not know it any more; so only what can be a name is left bare.
    return f"{user[0]}{shlex.quote(path[user.end() :])}" if user else shlex.quote(path)


def enter(node: Node) -> str:
    """Return the command that opens a root's shell on the host, in the login's own folder."""
    ssh = node.ssh
    words = ["ssh", *_options(ssh, "-p")]
    if _is_root(ssh):
        return " ".join([*words, _login(ssh) + _place(node)])
    return " ".join([words[0], "-t", *words[1:], _login(ssh) + _place(node), "sudo", "-s"])


def carry(node: Node, source: str, name: str) -> str:
    """Return the command that copies `source`, a word, to the login's folder as `name`."""
    place = _place(node)
    bracketed = f"[{place}]" if ":" in place else place
    words = ["scp", *_options(node.ssh, "-P"), source, f"{_login(node.ssh)}{bracketed}:{name}"]
    return " ".join(words)


def _is_root(ssh: Ssh) -> bool:
    # An ssh_config may name another user, which the answers then do not know.
    return ssh.user == "root" and not ssh.config


def _login(ssh: Ssh) -> str:
    return "" if ssh.config and ssh.user == Ssh().user else f"{ssh.user}@"


def _place(node: Node) -> str:
    return node.ssh.host or node.address


def _options(ssh: Ssh, port: str) -> list[str]:
    words = []
    if ssh.config:
        words += ["-F", local(ssh.config)]
    if ssh.port != _SSH_PORT:
        words += [port, str(ssh.port)]
    for key in ssh.private_key:
        if key not in _DEFAULT_KEYS:
            words += ["-i", local(key)]
    if ssh.known_hosts != Ssh().known_hosts:
        words += ["-o", f"UserKnownHostsFile={local(ssh.known_hosts)}"]
    if ssh.jump:
        words += ["-J", ",".join(ssh.jump)]
    return words
