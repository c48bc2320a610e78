"""hosts_of_line: the hosts that one typed line names."""

from __future__ import annotations

from dataclasses import replace

from etcd_tui.i18n import _
from etcd_tui.spec.imports.found import Found, best_name, host_of, member_name
from etcd_tui.spec.imports.imported import ImportedHost
from etcd_tui.spec.imports.line_settings import LineSettings, line_settings
from etcd_tui.spec.imports.place import is_place, place
from etcd_tui.spec.imports.ranges import expand
from etcd_tui.spec.imports.ssh_command import jump_of, jump_text, ssh_command
from etcd_tui.spec.imports.words import cells
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.shown import shown

_LOGINS = frozenset({
    "root", "admin", "ubuntu", "debian", "centos", "rocky", "almalinux", "fedora", "ec2-user",
    "cloud-user", "opc", "vagrant",
})  # fmt: skip


def hosts_of_line(line: str, most: int) -> list[Found]:
    """Return the hosts of `line` (from `without_bullets`); none if it is blank or a comment.

    Refused if it cannot be understood in exactly one way, or names more than `most` hosts.
    """
    if line.startswith("ssh "):
        return [_of_command(line)]
    rest, settings = line_settings(cells(line))
    found = _described(rest, settings, most) if settings.name_the_host else _listed(rest, most)
    if not found and settings != LineSettings():
        raise _no_address()
    if len(found) > most:
        raise Refused(
            _("The line names more than {limit} hosts.").format(limit=most),
            _("Write fewer hosts; etcd runs on three, five or seven."),
        )
    if len(found) > 1 and settings.host:
        raise _ambiguous()
    return [replace(item, host=settings.on(item.host)) for item in found]


def _of_command(line: str) -> Found:
    command = ssh_command(line)
    jump = command.jump
    if command.proxy_command:
        gate = jump_of(command.proxy_command)
        if gate is None:
            raise Refused(
                _("The command goes through a ProxyCommand, which etcd-tui does not run."),
                _("Write the host to go through with -J, as in ssh -J ops@gate root@192.0.2.11."),
            )
        jump = (*gate.jump, jump_text(gate.place))
    found = host_of("", command.place)
    return replace(found, host=replace(found.host, private_key=command.private_key, jump=jump))


def _described(rest: list[list[str]], settings: LineSettings, most: int) -> list[Found]:
    """Read a line in which keys say the name of the host, or where it is."""
    words = [word for cell in rest for word in cell]
    for word in words:
        if "=" in word:
            raise _unknown_key(word)
    places = [word for word in words if is_place(word)]
    labels = [word for word in words if not is_place(word)]
    labels += [settings.name] if settings.name else []
    places += [settings.place] if settings.place else []
    if len(labels) > 1 or len(places) > 1:
        raise _ambiguous()
    if places:
        return _pairs(labels, places[0], most)
    if not settings.host:
        raise _no_address()
    name = member_name(labels[0]) if labels else ""
    return [Found(ImportedHost(name), bool(name))]


def _listed(rest: list[list[str]], most: int) -> list[Found]:
    """Read a line of names and places."""
    words = [word for cell in rest for word in cell]
    for word in words:
        if word.isdigit():
            raise _bare_number(word)
    assigned = [word for word in words if "=" in word]
    if assigned and len(assigned) < len(words):
        raise _unknown_key(assigned[0])
    if assigned:
        return [item for word in words for item in _assigned(word, most)]
    places = [word for word in words if is_place(word)]
    if not places:
        return _by_name(rest, most) if words else []
    if len(rest) > 1 and all(sum(map(is_place, cell)) == 1 for cell in rest):
        return [item for cell in rest for item in _one_place(cell, most)]
    if len(places) == len(words):
        return [item for word in words for item in _pairs([], word, most)]
    if len(places) == 1:
        if len(words) > 2 and len(rest) > 1:
            raise _too_much()
        return _one_place(words, most)
    return _alternating(words, most)


