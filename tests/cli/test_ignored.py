"""What a folder's ingest passes over: .kbignore, hidden files, version control, links that lead in
circles.
"""

from __future__ import annotations

import os

import pytest

NAMES = [
    "a.md",
    "drafts/b.md",
    "drafts/keep.md",
    "notes/c.txt",
    "notes/private/d.txt",
    "notes/e.log",
    "深/草稿.md",
]


@pytest.fixture
def tree(folder):
    """A folder of folders."""
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Words of {name}.", "utf-8")
    return folder


def ingested(kb, *arguments):
    run = kb("ingest", "--json", *arguments)
    assert (run.code, run.err) == (0, "")
    assert run.json["skipped"] == []
    return {each["source"] for each in kb("sources", "list", "--json").json}


@pytest.mark.parametrize(
    ("lines", "out"),
    [
        (["drafts/"], {"drafts/b.md", "drafts/keep.md"}),
        (["drafts/*", "!drafts/keep.md"], {"drafts/b.md"}),
        (["*.log", "# a comment", "", "草稿.md"], {"notes/e.log", "深/草稿.md"}),
        (["/a.md", "**/private/"], {"a.md", "notes/private/d.txt"}),
        (["*", "!*/", "!*.txt"], set(NAMES) - {"notes/c.txt", "notes/private/d.txt"}),
        (["nothing-like-it"], set()),
    ],
)
def test_kbignore_has_the_syntax_of_gitignore(kb, tree, lines, out):
    (tree / ".kbignore").write_text("\n".join(lines), "utf-8")
    assert ingested(kb, tree) == set(NAMES) - out


def test_each_folder_may_have_its_own_and_the_nearest_decides(kb, tree):
    (tree / ".kbignore").write_text("*.txt\n")
    (tree / "notes" / ".kbignore").write_text("!c.txt\n*.log\n")
    assert ingested(kb, tree) == set(NAMES) - {"notes/private/d.txt", "notes/e.log"}


def test_what_is_ignored_later_is_taken_out_and_what_no_longer_is_comes_back(kb, tree):
    assert ingested(kb, tree) == set(NAMES)
    (tree / ".kbignore").write_text("notes/\n")
    assert ingested(kb, tree) == {name for name in NAMES if not name.startswith("notes/")}
    (tree / ".kbignore").unlink()
    assert ingested(kb, tree) == set(NAMES)


def test_a_file_named_by_itself_is_read_even_if_ignored(kb, tree):
    (tree / ".kbignore").write_text("*\n")
    assert ingested(kb, tree / "a.md") == {"a.md"}


def test_hidden_files_version_control_and_dependencies_are_passed_over(kb, tree):
    for name in (
        ".git/x.md",
        ".svn/x.md",
        "CVS/x.md",
        "_darcs/x.md",
        "node_modules/x.md",
        "__pycache__/x.md",
        ".y.md",
    ):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text("Hidden words.")
    (tree / "~$report.md").write_text("An open document's lock.")
    assert ingested(kb, tree) == set(NAMES)
    (tree / ".kbignore").write_text("!node_modules/\n")
    assert ingested(kb, tree) == {*NAMES, "node_modules/x.md"}


def test_links_that_lead_in_circles_are_safe(kb, tree):
    os.symlink(tree, tree / "notes" / "again")
    os.symlink("self.md", tree / "self.md")
    os.symlink(tree / "a.md", tree / "linked.md")
    run = kb("ingest", "--json", tree)
    assert run.json["added"] == len(NAMES) + 1
    assert [skip["source"] for skip in run.json["skipped"]] == ["self.md"]


def test_a_kbignore_that_cant_be_read_stops_the_run(kb, tree):
    (tree / ".kbignore").write_bytes(b"\xff\xfe\x00\xd8")
    run = kb("ingest", tree)
    assert run.code == 1
    assert ".kbignore can't be read" in run.err
