"""The English messages that people see, read from the program's own code, and the catalogue of
their translations.

Nothing in the program marks a message: what is given to an error, a notice or `translated` is one,
and what the help of a command says. What is given may be an f-string, be kept under a name, or be
what a function gives; each is followed.

`python -m tests.messages` adds to the catalogue what it lacks, without a translation, and takes out
of it what the program does not say any more.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import click

from cli.help_page import paragraphs
from cli.language import CATALOGUE, read_catalogue
from cli.main import COMMANDS, kb
from kb.types import Decided, Outcome
from retrieval.feedback.regression import STATES

ROOT = Path(__file__).parent.parent
PACKAGES = ("kb", "ingest", "retrieval", "cli")
# click's messages that our commands can give: in its code they stand in other forms.
CLICK = (
    "Usage",
    "Options",
    "Commands",
    "Show this message and exit.",
    "Show the version and exit.",
    "required",
    "default: {value}",
    "No such option: {name}",
    "No such option {name}.",
    "No such option {name}. Did you mean {other}?",
    "No such option {name}. (Did you mean one of: {others}?)",
    "No such command {name}.",
    "No such command {name}. Did you mean {other}?",
    "No such command {name}. (Did you mean one of: {others}?)",
    "Missing command.",
    "Missing argument {name}.",
    "Missing argument {name}. Choose from: {choices}",
    "Missing option {name}.",
    "Missing option {name}. Choose from: {choices}",
    "Invalid value for {name}: {reason}",
    "{value} is not one of {choices}.",
    "{value} is not a valid {kind}.",
    "{value} is not in the range {range}.",
    "Option {name} requires an argument.",
    "Option {name} does not take a value.",
    "Got unexpected extra argument ({name})",
    "Got unexpected extra arguments ({names})",
)
# Values that are shown as words, in the form in which they are.
WORDS = (
    "default",
    *(word.replace("_", " ") for word in (*get_args(Outcome), *get_args(Decided), *STATES)),
)
_NAMING = {"out_fields", "counted"}  # their mappings have a message for each key
_IN_CLI = {"translated", "table", *_NAMING}
_ONE_WORD = {"translated", "table", "Finding", "DecisionKind", *_NAMING}
# Where among its arguments a call has what is shown, if that is but one of them.
_PLACES = {"translated": 0, "Format": 2, "setting": 1, "_weight": 0, "reaching": 1}
_SHOWING = {
    *("notify", "_notify", "fail", "_fail", "_failed", "_error"),
    *("Damage", "DamagedRow", "FitResult", "_unfitted"),
    *_ONE_WORD,
    *_PLACES,
}
# Functions whose texts are all shown, each a line: what is damaged, mended or due.
_TELLING = {
    "kb/doctor.py": ("mend", "_mend_indexes", "_mend_rows", "_mend_vectors", "_catalog"),
    "kb/faq.py": ("due", "lapses"),
    "kb/journal/integrity.py": ("problems", "_odd", "_named"),
    "cli/commands/doctor.py": ("_read_again", "_publish"),
}
_DEEPEST = 5  # names and functions that a message is followed through
_VALUE = re.compile(r"\{\w+\}")
_CODE = re.compile(r"SELECT |PRAGMA |\(\?|\n")


def messages() -> list[str]:
    """All messages, each once: click's, those of the help, and what commands say."""
    texts = [*CLICK, *COMMANDS.values(), *_help(kb, click.Context(kb, info_name="kb"))]
    return list(dict.fromkeys([*texts, *sorted({*WORDS, *Program().messages()})]))


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from paragraphs(command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield " ".join(parameter.help.split())
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, name
            yield from _help(inner, click.Context(inner, parent=context, info_name=name))


class Program:
    """The code of the program: what its functions give and its names stand for."""

    def __init__(self) -> None:
        files = [path for part in PACKAGES for path in sorted((ROOT / part).rglob("*.py"))]
        self._trees = [ast.parse(path.read_text("utf-8")) for path in files]
        paths = [path.relative_to(ROOT).as_posix() for path in files]
        self._paths: dict[ast.AST, str] = dict(zip(self._trees, paths, strict=True))
        self._parents: dict[ast.AST, ast.AST] = {}
        self._functions: dict[str, list[ast.FunctionDef]] = defaultdict(list)
        self._calls: dict[str, list[ast.Call]] = defaultdict(list)
        self._constants: dict[str, list[ast.expr]] = defaultdict(list)
        self._errors = {"KbError", "Unreadable"}
        for tree in self._trees:
            for name, value in _assignments(ast.iter_child_nodes(tree)):
                self._constants[name].append(value)
            for node in ast.walk(tree):
                self._parents.update(dict.fromkeys(ast.iter_child_nodes(node), node))
                if isinstance(node, ast.FunctionDef):
                    self._functions[node.name].append(node)
                elif isinstance(node, ast.Call):
                    self._calls[_name_of_function(node.func)].append(node)
        while new := set(self._derived_errors()) - self._errors:
            self._errors |= new

    def _derived_errors(self) -> Iterator[str]:
        for tree in self._trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                    if bases & self._errors:
                        yield node.name

    def messages(self) -> set[str]:
        """All that is shown, with names in braces for the values in it."""
        texts: set[str] = set()
        followed: dict[ast.AST, int] = {}
        for call in self._showing_calls():
            for given in self._given(call):
                said = map(_numbered, _texts(given))
                one_word = _name_of_function(call.func) in _ONE_WORD
                texts.update(text for text in said if one_word or " " in text.strip())
                behind = self._follow(given, followed, _DEEPEST)
                texts.update(text for text in behind if " " in text.strip())
        for function in self._telling_functions():
            texts.update(text for text in self._lines_of(function) if " " in text.strip())
        return {text for text in texts if _has_words(text)}

    def _telling_functions(self) -> Iterator[ast.FunctionDef]:
        for path, names in _TELLING.items():
            for name in names:
                functions = [f for f in self._functions[name] if self._path(f) == path]
                assert functions, f"{path} has no {name}"
                yield from functions

    def _path(self, node: ast.AST) -> str:
        """The file that a node stands in, as it is called from the repository's folder."""
        return self._paths[self._parent(node, ast.Module)]

    def _lines_of(self, function: ast.FunctionDef) -> Iterator[str]:
        """All texts in a function but its docstring, with those of the constants that it names."""
        waiting: list[ast.AST] = [*function.body[ast.get_docstring(function) is not None :]]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.JoinedStr | ast.Constant):
                yield from map(_numbered, _texts(node))
            elif isinstance(node, ast.Name) and node.id.isupper():
                waiting.extend(self._constant(node))
            else:
                waiting.extend(ast.iter_child_nodes(node))

    def _showing_calls(self) -> Iterator[ast.Call]:
        for tree in self._trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and self._shows(node):
                    yield node

    def _shows(self, call: ast.Call) -> bool:
        name = _name_of_function(call.func)
        if name == "__init__":  # of an error that says always the same
            kind = self._parent(self._parent(call, ast.FunctionDef), ast.ClassDef)
            return isinstance(kind, ast.ClassDef) and kind.name in self._errors
        if name in _IN_CLI and not self._path(call).startswith("cli/"):
            return False  # another function of that name
        return name in _SHOWING or name in self._errors

    def _given(self, call: ast.Call) -> Iterator[ast.expr]:
        """What a call is given to show: of a table its header, of a mapping its keys, of a choice
        from several all.
        """
        name = _name_of_function(call.func)
        if name == "table":
            yield from self.expanded(call.args[0])
            return
        if name in _NAMING:
            yield from self._keys(call.args[0])
            return
        shown = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name in _PLACES:
            shown = call.args[_PLACES[name] :][:1]
        for value in shown:
            if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
                yield from self.values_of(value.value)
            else:
                yield from _parts(value)

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

    def _keys(self, node: ast.expr) -> Iterator[ast.expr]:
        """The keys of a mapping, as far as they are written out where it is made."""
        if isinstance(node, ast.Dict):
            yield from filter(None, node.keys)
        elif isinstance(node, ast.IfExp):
            yield from (*self._keys(node.body), *self._keys(node.orelse))
        elif isinstance(node, ast.DictComp):
            yield from self._keys(node.generators[0].iter)
        elif isinstance(node, ast.Call) and _name_of_function(node.func) == "items":
            yield from self._keys(node.func.value)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Call):
            for given in self.given_by(node, whole=True):
                yield from self._keys(given)
        elif isinstance(node, ast.Name):
            around = self._parent(node, ast.FunctionDef)
            for name, value in _assigned(ast.walk(around)):
                if name == node.id and isinstance(value, ast.Dict | ast.DictComp):
                    yield from self._keys(value)

    def _parent(self, node: ast.AST, kind: type[ast.AST]) -> ast.AST:
        """The next node of a kind around `node`; the module where there is none."""
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, kind):
                break
        return node

    def _follow(self, node: ast.expr, followed: dict[ast.AST, int], depth: int) -> Iterator[str]:
        """The messages that an expression may give, and those that are values in them.

        `followed` has for each expression how deep it was followed already.
        """
        if followed.get(node, 0) >= depth:
            return
        followed[node] = depth
        yield from map(_numbered, _texts(node))
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                values = self.values_of(inner)
            elif isinstance(inner, ast.Call):
                values = self.given_by(inner)
            else:
                continue
            for value in values:
                yield from self._follow(value, followed, depth - 1)

    def values_of(self, name: ast.Name) -> list[ast.expr]:
        """What is assigned to a name around where it stands, or passed under it; else what a
        constant of any module stands for.
        """
        around: ast.AST = name
        while isinstance(around := self._parent(around, ast.FunctionDef), ast.FunctionDef):
            values = [value for known, value in _assignments(ast.walk(around)) if known == name.id]
            values += self._passed(around, name.id)
            if values:
                return values
        return self._constant(name) or self._constants[name.id] if name.id.isupper() else []

    def _constant(self, name: ast.Name) -> list[ast.expr]:
        """The values of a constant of the same module."""
        module = self._parent(name, ast.Module)
        values = self._constants[name.id]
        return [value for value in values if self._parent(value, ast.Module) is module]

    def _passed(self, function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
        """What the calls in the function's module pass for a parameter, and its default."""
        names = [argument.arg for argument in function.args.args]
        if name not in names:
            return
        place, defaults = names.index(name) - (names[0] == "self"), function.args.defaults
        by_name = dict(zip(reversed(names), reversed(defaults), strict=False))
        yield from filter(None, [by_name.get(name)])
        module = self._parent(function, ast.Module)
        for call in self._calls[function.name]:
            if self._parent(call, ast.Module) is module:
                yield from call.args[place : place + 1]
                yield from (word.value for word in call.keywords if word.arg == name)

    def given_by(self, call: ast.Call, *, whole: bool = False) -> Iterator[ast.expr]:
        """What a function gives: the one of that name in the same module, else the only one. Tables
        in their parts, or `whole`.
        """
        called = self._functions[_name_of_function(call.func)]
        module = self._parent(call, ast.Module)
        near = [function for function in called if self._parent(function, ast.Module) is module]
        for function in near or (called if len(called) == 1 else ()):
            if isinstance(function.returns, ast.Name) and function.returns.id == "bool":
                continue
            for node in ast.walk(function):
                if isinstance(node, _GIVING) and node.value is not None:
                    yield from [node.value] if whole else _parts(node.value)


_GIVING = (ast.Return, ast.Yield, ast.YieldFrom)


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
        yield from ((name, part) for part in _parts(value))


def _parts(node: ast.expr) -> list[ast.expr]:
    """The values of a table or a tuple; else the expression itself."""
    if isinstance(node, ast.Dict):
        return [part for value in node.values for part in _parts(value)]
    if isinstance(node, ast.Tuple | ast.List):
        return [part for value in node.elts for part in _parts(value)]
    return [node]


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression may give: with one branch of each choice or the other."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value.replace("{}", "{value}")]
    if isinstance(node, ast.JoinedStr):
        return ["".join(parts) for parts in product(*map(_texts, node.values))]
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.IfExp):
        return _texts(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return ["".join(parts) for parts in product(_texts(node.left), _texts(node.right))]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in _texts(value)]
    return [f"{{{_name(node) or 'value'}}}"]


