"""The template and the schema: made from the same table as the reader, they agree with it."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
import yaml

from etcd_tui.spec.key import Section
from etcd_tui.spec.keys import ANSWERS
from etcd_tui.spec.releases import LATEST_STABLE
from etcd_tui.spec.schema import json_schema
from etcd_tui.spec.template import template

from .conftest import SMALLEST, answers, errors, problems, read

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def fits(text: str) -> bool:
    return VALIDATOR.is_valid(yaml.safe_load(text))


def all_keys(section: Section, path: str = "") -> list[str]:
    found = []
    for key in section.keys:
        found.append(f"{path}{key.name}")
        if isinstance(key, Section):
            found += all_keys(key, f"{path}{key.name}.")
    return found


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_template_loads_as_it_stands() -> None:
    spec, found = read(template())
    assert found == ()
    assert spec.cluster.etcd == LATEST_STABLE
    assert len(spec.nodes) == 3


def uncommented() -> str:
    """The template with every commented key in force, once."""
    return re.sub(r"(?m)^( *)#(?=\S|  )", r"\1", template())


def test_every_example_of_the_template_is_good() -> None:
    found = problems(uncommented())
    # Some examples do not go together: a password for sudo, and root.
    assert {p.key for p in found if p.severity == "error"} == set()
    assert fits(uncommented())


def test_the_template_shows_every_key() -> None:
    shown = yaml.safe_load(uncommented())

    def keys_of(value: Any, path: str = "") -> set[str]:
        if isinstance(value, list):
            return keys_of(value[0], path) if value and isinstance(value[0], dict) else set()
        if not isinstance(value, dict):
            return set()
        found = set()
        for name, inner in value.items():
            found |= {f"{path}{name}"} | keys_of(inner, f"{path}{name}.")
        return found

    missing = {key for key in all_keys(ANSWERS) if key not in keys_of(shown)}
    # On a node, the keys of ssh are those of the section below.
    assert all(key.startswith("nodes.ssh.") for key in missing)


def test_the_template_fits_in_a_terminal() -> None:
    assert max(map(len, template().splitlines())) <= 88


def test_every_key_of_the_schema_is_described() -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        found = []
        for name, inner in schema.get("properties", {}).items():
            if "description" not in inner:
                found.append(f"{path}{name}")
            found += undescribed(inner.get("items", inner), f"{path}{name}.")
        return found

    assert undescribed(json_schema(), "") == []


def test_template_and_smallest_form_fit_the_schema() -> None:
    assert fits(template())
    assert fits(SMALLEST)


GOOD: list[dict[str, Any]] = [
    {"ssh__private_key": ["a", "b"]},
    {"ssh__password": {"env": "PW"}},
    {"ssh__password": {"prompt": True}},
    {"nodes__0__ssh": {"host": "a", "jump": None, "port": 23}},
    {"binaries__sha256": "ab" * 32},
    {"binaries__sha256": {"amd64": "ab" * 32, "*": "cd" * 32}},
    {"tuning": {"quota_backend_bytes": 4294967296, "auto_compaction_retention": 8}},
    {"tuning": {"quota_backend_bytes": "4GiB", "environment": {"ETCD_MAX_TXN_OPS": 256}}},
    {"certificates__subject": {"country": "CN"}},
    {"certificates__ca": {"certificate": "a", "key": "b"}},
    {"host": None},
    {"cluster__etcd": "v3.5.30"},
]

BAD: list[dict[str, Any]] = [
    {"version": 2},
    {"version": "1"},
    {"version": ...},
    {"cluster": ...},
    {"cluster": None},
    {"cluster": "prod"},
    {"nodes": []},
    {"nodes": {}},
    {"nodes__0": "etcd1"},
    {"nodes__0__address": ...},
    {"nodes__0__name": 1},
    {"nodes__0__name": "A"},
    {"cluster__name": None},
    {"cluster__nam": "x"},
    {"cluster__etcd": 3.5},
    {"cluster__etcd": "3.5"},
    {"cluster__allow_unsafe_version": "yes"},
    {"cluster__start_timeout": 1},
    {"cluster__start_timeout": "120"},
    {"ssh__port": 0},
    {"ssh__port": None},
    {"ssh__host": "a"},
    {"ssh__private_key": [1]},
    {"ssh__password": {"env": "a b"}},
    {"ssh__password": {}},
    {"ssh__password": {"prompt": False}},
    {"ssh__password": ["a"]},
    {"binaries__fetch": "me"},
    {"binaries__sha256": "ab"},
    {"binaries__sha256": {"x86_64": "ab" * 32}},
    {"certificates__key": "rsa-1024"},
    {"certificates__validity": "5w"},
    {"certificates__ca": {"key": "b"}},
    {"certificates__sans": "a"},
    {"paths": {"data": "relative"}},
    {"paths": {"data": "/a b"}},
    {"tuning": {"quota_backend_bytes": "8GB"}},
    {"tuning": {"environment": {"PATH": "x"}}},
    {"tuning": {"environment": ["ETCD_METRICS"]}},
    {"tuning": {"log_level": "loud"}},
    {"unknown": 1},
]


@pytest.mark.parametrize("changes", GOOD)
def test_what_the_reader_takes_the_schema_takes(changes: dict[str, Any]) -> None:
    text = answers(**changes)
    assert errors(text) == []
    assert fits(text)


@pytest.mark.parametrize("changes", BAD)
def test_what_the_reader_refuses_by_its_form_the_schema_refuses(changes: dict[str, Any]) -> None:
    text = answers(**changes)
    assert errors(text) != []
    assert not fits(text)