def _assigned(word: str, most: int) -> list[Found]:
    """Read `name=place`, as in etcd's own initial-cluster."""
    name, _sign, where = word.partition("=")
    if is_place(name) and not is_place(where):
        name, where = where, name
    if not name or not where or "=" in where:
        raise _unknown_key(word)
    return _pairs([name], where, most)


def _by_name(rest: list[list[str]], most: int) -> list[Found]:
    words = [word for cell in rest for word in cell]
    if all(len(cell) == 1 for cell in rest):
        return [item for word in words for item in _pairs([], word, most)]
    if len(words) == 2 and "." not in words[0] and "." in words[1]:
        return _pairs(words[:1], words[1], most)
    raise _no_address()


def _one_place(words: list[str], most: int) -> list[Found]:
    """Read one place with its names before or behind it, as in /etc/hosts."""
    at = next(index for index, word in enumerate(words) if is_place(word))
    before, behind = words[:at], words[at + 1 :]
    if len(before) > 1:
        raise _too_much()
    if before and behind:
        name = before[0].lower()
        if any(word.lower().partition(".")[0] != name for word in behind):
            raise _too_much()
    return _pairs(before or behind, words[at], most)


def _alternating(words: list[str], most: int) -> list[Found]:
    """Read `name place name place …`, or the other way round."""
    kinds = [is_place(word) for word in words]
    if len(words) % 2 or any(kinds[index] == kinds[index + 1] for index in range(len(kinds) - 1)):
        raise _ambiguous()
    found: list[Found] = []
    for first, second in zip(words[::2], words[1::2], strict=True):
        name, where = (second, first) if kinds[0] else (first, second)
        found += _pairs([name], where, most)
    return found


def _pairs(typed: list[str], where: str, most: int) -> list[Found]:
    """Make hosts of a place and its names, each of which may be a range."""
    places = [place(word) for word in expand(where, most)]
    for word in typed:
        if word.lower() in _LOGINS:
            raise Refused(
                _("{value} looks like the user to log in as.").format(value=shown(word)),
                _("Write the user before the address, as in root@192.0.2.11."),
            )
    if not typed:
        return [host_of("", item) for item in places]
    if len(places) == 1 and len(typed) > 1:
        return [host_of(best_name(typed) or member_name(typed[0]), places[0])]
    labels = [word for text in typed for word in expand(text, most)]
    if len(labels) != len(places):
        what = _("There are names for {names} hosts and addresses for {places}.")
        raise Refused(
            what.format(names=len(labels), places=len(places)),
            _("Write ranges of the same length, as in etcd[1-3] 192.0.2.[11-13]."),
        )
    return [host_of(member_name(label), item) for label, item in zip(labels, places, strict=True)]


def _bare_number(word: str) -> Refused:
    return Refused(
        _("It is not clear what the number {value} means.").format(value=shown(word)),
        _("Write a port behind the address, as in 192.0.2.11:2222."),
    )


def _unknown_key(word: str) -> Refused:
    # The value is not echoed: it may be a password.
    return Refused(
        _("{key} is not known here.").format(key=shown(word.partition("=")[0] + "=")),
        _("Write name=address, or one of user=, port=, key=, jump= and ssh_host=."),
    )


def _no_address() -> Refused:
    return Refused(
        _("There is no address in this line."),
        _("Write one host a line, for example etcd1 192.0.2.11, or names with commas between."),
    )


def _ambiguous() -> Refused:
    return Refused(
        _("It is not clear which name belongs to which address."),
        _("Write one host a line, for example etcd1 192.0.2.11."),
    )


def _too_much() -> Refused:
    return Refused(
        _("There is more in this line than a name and an address."),
        _(
            "Write for example etcd1 192.0.2.11 user=root port=22, or put a line with the names "
            "of the columns on top."
        ),
    )
