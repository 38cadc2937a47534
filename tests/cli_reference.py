"""Writes docs/cli.md from the commands' own help; a test of the documents holds that it is what
they say.

python -m tests.cli_reference
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from cli.main import kb

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
_HEAD = """# Commands

What `--help` says, command by command. Made by `make docs`; exit codes and the shapes of JSON are in the README.
"""


def reference() -> str:
    """The page, as Markdown."""
    context = click.Context(kb, info_name="kb", terminal_width=100, **kb.context_settings)
    return "\n".join([_HEAD, *_sections(kb, context)])


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    """A section for a command and, behind it, for each of its own commands."""
    yield f"{'##' if context.parent is None else '###'} {context.command_path}\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _sections(inner, _below(inner, name, context))


def _below(command: click.Command, name: str, context: click.Context) -> click.Context:
    return click.Context(command, parent=context, info_name=name, terminal_width=100)


if __name__ == "__main__":
    os.environ["KB_LANG"] = "en"
    PAGE.write_text(reference(), "utf-8")
