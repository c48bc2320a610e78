"""Table: a pasted table whose first line names its columns, as a spreadsheet exports it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from etcd_tui.i18n import _
from etcd_tui.spec import names, network
from etcd_tui.spec.imports.found import Found, host_of, member_name
from etcd_tui.spec.imports.place import is_place, place, port_number
from etcd_tui.spec.imports.ssh_command import jumps, private_key
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_COLUMNS = {
    "name": "name nodename node member membername server 名称 主机名 主机名称 节点 节点名 节点名称",
    "place": "ip ipaddress ipaddr ipv4 ipv6 address addr privateip internalip "
    "ip地址 地址 内网ip 内网地址 主机ip",
    "either": "host hostname 主机",
    "host": "sshhost publicip externalip floatingip 公网ip 外网ip",
    "user": "user username sshuser login 用户 用户名 账号 账户",
    "port": "port sshport 端口 端口号 ssh端口",
    "private_key": "key keyfile privatekey identityfile 私钥 密钥",
    "jump": "jump jumphost proxyjump bastion 跳板机 堡垒机",
}
_ROLES = {word: role for role, words in _COLUMNS.items() for word in words.split()}
_SECRET = re.compile(r"pass|pwd|secret|密码|口令")
_DECORATION = re.compile(r"[-=:|+ \t]+")
_DELIMITERS = "\t|;,"


@dataclass(frozen=True, slots=True)
class Table:
    """`roles` has what each column means, empty for one that is left out."""

    delimiter: str
    """Empty: any white space."""
    roles: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def row(self, line: str) -> list[Found]:
        """Return the host of one line; none for a blank, a comment or a ruled line."""
        if not line.strip() or _DECORATION.fullmatch(line) or line.strip().startswith(("#", "//")):
            return []
        columns = _columns(line, self.delimiter)
        if not columns:
            return []
        if len(columns) > len(self.roles):
            raise Refused(
                _("This row has more columns than the first line names."),
                _("Put a value that contains the separator in quotes."),
            )
        values = {role: text for role, text in zip(self.roles, columns, strict=False) if role}
        where = values.pop("place", "")
        if not where:
            raise Refused(
                _("There is no address in this row."), _("Fill it in, or delete the row.")
            )
        name = values.pop("name", "")
        found = host_of(member_name(name) if name else "", place(where))
        changed: dict[str, Any] = {role: _READ[role](text) for role, text in values.items() if text}
        if changed.get("host") == found.host.address:
            del changed["host"]
        return [replace(found, host=replace(found.host, **changed))]

    def excerpt(self, line: str) -> str:
        """Return what may be shown of `line`: name and address, as the rest may be secret."""
        columns = _columns(line, self.delimiter)
        pairs = zip(self.roles, columns, strict=False)
        return " ".join(text for role, text in pairs if role in ("name", "place", "user"))


def table_of(header: str) -> Table | None:
    """Return the table that begins with the line `header`; None if it names no columns."""
    delimiter = next((sign for sign in _DELIMITERS if sign in header), "")
    titles = _columns(header, delimiter)
    roles = [_role(title) for title in titles]
    known = [role for role in roles if role not in ("", "secret")]
    if (
        any(map(is_place, titles))
        or len(set(known)) < len(known)
        or (not delimiter and "" in roles)
    ):
        return None
    if "place" not in roles:
        stand_in = next((role for role in ("host", "either") if role in roles), "")
        roles = ["place" if role and role == stand_in else role for role in roles]
    # A column "host" beside the addresses holds names.
    roles = [("" if "name" in roles else "name") if role == "either" else role for role in roles]
    if "place" not in roles:
        return None
    secret = [title for title, role in zip(titles, roles, strict=True) if role == "secret"]
    other = [title for title, role in zip(titles, roles, strict=True) if not role and title]
    notes = []
    if secret:
        what = _("Passwords (column {names}) were left out; etcd-tui asks for them itself.")
        notes.append(what.format(names=", ".join(map(shown, secret))))
    if other:
        what = _("These columns were left out: {names}.")
        notes.append(what.format(names=", ".join(map(shown, other))))
    roles = ["" if role == "secret" else role for role in roles]
    return Table(delimiter, tuple(roles), tuple(notes))


def _role(title: str) -> str:
    plain = re.sub(r"[\s_.-]", "", title.lower())
    return "secret" if _SECRET.search(plain) else _ROLES.get(plain, "")


def _columns(line: str, delimiter: str) -> list[str]:
    if not delimiter:
        return line.split()
    if delimiter == "|":
        line = line.strip().removeprefix("|").removesuffix("|")
    try:
        columns = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        columns = line.split(delimiter)
    columns = [column.strip() for column in columns]
    while columns and not columns[-1]:
        columns.pop()
    return columns


_READ: dict[str, Callable[[str], object]] = {
    "host": network.host,
    "user": names.user,
    "port": port_number,
    "private_key": lambda text: (private_key(text),),
    "jump": jumps,
}
