"""Read the marks `@pytest.mark.fault(…)` from the tests' sources, without importing them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Mark:
    """One fault that one test injects. `file` is relative to the folder of tests."""

    row: int
    injected: str
    seen: str
    file: str
    test: str


def read_marks(folder: Path = TESTS) -> list[Mark]:
    """Return all marks, by row, file and place in it; ValueError for one that is not as it must."""
    found = [
        mark
        for path in sorted(folder.rglob("test_*.py"))
        for mark in _of_file(path, str(path.relative_to(folder)))
    ]
    return sorted(found, key=lambda mark: mark.row)


def _of_file(path: Path, name: str) -> Iterator[Mark]:
    text = path.read_text()
    if "mark.fault(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _is_fault(decorator.func):
                    yield _mark(decorator, name, node.name)


def _is_fault(function: ast.expr) -> bool:
    return ast.unparse(function) == "pytest.mark.fault"


def _mark(call: ast.Call, file: str, test: str) -> Mark:
    try:
        (row,) = (ast.literal_eval(argument) for argument in call.args)
        texts = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
        return Mark(row, texts.pop("injected"), texts.pop("seen"), file, test, **texts)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}::{test}: fault(row, injected=…, seen=…): {error}") from None
