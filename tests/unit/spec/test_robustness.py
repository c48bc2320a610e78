"""Whatever stands in the file: a spec or an AnswersError, and lines that are in the file."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etcd_tui.errors import AnswersError
from etcd_tui.spec.problem import Problem

from .conftest import SMALLEST, answers, read

_WORDS = """
    version cluster nodes ssh binaries certificates host paths tuning name etcd address sans user
    port private_key password env file prompt source sha256 amd64 profile subject ca certificate
    key environment ETCD_METRICS data config no ~ 1 010 0x1 1.5 3.5.30 true google &a *a << !x @
    {{ }} 2024-01-01 = - -- --- ... ? : > | % ' " # , [ ] { }
"""
WORDS = st.sampled_from(_WORDS.split())
SCALARS = st.one_of(
    WORDS,
    st.text(max_size=12),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.dates(),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from(list("a1:-[]{}&*!|>'\"%@`#,?~= \t\r\n\u2028\x85\ufeff")), max_size=60),
    st.lists(WORDS | st.sampled_from(["\n", " ", "\n  ", ": ", "- "]), max_size=40).map("".join),
)
KEYS = st.sampled_from(
    [
        "version", "cluster", "cluster__name", "cluster__etcd", "cluster__token", "nodes",
        "nodes__0", "nodes__0__name", "nodes__1__address", "nodes__2__ssh", "nodes__2__sans",
        "ssh", "ssh__user", "ssh__port", "ssh__private_key", "ssh__password", "ssh__jump",
        "binaries", "binaries__source", "binaries__sha256", "certificates__ca",
        "certificates__subject", "certificates__sans", "host", "host__client_ranges", "paths",
        "tuning", "tuning__environment", "tuning__quota_backend_bytes", "something",
    ]
)  # fmt: skip


def problems_of(text: str) -> list[Problem]:
    try:
        return list(read(text, literal_secrets=True)[1])
    except AnswersError as error:
        assert any(problem.severity == "error" for problem in error.problems)
        return list(error.problems)


def are_well_placed(problems: list[Problem], text: str) -> bool:
    lines = max(len(text.removesuffix("\n").split("\n")), 1)
    return all(1 <= p.line <= lines and p.what and p.fix and p.key.isprintable() for p in problems)


@given(TEXTS)
@example("\ufeff")
@example("%TAG ! tag:a,2000:\n--- !a b")
@example("a: !!binary x")
@example("? ?")
@example("<<: [1]")
@example("'\\\n")
@settings(max_examples=300)
def test_any_text_is_answered_with_problems_in_its_lines(text: str) -> None:
    assert are_well_placed(problems_of(text), text)


@given(TREES)
def test_any_yaml_tree_is_answered_with_problems_in_its_lines(tree: Any) -> None:
    text = yaml.dump(tree, allow_unicode=True)
    assert are_well_placed(problems_of(text), text)


@pytest.mark.fault(
    54,
    injected="any values in good answers (fuzz)",
    seen="read or refused, always with lines",
)
@given(KEYS, TREES, KEYS, TREES)
@settings(max_examples=300)
def test_any_values_in_good_answers_are_answered_with_problems_in_its_lines(
    key: str, value: Any, other: str, another: Any
) -> None:
    changed: dict[str, Any] = {key: value}
    if not other.startswith(key) and not key.startswith(other):
        changed[other] = another
    text = answers(**changed)
    assert are_well_placed(problems_of(text), text)


@given(st.integers(0, len(SMALLEST)), st.text(max_size=5))
def test_good_answers_with_anything_inserted_are_read_or_refused(place: int, noise: str) -> None:
    text = SMALLEST[:place] + noise + SMALLEST[place:]
    assert are_well_placed(problems_of(text), text)
