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
PROSE = ("etcd_tui.tui.", "etcd_tui.runbook.")
"""Packages in which a parameter called `text` is read by people, too."""
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
        places = ("", METHOD) if isinstance(called, ast.Attribute) else ("",)
        return tuple(index for where in places for index in found.get(where, ()))


def homes_in(tree: ast.Module, module: str) -> dict[str, str]:
    """Return for each name that `module` imports or defines the module that it comes from."""
    homes = {"self": module}
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
    classes: dict[str, tuple[ast.ClassDef, frozenset[str]]] = {}
    positions = {name: {"": taken} for name, taken in {**_FOREIGN, **_OWN}.items()}
    names = {module: _names(module) for module in trees}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes[node.name] = node, names[module]
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                positions.setdefault(node.name, {})[module] = _of_class(node.name, classes)
                for part in node.body:
                    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                        known = positions.setdefault(part.name, {})
                        taken = _of_function(part, names[module])
                        # Called on `self` it is this module's; else of whichever class.
                        for where in (METHOD, f"{module}.self"):
                            known[where] = known.get(where, ()) + taken
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                positions.setdefault(node.name, {})[module] = _of_function(node, names[module])
    return Places(positions)


def _names(module: str) -> frozenset[str]:
    return SPOKEN | {"text"} if module.startswith(PROSE) else SPOKEN


def _of_class(
    name: str, classes: Mapping[str, tuple[ast.ClassDef, frozenset[str]]]
) -> tuple[int, ...]:
    """A class without a constructor of its own takes what its bases take."""
    if name in _OWN:
        return _OWN[name]
    if name not in classes:
        return _FOREIGN.get(name, ())
    node, names = classes[name]
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            return _of_function(part, names)
    fields = [
        part.target.id
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        if "ClassVar" not in ast.unparse(part.annotation)
    ]
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return _spoken(fields, names)
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    return tuple(
        index
        for base in map(bare_name, bases)
        if base != name and (base in classes or base in _WIDGETS)
        for index in _of_class(base, classes)
    )


def _of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, spoken: frozenset[str]
) -> tuple[int, ...]:
    if node.name == "write":
        # Files have it, too; what goes to a person's streams is told by their names.
        return ()
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    found = _spoken(names, spoken)
    # `*paragraphs`: what a page is given to say, it says.
    return (*found, ALL) if node.args.vararg and node.args.vararg.arg == "paragraphs" else found


def _spoken(names: Iterable[str], spoken: frozenset[str]) -> tuple[int, ...]:
    return tuple(index for index, name in enumerate(names) if name in spoken)
