"""secret: a secret stands in the answers file by reference; a literal only in a private file."""

from __future__ import annotations

import re
from pathlib import Path

from etcd_tui.i18n import _
from etcd_tui.secret import Secret
from etcd_tui.spec.kinds import Kind, empty_value, text_of
from etcd_tui.spec.model import SecretRef
from etcd_tui.spec.places import local_path
from etcd_tui.spec.reading import Reading
from etcd_tui.spec.refused import Refused
from etcd_tui.spec.yaml_tree import Mapping, Node, Scalar

VARIABLE = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
_FORMS = ("env", "file", "prompt")


def _fix() -> str:
    return _("Write {forms}.").format(forms="{env: NAME}, {file: PATH}, {prompt: true}")


def _read(node: Node, key: str, reading: Reading) -> SecretRef | None:
    if isinstance(node, Mapping):
        return _reference(node, key, reading)
    if not isinstance(node, Scalar):
        reading.error(node.line, key, _("A list cannot be a secret."), _fix())
        return None
    if node.kind == "null":
        empty_value(node, key, reading)
        return None
    if not reading.literal_secrets:
        reading.error(
            node.line,
            key,
            _("A secret stands in a file that is not private, so others may have read it."),
            _(
                "Replace it by a reference and change the secret: {forms}. Literal secrets are "
                "accepted only from a regular file of your own with mode 600."
            ).format(forms="{env: NAME}, {file: PATH}, {prompt: true}"),
        )
        return None
    return _literal(node, key, reading)


def _literal(node: Scalar, key: str, reading: Reading) -> SecretRef | None:
    value = text_of(node, key, reading, secret=True)
    if value is None:
        return None
    # Secrets go to sudo and ssh as one line.
    if not value or any(ord(char) < 32 or ord(char) == 127 for char in value):
        what = _("The secret is empty or holds line breaks or control characters.")
        reading.error(node.line, key, what, _fix())
        return None
    what = _("A secret stands in the answers file itself.")
    reading.warn(node.line, key, what, _("Better refer to it.") + " " + _fix())
    return SecretRef("inline", inline=Secret(value))


def _reference(node: Mapping, key: str, reading: Reading) -> SecretRef | None:
    # Nothing of it is echoed: somebody may have put the secret where the name belongs.
    if len(node.entries) != 1 or next(iter(node.entries)) not in _FORMS:
        what = _("A secret is referred to by exactly one of env, file and prompt.")
        reading.error(node.line, key, what, _fix())
        return None
    form, (_key, value) = next(iter(node.entries.items()))
    if form == "prompt":
        if isinstance(value, Scalar) and value.kind == "bool" and value.text == "true":
            return SecretRef("prompt")
        reading.error(value.line, key, _("The only value of prompt is true."), _fix())
        return None
    name = text_of(value, key, reading, secret=True)
    if name is None:
        return None
    try:
        return SecretRef("env", _variable(name)) if form == "env" else _file(name, reading.base)
    except Refused as refused:
        reading.error(value.line, key, refused.what, refused.fix)
        return None


def _variable(name: str) -> str:
    if not re.fullmatch(VARIABLE, name):
        what = _("This is no name of an environment variable.")
        raise Refused(what, _("Write letters, digits and _, for example SUDO_PW."))
    return name


def _file(name: str, base: Path) -> SecretRef:
    try:
        return SecretRef("file", local_path(name, base))
    except Refused as refused:
        raise Refused(_("This is not usable as a path."), refused.fix) from None


def _dump(ref: SecretRef) -> object:
    if ref.kind in ("env", "file"):
        return {ref.kind: ref.name}
    # A literal is never written back: whoever replays the file is asked for it.
    return {"prompt": True}


secret = Kind(
    _read,
    {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "env": {"type": "string", "pattern": f"^({VARIABLE})$"},
                    "file": {"type": "string", "minLength": 1},
                    "prompt": {"const": True},
                },
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
            {"type": "string", "minLength": 1},
        ]
    },
    _dump,
)
