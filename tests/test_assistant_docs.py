"""What assistants and their registries are given to read keeps to what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
import yaml

pytest.importorskip("mcp", reason="needs the extra serve")

from cli.main import COMMANDS, kb
from cli.server.assistants import PATH
from cli.server.tools import TOOLS, AskArguments
from kb import __version__

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "assistants.md").read_text("utf-8")
SKILL = (ROOT / "docs" / "SKILL.md").read_text("utf-8")
LISTING = (ROOT / "llms.txt").read_text("utf-8")
REGISTRY = json.loads((ROOT / "server.json").read_text("utf-8"))
NAMES = {tool.name for tool in TOOLS}


def started_by(configuration):
    """The arguments with which a client's configuration has `kb` started, or the URL it asks."""
    (servers,) = (value for key, value in configuration.items() if key in ("mcpServers", "servers"))
    server = servers["kb"]
    assert server.get("command", "kb") == "kb"
    return server.get("args") or server["url"]


def test_the_configurations_to_paste_start_what_there_is():
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.S)]
    started = [started_by(block) for block in blocks]
    assert len(started) == 4
    root = click.Context(kb, **kb.context_settings)  # options of help are kept from the first
    command = kb.get_command(root, "mcp")
    for given in started:
        if isinstance(given, str):
            assert given.endswith(f":8765{PATH}")
        else:
            assert given[0] == "mcp"
            command.make_context("mcp", given[1:], parent=root)


def test_the_table_has_every_tool_with_its_right():
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", GUIDE, re.M))
    assert rows == {tool.name: " or ".join(tool.rights) for tool in TOOLS}


def test_the_skill_names_tools_and_fields_that_exist():
    front = yaml.safe_load(SKILL.split("---\n")[1])
    assert front["name"] == "kb"
    assert 50 < len(front["description"]) < 1024
    told = set(re.findall(r"`(\w+)`", SKILL))
    statuses = {"answered", "unsupported", "abstained", "held"}
    fields = {"supported", "closest", "quote", "correct", "status", "kb"}
    assert told <= NAMES | statuses | fields | set(AskArguments.model_fields)
    assert told >= NAMES | statuses


def test_the_listing_leads_to_documents_that_exist():
    assert LISTING.startswith("# kb\n\n> ")
    linked = re.findall(r"\]\(([^)]+)\)", LISTING)
    assert all((ROOT / place).is_file() for place in linked)
    documents = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert documents <= set(linked)


def test_the_registry_file_is_of_this_version_and_starts_what_there_is():
    (package,) = REGISTRY["packages"]
    assert REGISTRY["version"] == package["version"] == __version__
    assert len(REGISTRY["description"]) <= 100
    assert [a["value"] for a in package["packageArguments"]] == ["mcp"]
    assert "mcp" in COMMANDS
    assert f"mcp-name: {REGISTRY['name']}" in (ROOT / "README.md").read_text("utf-8")
