"""The English messages that people see, read from the program's own code and the templates of its
web page, and the catalogue of their translations.

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
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import click
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from cli.help_page import paragraphs
from cli.language import CATALOGUE, read_catalogue
from cli.main import COMMANDS, kb
from kb.journal.held_answers import HoldState
from kb.types import Decided, Outcome
from retrieval.feedback.regression import STATES
from tests.program_code import ProgramCode, name_of_function, parts_of

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
    "{value} is not a valid integer range.",
    "{value} is not in the range {range}.",
    "File {name} does not exist.",
    "File {name} is a directory.",
    "File {name} is not readable.",
    "Option {name} requires an argument.",
    "Option {name} does not take a value.",
    "Got unexpected extra argument ({name})",
    "Got unexpected extra arguments ({names})",
)
# What the system says of a failure (strerror), as far as it is rather a user's matter.
SYSTEM = (
    "Address already in use",
    "Cannot assign requested address",
    "Connection refused",
    "File name too long",
    "Is a directory",
    "Name or service not known",
    "No space left on device",
    "No such file or directory",
    "Not a directory",
    "Operation not permitted",
    "Permission denied",
    "Read-only file system",
    "Temporary failure in name resolution",
)
# Values that are shown as words, in the form in which they are.
WORDS = (
    *("default", "somebody", "you"),
    *(
        word.replace("_", " ")
        for kind in (get_args(Outcome), get_args(Decided), get_args(HoldState), STATES)
        for word in kind
    ),
)
_NAMING = {"out_fields", "counted"}  # their mappings have a message for each key
_HEADERS = {"table": 0, "_table": 1}  # which argument of theirs is the header
_IN_CLI = {"translated", "labelled", *_HEADERS, *_NAMING}
_ONE_WORD = {"translated", "labelled", *_HEADERS, "Finding", "DecisionKind", "HeldKey", *_NAMING}
# Where among its arguments a call has what is shown, if that is but one of them.
_PLACES = {"translated": 0, "labelled": 0, "Format": 2, "setting": 1, "_weight": 0, "reaching": 1}
_SHOWING = {
    *("notify", "_notify", "fail", "_fail", "_failed", "_error"),
    *("Damage", "DamagedRow", "FitResult", "_unfitted"),
    *_ONE_WORD,
    *_PLACES,
}
# Functions whose texts are all shown, each a line: what is damaged, mended or due.
_TELLING = {
    "kb/audit.py": ("_problem", "_problem_of_whole"),
    "kb/doctor.py": ("mend", "_mend_indexes", "_mend_rows", "_mend_vectors", "_catalog"),
    "kb/faq.py": ("due", "lapses"),
    "kb/journal/integrity.py": ("problems", "_odd", "_named"),
    "cli/commands/doctor.py": ("_read_again", "_publish"),
}
_TEMPLATES = Path(__file__).parent.parent / "cli" / "server" / "page" / "html"
_DEEPEST = 5  # names and functions that a message is followed through
_VALUE = re.compile(r"\{\w+\}")
_CODE = re.compile(r"SELECT |PRAGMA |\(\?|\n")


@cache
def messages() -> tuple[str, ...]:
    """All messages, each once: click's, those of the help, what commands say, and the page."""
    texts = [*CLICK, *SYSTEM, *COMMANDS.values(), *_help(kb, click.Context(kb, info_name="kb"))]
    said = {*WORDS, *_Messages().messages(), *_on_the_page()}
    return tuple(dict.fromkeys([*texts, *sorted(said)]))


def _on_the_page() -> Iterator[str]:
    """What the web page's templates give to `translated`."""
    environment = Environment()
    for file in sorted(_TEMPLATES.glob("*.html")):
        parsed = environment.parse(file.read_text("utf-8"))
        for _, _, given in extract_from_ast(parsed, gettext_functions=("translated",)):
            first = given[0] if isinstance(given, tuple) else given
            if first:  # not the value of a message from elsewhere
                yield first


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


class _Messages(ProgramCode):
    """What the program shows, of all that its code has."""

    def messages(self) -> set[str]:
        """All that is shown, with names in braces for the values in it."""
        texts: set[str] = set()
        followed: dict[ast.AST, int] = {}
        for call in self._showing_calls():
            for given in self._given(call):
                said = map(_numbered, _texts(given))
                one_word = name_of_function(call.func) in _ONE_WORD
                texts.update(text for text in said if one_word or " " in text.strip())
                behind = self._follow(given, followed, _DEEPEST)
                texts.update(text for text in behind if " " in text.strip())
        for function in self._telling_functions():
            texts.update(text for text in self._lines_of(function) if " " in text.strip())
        return {text for text in texts if _has_words(text)}

    def _telling_functions(self) -> Iterator[ast.FunctionDef]:
        for path, names in _TELLING.items():
            for name in names:
                functions = [f for f in self.functions[name] if self.path(f) == path]
                assert functions, f"{path} has no {name}"
                yield from functions

    def _lines_of(self, function: ast.FunctionDef) -> Iterator[str]:
        """All texts in a function but its docstring, with those of the constants that it names."""
        waiting: list[ast.AST] = [*function.body[ast.get_docstring(function) is not None :]]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.JoinedStr | ast.Constant):
                yield from map(_numbered, _texts(node))
            elif isinstance(node, ast.Name) and node.id.isupper():
                waiting.extend(self.constant(node))
            else:
                waiting.extend(ast.iter_child_nodes(node))

    def _showing_calls(self) -> Iterator[ast.Call]:
        for tree in self.trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and self._shows(node):
                    yield node

    def _shows(self, call: ast.Call) -> bool:
        name = name_of_function(call.func)
        if name == "__init__":  # of an error that says always the same
            kind = self.around(self.around(call, ast.FunctionDef), ast.ClassDef)
            return isinstance(kind, ast.ClassDef) and kind.name in self.errors
        if name in _IN_CLI and not self.path(call).startswith("cli/"):
            return False  # another function of that name
        return name in _SHOWING or name in self.errors

    def _given(self, call: ast.Call) -> Iterator[ast.expr]:
        """What a call is given to show: of a table its header, of a mapping its keys, of a choice
        from several all.
        """
        name = name_of_function(call.func)
        if name in _HEADERS:
            yield from self.expanded(call.args[_HEADERS[name]])
            return
        if name in _NAMING:
            yield from self.keys(call.args[0])
            return
        shown = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name in _PLACES:
            shown = call.args[_PLACES[name] :][:1]
        for value in shown:
            if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
                yield from self.values_of(value.value)
            else:
                yield from parts_of(value)

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
    fixed = _VALUE.sub("", text)
    return bool(re.search(r"[A-Za-z]{2}|\b[A-Z]:", fixed)) and not _CODE.search(text)


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
