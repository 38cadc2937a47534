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

import click

from cli.help_page import paragraphs
from cli.language import CATALOGUE, read_catalogue
from cli.main import COMMANDS, kb

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
_IN_CLI = {"translated", "table"}
_ONE_WORD = {"translated", "table", "Finding", "DecisionKind"}
_SHOWING = {"notify", "_notify", "fail", "_fail", "_failed", "_error", *_ONE_WORD}
_DEEPEST = 5  # names and functions that a message is followed through
_VALUE = re.compile(r"\{\w+\}")
_CODE = re.compile(r"SELECT |\(\?|\n")


def messages() -> list[str]:
    """All messages, each once: click's, those of the help, and what commands say."""
    texts = [*CLICK, *COMMANDS.values(), *_help(kb, click.Context(kb, info_name="kb"))]
    return list(dict.fromkeys([*texts, *sorted(_Program().messages())]))


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


class _Program:
    """The code of the program: what its functions give and its names stand for."""

    def __init__(self) -> None:
        files = [path for part in PACKAGES for path in sorted((ROOT / part).rglob("*.py"))]
        self._trees = [ast.parse(path.read_text("utf-8")) for path in files]
        self._in_cli = {
            tree
            for path, tree in zip(files, self._trees, strict=True)
            if path.is_relative_to(ROOT / "cli")
        }
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
        return {text for text in texts if _has_words(text)}

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
        if name in _IN_CLI and self._parent(call, ast.Module) not in self._in_cli:
            return False  # another function of that name
        return name in _SHOWING or name in self._errors

    def _given(self, call: ast.Call) -> Iterator[ast.expr]:
        """What a call is given to show: of a table its header, of a choice from several all."""
        shown = call.args[:1] if _name_of_function(call.func) == "table" else call.args
        for value in (*shown, *(keyword.value for keyword in call.keywords)):
            if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
                yield from self._values_of(value.value)
            else:
                yield from _parts(value)

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
                values = self._values_of(inner)
            elif isinstance(inner, ast.Call):
                values = self._given_by(inner)
            else:
                continue
            for value in values:
                yield from self._follow(value, followed, depth - 1)

    def _values_of(self, name: ast.Name) -> list[ast.expr]:
        """What is assigned to a name around where it stands, or passed under it; else what a
        constant of any module stands for.
        """
        around: ast.AST = name
        while isinstance(around := self._parent(around, ast.FunctionDef), ast.FunctionDef):
            values = [value for known, value in _assignments(ast.walk(around)) if known == name.id]
            values += self._passed(around, name.id)
            if values:
                return values
        return self._constants[name.id] if name.id.isupper() else []

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

    def _given_by(self, call: ast.Call) -> Iterator[ast.expr]:
        """What a function gives: the one of that name in the same module, else the only one."""
        called = self._functions[_name_of_function(call.func)]
        module = self._parent(call, ast.Module)
        near = [function for function in called if self._parent(function, ast.Module) is module]
        for function in near or (called if len(called) == 1 else ()):
            if isinstance(function.returns, ast.Name) and function.returns.id == "bool":
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                    yield from _parts(node.value)


def _assignments(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets = [target for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.NamedExpr):
            targets = [node.target]
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            yield node.target.id, node.iter
            continue
        else:
            continue
        yield from ((target.id, part) for target in targets for part in _parts(node.value))


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
