"""The documents keep to what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from cli.main import COMMANDS, kb
from ingest.readers import FORMATS
from kb.settings import Settings
from tests.cli_reference import PAGE, reference

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCS = [README, *(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))]


def find(name: str) -> click.Command:
    command = kb.get_command(click.Context(kb), name)
    assert command is not None, name
    return command


def test_help_shows_each_command_as_its_own_help_does():
    for name, about in COMMANDS.items():
        first = (find(name).help or "").split("\n\n")[0]
        assert " ".join(first.split()) == about


@pytest.mark.parametrize(
    "line",
    sorted(set(re.findall(r"(?:^|[|$&`] ?)kb ([a-z]+(?![a-z:])[^`\n|]*)", "\n".join(DOCS), re.M))),
)
def test_commands_in_the_documents_exist_with_their_options(line):
    name = line.split()[0]
    if name not in COMMANDS:
        pytest.fail(f"the documents name a command that does not exist: kb {line}")
    command = find(name)
    if isinstance(command, click.Group):
        for sub in line.split()[1:2]:
            if sub.startswith("-") and command.invoke_without_command:
                continue
            assert all(part in command.commands for part in re.findall(r"[a-z]+", sub)), line
    known = {
        option
        for c in [command, *getattr(command, "commands", {}).values()]
        for p in c.params
        for option in p.opts
    }
    for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", line):
        assert option in known, f"kb {name} has no {option}"


def test_every_format_is_in_the_table_of_formats():
    table = (ROOT / "docs" / "formats.md").read_text("utf-8")
    for format_ in FORMATS:
        for ending in format_.endings:
            assert ending in table


def test_settings_named_in_the_documents_exist():
    for name in re.findall(r"`([a-z]+_[a-z_]+)`", "\n".join(DOCS)):
        assert name in Settings.__dataclass_fields__, name


def test_the_readme_opens_with_the_two_commands():
    screen = README.split("\n")[:40]
    assert any(line.startswith("make demo") for line in screen)
    assert any(line.startswith("make test") for line in screen)


def test_the_reference_of_commands_is_what_they_say_of_themselves():
    """Words alone are compared: how lines are filled changes with click."""
    assert PAGE.read_text("utf-8").split() == reference().split(), "run: make docs"


def test_every_line_of_the_security_page_names_tests_that_exist():
    rows = [
        row
        for row in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines()
        if row.startswith("| ")
    ]
    for row in rows:
        if "held by" in row:
            continue
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row.split("|")[-2])
        assert tests, f"nothing holds: {row}"
        for file, name in tests:
            assert re.search(rf"def {name}\(", (ROOT / file).read_text("utf-8")), (
                f"{file} has no {name}"
            )
