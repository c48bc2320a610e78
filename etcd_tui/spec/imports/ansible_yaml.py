"""read_yaml: an Ansible inventory in YAML form."""

from __future__ import annotations

import re

from etcd_tui.i18n import _
from etcd_tui.spec.imports.ansible_tree import AnsibleTree, Group, Variables
from etcd_tui.spec.imports.imported import Rejected
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.yaml_tree import Mapping, Node, Scalar, UnreadableYamlError, parse_yaml

MAX_CHARACTERS = 1 << 17
"""YAML takes far longer to read than the other forms."""
# Tags of Ansible before a value. They are blanked out, as the reader accepts no tags; what is
# encrypted then begins with $ANSIBLE_VAULT, in a variable that is not read anyway.
_TAG = re.compile(r"(?<=[:\-,{\[] )!(?:vault-encrypted|vault|unsafe)(?=[\s])")


def read_yaml(text: str, tree: AnsibleTree) -> None:
    """Put what stands in `text` into `tree`, by the rules of Ansible's plugin `yaml`."""
    if len(text) > MAX_CHARACTERS:
        _reject(
            tree,
            1,
            Refused(
                _("The text is longer than 128 KiB."),
                _("Copy the group of the cluster into a file of its own."),
            ),
        )
        return
    try:
        root, troubles = parse_yaml(_TAG.sub(lambda match: " " * len(match[0]), text))
    except UnreadableYamlError as error:
        _reject(tree, error.trouble.line, Refused(error.trouble.what, _fix()))
        return
    for trouble in troubles:
        _reject(tree, trouble.line, Refused(trouble.what, trouble.fix))
    if not isinstance(root, Mapping):
        _reject(
            tree,
            root.line,
            Refused(_("An inventory consists of groups."), _("Begin with a group, as in all:")),
        )
        return
    if "plugin" in root.entries:
        what = _("This is the configuration of an inventory plugin, which is not run here.")
        _reject(tree, root.entries["plugin"][0].line, Refused(what, by_ansible()))
        return
    try:
        for key, value in root.entries.values():
            _group(key, value, tree)
    except Refused as refused:
        _reject(tree, root.line, refused)


def by_ansible() -> str:
    """Return the sentence that says how to get a plain inventory."""
    return _(
        'Run "ansible-inventory -i FILE --list --yaml --output hosts.yml" and import hosts.yml.'
    )


def _group(key: Scalar, value: Node, tree: AnsibleTree) -> Group:
    group = tree.group(key.text)
    if not isinstance(value, Mapping):
        if not (isinstance(value, Scalar) and value.kind == "null"):
            what = _("A group consists of hosts, children and vars.")
            _reject(tree, value.line, Refused(what, _fix()), key.text)
        return group
    for name, section in value.entries.values():
        for item, content in _section(section):
            if name.text == "hosts":
                _host(item, content, group, tree)
            elif name.text == "children":
                group.children[_group(item, content, tree).name] = None
            elif name.text == "vars":
                _variable(item, content, group.variables, tree)
    return group


def _section(section: Node) -> list[tuple[Scalar, Node]]:
    if isinstance(section, Mapping):
        return list(section.entries.values())
    if isinstance(section, Scalar) and section.kind == "str":
        # A single host or group may stand without a colon behind it.
        return [(section, Scalar("", "null", section.line))]
    return []


def _host(item: Scalar, content: Node, group: Group, tree: AnsibleTree) -> None:
    variables: Variables = {}
    if isinstance(content, Mapping):
        for key, value in content.entries.values():
            _variable(key, value, variables, tree)
    try:
        tree.add_hosts(group, item.text, variables, item.line)
    except Refused as refused:
        _reject(tree, item.line, refused, item.text)


def _variable(key: Scalar, value: Node, variables: Variables, tree: AnsibleTree) -> None:
    if isinstance(value, Scalar):
        text = "" if value.kind == "null" else value.text
        tree.variable(variables, key.text, text, key.line)


def _reject(tree: AnsibleTree, line: int, refused: Refused, text: str = "") -> None:
    tree.rejected.append(Rejected.of(line, text, refused))


def _fix() -> str:
    return _("Correct the file until ansible-inventory reads it, or paste the hosts as lines.")
