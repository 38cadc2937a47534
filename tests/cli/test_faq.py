"""The curated FAQ as a maintainer uses it: entries that are found at once, kept in git, and looked
at again in time.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap

import pytest
from curating import Here, faq_of
from homes import assert_in_step, limited, problems

RENT = "The rent of the lantern hall is 40 coins an evening, and 25 for members."
HOSTILE = (
    "First line.\r\n\r\n## Not a question?\r\n\r\n<!-- kb\r\nid: f_stolen\r\n-->\r\n\\## kept\n---\nid: no front matter\n"
    "---\n```\n## a comment in code\n\n    indented\n```\n&#x1b;[31m and \x1b[31m, \x07 and &amp;#x7;\u2028\u202e end"
)


def add(kb, question, answer, *more):
    """Add an entry; gives its id."""
    run = kb("faq", "add", "--question", question, "--answer", answer, *more)
    assert run.code == 0, run.err
    return run.out.split()[1].rstrip(":")


def entries(kb, *more):
    return kb("faq", "list", "--json", *more).json


def typed(tmp_path, code):
    """The environment of somebody whose editor does `code` to the `text` of the file."""
    script = tmp_path / f"editor{len(list(tmp_path.iterdir()))}.py"
    script.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "text = path.read_text('utf-8')\n"
        + textwrap.dedent(code)
        + "path.write_text(text, 'utf-8')\n"
        "import os\nos.utime(path, (2_000_000_000, 2_000_000_000))\n",
        "utf-8",
    )
    return {"EDITOR": f"{sys.executable} {script}"}


def test_an_entry_is_the_answer_at_once_in_a_home_of_its_own(kb):
    entry = add(
        kb, "How much is the lantern hall?", RENT, "--also", "灯笼厅怎么收费？", "--by", "Ada"
    )
    for asked in ("how much is the lantern hall", "灯笼厅怎么收费？"):
        answer = kb("ask", asked, "--format", "json").json
        assert answer["status"] == "answered"
        assert answer["answer"].startswith(RENT)
        (citation,) = answer["citations"]
        reviewed = entries(kb)[0]["at"][:10]
        assert citation["source"] == f"faq/{entry}"
        assert citation["anchor"]["label"] == f"FAQ · reviewed {reviewed}"
        assert citation["anchor"]["reviewed"] == reviewed
        assert "灯笼厅" not in citation["quote"]  # how else it is asked is found, and never cited
    assert f"FAQ · reviewed {reviewed}" in kb("ask", "how much is the lantern hall").out
    assert (
        f"FAQ · reviewed {reviewed}"
        in kb("ask", "how much is the lantern hall", "--format", "slack").out
    )
    assert_in_step(kb.home)


def test_show_tells_where_an_entry_comes_from_and_what_it_was(kb, folder):
    (folder / "hall.md").write_text(f"# The hall\n\n{RENT}\n", "utf-8")
    kb("ingest", folder)
    passage = kb("search", "rent of the hall", "--json").json["hits"][0]["passage"]
    entry = add(kb, "What is the rent?", "30 coins.", "--source", passage, "--by", "Ada")
    assert kb("faq", "edit", entry, "--answer", "40 coins an evening.", "--by", "Bo").code == 0
    shown = kb("show", entry).out
    assert "version 2" in shown
    assert "by Bo" in shown
    assert "A: 40 coins an evening." in shown
    assert f"hall.md  L3  {passage}" in shown
    assert "version 1" in shown
    assert "by Ada: 30 coins." in shown
    found = kb("show", entry, "--json").json
    assert [version["answer"] for version in found["versions"]] == [
        "30 coins.",
        "40 coins an evening.",
    ]
    assert kb("ask", "what is the rent?", "--format", "json").json["answer"].startswith("40 coins")
    assert kb("show", "f_nothing").code == 1


def test_a_source_must_be_there_and_the_error_names_what_is_like_it(kb, folder):
    (folder / "opening-hours.md").write_text("# Hours\n\nWe open at nine.\n", "utf-8")
    kb("ingest", folder)
    run = kb(
        "faq", "add", "--question", "When?", "--answer", "At nine.", "--source", "opening-huors.md"
    )
    assert run.code == 1
    assert "opening-hours.md" in run.err
    assert len(run.err.splitlines()) == 2
    assert entries(kb) == []


@pytest.mark.parametrize(
    ("question", "answer"), [("?!", "Yes."), ("When?", "---"), ("", "Yes."), ("When?", " \n ")]
)
def test_what_is_no_entry_is_refused_in_one_line(kb, question, answer):
    run = kb("faq", "add", "--question", question, "--answer", answer)
    assert run.code == 2
    assert "needs words" in run.err
    assert "Traceback" not in run.err


def test_a_question_that_has_an_entry_gets_no_second_one(kb, tmp_path):
    entry = add(kb, "How much is the lantern hall?", RENT, "--also", "灯笼厅怎么收费？")
    for again in (
        " how much is the  LANTERN hall? ",
        "灯笼厅怎么收费?",
        "how much is the lantern hall",
        "灯笼厅怎么收费 。",
    ):
        run = kb("faq", "add", "--question", again, "--answer", "50 coins.")
        assert (run.code, run.out) == (1, "")
        assert f"kb faq edit {entry}" in run.err
    run = kb(
        "faq",
        "add",
        env=typed(tmp_path, f"text = text.replace('## ', '## {again}', 1) + 'Fifty coins.\\n'\n"),
    )
    assert run.code == 1
    assert f"kb faq edit {entry}" in run.err
    kept = run.err.split("what you wrote is in ")[1].strip()
    with open(kept, encoding="utf-8") as file:
        assert "Fifty coins." in file.read()
    os.remove(kept)
    assert [each["answer"] for each in entries(kb)] == [RENT]


def test_another_way_to_ask_is_no_other_entrys_question(kb, tmp_path):
    started, kb = kb, Here(kb)
    hall = add(kb, "How much is the lantern hall?", RENT, "--also", "灯笼厅怎么收费？")
    other = add(kb, "When is it open?", "At nine.", "--also", "几点开门？")
    refused = f"{hall} has that question already"
    new = ("faq", "add", "--question", "Where?", "--answer", "Here.", "--also")
    for call in (new, ("faq", "edit", other, "--also")):
        for way in ("how much is the lantern hall", "灯笼厅怎么收费"):
            run = kb(*call, way)
            assert (run.code, run.out) == (1, "")
            assert refused in run.err
    way = "text = text.replace('-->', 'also: How much is the lantern hall\\n-->', 1)\n"
    assert refused in started("faq", "edit", other, env=typed(tmp_path, way)).err
    assert (
        kb("faq", "edit", other, "--question", "几点开门", "--also", "When is it open?").code == 0
    )
    asked = kb("ask", "When is it open?", "--format", "json").json["id"]
    resolve = ("feedback", "resolve", asked, "--as", "promote", "--answer", "At ten.")
    for option in ("--also", "--question"):
        run = kb(*resolve, option, "How much is the lantern hall?")
        assert (run.code, run.out) == (1, "")
        assert refused in run.err
    assert kb(*resolve, "--also", "几点开门？").code == 0
    assert [each["answer"] for each in entries(kb)] == [RENT, "At ten."]


def test_a_removed_entry_is_gone_at_once_and_its_versions_stay(kb):
    entry = add(kb, "How much is the lantern hall?", RENT)
    assert kb("faq", "remove", entry, "--by", "Bo").code == 0
    assert entries(kb) == []
    assert kb("ask", "how much is the lantern hall").code == 3
    assert kb("faq", "remove", entry).code == 1
    assert_in_step(kb.home)


# --- the file -------------------------------------------------------------------------------------


def test_an_export_comes_back_as_exactly_what_it_was(kb, tmp_path):
    add(
        kb,
        "How do\nI  break it? --> `## x`",
        HOSTILE,
        "--also",
        "怎么弄坏它？ -->",
        "--by",
        "Ada\n--> Bo",
    )
    add(kb, "灯笼厅怎么收费？", "每晚 40 枚。\n\n1. 会员 25 枚。\n2. 学生免费。")
    kb("faq", "edit", entries(kb)[1]["id"], "--also", "How much is it?", "--by", "Lin")
    file = tmp_path / "faq.md"
    assert kb("faq", "export", file).code == 0
    assert kb("faq", "export").out == file.read_text("utf-8")
    assert "\x1b" not in file.read_text("utf-8")
    other = type(kb)(tmp_path / "other")
    run = other("faq", "import", file)
    assert (run.code, run.out) == (0, "2 added, 0 updated, 0 unchanged\n")
    ours, theirs = ([{**each, "action": ""} for each in entries(one)] for one in (kb, other))
    assert theirs == ours
    assert other("faq", "export").out == file.read_text("utf-8")
    for one in (kb, other):
        assert one("faq", "import", file).out == "0 added, 0 updated, 2 unchanged\n"
    assert [each["version"] for each in entries(kb)] == [1, 2]
    # Its journal, whose entries begin at any version, is sound, can be moved on, and merged with
    # the one it came from.
    assert problems(other) == {}
    ours, theirs, third = (Here(one) for one in (kb, other, type(kb)(tmp_path / "third")))
    journals = [tmp_path / "ours.jsonl", tmp_path / "theirs.jsonl", tmp_path / "both.jsonl"]
    ours("journal", "export", journals[0])
    theirs("journal", "export", journals[1])
    journals[2].write_text(journals[1].read_text("utf-8") + journals[0].read_text("utf-8"), "utf-8")
    for one, file, told in (
        (third, journals[1], "2 added"),
        (theirs, journals[0], "1 added, 2 known"),
        (ours, journals[1], "2 known"),
        (third, journals[2], "1 added, 4 known"),
    ):
        run = one("journal", "import", file)
        assert (run.code, run.err, run.out) == (0, "", f"versions of FAQ entries: {told}\n")
        assert one("journal", "check").code == 0
        assert one("faq", "export").out == ours("faq", "export").out


def test_a_review_may_be_dated_as_people_do(kb, tmp_path):
    kb, other = Here(kb), Here(type(kb)(tmp_path / "other"))
    dates = [
        "2026-05-01",
        "yesterday",
        "2026-05-01T09:30:00+08:00",
        "2026-05-01T12:30:00Z",
        "2026-13-01",
        "9031-01-01",
    ]
    made = [
        f"## Question {n}?\n\n<!-- kb\nid: f_0199aa01c2f{n}\nversion: 3\nreviewed: {date}\n-->\n\nAnswer {n}.\n"
        for n, date in enumerate(dates)
    ]
    (tmp_path / "faq.md").write_text("\n".join(made), "utf-8")
    run = kb("faq", "import", tmp_path / "faq.md")
    assert (run.code, run.out) == (1, "3 added, 0 updated, 0 unchanged, 3 refused\n")
    assert "not taken: Question 5?: reviewed lies in the future: '9031-01-01'" in run.err
    for n in (1, 4):
        assert (
            f"not taken: Question {n}?: reviewed must be a date like 2026-05-01, not {dates[n]!r}"
            in run.err
        )
    at = [each["at"] for each in entries(kb)]
    assert at == [
        "2026-05-01T00:00:00.000000Z",
        "2026-05-01T01:30:00.000000Z",
        "2026-05-01T12:30:00Z",
    ]
    assert "FAQ · reviewed 2026-05-01" in kb("ask", "question 0", "--no-log").out
    (tmp_path / "new.md").write_text(
        "## Question 9?\n\n<!-- kb\nreviewed: 2026-04-01\n-->\n\nAnswer 9.\n", "utf-8"
    )
    assert kb("faq", "import", tmp_path / "new.md").code == 0
    assert entries(kb)[3]["at"] == "2026-04-01T00:00:00.000000Z"
    kb("journal", "export", tmp_path / "journal.jsonl")
    assert other("journal", "import", tmp_path / "journal.jsonl").code == 0
    assert entries(other) == entries(kb)


def test_one_question_gets_one_entry_from_a_file(kb, tmp_path):
    kb = Here(kb)
    entry = add(kb, "How much is the lantern hall?", RENT, "--also", "灯笼厅怎么收费？")
    file = tmp_path / "faq.md"
    file.write_text(
        "## When?\n\nAt nine.\n\n## when?\n\nAt ten.\n\n## WHEN?\n\nAt nine.\n", "utf-8"
    )
    for told in (
        "1 added, 0 updated, 1 unchanged, 1 refused\n",
        "0 added, 0 updated, 2 unchanged, 1 refused\n",
    ):
        run = kb("faq", "import", file)
        assert (run.code, run.out) == (1, told)
        assert "not taken: when?: stands in the file twice, with different answers" in run.err
    # Neither what another entry is also asked as, nor another journal's entry with its question.
    theirs = "<!-- kb\nid: f_theirs\nversion: 2\nreviewed: 2026-05-01\n-->\n\n"
    file.write_text(
        f"## 灯笼厅怎么收费?\n\n50 枚。\n\n## How much is the lantern hall?\n\n{theirs}50 coins.\n",
        "utf-8",
    )
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (1, "0 added, 0 updated, 0 unchanged, 2 refused\n")
    assert (
        run.err.count(f"{entry} has that question already; change its answer: kb faq edit {entry}")
        == 2
    )
    file.write_text(
        file.read_text("utf-8").replace("50 枚。", RENT).replace("50 coins.", RENT), "utf-8"
    )
    assert kb("faq", "import", file).out == "0 added, 0 updated, 2 unchanged\n"
    assert [each["answer"] for each in entries(kb)] == [RENT, "At nine."]
    when = entries(kb)[1]["id"]
    run = kb("faq", "edit", when, "--question", "How much is  the lantern hall?")
    assert (run.code, run.out) == (1, "")
    assert f"{entry} has that question already" in run.err
    assert "kb-faq-" not in run.err  # nothing was written that could be lost
    text = kb("faq", "export").out
    file.write_text(text.replace("## When?", "## 灯笼厅怎么收费？"), "utf-8")
    assert kb("faq", "import", file).out == "0 added, 0 updated, 1 unchanged, 1 refused\n"
    assert kb("faq", "edit", when, "--question", "WHEN?").code == 0
    assert kb("faq", "export").out != text


def test_a_plain_file_overwrites_no_entry(kb, tmp_path):
    kb = Here(kb)
    entry = add(
        kb, "Where can I park my bike?", "In the yard.", "--also", "Bicycle parking", "--by", "Mira"
    )
    before, file = entries(kb), tmp_path / "faq.md"
    for asked in ("Where can I park my bike?", "WHERE can I park my bike ?", "bicycle parking?"):
        file.write_text(f"## {asked}\n\nanother\n\n## When?\n\nAt nine.\n", "utf-8")
        run = kb("faq", "import", file)
        assert run.code == 1
        assert run.out.endswith(", 1 refused\n")
        assert (
            f"not taken: {asked}: {entry} has that question already; change its answer: kb faq edit {entry}"
            in run.err
        )
        assert entries(kb)[:1] == before
        file.write_text(f"## {asked}\n\n<!-- kb\nalso: Where?\n-->\n\nIn the yard.\n", "utf-8")
        assert kb("faq", "import", file).out == "0 added, 0 updated, 1 unchanged\n"
        assert entries(kb)[:1] == before


def test_what_a_file_calls_by_no_id_or_twice_is_named_and_the_others_are_taken(kb, tmp_path):
    kb, file = Here(kb), tmp_path / "faq.md"
    known = "<!-- kb\nid: {}\nversion: 1\nreviewed: 2026-05-01\n-->"
    given = [
        ("A?", "f_doesnotexist"),
        ("B?", "f_0199aa01c2f0"),
        ("C?", "f_0199aa01c2f0"),
        ("D?", "../f_0199aa01c2f1"),
    ]
    text = "".join(f"## {asked}\n\n{known.format(name)}\n\nYes.\n\n" for asked, name in given)
    file.write_text(f"{text}## E?\n\nNo.\n", "utf-8")
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (1, "1 added, 0 updated, 0 unchanged, 4 refused\n")
    for told in (
        "A?: 'f_doesnotexist' is no id of an entry",
        "B?: f_0199aa01c2f0 stands in faq.md twice",
        "C?: f_0199aa01c2f0 stands in faq.md twice",
        "D?: '../f_0199aa01c2f1' is no id of an entry",
    ):
        assert f"not taken: {told}" in run.err
    assert [each["question"] for each in entries(kb)] == ["E?"]


def test_two_entries_with_one_question_that_a_file_brings_are_told(kb, tmp_path):
    kb, file = Here(kb), tmp_path / "faq.md"
    one = add(kb, "When is it open?", "At nine.")
    with faq_of(kb) as faq:
        other = faq.add("when is it open", "At ten.").id
    kb("faq", "export", file)
    empty = Here(type(kb.started)(tmp_path / "empty"))
    run = empty("faq", "import", file)
    assert (run.code, run.out) == (0, "2 added, 0 updated, 0 unchanged\n")
    assert run.err.count(f"{one} and {other} have the same question; see: kb faq list\n") == 1
    assert empty("faq", "import", file).err == ""


def test_who_stands_behind_an_entry_is_the_user_unless_told(kb, tmp_path):
    kb = Here(kb)
    args = ("--question", "When?", "--answer", "At nine.")
    assert kb("faq", "add", *args, env={"USER": "ines"}).code == 0
    (entry,) = entries(kb)
    assert entry["by"] == "ines"
    assert kb("faq", "edit", entry["id"], "--answer", "At ten.", env={"USER": "bo"}).code == 0
    assert entries(kb)[0]["by"] == "bo"
    assert "by bo" in kb("show", entry["id"]).out


def test_an_export_that_can_not_be_written_leaves_what_was_there(kb, tmp_path):
    add(kb, "Where is it?", "By the river.")
    with faq_of(kb) as faq:
        faq.add("When is it open?", "At nine. " * 20_000)
    file = tmp_path / "faq.md"
    file.write_text("what was there")
    run = limited(kb, "faq", "export", file, file_bytes=100_000)
    assert (run.returncode, run.stdout) == (1, b"")
    assert file.read_text() == "what was there"
    assert [each.name for each in tmp_path.iterdir() if "faq" in each.name] == ["faq.md"]


def test_an_edited_file_makes_versions_and_overwrites_nobody(kb, tmp_path):
    first, second = (
        add(kb, "When is it open?", "At nine."),
        add(kb, "Where is it?", "By the river."),
    )
    file = tmp_path / "faq.md"
    kb("faq", "export", file)
    text = (
        file.read_text("utf-8")
        .replace("At nine.", "At ten.")
        .replace("By the river.", "By the sea.")
    )
    file.write_text(f"{text}\n## May I bring a dog?\n\nYes, on a lead.\n", "utf-8")
    kb("faq", "edit", second, "--answer", "By the lake.", "--by", "Bo")
    run = kb("faq", "import", file, "--by", "Ada")
    assert (run.code, run.out) == (1, "1 added, 1 updated, 0 unchanged, 1 refused\n")
    assert f"Bo has changed {second} meanwhile (version 2)" in run.err
    found = {each["question"]: each for each in entries(kb)}
    assert found["When is it open?"]["answer"] == "At ten."
    assert (found["When is it open?"]["version"], found["When is it open?"]["by"]) == (2, "Ada")
    assert found["Where is it?"]["answer"] == "By the lake."
    assert found["May I bring a dog?"]["answer"] == "Yes, on a lead."
    kb("faq", "remove", first)
    assert "was removed meanwhile" in kb("faq", "import", file).err


def test_two_that_made_the_same_version_number_do_not_overwrite_each_other(kb, tmp_path):
    kb, other, file = Here(kb), Here(type(kb)(tmp_path / "other")), tmp_path / "faq.md"
    entry = add(kb, "When is it open?", "At nine.", "--by", "Ada")
    kb("faq", "export", file)
    other("faq", "import", file)
    for one, answer, by in ((kb, "At ten.", "Ada"), (other, "At eleven.", "Bo")):
        assert one("faq", "edit", entry, "--answer", answer, "--by", by).code == 0
    other("faq", "export", file)
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (1, "0 added, 0 updated, 0 unchanged, 1 refused\n")
    assert f"not taken: Ada has changed {entry} meanwhile (version 2)" in run.err
    assert [each["answer"] for each in entries(kb)] == ["At ten."]
    own = kb("faq", "export").out
    file.write_text(
        own.replace("At ten.", "At noon.").replace(entries(kb)[0]["at"], "2026-05-01"), "utf-8"
    )
    assert kb("faq", "import", file).out == "0 added, 1 updated, 0 unchanged\n"


def test_who_stands_behind_what_an_import_brings(kb, tmp_path):
    kb, file, ines = Here(kb), tmp_path / "faq.md", {"USER": "ines"}
    file.write_text(
        "## When?\n\n<!-- kb\nby: Mira\n-->\n\nAt nine.\n\n## Where?\n\nHere.\n", "utf-8"
    )
    kb("faq", "import", file, env=ines)
    assert [each["by"] for each in entries(kb)] == ["Mira", "ines"]
    for old, new, by in (
        ("At nine.", "At ten.", "bo"),
        ("At ten.", "At noon.", "Lin"),
        ("At noon.", "Never.", "Ada"),
    ):
        told = kb("faq", "export").out.replace(old, new)
        file.write_text(told.replace("by: bo", "by: Lin"), "utf-8")
        kb("faq", "import", file, *(["--by", "Ada"] if by == "Ada" else []), env={"USER": "bo"})
        assert entries(kb)[0]["by"] == by


@pytest.mark.parametrize(
    "version",
    ["version: abc\n", "version: \n", "", "version: 0\n", "version: 99\n", "version: -1\n"],
)
def test_an_entry_whose_version_nobody_can_tell_overwrites_nobody(kb, tmp_path, version):
    entry, file = add(kb, "When is it open?", "At nine."), tmp_path / "faq.md"
    text = kb("faq", "export").out.replace("version: 1\n", version)
    kb("faq", "edit", entry, "--answer", "At ten.", "--by", "Bo")
    file.write_text(f"{text}\n## Where is it?\n\nBy the river.\n", "utf-8")
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (1, "1 added, 0 updated, 0 unchanged, 1 refused\n")
    assert f"not taken: {entry} has " in run.err
    assert "version 2 here" in run.err
    assert [each["answer"] for each in entries(kb)] == ["At ten.", "By the river."]
    file.write_text(text.replace("At nine.", "At ten."), "utf-8")
    assert kb("faq", "import", file).out == "0 added, 0 updated, 1 unchanged\n"
    kb("faq", "remove", entry)
    assert "was removed meanwhile" in kb("faq", "import", file).err


@pytest.mark.parametrize("fence", ["```", "~~~~", "````sh"])
def test_a_heading_in_a_fence_is_code(kb, tmp_path, fence):
    kb, file = Here(kb), tmp_path / "faq.md"
    odd = "It was never closed:\n\n```\nmake\n## all\n"
    for question, answer in (
        ("How do I build it?", "With make."),
        ("And alone?", odd),
        ("Where?", "Here.\n\n~~~"),
    ):
        add(kb, question, answer)
    kb("faq", "export", file)
    code = f"{fence}\n## build first\n\nmake all\n{'`' * 2}\n# then\n{fence.removesuffix('sh')}"
    text = file.read_text("utf-8").replace("With make.", f"With make:\n\n{code}\n\nThat is all.")
    file.write_text(f"{text}\n## When?\n\nAt nine.\n", "utf-8")
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (0, "1 added, 1 updated, 2 unchanged\n")
    found = {each["question"]: each["answer"] for each in entries(kb)}
    assert list(found) == ["How do I build it?", "And alone?", "Where?", "When?"]
    assert found["How do I build it?"] == f"With make:\n\n{code}\n\nThat is all."
    text = kb("faq", "export").out
    file.write_text(text, "utf-8")
    assert kb("faq", "import", file).out == "0 added, 0 updated, 4 unchanged\n"
    other = Here(type(kb.started)(tmp_path / "other"))
    assert other("faq", "import", file).code == 0
    assert other("faq", "export").out == text


def test_a_question_without_an_answer_is_told(kb, tmp_path):
    file = tmp_path / "ours.md"
    file.write_text("# FAQ\n\n## When is it open?\n\n## Where is it?\n\nBy the river.\n", "utf-8")
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (1, "1 added, 0 updated, 0 unchanged, 1 refused\n")
    assert "not taken: When is it open?: the answer of a FAQ entry needs words" in run.err


def test_a_source_that_is_not_here_is_told_and_kept(kb, tmp_path):
    file = tmp_path / "faq.md"
    file.write_text(
        "## When?\n\n<!-- kb\nid: f_made_up\nsource: nope.md\n-->\n\nAt nine.\n", "utf-8"
    )
    run = kb("faq", "import", file)
    assert (run.code, run.out) == (0, "1 added, 0 updated, 0 unchanged\n")
    assert "When?: no source here is called 'nope.md'" in run.err
    assert [each["source"] for each in entries(kb)[0]["sources"]] == ["nope.md"]
    again = kb("faq", "import", file)
    assert (again.out, again.err) == ("0 added, 0 updated, 1 unchanged\n", "")


def test_any_faq_can_be_imported_and_imported_again(kb, tmp_path):
    file = tmp_path / "ours.md"
    file.write_text(
        "# FAQ\n\n## When is it open?\n\nAt nine.\n\n### Also on Sundays?\n\nNo.\n", "utf-8"
    )
    assert kb("faq", "import", file).out == "2 added, 0 updated, 0 unchanged\n"
    assert kb("faq", "import", file).out == "0 added, 0 updated, 2 unchanged\n"
    run = kb(
        "faq",
        "import",
        "-",
        stdin="问：几点开门？\n答：九点。\n\n问：周日呢？\n答：不开。\n\n问：谁管钥匙？\n答：老王。\n",
    )
    assert run.out == "3 added, 0 updated, 0 unchanged\n"
    assert {each["question"]: each["answer"] for each in entries(kb)} == {
        "When is it open?": "At nine.", "Also on Sundays?": "No.", "几点开门？": "九点。", "周日呢？": "不开。",
        "谁管钥匙？": "老王。",
    }  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02\xff" * 50, b"no question at all\n", b"## \n\n<!-- kb\n-->\n\nx\n"]
)
def test_a_file_that_is_no_faq_is_one_clear_line(kb, tmp_path, data):
    file = tmp_path / "odd.md"
    file.write_bytes(data)
    run = kb("faq", "import", file)
    assert run.code in (1, 2)
    assert "Traceback" not in run.err
    assert len(run.err.splitlines()) <= 2
    assert kb("faq", "import", tmp_path / "missing.md").code == 1


def test_an_empty_faq_comes_back_as_one_and_can_be_written_on(kb, tmp_path):
    kb("faq", "remove", add(kb, "When?", "At nine."))
    file = tmp_path / "faq.md"
    kb("faq", "export", file)
    run = kb("faq", "import", file)
    assert (run.code, run.out, run.err) == (0, "there is nothing in it\n", "")
    file.write_text(file.read_text("utf-8") + "\n## Opening hours\n\nAt ten.\n", "utf-8")
    assert kb("faq", "import", file).out == "1 added, 0 updated, 0 unchanged\n"


@pytest.mark.parametrize("lost", [1, 2])
def test_a_comment_that_lost_its_end_changes_nothing(kb, tmp_path, lost):
    (
        add(kb, "When is it open?", "At nine.\n\n<!-- a note\n-->\n\nMind: not on Sundays."),
        add(kb, "Where?", "By the river."),
    )
    before = kb("faq", "export").out
    parts = before.split("\n-->\n\n")
    at = {1: 1, 2: 3}[lost]  # the second one closes a comment within an answer
    text = "\n-->\n\n".join(parts[:at]) + "\n\n" + "\n-->\n\n".join(parts[at:])
    text = text.replace("By the river.", "By the sea.")
    (tmp_path / "faq.md").write_text(text, "utf-8")
    run = kb("faq", "import", tmp_path / "faq.md")
    line = [n for n, each in enumerate(text.split("\n"), start=1) if each == "<!-- kb"][lost - 1]
    assert (run.code, run.out) == (1, "")
    assert f"the comment that begins in line {line} is not closed" in run.err
    assert kb("faq", "export").out == before
    text = before.replace("\n-->\n\nAt nine.", "\n\nAt nine.").replace(
        "\n-->\n\nMind: not on Sundays.\n\n## Where?", ""
    )
    (tmp_path / "faq.md").write_text(text, "utf-8")  # the heading of the next one is lost too
    assert kb("faq", "import", tmp_path / "faq.md").code == 1
    assert kb("faq", "export").out == before


# --- the editor -----------------------------------------------------------------------------------


def test_an_entry_is_written_and_changed_in_the_editor(kb, folder, tmp_path):
    (folder / "hall.md").write_text(f"# The hall\n\n{RENT}\n", "utf-8")
    kb("ingest", folder)
    fill = """
    assert text.startswith("## "), text
    text = text.replace("## ", "## What is the rent?", 1).replace("source: ", "source: hall.md", 1) + "40 coins.\\n"
    """
    assert kb("faq", "add", env=typed(tmp_path, fill)).code == 0
    (made,) = entries(kb)
    assert (made["question"], made["answer"]) == ("What is the rent?", "40 coins.")
    assert made["sources"][0]["source"] == "hall.md"
    assert made["sources"][0]["text_hash"]
    change = "text = text.replace('40 coins.', '41 coins.').replace('-->', 'also: 租金多少？\\n-->', 1)\n"
    assert kb("faq", "edit", made["id"], "--by", "Bo", env=typed(tmp_path, change)).code == 0
    (changed,) = entries(kb)
    assert (changed["answer"], changed["also"], changed["version"]) == (
        "41 coins.",
        ["租金多少？"],
        2,
    )
    assert changed["sources"] == made["sources"]
    assert (
        kb("faq", "edit", made["id"], env=typed(tmp_path, "pass\n")).out
        == f"unchanged {made['id']}\n"
    )


def test_two_editors_at_once_lose_nothing(kb, tmp_path):
    entry = add(kb, "When is it open?", "At nine.")
    meanwhile = f"""
    import subprocess
    subprocess.run([{sys.executable!r}, "-m", "cli.main", "faq", "edit", {entry!r}, "--answer", "At ten.", "--by", "Bo"])
    text = text.replace("At nine.", "At eleven, said Ada.")
    """
    run = kb("faq", "edit", entry, env=typed(tmp_path, meanwhile))
    assert run.code == 1
    assert f"Bo has changed {entry} meanwhile (version 2)" in run.err
    assert len(run.err.splitlines()) == 2
    kept = run.err.split("what you wrote is in ")[1].strip()
    with open(kept, encoding="utf-8") as file:
        assert "At eleven, said Ada." in file.read()
    os.remove(kept)
    assert entries(kb)[0]["answer"] == "At ten."


def test_what_an_editor_that_fails_leaves_is_kept(kb, tmp_path):
    entry = add(kb, "When is it open?", "At nine.")
    failing = typed(tmp_path, "text = text.replace('## ', '## Where?', 1) + 'By the river.\\n'\n")
    with open(failing["EDITOR"].split()[1], "a", encoding="utf-8") as script:
        script.write("sys.exit(1)\n")
    for call in (["faq", "add"], ["faq", "edit", entry]):
        run = kb(*call, env=failing)
        assert (run.code, run.out, len(run.err.splitlines())) == (1, "", 2)
        kept = run.err.split("what you wrote is in ")[1].strip()
        with open(kept, encoding="utf-8") as file:
            assert "By the river." in file.read()
        os.remove(kept)
        for editor in ("rm", "/nowhere/vi", "true"):
            run = kb(*call, env={"EDITOR": editor, "TMPDIR": str(tmp_path)})
            assert run.code == (0 if editor == "true" and entry in call else 1)
            assert "bug" not in run.err
    assert not [each for each in tmp_path.iterdir() if each.name.startswith("kb-")]
    assert [each["answer"] for each in entries(kb)] == ["At nine."]


def test_without_a_terminal_or_an_editor_it_asks_for_the_options(kb):
    run = kb("faq", "add", env={"EDITOR": "", "VISUAL": ""})
    assert run.code == 2
    assert "--question" in run.err


# --- what an entry rests on -----------------------------------------------------------------------


def test_an_entry_is_due_when_what_it_rests_on_changes_or_goes(kb, folder):
    hall, rules = folder / "hall.md", folder / "rules.md"
    hall.write_text(f"# The hall\n\n{RENT}\n\n# The garden\n\nIt is open to all.\n", "utf-8")
    rules.write_text("# Rules\n\nNo fires in the garden.\n", "utf-8")
    kb("ingest", folder)
    passage = kb("search", "rent of the hall", "--json").json["hits"][0]["passage"]
    rent = add(kb, "What is the rent?", "40 coins.", "--source", passage)
    fires = add(kb, "May I light a fire?", "No.", "--source", "rules.md")
    hall.write_text(
        f"# Halls\n\nThere is one.\n\n{RENT}\n\n# The garden\n\nMembers only.\n", "utf-8"
    )
    run = kb("ingest", folder)
    assert "FAQ entr" not in run.err  # the passage is another one, and still says what it said
    assert entries(kb, "--due") == []
    assert kb("stats", "--json").json["due"] == 0
    hall.write_text("# Halls\n\nThe rent of the lantern hall is 50 coins an evening.\n", "utf-8")
    run = kb("ingest", folder)
    assert (
        "1 FAQ entry rests on sources that changed or disappeared; see: kb faq list --due"
        in run.err
    )
    assert [(each["id"], each["due"]) for each in entries(kb, "--due")] == [
        (rent, ["hall.md L3 has changed"])
    ]
    assert (
        "FAQ entr" not in kb("ingest", folder).err
    )  # it is told once, and listed for as long as it lasts
    rules.unlink()
    kb("ingest", folder)
    assert {each["id"]: each["due"] for each in entries(kb, "--due")}[fires] == ["rules.md is gone"]
    stats = kb("stats", "--json").json
    assert (stats["due"], stats["faq_curated"]) == (2, 2)
    assert "due for review: hall.md L3 has changed" in kb("show", rent).out
    assert kb("faq", "edit", rent, "--confirm", "--by", "Ada").code == 0
    assert [each["id"] for each in entries(kb, "--due")] == [fires]
    assert kb("faq", "list", "--due").out.startswith(fires)


def test_what_is_confirmed_rests_on_the_passage_that_took_the_place(kb, folder):
    kb, hall = Here(kb), folder / "hall.md"
    garden = "\n\n# The garden\n\nIt is open to all.\n"
    hall.write_text(f"# The hall\n\n{RENT}{garden}", "utf-8")
    kb("ingest", folder)
    passage = kb("search", "rent of the hall", "--json").json["hits"][0]["passage"]
    rent = add(kb, "What is the rent?", "40 coins.", "--source", passage)
    hall.write_text(f"# The hall\n\n{RENT.replace('40', '50')}{garden}", "utf-8")
    kb("ingest", folder)
    assert [each["id"] for each in entries(kb, "--due")] == [rent]
    run = kb("faq", "edit", rent, "--confirm")
    assert (run.code, run.err) == (0, "")
    (source,) = entries(kb)[0]["sources"]
    assert (
        source["passage"]
        == kb("search", "rent of the hall", "--json").json["hits"][0]["passage"]
        != passage
    )
    assert source["quote"] == RENT.replace("40", "50")
    hall.write_text(
        f"# The hall\n\n{RENT.replace('40', '50')}\n\n# The garden\n\nIt is closed.\n", "utf-8"
    )
    kb("ingest", folder)
    assert entries(kb, "--due") == []
    hall.write_text(f"# The hall\n\nNobody may dance.{garden}", "utf-8")
    kb("ingest", folder)
    run = kb("faq", "edit", rent, "--confirm")
    assert (run.code, f"{rent} rests on all of hall.md from now on" in run.err) == (0, True)
    assert "passage" not in {name for name, value in entries(kb)[0]["sources"][0].items() if value}
    hall.unlink()
    kb("ingest", folder)
    assert (
        f"{rent} does not rest on hall.md any more, which is gone"
        in kb("faq", "edit", rent, "--confirm").err
    )


def test_folders_and_sources_leave_entries_alone(kb, folder):
    (folder / "a.md").write_text("# A\n\nApples are ripe.\n", "utf-8")
    kb("ingest", folder)
    entry = add(kb, "When is it open?", "At nine.")
    (folder / "a.md").unlink()
    (folder / "b.md").write_text("# B\n\nBerries are ripe.\n", "utf-8")
    assert kb("ingest", folder, "--json").json["removed"] == 1
    assert f"faq/{entry}" in kb("sources", "list").out
    run = kb("sources", "remove", f"faq/{entry}")
    assert run.code == 1
    assert f"kb faq remove {entry}" in run.err
    assert kb("reindex").code == 0
    assert kb("search", "when is it open", "--json").json["hits"][0]["source"] == f"faq/{entry}"
    assert (
        kb("search", "when is it open", "--kind", "doc", "--json").json["hits"][0]["source"]
        == "b.md"
    )
    assert_in_step(kb.home)


# --- damage ---------------------------------------------------------------------------------------


def test_what_was_only_journalled_is_found_by_the_next_command(kb):
    entry = add(kb, "When is it open?", "At nine.")
    database = sqlite3.connect(
        kb.home / "journal.sqlite3"
    )  # as after a crash between the journal and the catalog
    columns = "entry, version, action, question, also, answer, sources, exchange, by, at"
    database.execute(
        f"INSERT INTO faq ({columns}) SELECT entry, 2, 'edit', question, also, 'At ten.', sources, exchange, by,"
        " '2026-05-02T00:00:00.000000Z' FROM faq"
    )
    database.commit()
    database.close()
    assert "curated FAQ" in problems(kb)
    assert kb("search", "when is it open", "--json").json["hits"][0]["text"] == "At ten."
    assert problems(kb) == {}
    shutil.rmtree(kb.home / "indexes")
    (kb.home / "catalog.sqlite3").unlink()
    for leftover in kb.home.glob("catalog.sqlite3-*"):
        leftover.unlink()
    assert kb("faq", "add", "--question", "Where?", "--answer", "By the river.").code == 0
    assert kb("search", "when is it open", "--json").json["hits"][0]["source"] == f"faq/{entry}"
    assert_in_step(kb.home)


def test_an_entry_without_words_is_told_and_keeps_nobody_from_asking(kb):
    entry = add(kb, "When is it open?", "At nine.")
    add(kb, "Where does the ferry leave?", "By the river.")
    database = sqlite3.connect(kb.home / "journal.sqlite3")  # as an import let it in once
    database.execute(
        "UPDATE faq SET answer = '---', at = '2026-05-02T00:00:00.000000Z' WHERE entry = ?",
        (entry,),
    )
    database.commit()
    database.close()
    run = kb("ask", "--no-log", "where does the ferry leave?")
    assert (run.code, "By the river." in run.out) == (0, True)
    assert f"the FAQ entry {entry} can't be found: no text in it" in run.err
    assert "At nine" not in kb("ask", "--no-log", "when is it open?").out
    assert kb("faq", "edit", entry, "--answer", "At ten.").code == 0
    assert kb("ask", "--no-log", "when is it open?").out.startswith("At ten.")
    assert_in_step(kb.home)


def test_nobody_waits_for_an_entry_that_another_is_about_to_publish(kb):
    add(kb, "When is it open?", "At nine.")
    holding = subprocess.Popen(
        [sys.executable, "-c", "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n print('held', flush=True)\n"
         " sys.stdin.read()", str(kb.home / "write.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holding.stdout.readline() == b"held\n"
    database = sqlite3.connect(kb.home / "journal.sqlite3")
    database.execute("UPDATE faq SET at = '2026-05-02T00:00:00.000000Z'")
    database.commit()
    database.close()
    try:
        assert kb("search", "when is it open").code == 0
    finally:
        holding.communicate()


# --- first for its question, and for no other -----------------------------------------------------

REFUND = "Write to the desk before the quarter ends:\n\n1. Send the form.\n2. Wait for two weeks.\n\nNobody is paid in cash."
ASKED = {
    "How do I get a refund of my membership fee?": "entry",
    "How can I get my membership fee refunded?": "entry",
    "会员费怎么退？": "entry",
    "会费多少，可以减免吗？": "other",
    "How do I ask someone for a warm introduction to an investor?": "other",
    "股权的成熟期一般怎么定？": "other",
}


def test_an_entry_comes_first_for_its_paraphrases_in_both_languages_and_for_nothing_else(
    library, kept, tmp_path
):
    home = tmp_path / "home"
    shutil.copytree(library.home, home)
    asking = type(library)(home, embedder="builtin")
    entry = add(asking, "How do I get a refund of my membership fee?", REFUND)
    found = asking("search", "--stdin", "--jsonl", stdin="\n".join(ASKED)).lines
    first = {each["question"]: each["hits"][0]["source"] for each in found}
    right = {question: f"faq/{entry}" for question, kind in ASKED.items() if kind == "entry"}
    assert {
        question: source for question, source in first.items() if source == f"faq/{entry}"
    } == right
    before = {
        each["question"]: each
        for each in library("search", "--stdin", "--jsonl", stdin="\n".join(ASKED)).lines
    }
    for each in found:
        if ASKED[each["question"]] == "entry":
            assert each["confidence"] >= 0.5
        else:  # what is no answer to it says nothing about whether there is one
            assert each["confidence"] <= before[each["question"]]["confidence"] + 0.02
            assert each["hits"][0]["passage"] == before[each["question"]]["hits"][0]["passage"]
    answer = asking("ask", "会员费怎么退？", "--format", "json").json
    assert answer["answer"].replace(" [1]", "") == REFUND
    assert all(sentence["supported"] for sentence in answer["sentences"])
    assert (
        asking("search", "会员费怎么退？", "--kind", "doc", "--json").json["hits"][0]["kind"]
        == "doc"
    )


def test_entries_alone_do_not_answer_what_nobody_asked_them(kb, tmp_path):
    asking = type(kb)(tmp_path / "builtin", embedder="builtin")
    add(asking, "How do I get a refund of my membership fee?", REFUND)
    add(asking, "发票什么时候能开？", "每月五号。")
    for other in ("Which fuel does the moon rocket burn?", "珠穆朗玛峰有多高？"):
        assert asking("ask", other, "--no-log").code == 3
    for own in ("How can I get my membership fee refunded?", "发票什么时候开？"):
        assert asking("ask", own, "--no-log").code == 0
