"""What CONTRIBUTING.md and the habits it speaks of name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
OURS = re.compile(
    r"(?<![\w.])(?:(?:kb|ingest|retrieval|cli|tests|docs|\.ci|\.github)/[\w./-]*|\w+\.(?:md|toml))"
)
BASE = re.compile(r"/[^/]*NAME[^/]*\Z")


@pytest.mark.parametrize("path", sorted(set(OURS.findall(TEXT))))
def test_a_place_that_it_names_exists(path):
    """Of a file that is still to be written (NAME), its folder."""
    assert (ROOT / BASE.sub("", path.rstrip("."))).exists()


def test_a_name_stands_in_the_file_that_it_is_said_to_stand_in():
    said = re.findall(r"`(\w+)`(?: and `(\w+)`)? in\s+`([\w./]+\.py)`", TEXT)
    assert len(said) > 8
    for *names, path in said:
        content = (ROOT / path).read_text("utf-8")
        for name in filter(None, names):
            assert re.search(rf"^\s*(?:def |class )?{name}\b", content, re.M), (name, path)


def test_the_make_targets_that_it_names_exist():
    targets = set(re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]*)", TEXT))
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.M), target


def test_the_hooks_run_what_make_check_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0][
        "hooks"
    ]
    checked = re.search(r"^check:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)[1]
    wanted = [line.split("$(BIN)/")[1].removesuffix(" .") for line in checked.splitlines()]
    entries = [hook["entry"].removeprefix(".venv/bin/") for hook in hooks]
    assert [entry.removesuffix(" --force-exclude") for entry in entries] == wanted


def test_the_workflow_runs_what_ci_runs_on_each_python_that_the_readme_names():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    assert any(step.get("run") == ".ci/run" for step in job["steps"])
    low, high = re.search(
        r"Python 3\.(\d+) to 3\.(\d+)", (ROOT / "README.md").read_text("utf-8")
    ).groups()
    assert job["strategy"]["matrix"]["python"] == [f"3.{n}" for n in range(int(low), int(high) + 1)]


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_a_form_for_issues_can_be_read(form):
    given = yaml.safe_load(form.read_text("utf-8"))
    if form.stem == "config":
        assert given == {"blank_issues_enabled": True}
        return
    assert given["name"]
    assert given["description"]
    ids = [field["id"] for field in given["body"] if field["type"] != "markdown"]
    assert len(set(ids)) == len(ids) > 0
