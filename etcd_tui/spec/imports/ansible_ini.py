"""read_ini: an Ansible inventory in INI form, line by line."""

from __future__ import annotations

import re
import shlex

from etcd_tui.i18n import _
from etcd_tui.spec.imports.ansible_tree import AnsibleTree, Group, Variables
from etcd_tui.spec.imports.folded import lines_of
from etcd_tui.spec.imports.imported import check_line
from etcd_tui.spec.refused import Refused

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(hosts|children|vars))?\]\s*(?:#.*)?")
_NEEDS_SHLEX = re.compile(r"[\"'\\#]")
_QUOTED = re.compile(r"'([^'\\]*)'|\"([^\"\\]*)\"")


def read_ini(text: str, tree: AnsibleTree) -> None:
    """Put what stands in `text` into `tree`, by the rules of Ansible's plugin `ini`.

    Lines that Ansible would refuse are rejected one by one; in these only the first word is
    shown, as passwords may stand behind it.
    """
    group, kind = tree.group("ungrouped"), "hosts"
    for number, whole in enumerate(lines_of(text), start=1):
        line = whole.strip()
        if not line or line[0] in "#;":
            continue
        try:
            check_line(line)
            section = _SECTION.fullmatch(line)
            if section:
                group, kind = tree.group(section[1]), section[2] or "hosts"
            elif line.startswith("[") and line.endswith("]"):
                raise _bad_section()
            elif kind == "hosts":
                _host(line, number, group, tree)
            elif kind == "vars":
                _variable(line, number, group, tree)
            else:
                child = tree.group(line.split()[0])
                group.children[child.name] = None
        except Refused as refused:
            if not tree.reject(number, re.split(r"[\s=]", line, maxsplit=1)[0], refused):
                return


def _host(line: str, number: int, group: Group, tree: AnsibleTree) -> None:
    words = _words(line)
    variables: Variables = {}
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if not sign:
            # The word is not shown: it may be the rest of a password with a space in it.
            raise Refused(
                _("There is a word behind the host that is no variable."),
                _("Write variables as key=value, with quotes around spaces."),
            )
        tree.variable(variables, name, _literal(value), number)
    tree.add_hosts(group, words[0], variables, number)


def _words(line: str) -> list[str]:
    if not _NEEDS_SHLEX.search(line):
        # By far the most lines; shlex takes fifty times as long.
        return line.split()
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        raise Refused(
            _("The quotes in this line are not closed."), _("Close them, as in key='a b'.")
        ) from None


def _variable(line: str, number: int, group: Group, tree: AnsibleTree) -> None:
    name, sign, value = line.partition("=")
    if not sign:
        raise Refused(
            _("Here a variable is wanted."), _("Write key=value, or begin the next section.")
        )
    tree.variable(group.variables, name.strip(), _literal(value.strip()), number)


def _literal(value: str) -> str:
    """Return the text of a value: Ansible reads quotes around all of it as Python does."""
    quoted = _QUOTED.fullmatch(value)
    return value if quoted is None else quoted[1] or quoted[2] or ""


def _bad_section() -> Refused:
    return Refused(
        _("This is no section of an inventory."),
        _("Write [group], [group:children] or [group:vars], without spaces."),
    )