def _name(node: ast.AST) -> str:
    """What a translator knows a value by: the last word of what it is called."""
    if isinstance(node, ast.Name):
        return node.id.strip("_")
    if isinstance(node, ast.Attribute):
        return node.attr if node.attr.startswith("__") else node.attr.lstrip("_")
    if isinstance(node, ast.Call):
        return next(filter(None, map(_name, reversed(node.args))), "") or _name(node.func)
    return next(filter(None, map(_name, ast.iter_child_nodes(node))), "")


def _name_of_function(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _numbered(text: str) -> str:
    """The text with each name of a value but once: {values} and {values2}."""
    seen: Counter[str] = Counter()

    def name(place: re.Match[str]) -> str:
        seen[place[0]] += 1
        times = seen[place[0]]
        return place[0] if times == 1 else f"{place[0][:-1]}{times}}}"

    return _VALUE.sub(name, text)


def _has_words(text: str) -> bool:
    """Whether there are words for people in it, on one line: not a query, a pattern or a page."""
    return bool(re.search("[a-z]{2}", _VALUE.sub("", text))) and not _CODE.search(text)


def write_catalogue(path: Path = CATALOGUE) -> None:
    """Write the catalogue anew: all messages, with the translations that it has already."""
    known = read_catalogue(path) if path.exists() else {}
    head, _, _ = path.read_text("utf-8").partition("\n\n")
    entries = [
        "\n".join(f"{key} {json.dumps(value, ensure_ascii=False)}" for key, value in pair)
        for text in messages()
        for pair in [(("msgid", text), ("msgstr", known.get(text, "")))]
    ]
    path.write_text("\n\n".join([head, *entries]) + "\n", "utf-8")


if __name__ == "__main__":
    os.environ["KB_LANG"] = "en"
    write_catalogue()
