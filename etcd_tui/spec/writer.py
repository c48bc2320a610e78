"""dump: a spec as the text of an answers file that loads to the same spec."""

from __future__ import annotations

from typing import Any

import yaml

from etcd_tui.i18n import _
from etcd_tui.spec.form import FORM
from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.keys import ANSWERS
from etcd_tui.spec.model import ClusterSpec, Node, Ssh

_UNSET = (None, (), "")


class _Dumper(yaml.SafeDumper):
    """Repeats equal values instead of writing anchors, which nobody expects to find."""

    def ignore_aliases(self, data: Any) -> bool:
        """Say yes, for all data."""
        return True


def dump(spec: ClusterSpec) -> str:
    """Return YAML text in the order of the table of keys, without what has its default.

    Of each node's `ssh` only the difference from the cluster's is written. A literal secret is
    never written: `{prompt: true}` stands in its place.
    """
    header = _("Written by etcd-tui; see etcd-tui answers new for all keys.")
    return f"# {header}\n{yaml_text(document_of(spec))}"


def yaml_text(document: dict[str, object]) -> str:
    """Return a document as YAML text, keys in their order."""
    return str(
        yaml.dump(
            document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
        )
    )


def document_of(spec: ClusterSpec) -> dict[str, object]:
    """Return the answers of `spec` as plain lists, dicts, texts and numbers; no secrets in it."""
    document: dict[str, object] = {"version": FORM}
    for section in ANSWERS.keys:
        if not isinstance(section, Section):
            continue
        if section.each:
            document[section.name] = [_node(section, node, spec.ssh) for node in spec.nodes]
        else:
            written = _mapping(section, getattr(spec, section.name))
            if written:
                document[section.name] = written
    return document


def _mapping(section: Section, record: Any) -> dict[str, object]:
    written: dict[str, object] = {}
    for key in section.keys:
        value = getattr(record, key.name if isinstance(key, Section) else key.attribute)
        if isinstance(key, Section):
            if value is not None:
                written[key.name] = _mapping(key, value)
        elif _is_written(key, value, section):
            written[key.name] = key.kind.dump(value)
    return written


def _is_written(key: Key, value: Any, section: Section) -> bool:
    if key.smallest:
        return value not in _UNSET
    return bool(value != section.default(key))


def _node(section: Section, node: Node, cluster: Ssh) -> dict[str, object]:
    written: dict[str, object] = {}
    for key in section.keys:
        if isinstance(key, Key):
            value = getattr(node, key.attribute)
            if key.required or value != section.default(key):
                written[key.name] = key.kind.dump(value)
            continue
        changed = {
            part.name: _changed(part, getattr(node.ssh, part.attribute))
            for part in key.keys
            if isinstance(part, Key)
            and getattr(node.ssh, part.attribute) != getattr(cluster, part.attribute)
        }
        if changed:
            written[key.name] = changed
    return written


def _changed(key: Key, value: Any) -> object:
    # An empty value stands for the built-in default, where the cluster has another.
    return None if value in _UNSET else key.kind.dump(value)
