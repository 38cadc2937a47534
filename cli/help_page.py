"""Help in Chinese: the texts of click's commands translated, and wrapped by the columns they take."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

import click

from cli.language import CLOSING, OPENING, translated

# What is not broken: a wide character or a word, with the marks that open or close it; white space.
_UNIT = re.compile(
    rf"[{OPENING}]*(?:[^\x00-\u2e7f]|[^\s\u2e80-\uffff]+)[{CLOSING}]*|[{CLOSING}]+|\s+"
)
_EXTRA = re.compile(r"  \[(.*)\]$")
_NARROWEST = 10  # columns of an explanation


class ChineseHelp(click.HelpFormatter):
    """click's help page with Chinese headings and lines broken between Chinese characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{translated('Usage')}：")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{translated(heading)}：\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for number, paragraph in enumerate(paragraphs(text)):
            if number:
                self.write("\n")
            for line in wrapped(paragraph, self.width - len(indent)):
                self.write(f"{indent}{line}\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        column = min(max(columns(term) for term, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, about in rows:
            lines = list(wrapped(_about(about), max(self.width - column - 2, _NARROWEST)))
            lead = f"{term:<{column}}"
            if columns(term) > column - col_spacing and lines:
                self.write(f"{indent}{term}\n")
                lead = " " * column
            for line in lines or [""]:
                self.write(f"{indent}{lead}{line}".rstrip() + "\n")
                lead = " " * column


class _ChineseContext(click.Context):
    formatter_class = ChineseHelp


def translate_help(command: click.Command) -> None:
    """Give a command and those below it Chinese help, in place of the English that they have."""
    command.context_class = _ChineseContext
    parts = paragraphs(command.help or "")
    command.short_help = translated(parts[0]) if parts else None
    command.help = "\n\n".join(map(translated, parts))
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = translated(" ".join(parameter.help.split()))
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        translate_help(inner)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n") if part.strip()]


def _about(text: str) -> str:
    """The explanation of an option, with what click adds to it in brackets, such as its default."""
    extra = _EXTRA.search(text)
    if not extra:
        return translated(text)
    shown = "；".join(map(translated, extra[1].split("; ")))
    return f"{translated(text[: extra.start()])} [{shown}]"


def columns(text: str) -> int:
    """The columns that a text takes on a terminal, where Chinese characters take two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in lines of at most `width` columns, broken between words or Chinese characters."""
    line = ""
    for unit in _UNIT.findall(text):
        if line and columns(line) + columns(unit) > width:
            yield line.rstrip()
            line = ""
        line += unit if line else unit.lstrip()
    if line.strip():
        yield line.rstrip()
