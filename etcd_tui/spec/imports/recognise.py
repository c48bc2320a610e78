"""recognise: which form of host list a file is."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath

from etcd_tui.spec.imports.ansible_inventory import is_yaml
from etcd_tui.spec.imports.place import is_ip

_LOOKED_AT = 1 << 16
"""Characters from the beginning; what a file is shows in its first lines."""
_SSH_BLOCK = re.compile(r"^[ \t]*(?:Host|Match)(?:[ \t]+|[ \t]*=[ \t]*)\S", re.I | re.M)
_SSH_KEYWORD = re.compile(
    r"^[ \t]*(?:HostName|User|Port|IdentityFile|IdentitiesOnly|ProxyJump|ProxyCommand|Include"
    r"|ForwardAgent|ServerAliveInterval|StrictHostKeyChecking|UserKnownHostsFile|AddKeysToAgent"
    r"|ControlMaster)(?:[ \t]+|[ \t]*=[ \t]*)\S",
    re.I | re.M,
)
_SECTION = re.compile(r"^\[[A-Za-z_][\w.-]*(?::(?:vars|children|hosts))?\][ \t]*(?:#.*)?\r?$", re.M)
_ANSIBLE_KEY = re.compile(r"^[ \t]+[\"']?(?:hosts|children)[\"']?[ \t]*:", re.M)
_ANSWERS_KEY = re.compile(r"^(?:cluster|nodes|binaries)[ \t]*:", re.M)
_VERSION_KEY = re.compile(r"^version[ \t]*:", re.M)


class FileFormat(StrEnum):
    """What a file can be."""

    LINES = "lines"
    """One host a line, or a table: for `pasted`. Also whatever is nothing else."""
    ETC_HOSTS = "etc_hosts"
    SSH_CONFIG = "ssh_config"
    ANSIBLE = "ansible"
    ANSWERS = "answers"
    """An answers file of etcd-tui: it holds more than hosts."""
    PROGRAM = "program"
    """A script or a binary; nothing here runs it."""


def recognise(path_name: str, text: str) -> FileFormat:
    """Return what `text` is; the name of its file decides only where the text leaves it open."""
    text = text[:_LOOKED_AT].removeprefix("\ufeff")
    name = PurePath(path_name)
    if text.startswith("#!") or "\0" in text:
        return FileFormat.PROGRAM
    found = _by_text(text)
    if found is FileFormat.LINES:
        return _by_name(name, text)
    return found


def _by_text(text: str) -> FileFormat:
    if _SECTION.search(text) or _is_inventory(text):
        return FileFormat.ANSIBLE
    if is_yaml(text):
        if _ANSIBLE_KEY.search(text):
            return FileFormat.ANSIBLE
        if _ANSWERS_KEY.search(text) and _VERSION_KEY.search(text):
            return FileFormat.ANSWERS
    if _SSH_BLOCK.search(text) and _SSH_KEYWORD.search(text):
        return FileFormat.SSH_CONFIG
    return FileFormat.ETC_HOSTS if _is_etc_hosts(text) else FileFormat.LINES


def _by_name(name: PurePath, text: str) -> FileFormat:
    if name.suffix == ".ini" or (name.suffix in (".yml", ".yaml") and is_yaml(text)):
        return FileFormat.ANSIBLE
    if name.name.startswith("ssh_config") or (name.parent.name == ".ssh" and name.name == "config"):
        return FileFormat.SSH_CONFIG
    if name.name == "hosts" and name.parent.name == "etc":
        return FileFormat.ETC_HOSTS
    return FileFormat.LINES


def _is_inventory(text: str) -> bool:
    """Tell whether `text` is an inventory without sections: hosts with `ansible_` variables."""
    if text.startswith("$ANSIBLE_VAULT"):
        return True
    rows = [
        line.split() for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"
    ]
    shaped = all("=" not in row[0] and all("=" in word for word in row[1:]) for row in rows)
    return shaped and any(word.startswith("ansible_") for row in rows for word in row[1:])


def _is_etc_hosts(text: str) -> bool:
    """Tell whether every line is an address with names, and one is that of localhost."""
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    rows = [words for words in lines if words]
    if not any("localhost" in words[1:] for words in rows):
        return False
    return all(len(words) > 1 and is_ip(words[0]) for words in rows)
