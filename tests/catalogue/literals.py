"""bypasses: literal words that reach a person without the catalogue, and misuse of `_`."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from tests.catalogue.messages import MARKS
from tests.catalogue.pairs import HAN
from tests.catalogue.places import PACKAGE
from tests.catalogue.places_of_text import ASSIGNED, Places, bare_name, homes_in, places_in
from tests.catalogue.scripts import unspoken

PLAYED = "etcd_tui.practice."
"""The package that plays a host's own programs: these speak English, as the real ones do.

Only its modules that know errors or the catalogue have words for the operator.
"""
_OPERATORS = frozenset({"etcd_tui.errors", "etcd_tui.i18n"})
NO_WORDS = {"etcd_tui.drill.guard": {"hold", "stop", "kill"}}
"""By module: literals that stand like texts, but are words of a program to another."""
# What is typed or is a name is the same in every language.
_COMMAND = re.compile(
    r"^\s*(?:\$ )?(?:etcd-tui|etcdctl|etcdutl|systemctl|journalctl|ssh|scp|ssh-keygen|openssl|curl"
    r"|sudo|chmod|chown|set|cat|rm|rmdir|install|export)(?: |$)"
)
_NAME = re.compile(
    r"\[/?[\w $.#=-]*\]|\{[^{}]*\}"  # Textual's markup, placeholders
    r"|https?://\S*|(?<![\w.])~?/[\w./{}-]+|--?[a-z][\w-]*|\bETCD_\w*|\w+(?:[._]\w+)+"
    r"|\b(?:etcd-tui|etcdctl|etcdutl|etcd|ssh-agent|sshd?|sudo|systemd|cfssl|openssl|google|github|textual-serve)\b"
    r"|\b(?:SSH|TLS|CA|SANs?|SHA-256|URL|IP|DNS|YAML|JSON|PEM|SELinux|HTTP|UTC|UTF-8|OK)\b"
    r"|\b(?:[KMG]i?B|ms|s)\b|\bF\d+\b|\b(?:Ctrl|Shift|Alt|Tab|Enter|Esc)\b"
)
_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(r"[A-Za-z]{2,}")


def bypasses(package: Path = PACKAGE) -> Iterator[str]:
    """Yield `file:line: what is wrong` for every fault in the package."""
    trees = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        trees[".".join(parts)] = ast.parse(path.read_text(encoding="utf-8"))
    if package == PACKAGE:
        yield from unspoken()
    places = places_in(trees)
    for module, tree in trees.items():
        played = _OPERATORS.isdisjoint(homes_in(tree, module).values())
        if not (module.startswith(PLAYED) and played):
            for line, fault in faults_in(tree, places, module, NO_WORDS.get(module, set())):
                yield f"{module.replace('.', '/')}.py:{line}: {fault}"


def faults_in(
    tree: ast.Module, places: Places, module: str, allowed: Collection[str] = ()
) -> Iterator[tuple[int, str]]:
    """Yield line and fault of everything in one module that misses or misuses the catalogue."""
    yield from _misused(tree, inside=False)
    homes = homes_in(tree, module)
    for scope in _scopes(tree):
        known = {**_assigned(tree), **_assigned(scope)}
        for node in _own_nodes(scope):
            for where, expression in _spoken(node, places, homes):
                for line, text in _said(expression, known, frozenset()):
                    if text not in allowed:
                        yield (
                            line,
                            f"{text!r} is read by people ({where}) and bypasses the catalogue",
                        )


def _spoken(
    node: ast.AST, places: Places, homes: Mapping[str, str]
) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Call) and bare_name(node.func) not in MARKS:
        yield from places.texts(node, homes)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = bare_name(target)
            if (isinstance(target, ast.Attribute) and name in ASSIGNED) or name in (
                "TITLE",
                "SUB_TITLE",
            ):
                yield name, node.value
            if name == "BINDINGS" and isinstance(node.value, ast.List | ast.Tuple):
                for entry in node.value.elts:
                    if isinstance(entry, ast.Tuple) and len(entry.elts) > 2:
                        yield "a binding's description", entry.elts[2]


def _said(
    node: ast.expr, known: Mapping[str, list[ast.expr]], seen: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """Yield the literal words that `node` may come out as, without those in `_` and `N_`."""
    match node:
        case ast.Constant(value=str(text)):
            if has_words(text):
                yield node.lineno, text
        case ast.Name(id=name) if name not in seen:
            for value in known.get(name, ()):
                yield from _said(value, known, seen | {name})
        case ast.JoinedStr():
            text = "".join(_literal(part) for part in node.values)
            if has_words(text):
                yield node.lineno, text
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _said(part.value, known, seen)
        case ast.Call(func=ast.Attribute(value=value, attr=method)):
            yield from _said(value, known, seen)
            if method in ("format", "join"):
                # What is filled in by name is mostly a value; words said on the spot are not.
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                    yield from _said(argument, {}, seen)
        case _:
            for part in _branches(node):
                yield from _said(part, known, seen)


def _branches(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return values
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.Subscript(value=ast.Dict(values=values)):
            return values
        case ast.GeneratorExp(elt=part) | ast.ListComp(elt=part) | ast.NamedExpr(value=part):
            return [part]
    return []


def has_words(text: str) -> bool:
    """Whether a person would have to know English: not for commands, names and signs."""
    if _COMMAND.match(text) or _HAN.search(text):
        return False
    return bool(_WORD.search(_NAME.sub(" ", text)))


def _literal(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "\0"


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Walk a scope without the functions inside it: they are scopes of their own."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own_nodes(child)


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _misused(node: ast.AST, *, inside: bool) -> Iterator[tuple[int, str]]:
    """`_` and `N_` take one whole literal, and `_` is only asked when something is shown."""
    if isinstance(node, ast.Call) and bare_name(node.func) in MARKS:
        mark = bare_name(node.func)
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if mark == "_" and not inside:
            yield node.lineno, "_ is asked before the language is chosen: use N_ here"
        if isinstance(argument, ast.Constant):
            if not isinstance(argument.value, str) or not argument.value.strip():
                yield node.lineno, f"{mark} needs a text"
        elif (
            mark == "N_"
            or isinstance(argument, ast.JoinedStr | ast.BinOp | None)
            or _made(argument)
        ):
            yield node.lineno, f"{mark} needs one whole literal; fill it in after the look-up"
    for name, value in ast.iter_fields(node):
        within = inside
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            within = name == "body"
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _misused(part, inside=within)


def _made(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Call) and bare_name(argument.func) in ("format", "join")
