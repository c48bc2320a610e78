"""Where a text that a person reads stands in the code: which arguments, of which calls.

Most of it is read from the package itself: wherever a record or function has a field or parameter
with one of the `SPOKEN` names, its arguments are read by people, by keyword and by position.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_NAMES = """
    what cause remedy found why fix title reason doc help description epilog placeholder tooltip
    border_title border_subtitle sub_title prompt label question hint
"""
SPOKEN = frozenset(_NAMES.split())
ALL = -1
"""Every positional argument is read by people."""
METHOD = "method"
"""In place of a module: what methods take, of whichever class."""

# Of libraries: which positional arguments are texts.
_FOREIGN: Mapping[str, tuple[int, ...]] = {
    "Static": (0,), "Label": (0,), "Button": (0,), "Checkbox": (0,), "RadioButton": (0,),
    "ToggleButton": (0,), "Link": (0,), "Markdown": (0,), "MarkdownViewer": (0,), "TabPane": (0,),
    "Tab": (0,), "Option": (0,), "Selection": (0,), "OptionList": (ALL,), "RadioSet": (ALL,),
    "Binding": (2,), "SystemCommand": (0, 1), "Hit": (1,), "DiscoveryHit": (0,),
    "notify": (0,), "add_column": (0,), "add_columns": (ALL,), "update": (0,), "print": (ALL,),
    "getpass": (0,), "input": (0,),
}  # fmt: skip
_WIDGETS = frozenset(name for name in _FOREIGN if name[0].isupper())
_STREAMS = frozenset({"sys.stdout.write", "sys.stderr.write", "self.console.print"})
# A record that holds a text under a name that means other things elsewhere.
_OWN = {"Note": (0,), "add_argument_group": (0,)}
ASSIGNED = SPOKEN | {"TITLE", "SUB_TITLE"}
"""Attributes whose values are read by people."""


@dataclass(frozen=True, slots=True)
class Places:
    """Which positional arguments people read: by bare name, then by the module that defines it.

    Of libraries the module is empty, of methods it is METHOD.
    """

    positions: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)

    def texts(self, call: ast.Call, homes: Mapping[str, str]) -> Iterator[tuple[str, ast.expr]]:
        """Yield name and expression of each argument of `call` that people read.

        `homes`: from which module the names in sight were imported.
        """
        name = bare_name(call.func)
        if name == "format":
            return
        wanted = self._wanted(call.func, name, homes)
        for index, argument in enumerate(call.args):
            if (ALL in wanted or index in wanted) and not isinstance(argument, ast.Starred):
                yield f"argument {index + 1} of {name}", argument
        for keyword in call.keywords:
            if keyword.arg in SPOKEN:
                yield f"{keyword.arg} of {name}", keyword.value

    def _wanted(self, called: ast.expr, name: str, homes: Mapping[str, str]) -> tuple[int, ...]:
        if ast.unparse(called) in _STREAMS:
            return (0,)
        home = homes.get(name, "")
        if isinstance(called, ast.Attribute):
            owner = bare_name(called.value)
            home = f"{homes.get(owner, '')}.{owner}"
        found = self.positions.get(name, {})
        if home in found:
            return found[home]
        # A method's class is not known: then whatever any method of that name takes.
        return tuple(index for where in ("", METHOD) for index in found.get(where, ()))


def homes_in(tree: ast.Module, module: str) -> dict[str, str]:
    """Return for each name that `module` imports or defines the module that it comes from."""
    homes = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                homes[alias.asname or alias.name] = node.module
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            homes[node.name] = module
    return homes


def bare_name(node: ast.expr) -> str:
    """Return the last part of a dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def places_in(trees: Mapping[str, ast.Module]) -> Places:
    """Learn the records, functions and classes of the package: its modules by dotted name."""
    classes: dict[str, ast.ClassDef] = {}
    positions = {name: {"": taken} for name, taken in {**_FOREIGN, **_OWN}.items()}
    for tree in trees.values():
        classes |= {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                positions.setdefault(node.name, {})[module] = _of_class(node.name, classes)
                for part in node.body:
                    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                        known = positions.setdefault(part.name, {})
                        known[METHOD] = known.get(METHOD, ()) + _spoken(_parameters(part))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                positions.setdefault(node.name, {})[module] = _spoken(_parameters(node))
    return Places(positions)


def _of_class(name: str, classes: Mapping[str, ast.ClassDef]) -> tuple[int, ...]:
    """A class without a constructor of its own takes what its bases take."""
    node = classes.get(name)
    if node is None:
        return (*_FOREIGN.get(name, ()), *_OWN.get(name, ()))
    if name in _OWN:
        return _OWN[name]
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            return _spoken(_parameters(part))
    fields = [
        part.target.id
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        if "ClassVar" not in ast.unparse(part.annotation)
    ]
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return _spoken(fields)
    inherited: tuple[int, ...] = ()
    for base in node.bases:
        bare = bare_name(base.value if isinstance(base, ast.Subscript) else base)
        if bare != name and (bare in classes or bare in _WIDGETS):
            inherited += _of_class(bare, classes)
    return inherited


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _spoken(names: Iterable[str]) -> tuple[int, ...]:
    return tuple(index for index, name in enumerate(names) if name in SPOKEN)
