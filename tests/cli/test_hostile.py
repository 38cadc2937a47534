"""Odd, broken and hostile files: each is read or refused for a reason; none hurts."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from functools import cache

import pytest

from tests.patience import PATIENCE

SHOWN_ON_PURPOSE = {"\n", "\t"}
# What rich and click send to a terminal of their own accord: colours, cursor, erasing.
STYLE = re.compile(r"\x1b\[[0-9;?]*[mKhlAJG]|\r")


# Runs a command and notes the memory of its largest process: one that is started by the tests
# themselves would be counted with theirs.
WEIGHED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as noted:
    noted.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3))
sys.exit(code)
"""


def controls(text):
    """The control characters of a text that no program of ours sent."""
    return {
        char for char in text if unicodedata.category(char) == "Cc" and char not in SHOWN_ON_PURPOSE
    }


@pytest.fixture(scope="session")
def nasty(shared, kept_for_hostile):
    """The folder of odd and hostile files."""
    return shared / "nasty"


@pytest.fixture(scope="session")
def kept_for_hostile():
    return {}


@pytest.fixture
def told(kb, nasty, kept_for_hostile, tmp_path_factory):
    """A home into which all of them were ingested once, the report, and the memory of the largest
    process.
    """
    if "told" not in kept_for_hostile:
        whole = type(kb)(tmp_path_factory.mktemp("hostile") / "home")
        noted = tmp_path_factory.mktemp("peak") / "megabytes"
        done = subprocess.run(
            [sys.executable, "-c", WEIGHED, noted, *whole.argv("ingest", "--json", nasty)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=whole.environment(),
            timeout=PATIENCE,
        )
        peak = float(noted.read_text())
        kept_for_hostile["told"] = (
            whole, done.returncode, done.stdout.decode(), done.stderr.decode(), peak,
        )  # fmt: skip
    return kept_for_hostile["told"]


def test_every_file_is_read_or_skipped_with_a_reason(told, nasty):
    whole, code, out, err, _ = told
    assert (code, err) == (0, "")
    report = json.loads(out)
    read = {each["source"] for each in whole("sources", "list", "--json").json}
    skipped = {skip["source"]: skip["reason"] for skip in report["skipped"]}
    there = {path.relative_to(nasty).as_posix() for path in nasty.rglob("*") if path.is_file()}
    assert read | set(skipped) == there
    assert not read & set(skipped)
    vague = re.compile(r"Traceback|Error\b|Exception|crashed|took longer|damaged, or not what")
    assert {
        source: reason
        for source, reason in skipped.items()
        if vague.search(reason) or len(reason) < 8
    } == {}
    assert len(read) > 0.6 * len(there)


def test_none_takes_a_gigabyte(told):
    assert told[4] < 1000


def test_a_second_run_reads_none_of_them_again(told, nasty):
    whole, _, out, *_ = told
    again = whole("ingest", "--json", nasty).json
    assert (again["added"], again["updated"], again["removed"]) == (0, 0, 0)
    assert again["seconds"] < json.loads(out)["seconds"] / 2


def test_nothing_of_theirs_controls_the_terminal(kb, terminal, told, nasty):
    shutil.copytree(told[0].home, kb.home)
    asked = [
        "ESC sequences",
        "what is in the naughty strings",
        "null undefined",
        "Power لُلُصّبُلُلصّبُررً",
        "script alert",
    ]
    shown = [terminal("ingest", "--dry-run", nasty)[1]]
    shown += [terminal("search", question, "-k", "20")[1] for question in asked]
    shown += [terminal("ask", question, "--no-log")[1] for question in asked]
    shown += [terminal("sources", "list")[1]]
    assert controls(STYLE.sub("", "".join(shown))) == set()
    piped = (
        kb("search", "ESC sequences", "-k", "20").out + kb("ask", "null undefined", "--no-log").out
    )
    assert controls(piped) == set()


# --- hostile files of our own ---------------------------------------------------------------------


def ingest(kb, folder, **environment):
    run = kb("ingest", "--json", folder, env=environment)
    assert (run.code, run.err) == (0, "")
    return run.json


def test_names_of_files_control_nothing(kb, terminal, folder):
    for name in (
        "\x1b[2Jclear.md",
        "bell\x07.md",
        "line\nbreak.md",
        "right\u202eto-left.md",
        "\x9b31mred.md",
    ):
        (folder / name).write_text("# Words\n\nThe pier is made of oak.\n")
    (folder / "\x1b]0;title\x07.dat").write_text("x")
    shown = (
        terminal("ingest", folder)[1]
        + terminal("search", "pier")[1]
        + terminal("sources", "list")[1]
    )
    assert controls(STYLE.sub("", shown)) == set()
    assert "\u202e" not in shown


def test_what_colours_a_terminal_is_found_and_quoted_without_its_leftovers(kb, folder):
    """Escape sequences go as a whole; marks of a writing direction, as copied phone numbers have,
    hide nothing.
    """
    line = "\x1b[31mError\x1b[0m: the \x1b[1;33mcompiler\x1b[0m stopped at \x1b]8;;http://x.example\x1b\\line 12\x1b]8;;\x1b\\."
    (folder / "build.md").write_text(f"# Build log\n\n{line}\n")
    (folder / "desk.md").write_text(
        "# Desk\n\nThe front desk answers at \u202d555 0100\u202c, on wee\u200ekdays.\n"
    )
    assert kb("ingest", folder).err == ""
    run = kb("ask", "--format", "markdown", "where did the compiler error stop?")
    assert (run.code, run.out.split(" [1]")[0]) == (0, "Error: the compiler stopped at line 12.")
    assert "   > Error: the compiler stopped at line 12." in run.out
    shown = kb("ask", "--format", "json", "where did the compiler error stop?").json
    assert shown["citations"][0]["quote"] == line, "in JSON, the source's text stays what it is"
    assert "Error: the compiler stopped at line 12." in kb("search", "compiler error").out
    run = kb("ask", "--format", "plain", "what does the front desk answer at on weekdays?")
    assert (run.code, run.out.split(" [1]")[0]) == (
        0,
        "The front desk answers at 555 0100, on weekdays.",
    )


def test_a_file_that_takes_its_reader_too_long_is_skipped(kb, folder):
    (folder / "long.txt").write_text("x y z. " * 8_000_000)
    (folder / "pier.md").write_text("The pier is made of oak.\n")
    report = ingest(kb, folder, KB_READER_SECONDS="4", KB_READER_MB="8000")
    assert [skip["reason"] for skip in report["skipped"]] == ["took longer than 4 s to read"]
    assert report["added"] == 1


@pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_DATA"), reason="memory can't be limited on this system"
)
def test_a_file_that_takes_too_much_memory_is_skipped(kb, folder):
    (folder / "large.txt").write_text("x y z. " * 6_000_000)
    (folder / "pier.md").write_text("The pier is made of oak.\n")
    report = ingest(kb, folder, KB_READER_MB="300")
    (skip,) = report["skipped"]
    assert skip["source"] == "large.txt"
    assert re.search("300 MB of memory|crashed", skip["reason"])
    assert report["added"] == 1


