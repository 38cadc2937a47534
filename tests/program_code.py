"""The program's own code, parsed: which calls there are, what names stand for and functions give.

Names and functions are followed within their modules; a function of which there is only one, and a
constant, from any module.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("kb", "ingest", "retrieval", "cli")
_GIVING = (ast.Return, ast.Yield, ast.YieldFrom)
_DEEPEST = 5  # names that a value is followed through


class ProgramCode:
    """The modules of the program, and ways to look up what stands in them."""

    def __init__(self) -> None:
        files = [path for part in PACKAGES for path in sorted((ROOT / part).rglob("*.py"))]
        self.trees = [ast.parse(path.read_text("utf-8")) for path in files]
        paths = [path.relative_to(ROOT).as_posix() for path in files]
        self._paths: dict[ast.AST, str] = dict(zip(self.trees, paths, strict=True))
        self._parents: dict[ast.AST, ast.AST] = {}
        self.functions: dict[str, list[ast.FunctionDef]] = defaultdict(list)
        self._calls: dict[str, list[ast.Call]] = defaultdict(list)
        self._constants: dict[str, list[ast.expr]] = defaultdict(list)
        self.errors = {"KbError", "Unreadable"}
        for tree in self.trees:
            for name, value in _assignments(ast.iter_child_nodes(tree)):
                self._constants[name].append(value)
            for node in ast.walk(tree):
                self._parents.update(dict.fromkeys(ast.iter_child_nodes(node), node))
                if isinstance(node, ast.FunctionDef):
                    self.functions[node.name].append(node)
                elif isinstance(node, ast.Call):
                    self._calls[name_of_function(node.func)].append(node)
        while new := set(self._derived_errors()) - self.errors:
            self.errors |= new

    def _derived_errors(self) -> Iterator[str]:
        for tree in self.trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                    if bases & self.errors:
                        yield node.name

    def path(self, node: ast.AST) -> str:
        """The file that a node stands in, as it is called from the repository's folder."""
        return self._paths[self.around(node, ast.Module)]

    def expanded(self, node: ast.expr, depth: int = _DEEPEST) -> Iterator[ast.expr]:
        """The expressions of which a value consists: of a sequence its elements, of a name what it
        stands for.
        """
        if isinstance(node, ast.Tuple | ast.List):
            inner = node.elts
        elif isinstance(node, ast.Starred):
            inner = [node.value]
        elif isinstance(node, ast.Name) and depth:
            inner, depth = self.values_of(node), depth - 1
        else:
            yield node
            return
        for part in inner:
            yield from self.expanded(part, depth)

    def keys(self, node: ast.expr) -> Iterator[ast.expr]:
        """The keys of a mapping, as far as they are written out where it is made."""
        if isinstance(node, ast.Dict):
            yield from filter(None, node.keys)
        elif isinstance(node, ast.IfExp):
            yield from (*self.keys(node.body), *self.keys(node.orelse))
        elif isinstance(node, ast.DictComp):
            yield from self.keys(node.generators[0].iter)
        elif isinstance(node, ast.Call) and name_of_function(node.func) == "items":
            yield from self.keys(node.func.value)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Call):
            for given in self.given_by(node, whole=True):
                yield from self.keys(given)
        elif isinstance(node, ast.Name):
            around = self.around(node, ast.FunctionDef)
            for name, value in _assigned(ast.walk(around)):
                if name == node.id and isinstance(value, ast.Dict | ast.DictComp):
                    yield from self.keys(value)

    def calls_in(self, folder: str) -> Iterator[ast.Call]:
        """All calls in the modules of a folder."""
        for calls in list(self._calls.values()):
            yield from (call for call in calls if self.path(call).startswith(folder))

    def around(self, node: ast.AST, kind: type[ast.AST]) -> ast.AST:
        """The next node of a kind around `node`; the module where there is none."""
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, kind):
                break
        return node

    def values_of(self, name: ast.Name) -> list[ast.expr]:
        """What is assigned to a name around where it stands, or passed under it; else what a
        constant of any module stands for.
        """
        around: ast.AST = name
        while isinstance(around := self.around(around, ast.FunctionDef), ast.FunctionDef):
            values = [value for known, value in _assignments(ast.walk(around)) if known == name.id]
            values += self._passed(around, name.id)
            if values:
                return values
        return self.constant(name) or self._constants[name.id] if name.id.isupper() else []

    def constant(self, name: ast.Name) -> list[ast.expr]:
        """The values of a constant of the same module."""
        module = self.around(name, ast.Module)
        values = self._constants[name.id]
        return [value for value in values if self.around(value, ast.Module) is module]

    def _passed(self, function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
        """What the calls in the function's module pass for a parameter, and its default."""
        names = [argument.arg for argument in function.args.args]
        if name not in names:
            return
        place, defaults = names.index(name) - (names[0] == "self"), function.args.defaults
        by_name = dict(zip(reversed(names), reversed(defaults), strict=False))
        yield from filter(None, [by_name.get(name)])
        module = self.around(function, ast.Module)
        for call in self._calls[function.name]:
            if self.around(call, ast.Module) is module:
                yield from call.args[place : place + 1]
                yield from (word.value for word in call.keywords if word.arg == name)

    def given_by(self, call: ast.Call, *, whole: bool = False) -> Iterator[ast.expr]:
        """What a function gives: the one of that name in the same module, else the only one. Tables
        in their parts, or `whole`.
        """
        called = self.functions[name_of_function(call.func)]
        module = self.around(call, ast.Module)
        near = [function for function in called if self.around(function, ast.Module) is module]
        for function in near or (called if len(called) == 1 else ()):
            if isinstance(function.returns, ast.Name) and function.returns.id == "bool":
                continue
            for node in ast.walk(function):
                if isinstance(node, _GIVING) and node.value is not None:
                    yield from [node.value] if whole else parts_of(node.value)


def _assigned(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets = [target for target in node.targets if isinstance(target, ast.Name)]
            yield from ((target.id, node.value) for target in targets)
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id, node.value
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            yield node.target.id, node.iter


def _assignments(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for name, value in _assigned(nodes):
        yield from ((name, part) for part in parts_of(value))


def parts_of(node: ast.expr) -> list[ast.expr]:
    """The values of a table or a tuple; else the expression itself."""
    if isinstance(node, ast.Dict):
        return [part for value in node.values for part in parts_of(value)]
    if isinstance(node, ast.Tuple | ast.List):
        return [part for value in node.elts for part in parts_of(value)]
    return [node]


def name_of_function(node: ast.expr) -> str:
    """What a call calls, without what it belongs to; empty where that has no name."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
