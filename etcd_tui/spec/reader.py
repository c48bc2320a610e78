"""load: an answers file as a ClusterSpec, or all its problems at once."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import stat
from pathlib import Path
from typing import Any

from etcd_tui.errors import AnswersError
from etcd_tui.i18n import _
from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.keys import ANSWERS
from etcd_tui.spec.kinds import empty_value
from etcd_tui.spec.model import ClusterSpec, Node, Ssh
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.reading import Reading
from etcd_tui.spec.rules import check
from etcd_tui.spec.shown import shown
from etcd_tui.spec.yaml_tree import (
    Mapping,
    Scalar,
    Sequence,
    UnreadableYamlError,
    parse_yaml,
    tree_of,
)
from etcd_tui.spec.yaml_tree import Node as YamlNode

MAX_BYTES = 1 << 20

Warnings = tuple[Problem, ...]


def load(path: Path) -> tuple[ClusterSpec, Warnings]:
    """Read the answers file at `path`; AnswersError with every problem if there are errors."""
    reading = Reading(str(path), path.parent, literal_secrets=False)
    text = _text(path, reading)
    if text is None:
        raise _failure(reading)
    return _read(text, reading)


def loads(
    text: str, *, file: str = "", base: Path | None = None, literal_secrets: bool = False
) -> tuple[ClusterSpec, Warnings]:
    """Read answers from `text`, as `load` does.

    `file` is its name in problems, `base` the folder for relative paths (the current one if
    None), `literal_secrets` whether secrets may stand in it.
    """
    return _read(text, Reading(file, base or Path(), literal_secrets))


def examine(document: Any, base: Path) -> tuple[ClusterSpec, tuple[Problem, ...]]:
    """Read a document of plain lists, dicts, texts and numbers, as the wizard holds it.

    Returns the spec and every problem, none with a line. Where there are errors the spec has empty
    or default values in their place: good enough to show, never to install.
    """
    reading = Reading("", base, literal_secrets=False)
    spec = _checked(tree_of(document), reading)
    return spec, tuple(dataclasses.replace(problem, line=0) for problem in reading.problems)


def _text(path: Path, reading: Reading) -> str | None:
    """Return the text of the file; None after the reason was noted."""
    try:
        with path.open("rb") as file:
            # The open file is asked, not the path: the path may lead elsewhere a moment later.
            status = os.fstat(file.fileno())
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        fix = _('Check the path; "etcd-tui answers new" prints a file to fill in.')
        reading.error(0, "", _("The file does not exist."), fix)
        return None
    except OSError as error:
        what = _("The file cannot be read: {reason}.").format(reason=error.strerror or error)
        reading.error(0, "", what, _("Check the path and its permissions."))
        return None
    private = stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077
    reading.literal_secrets = private and status.st_uid == os.geteuid()
    if len(content) > MAX_BYTES:
        what = _("The file is larger than 1 MiB.")
        reading.error(0, "", what, _("Check the path; an answers file has a few kilobytes."))
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reading.error(line, "", _("The file is not UTF-8 text."), _("Save it as UTF-8."))
        return None


def _read(text: str, reading: Reading) -> tuple[ClusterSpec, Warnings]:
    try:
        root, troubles = parse_yaml(text)
    except UnreadableYamlError as error:
        trouble = error.trouble
        reading.error(trouble.line, "", trouble.what, trouble.fix)
        raise _failure(reading) from None
    for trouble in troubles:
        reading.error(trouble.line, "", trouble.what, trouble.fix)
    if not isinstance(root, Mapping):
        fix = _('Begin with "version: 1"; "etcd-tui answers new" prints a file to fill in.')
        reading.error(root.line, "", _("An answers file consists of keys with values."), fix)
        raise _failure(reading)
    spec = _checked(root, reading)
    reading.problems.sort(key=lambda problem: problem.line)
    if any(problem.severity == "error" for problem in reading.problems):
        raise _failure(reading)
    return spec, tuple(reading.problems)


def _checked(root: YamlNode, reading: Reading) -> ClusterSpec:
    spec = _spec(root, reading)
    for found in check(spec, reading.broken_keys()):
        line = reading.line_of(found.key)
        reading.problems.append(dataclasses.replace(found, file=reading.file, line=line))
    return spec


def _failure(reading: Reading) -> AnswersError:
    name = reading.file or _("the answers")
    return AnswersError(
        _("There are problems in {file}; nothing was done.").format(file=name),
        reading.problems,
        remedy=_("Correct the lines named above and run the same command again."),
    )


def _spec(root: YamlNode, reading: Reading) -> ClusterSpec:
    values = _values(ANSWERS, root, "", reading)
    values.pop("version", None)
    ssh = Ssh(**values.get("ssh", {}))
    nodes = tuple(
        Node(
            name=node.get("name", ""),
            address=node.get("address", ""),
            sans=node.get("sans", ()),
            ssh=dataclasses.replace(ssh, **node.get("ssh", {})),
        )
        for node in values.pop("nodes", ())
    )
    records = {
        section.name: _record(section, values.get(section.name, {}))
        for section in ANSWERS.keys
        if isinstance(section, Section) and not section.each
    }
    return ClusterSpec(nodes=nodes, **records)


def _record(section: Section, values: dict[str, Any]) -> Any:
    """Make the record of `section`; a required key that is missing or broken becomes empty."""
    complete = dict(values)
    for key in section.keys:
        if isinstance(key, Section):
            if key.name in complete:
                complete[key.name] = _record(key, complete[key.name])
        elif key.required:
            complete.setdefault(key.attribute, "")
    return section.record(**complete)


def _values(section: Section, node: YamlNode, path: str, reading: Reading) -> dict[str, Any]:
    """Read a mapping: the values that are there and good, by the fields of the record."""
    reading.places.setdefault(path, node.line)
    if not isinstance(node, Mapping):
        what = _("Here keys with values are wanted.")
        example = f"{section.keys[0].name}: …"
        fix = _('Write for example "{example}".').format(example=example)
        reading.error(node.line, path, what, fix)
        return {}
    known = {key.name: key for key in section.keys}
    values: dict[str, Any] = {}
    for name, (place, value) in node.entries.items():
        key = known.get(name)
        if key is None:
            _unknown(section, name, place, path, reading)
            continue
        where = f"{path}.{name}" if path else name
        reading.places[where] = place.line
        if isinstance(key, Section):
            values.update(_nested(key, value, where, reading))
        else:
            values.update(_single(section, key, value, where, reading))
    for key in section.keys:
        if key.required and key.name not in node.entries:
            where = f"{path}.{key.name}" if path else key.name
            what = _("The key {key} is missing.").format(key=where)
            reading.error(node.line, where, what, _missing_fix(key))
    return values


def _missing_fix(key: Key | Section) -> str:
    example = f"{key.name}: {key.example}" if isinstance(key, Key) else f"{key.name}:"
    return _('Add it, for example "{example}".').format(example=example)


def _single(
    section: Section, key: Key, value: YamlNode, where: str, reading: Reading
) -> dict[str, Any]:
    if isinstance(value, Scalar) and value.kind == "null":
        # Only where a node differs from the whole cluster does an empty value say something.
        if where.startswith("nodes[") and section.record is Ssh:
            return {key.attribute: section.default(key)}
        empty_value(value, where, reading)
        return {}
    read = key.kind.read(value, where, reading)
    return {} if read is None else {key.attribute: read}


def _nested(section: Section, value: YamlNode, where: str, reading: Reading) -> dict[str, Any]:
    if section.each:
        return {section.name: _each(section, value, where, reading)}
    if isinstance(value, Scalar) and value.kind == "null" and not section.required:
        # All keys of the section are commented out.
        return {}
    return {section.name: _values(section, value, where, reading)}


def _each(section: Section, value: YamlNode, where: str, reading: Reading) -> list[dict[str, Any]]:
    if not isinstance(value, Sequence):
        fix = _('Begin each item with "- ", for example "- {example}".')
        example = "{" + ", ".join(
            f"{key.name}: {key.example}"
            for key in section.keys
            if isinstance(key, Key) and key.required
        ) + "}"  # fmt: skip
        what = _("Here a list is wanted.")
        reading.error(value.line, where, what, fix.format(example=example))
        return []
    return [
        _values(section, item, f"{where}[{index}]", reading)
        for index, item in enumerate(value.items)
    ]


def _unknown(section: Section, name: str, place: Scalar, path: str, reading: Reading) -> None:
    what = _("There is no key {name} here.").format(name=shown(name))
    elsewhere = _paths_of(name, ANSWERS, "")
    near = difflib.get_close_matches(name.lower(), section.names, n=1)
    if near:
        fix = _('Did you mean "{near}"?').format(near=near[0])
    elif elsewhere:
        fix = _("It belongs elsewhere: {paths}.").format(paths=", ".join(elsewhere))
    else:
        fix = _("Known keys are: {names}.").format(names=", ".join(section.names))
    # Whatever else the name is, in the path of a problem it is a plain word.
    where = f"{path}.{name}".lstrip(".") if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) else path
    reading.error(place.line, where, what, fix)


def _paths_of(name: str, section: Section, path: str) -> list[str]:
    """Return where in the table keys called `name` stand."""
    paths = []
    for key in section.keys:
        where = f"{path}.{key.name}".lstrip(".")
        if key.name == name:
            paths.append(where)
        if isinstance(key, Section):
            paths += _paths_of(name, key, f"{where}[]" if key.each else where)
    return paths