@cache
def bomb():
    """An office file of any kind whose main part unpacks to 400 MB; packing it takes seconds."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (
            "word/document.xml",
            "ppt/presentation.xml",
            "xl/workbook.xml",
            "META-INF/container.xml",
        ):
            archive.writestr(name, b" " * 400_000_000)
    return stream.getvalue()


@pytest.mark.parametrize("ending", [".docx", ".pptx", ".xlsx", ".epub"])
def test_bombs_in_office_files_are_refused(kb, folder, ending):
    (folder / f"bomb{ending}").write_bytes(bomb())
    (skip,) = ingest(kb, folder)["skipped"]
    assert "took longer" not in skip["reason"]
    assert "crashed" not in skip["reason"]


def test_markup_bombs_are_refused(kb, folder):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    (folder / "laughs.xhtml").write_text(
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><html><body>&l11; words</body></html>'
    )
    (folder / "deep.html").write_text("<div>" * 100_000 + "words" + "</div>" * 100_000)
    (folder / "deep.json").write_text("[" * 200_000 + "]" * 200_000)
    (folder / "deep.yaml").write_text("- " * 50_000 + "x")
    (folder / "laughs.yaml").write_text(
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n"
            for n in range(9)
        )
    )
    (folder / "deep.md").write_text("> " * 20_000 + "words")
    (folder / "front.md").write_text("---\na: " + "[" * 100_000 + "\n---\n\nWords below.")
    (folder / "deep.ipynb").write_text('{"cells":' + "[" * 100_000)
    (folder / "open.html").write_text("<!--" * 50_000 + "<a <b <c " * 50_000)
    report = ingest(kb, folder)
    reasons = {skip["source"]: skip["reason"] for skip in report["skipped"]}
    assert report["added"] + len(reasons) == 9
    assert not [
        reason for reason in reasons.values() if re.search("Error|crashed|took longer", reason)
    ]


def test_a_fifo_and_a_device_are_not_read(kb, folder):
    os.mkfifo(folder / "pipe.md")
    os.symlink("/dev/zero", folder / "zero.md")
    report = ingest(kb, folder)
    assert [skip["reason"] for skip in report["skipped"]] == ["not a regular file"] * 2


def test_what_libraries_print_while_reading_stays_inside(kb, folder, nasty):
    for path in sorted((nasty / "pdf_samples").rglob("*.pdf"))[:20]:
        data = path.read_bytes()
        (folder / path.name).write_bytes(
            data[: len(data) // 2] + b"\x1b[31m" + data[len(data) // 2 :]
        )
    done = subprocess.run(
        kb.argv("ingest", "-q", folder),
        capture_output=True,
        env=kb.environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
