"""Every passage of markup, code and notebooks is findable at its anchor: reopened here without any
of our readers.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = Path(os.__file__).parent
PER_FORMAT = 200
sizes = pytest.mark.parametrize("chars", [40, 900])


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def reopened(path: Path) -> list[str]:
    return (
        path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )


@lru_cache(maxsize=1)  # all passages of a file are looked for in it, one after the other
def letters_of_file(text: str) -> str:
    return letters(text)


def assert_placed(lines: list[str], passage) -> None:
    """Each part of the text stands in its lines; of a row of a table, each cell without the name of
    its column, which stands elsewhere in the source.
    """
    source = letters_of_file("".join(lines))
    ends = [offset for offset, _, _ in passage.places[1:]] + [len(passage.text)]
    for (offset, first, last), end in zip(passage.places, ends, strict=True):
        own = letters("".join(lines[int(first) - 1 : int(last)]))
        for cell in re.split(" · |\n", passage.text[offset:end]):
            name, _, value = cell.partition(": ")
            named = letters(name) in source and letters(value) in own
            assert named or letters(cell) in own, f"L{first:g}–{last:g}: {cell}"


def is_read(line: str, found: str) -> bool:
    """Whether the letters of a line are all there; of a row of a table, those of each cell."""
    cells = line.split("|") if "|" in line else [line]
    specified = re.split(r"[^\s|]{0,8}\|", line)  # AsciiDoc says before a bar how a cell is set
    return any(all(letters(cell) in found for cell in each) for each in (cells, specified))


def spread(listed: list) -> list:
    """Up to PER_FORMAT of them, from all over."""
    return listed[:: -(-len(listed) // PER_FORMAT) or 1]


def assert_in_lines(lines: list[str], passages: list) -> None:
    """The text of each is in the lines of its anchor, and takes all of them; passages follow each
    other.
    """
    for passage in spread(passages):
        start, end = int(passage.anchor.start), int(passage.anchor.end)
        assert passage.anchor.type == "lines"
        if passage.places:  # with rows of a table, which are not written as in the source
            assert_placed(lines, passage)
            continue
        assert passage.text in "\n".join(lines[start - 1 : end])
        assert passage.text.count("\n") == end - start
    starts = [passage.anchor.start for passage in passages]
    assert starts == sorted(starts)


# --- generated: a bilingual manual in two markups, each paragraph with a number of its own --------

SAID = (
    "Paragraph {n} counts the months of cash; then it counts the weeks. Is it enough? Nobody knows yet in year {n}.\n"
    "It goes on over a second line, as paragraphs do.",
    "第{n}段：先算账，再定价。客户能省多少钱？先问清楚。\n别急着降价，第{n}次了。",
)
SECRET = "unseen{n}"


def paragraph(number: int) -> str:
    return SAID[number % 2].format(n=number)


def asciidoc(count: int) -> str:
    parts = ["= The Manual 手册\nInes Valcourt <ines@example.org>\n:lang: en\n"]
    for n in range(count):
        if n % 2 == 0:
            parts.append(f"== Section {n} 第{n}节\n")
        if n % 7 == 0:
            parts.append(f"// {SECRET.format(n=n)}\n")
        if n % 11 == 0:
            parts.append(f"////\n== {SECRET.format(n=n)}\n\nmore {SECRET.format(n=n)}\n////\n")
        parts.append(paragraph(n) + "\n")
        if n % 3 == 0:
            parts.append(f"[source,python]\n----\n== no heading {n}\n\nx = {n}\n----\n")
        if n % 4 == 0:
            parts.append(f"* item {n} one\n** nested 项目{n}\n* item {n} two\n+\nattached {n}\n")
    return "\n".join(parts)


def restructuredtext(count: int) -> str:
    parts = ["The Manual 手册\n===============\n\n:Author: Ines Valcourt\n"]
    for n in range(count):
        if n % 2 == 0:
            parts.append(f"Section {n} 第{n}节\n{'-' * 24}\n")
        if n % 7 == 0:
            parts.append(f".. {SECRET.format(n=n)}\n\n   more {SECRET.format(n=n)}\n")
        parts.append(paragraph(n) + "\n")
        if n % 3 == 0:
            parts.append(f"Code {n}::\n\n    no heading {n}\n    ---------------\n\n    x = {n}\n")
        if n % 4 == 0:
            parts.append(f"- item {n} one\n\n  - nested 项目{n}\n\n- item {n} two\n")
        if n % 9 == 0:
            parts.append(f".. note::\n   Mind the gap {n}.\n\n   还有第{n}条。\n")
    return "\n".join(parts)


@sizes
@pytest.mark.parametrize(("name", "made"), [("a.adoc", asciidoc), ("a.rst", restructuredtext)])
def test_generated_manuals(write, read_file, name, made, chars):
    count = 420 if chars == 900 else 120
    path = write(name, made(count))
    passages = read_file(path, chars=chars).passages
    assert len(passages) >= PER_FORMAT
    assert_in_lines(reopened(path), passages)
    found = letters("".join(passage.text for passage in passages))
    for number in range(count):
        assert letters(paragraph(number)) in found
        assert letters(SECRET.format(n=number)) not in found
    section = re.compile(r"(?:Paragraph |第)(\d+)")
    for passage in passages:
        match = section.search(passage.text)
        if match and chars == 900:
            first = int(match[1]) // 2 * 2
            assert passage.headings == ("The Manual 手册", f"Section {first} 第{first}节")


# --- real files -----------------------------------------------------------------------------------


@sizes
def test_real_asciidoc(shared, read_file, chars):
    paths = sorted((shared / "nasty/docling/asciidoc").rglob("*.asciidoc"))
    assert paths
    for path in paths:
        lines = reopened(path)
        passages = read_file(path, chars=chars).passages
        assert_in_lines(lines, passages)
        found = letters("".join(passage.text for passage in passages))
        headings = {letters(heading) for passage in passages for heading in passage.headings}
        for line in lines:
            if re.match(r"=+ ", line):
                assert letters(line) in headings
            elif not re.match(r":\S+:|\[", line):
                assert is_read(line, found)


@sizes
def test_real_restructuredtext(read_file, chars):
    path = LIBRARY / "email" / "architecture.rst"
    if not path.exists():
        pytest.skip("this Python came without it")
    lines = reopened(path)
    passages = read_file(path, chars=chars).passages
    assert_in_lines(lines, passages)
    found = letters("".join(passage.text for passage in passages))
    titles = [title for title, below in pairwise(lines) if re.fullmatch(r"[=\-~]{4,}", below)]
    assert titles
    assert [line for line in lines if not is_read(line, found) and line not in titles] == []
    headings = {letters(heading) for passage in passages for heading in passage.headings}
    assert {letters(title.replace(":mod:", "")) for title in titles} <= headings


@sizes
def test_real_mdx(shared, read_file, chars):
    files = sorted((shared / "docs").rglob("*.mdx"))
    for path in files[:: -(-len(files) // 12)]:
        lines = reopened(path)
        passages = read_file(path, chars=chars).passages
        assert_in_lines(lines, passages)
        found = letters("".join(passage.text for passage in passages))
        body = lines[lines.index("---", 1) + 1 :]
        said = [
            re.sub(r"</?\w[^<>]*>", "", line)
            for line in body
            if not line.lstrip().startswith(("#", "<", "![]"))
        ]
        assert [line for line in said if not is_read(line, found)] == []


# --- source code ----------------------------------------------------------------------------------


def sources(folder: Path, count: int) -> list[Path]:
    files = sorted(path for path in folder.glob("**/*.py") if 2_000 < path.stat().st_size < 25_000)
    files = [path for path in files if "site-packages" not in path.parts]
    return files[:: max(1, len(files) // count)][:count]


def readable(path: Path) -> bool:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@sizes
@pytest.mark.parametrize(
    "folder", [ROOT / "ingest", ROOT / "kb", LIBRARY], ids=["ingest", "kb", "library"]
)
def test_code_is_covered_once_and_in_order(read_file, folder, chars):
    seen = 0
    for path in filter(readable, sources(folder, 10)):
        lines = reopened(path)
        passages = read_file(path, chars=chars).passages
        assert_in_lines(lines, passages)
        found, wanted = (
            letters("".join(passage.text for passage in passages)),
            letters("".join(lines)),
        )
        if chars == 900:
            assert found == wanted
        assert len(found) > 0.99 * len(
            wanted
        )  # bits of code that look like bare links or tags are no passages
        if chars == 900 and "".join(lines).isascii():
            within = (range(int(p.anchor.start), int(p.anchor.end) + 1) for p in passages)
            covered = [
                number for numbers in within for number in numbers if letters(lines[number - 1])
            ]
            covered = [
                n
                for n, before in zip(covered, [0, *covered], strict=False)
                if n != before or len(lines[n - 1]) < 500
            ]
            assert covered == [n for n, line in enumerate(lines, start=1) if letters(line)]
        seen += len(passages)
    assert seen > 40


@pytest.mark.parametrize("folder", [ROOT / "ingest", LIBRARY], ids=["ingest", "library"])
def test_each_passage_of_code_begins_within_the_definition_it_names(read_file, folder):
    for path in filter(readable, sources(folder, 10)):
        lines = reopened(path)
        for passage in read_file(path).passages:
            wanted = len(passage.headings)
            for line in reversed(lines[: int(passage.anchor.end)]):
                if wanted and re.match(
                    rf"\s*(?:async )?{re.escape(passage.headings[wanted - 1])}\b", line
                ):
                    wanted -= 1
            assert wanted == 0


# --- notebooks ------------------------------------------------------------------------------------


def shown(cell: dict) -> str:
    """A cell as Jupyter shows it, but for colours."""
    seen = ["".join(cell.get("source", ""))]
    for output in cell.get("outputs", []):
        seen.append("".join(output.get("text", "")))
        seen.append("".join(output.get("data", {}).get("text/plain", "")))
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(seen))


def assert_in_cells(cells: list[dict], passages: list) -> None:
    for passage in spread(passages):
        anchor, places = passage.anchor, passage.places
        assert (anchor.type, anchor.unit) == ("page", "cell")
        assert anchor.start == anchor.end
        assert places
        for number, (offset, start, end) in enumerate(places):
            part = passage.text[
                offset : places[number + 1][0] if number + 1 < len(places) else None
            ].strip()
            assert part
            assert start == end == anchor.start
            assert part in shown(cells[int(start) - 1])


def generated_notebook(count: int) -> dict:
    cells = []
    for n in range(count):
        cells.append(
            {
                "cell_type": "markdown",
                "metadata": {},
                "source": [f"## Step {n}\n", "\n", paragraph(n)],
            }
        )
        outputs = [
            {
                "output_type": "stream",
                "name": "stdout",
                "text": [f"\x1b[1mprinted {n}\x1b[0m\n", "再来一行\n"],
            },
            {
                "output_type": "execute_result",
                "metadata": {},
                "data": {"text/plain": [f"value {n}"]},
            },
        ]
        code = f"# 第{n}步\n\n\ndef step_{n}(x):\n    return x + {n}\n\nstep_{n}(1)"
        cells.append(
            {
                "cell_type": "code",
                "metadata": {},
                "source": code,
                "outputs": outputs if n % 2 else [],
            }
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@sizes
def test_generated_notebook(write, read_file, chars):
    notebook = generated_notebook(110)
    passages = read_file(write("a.ipynb", json.dumps(notebook)), chars=chars).passages
    assert len(passages) >= PER_FORMAT
    assert_in_cells(notebook["cells"], passages)
    wanted = "".join(re.sub(r"\A## .*", "", shown(cell)) for cell in notebook["cells"])
    assert letters("".join(passage.text for passage in passages)) == letters(wanted)
    assert {passage.headings for passage in passages} == {(f"Step {n}",) for n in range(110)}


@sizes
def test_real_notebook(shared, read_file, chars):
    for path in sorted((shared / "nasty/markitdown").rglob("*.ipynb")):
        passages = read_file(path, chars=chars).passages
        cells = json.loads(path.read_text("utf-8"))["cells"]
        assert_in_cells(cells, passages)
        wanted = "".join(
            re.sub(r"\A#+ .*", "", shown(cell)) for cell in cells if cell["cell_type"] != "code"
        )
        wanted += "".join(shown(cell) for cell in cells if cell["cell_type"] == "code")
        assert sorted(letters("".join(passage.text for passage in passages))) == sorted(
            letters(wanted)
        )
