"""json_schema: the JSON schema of the answers file, for editors and other programs."""

from __future__ import annotations

from etcd_tui.i18n import _
from etcd_tui.spec.key import Key, Section
from etcd_tui.spec.keys import ANSWERS
from etcd_tui.spec.kinds import Schema
from etcd_tui.spec.model import Ssh

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, object]:
    """Return the schema (draft 2020-12), with descriptions in the user's language.

    It holds types, choices, ranges and forms of single values; what binds several values
    together, and whether secrets may stand in the file, only the reader knows.
    """
    return {"$schema": _DRAFT, "title": "etcd-tui answers", **_section(ANSWERS, of_node=False)}


def _section(section: Section, *, of_node: bool) -> Schema:
    of_node = of_node or section.each
    properties: Schema = {}
    for key in section.keys:
        if isinstance(key, Section):
            properties[key.name] = _section(key, of_node=of_node)
        else:
            properties[key.name] = _key(section, key, nullable=of_node and section.record is Ssh)
    required = [key.name for key in section.keys if key.required]
    mapping: Schema = {
        "type": "object" if section.required else ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        mapping["required"] = required
    if not section.each:
        return {"description": _(section.doc), **mapping}
    return {"description": _(section.doc), "type": "array", "minItems": 1, "items": mapping}


def _key(section: Section, key: Key, *, nullable: bool) -> Schema:
    schema: Schema = {"description": _(key.doc)}
    default = section.default(key)
    if default not in (None, (), ""):
        schema["default"] = key.kind.dump(default)
    if nullable:
        return {**schema, "anyOf": [key.kind.schema, {"type": "null"}]}
    return {**schema, **key.kind.schema}
