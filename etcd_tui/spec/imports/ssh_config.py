"""ssh_config_aliases: the hosts that an ssh_config file names, to choose from and to import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from etcd_tui.i18n import _
from etcd_tui.spec import names
from etcd_tui.spec.imports.distinct import distinct
from etcd_tui.spec.imports.found import Found, first_label
from etcd_tui.spec.imports.imported import Imported, ImportedHost, Rejected
from etcd_tui.spec.imports.place import address_or_name, is_ip
from etcd_tui.spec.imports.ssh_command import private_key
from etcd_tui.spec.imports.ssh_config_file import Directive, ReadIncluded, read_ssh_config
from etcd_tui.spec.imports.ssh_config_jumps import jumps_of
from etcd_tui.spec.imports.ssh_config_resolve import (
    Resolved,
    expanded,
    passed_over_note,
    port_of,
    resolve,
)
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

MAX_ALIASES = 1000


@dataclass(frozen=True, slots=True)
class SshAliases:
    """What can be imported from one file.

    `names` are the words behind `Host` without wildcards, in their order. `match_exec` is whether
    a `Match exec` stands in the file or in one that it includes: ssh and etcd-tui's own
    connections run such a command when they read the file; the import does not.
    """

    names: tuple[str, ...]
    match_exec: bool
    notes: tuple[str, ...]
    lines: tuple[int, ...]
    """Where each name stands; for an included file, the line of the `Include`."""
    directives: tuple[Directive, ...]


def ssh_config_aliases(text: str, read: ReadIncluded | None = None) -> SshAliases:
    """Return the aliases of `text`; `read` gives the files of an `Include`. Never raises."""
    file = read_ssh_config(text, read)
    aliases: dict[str, int] = {}
    match_exec = False
    for directive in _all(file.directives):
        if directive.keyword == "match":
            match_exec = match_exec or any(map(_is_exec, directive.arguments))
        elif directive.keyword == "host":
            for word in directive.arguments:
                if _is_alias(word) and len(aliases) < MAX_ALIASES:
                    aliases.setdefault(word, directive.line)
    lines = tuple(aliases.values())
    return SshAliases(tuple(aliases), match_exec, file.notes, lines, file.directives)


def ssh_config_hosts(aliases: SshAliases, chosen: Iterable[str]) -> Imported:
    """Return the `chosen` of `aliases.names` as hosts, with what the file says about each."""
    lines = dict(zip(aliases.names, aliases.lines, strict=True))
    found: list[Found] = []
    rejected: list[Rejected] = []
    notes: list[str] = []
    passed_over: set[int] = set()
    for alias in dict.fromkeys(chosen):
        resolved = resolve(aliases.directives, alias)
        passed_over.update(resolved.passed_over)
        line = lines.get(alias, 0)
        try:
            found.append(_found(resolved, aliases.directives, line, notes))
        except Refused as refused:
            rejected.append(Rejected.of(line, alias, refused))
    if passed_over:
        notes.append(passed_over_note(sorted(passed_over)))
    return distinct(found).also(rejected, (*aliases.notes, *notes))


def _all(directives: tuple[Directive, ...]) -> Iterator[Directive]:
    for directive in directives:
        yield directive
        for included in directive.included:
            yield from _all(included)


def _is_exec(word: str) -> bool:
    return word.lower().removeprefix("!").partition("=")[0] == "exec"


def _is_alias(word: str) -> bool:
    return bool(word) and word.isprintable() and not re.search(r"[*?!\s]", word)


def _found(
    resolved: Resolved, directives: tuple[Directive, ...], line: int, notes: list[str]
) -> Found:
    """Make a host of `resolved`; adds to `notes` what had to be left out."""
    if resolved.bad_token:
        raise Refused(
            _("HostName holds {token}, which ssh does not know there.").format(
                token=shown(resolved.bad_token)
            ),
            _("Write the name itself, or %h for the alias."),
        )
    address, where = address_or_name(resolved.hostname)
    jump, jump_keys = jumps_of(resolved, directives)
    host = ImportedHost(
        name="" if is_ip(resolved.alias) else first_label(resolved.alias),
        address=address,
        host=where,
        user=_user(resolved, notes),
        port=port_of(resolved),
        private_key=_keys(resolved, notes),
        jump=jump,
        line=line,
    )
    if jump_keys:
        what = _("{alias}: the keys of its jump hosts are not imported: {keys}.")
        keys = ", ".join(map(shown, jump_keys))
        notes.append(what.format(alias=shown(resolved.alias), keys=keys))
    return Found(host, named=host.name == resolved.alias.lower())


def _user(resolved: Resolved, notes: list[str]) -> str:
    try:
        return names.user(resolved.user) if resolved.user else ""
    except Refused as refused:
        notes.append(f"{shown(resolved.alias)}: {refused.what}")
        return ""


def _keys(resolved: Resolved, notes: list[str]) -> tuple[str, ...]:
    tokens = {"h": resolved.hostname, "n": resolved.alias, "d": "~", "p": resolved.port or "22"}
    if resolved.user:
        tokens["r"] = resolved.user
    keys = []
    for text in resolved.identity_files:
        if text.lower() == "none":
            continue
        path, unknown = expanded(text, tokens)
        if unknown or "${" in path:
            what = _("{alias}: the key {path} was left out, as its name holds a variable.")
            notes.append(what.format(alias=shown(resolved.alias), path=shown(text)))
            continue
        try:
            keys.append(private_key(path))
        except Refused as refused:
            notes.append(f"{shown(resolved.alias)}: {refused.what}")
    return tuple(dict.fromkeys(keys))
