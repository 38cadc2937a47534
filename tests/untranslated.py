"""English that commands show without translating it, read from the program's own code: what a
command prints is either a value or a message given to `translated`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.program_code import ProgramCode, name_of_function

# What shows its arguments, and which of them: of a table the rows, of fields the values.
_SHOWN = {"out": 0, "out_wrapped": 0, "echo": 0, "prompt": 0, "progress_bar": 0, "table": 1}
_SHOWN |= {"out_fields": 0, "out_fitted": 0, "_show_text": 0, "_block": 0}
_TRANSLATING = {"translated", "labelled", "counted"}
_OF_TEXT = {"strip", "rstrip", "lstrip", "upper", "replace", "removesuffix", "removeprefix"}
_AS_IT_IS = {"clip", "flat", "listed", "escape", "list", "tuple", "filter", "join", "dict"}
_WORD = re.compile("[a-z]{2,}")
_DEEPEST = 4  # names and functions that a text is followed through


def untranslated() -> list[str]:
    """The texts with words that reach people as they are."""
    program, texts = ProgramCode(), set()
    for call in program.calls_in("cli/"):
        name = name_of_function(call.func)
        if name in _SHOWN and len(call.args) > _SHOWN[name]:
            texts.update(_literal(program, call.args[_SHOWN[name]], _DEEPEST))
    return sorted(text for text in texts if _WORD.search(text))


def _literal(program: ProgramCode, node: ast.expr, depth: int) -> Iterator[str]:
    """The literal texts in what an expression gives, but for those that are translated."""
    if isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
        return
    for part in _parts(program, node):
        yield from _literal(program, part, depth)
    if depth:
        for given in _behind(program, node):
            yield from _literal(program, given, depth - 1)


def _parts(program: ProgramCode, node: ast.expr) -> list[ast.expr]:
    """The expressions whose texts stand in what `node` gives."""
    match node:
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.Dict(values=parts):
            return parts
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return parts
        case ast.FormattedValue(value=part) | ast.Starred(value=part):
            return [part]
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            return [part]
        case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
            return [one, other]
        case ast.Call(func=ast.Attribute(value=text, attr="join"), args=parts):
            return [text, *parts]
        case ast.Call(func=ast.Attribute(value=text, attr=name)) if name in _OF_TEXT:
            return [text]
        case ast.Call(func=ast.Name(id=name), args=parts) if name in _AS_IT_IS:
            return parts
    return []


def _behind(program: ProgramCode, node: ast.expr) -> Iterator[ast.expr]:
    """What a name stands for, or a function of ours gives."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        yield from program.values_of(node.value)
    elif isinstance(node, ast.Name):
        yield from program.values_of(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from () if node.func.id in _TRANSLATING else program.given_by(node)
