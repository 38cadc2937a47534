"""Every passage of a table, a FAQ table or FAQ data is found at its anchor by programs that are not
ours.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import yaml

SAMPLES = 200
sizes = pytest.mark.parametrize("chars", [40, 900])
WORD = re.compile(r"[a-zA-Z0-9]+|[\u4e00-\u9fff]")


def some(passages: list) -> list:
    return passages if len(passages) <= SAMPLES else random.Random(1).sample(passages, SAMPLES)


def parts(passage) -> list[tuple[str, int, int]]:
    """(text, start, end) of each part of a passage that has its own place; the anchor spans them
    all.
    """
    anchor = passage.anchor
    places = passage.places or ((0, anchor.start, anchor.end),)
    ends = [offset for offset, _, _ in places[1:]] + [len(passage.text)]
    assert places[0][0] == 0
    assert all(anchor.start <= start <= end <= anchor.end for _, start, end in places)
    assert anchor.start == min(start for _, start, _ in places)
    assert anchor.end == max(end for _, _, end in places)
    return [
        (passage.text[offset:end].strip(), int(start), int(last))
        for (offset, start, last), end in zip(places, ends, strict=True)
    ]


def strange(text: str, *sources: str) -> list[str]:
    """The words of a text that none of the sources holds; a word at an end of it may have been cut."""
    whole = "\n".join(sources)
    return [word for word in WORD.findall(text) if word not in whole]


def lines_of(path: Path, encoding: str = "utf-8-sig") -> list[str]:
    return path.read_bytes().decode(encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")


# --- CSV and TSV ----------------------------------------------------------------------------------


def records_of(lines: list[str], delimiter: str) -> list[tuple[int, int, list[str]]]:
    """(first line, last line, cells) of each record that is not empty."""
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter)
    found, before = [], 0
    for cells in reader:
        if any(map(str.strip, cells)):
            found.append((before + 1, reader.line_num, cells))
        before = reader.line_num
    return found


def shown(header: list[str], cells: list[str]) -> str:
    """A row as it is shown, spaces aside."""
    named = zip([*header, *[""] * len(cells)], cells, strict=False)
    return squeezed("".join(name.strip() + cell for name, cell in named if cell.strip()))


def squeezed(text: str) -> str:
    return re.sub(r"[\s:：·]", "", text)


def assert_in_records(
    path: Path, passages, delimiter: str, encoding: str = "utf-8-sig", header: int = 1
) -> None:
    """Each part is found in its lines; each passage in the records that its anchor names; no record
    is lost.
    """
    lines = lines_of(path, encoding)
    records = records_of(lines, delimiter)
    names = records[0][2] if header else []
    for passage in some(passages):
        assert passage.anchor.type == "lines"
        assert passage.anchor.unit is None
        for text, start, end in parts(passage):
            assert text
            assert strange(text, *lines[start - 1 : end], *names) == []
        first, last = passage.anchor.start, passage.anchor.end
        touched = [
            record for record in records[header:] if record[0] <= last and record[1] >= first
        ]
        assert touched
        assert squeezed(passage.text) in "".join(shown(names, cells) for _, _, cells in touched)
    whole = squeezed("".join(passage.text for passage in passages))
    assert "".join(shown(names, cells) for _, _, cells in records[header:]) == whole


def table_text(rows: int, delimiter: str, line_end: str = "\n") -> str:
    """A bilingual table with quotes, delimiters and line breaks in its cells, and empty lines
    between rows.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["编号", "Region", "备注", "Long remark"])
    for n in range(rows):
        remark = f"Remark {n}, with; a | mark\tand “quotes” {n * 7}. " * (1 + n % 9)
        note = f"先算账{n}，再定价。\n\n客户{n}说“好”" if n % 3 == 0 else f"第{n}行"
        writer.writerow(
            [
                f"r-{n}",
                ["North", '"South"', "华东", ""][n % 4],
                f"\n{note}\n" if n % 6 == 0 else note,
                remark,
            ]
        )
        if n % 10 == 0:
            out.write(line_end)
    return out.getvalue()


@sizes
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    ("ending", "delimiter"), [(".csv", ","), (".csv", ";"), (".csv", "|"), (".tsv", "\t")]
)
def test_tables_of_text(write, read_file, ending, delimiter, encoding, chars):
    line_end = "\r\n" if delimiter == ";" else "\n"
    path = write(f"a{ending}", table_text(60, delimiter, line_end).encode(encoding))
    assert_in_records(path, read_file(path, chars=chars).passages, delimiter, encoding)


def test_a_large_table_of_text(write, read_file):
    path = write("a.csv", table_text(1200, ","))
    passages = read_file(path).passages
    assert len(passages) > SAMPLES
    assert_in_records(path, passages, ",")


@sizes
def test_real_tables_of_text(shared, read_file, chars):
    folder = shared / "nasty/docling/csv/sources"
    paths = sorted(folder.glob("*.csv"))
    assert len(paths) > 5
    for path in paths:
        delimiter = {"pipe": "|", "semicolon": ";", "tab": "\t"}.get(path.stem.split("-")[1], ",")
        header = 0 if path.read_text().startswith("1,2,3") else 1
        passages = read_file(path, chars=chars).passages
        if path.stem == "csv-single-column":
            assert (
                "\n".join(passage.text for passage in passages).split()
                == path.read_text().split()[1:]
            )
        else:
            assert_in_records(path, passages, delimiter, header=header)


@sizes
def test_a_real_table_of_questions_alike(shared, read_file, chars):
    path = shared / "faq/covid_en/data/eval_question_similarity_en.csv"
    passages = read_file(path, chars=chars).passages
    assert len(passages) > 90
    assert_in_records(path, passages, ",")


def test_a_real_table_in_japanese(shared, read_file):
    path = shared / "nasty/markitdown/markitdown/tests/test_files/test_mskanji.csv"
    lines = lines_of(path, "cp932")
    for passage in read_file(path).passages:
        for text, start, end in parts(passage):
            assert start == end
            cells = [piece.partition(": ")[2] for piece in text.split(" · ")]
            assert cells == lines[start - 1].split(",")


# --- spreadsheets ---------------------------------------------------------------------------------


ERRORS = "#DIV/0! #N/A #REF! #VALUE! #NAME? #NULL! #NUM!".split()  # of formulas; they say nothing


def as_seen(value: object) -> str:
    """A value as it is seen in a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None or str(value) in ERRORS else str(value)


class Reopened:
    """A spreadsheet as openpyxl sees it; cells merged over rows count in each of them."""

    def __init__(self, path: Path) -> None:
        book = openpyxl.load_workbook(path, data_only=True)
        self.rows: dict[str, dict[int, list[str]]] = {}
        self.formatted: set[tuple[str, int]] = set()  # rows with numbers in a format of their own
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                self.rows[sheet.title] = {
                    number: [as_seen(value) for value in values]
                    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1)
                }
                self._spread(sheet)
                self.formatted |= {
                    (sheet.title, cell.row)
                    for row in sheet.iter_rows()
                    for cell in row
                    if isinstance(cell.value, int | float) and cell.number_format != "General"
                }

    def _spread(self, sheet) -> None:
        rows = self.rows[sheet.title]
        for area in sheet.merged_cells.ranges:
            for number in range(area.min_row + 1, area.max_row + 1):
                if area.min_row > self.header(sheet.title) and any(rows.get(number, [])):
                    rows[number][area.min_col - 1] = rows[area.min_row][area.min_col - 1]

    def header(self, name: str) -> int:
        several = (
            n
            for n, cells in self.rows[name].items()
            if sum(bool(cell.strip()) for cell in cells) > 1
        )
        return next(several, 0)


def assert_in_sheets(book: Reopened, passages) -> None:
    """Each cell is in the row that it says, under a name from a row above; what stands below a
    header is all there.
    """
    for passage in some(passages):
        anchor = passage.anchor
        assert (anchor.type, anchor.unit) == ("lines", "row")
        rows = book.rows[anchor.part]
        for text, start, end in parts(passage):
            assert start == end
            if (anchor.part, int(start)) in book.formatted:
                continue
            above = [cell for n, cells in rows.items() if n < start for cell in cells]
            assert strange(text, *rows[start], *above) == []
            own = squeezed("".join(rows[start]))
            for cell in text.split(" · "):
                value = cell.partition(": ")[2]
                assert squeezed(cell) in own or squeezed(value) in own
    for name, rows in book.rows.items():
        header = book.header(name)
        if not header:
            continue
        below = [
            cell
            for number, cells in rows.items()
            if number > header and (name, number) not in book.formatted
            for cell in cells
        ]
        whole = squeezed("".join(p.text for p in passages if p.anchor.part == name))
        assert [cell for cell in below if squeezed(cell) not in whole] == []
        above = squeezed(
            "".join("".join(cells) for number, cells in rows.items() if number < header)
        )
        for passage in passages:
            if passage.anchor.part == name:
                assert passage.headings[0] == name
                assert squeezed("".join(passage.headings[1:])) == above


def sheets_file(path: Path, rows: int) -> Path:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "价目 2026"
    first.append(["Prices 价格"])
    first.append([])
    first.append([None, "Item", "单价", "Since", "Remark", "At"])
    for n in range(rows):
        remark = f"Remark {n} on this one, 先算账{n}。" * (1 + n % 12)
        first.append(
            [
                None,
                f"项目{n}",
                n * 0.75,
                date(2026, 1 + n % 12, 1 + n % 28),
                remark,
                datetime(2026, 5, 1, n % 24, 5),
            ]
        )
        if n % 7 == 0:
            first.append([])
    first.merge_cells("B10:B11")
    second = book.create_sheet("Notes")
    second.append(["Who", "What", "Done"])
    for n in range(rows):
        second.append([f"Ines {n}" if n % 5 else None, f"says\n“{n}”\n好", n % 2 == 0])
    hidden = book.create_sheet("Hidden")
    hidden.append(["never", "seen"])
    hidden.append(["never", "seen"])
    hidden.sheet_state = "hidden"
    book.save(path)
    return path


@sizes
def test_sheets(folder, read_file, chars):
    path = sheets_file(folder / "a.xlsx", 40)
    assert_in_sheets(Reopened(path), read_file(path, chars=chars).passages)


def test_many_rows_of_sheets(folder, read_file):
    path = sheets_file(folder / "a.xlsx", 800)
    passages = read_file(path).passages
    assert len(passages) > SAMPLES
    assert_in_sheets(Reopened(path), passages)


@sizes
def test_real_sheets(shared, read_file, chars):
    paths = sorted((shared / "nasty").rglob("*.xls[xm]"))
    assert len(paths) > 8
    for path in paths:
        if not re.search(
            "edge_cases|inflated", path.name
        ):  # a FAQ; a million styled rows, for minutes of openpyxl
            assert_in_sheets(Reopened(path), read_file(path, chars=chars).passages)


def test_a_real_sheet_of_a_million_styled_rows(shared, read_file):
    folder = shared / "nasty/docling/xlsx/sources"
    lean, inflated = (
        read_file(folder / name).passages for name in ("xlsx_01.xlsx", "xlsx_04_inflated.xlsx")
    )
    assert [(p.text, p.anchor) for p in inflated] == [(p.text, p.anchor) for p in lean]


# --- FAQ tables -----------------------------------------------------------------------------------


def faq_rows(rows: int) -> list[list[str]]:
    return [
        [
            f"f-{n}" if n % 4 else "",
            f"What is number {n}? 第{n}个是什么？" if n % 17 else "",
            f"It is {n}.\nCount “twice”, 先算账{n}。" * (1 + n % 11) if n % 13 else " ",
            ["入会", "fees"][n % 2],
        ]
        for n in range(1, rows + 1)
    ]


@sizes
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx"])
def test_entries_of_tables(folder, read_file, ending, chars):
    rows = faq_rows(300)
    path = folder / f"faq{ending}"
    header = ["编号", "Question", "Answer", "category"]
    if ending == ".xlsx":
        book = openpyxl.Workbook()
        for row in [["Help"], header, *rows]:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t" if ending == ".tsv" else ",").writerows([header, *rows])
    passages = read_file(path, chars=chars).passages
    assert len(passages) > SAMPLES
    for passage in some(passages):
        cells = faq_record(path, passage)
        assert squeezed(passage.text) in squeezed(cells[1] + cells[2])
        assert passage.anchor.entry == (cells[0] or str(rows.index([*cells[:4]]) + 1))
        assert passage.headings[-1] == cells[1]
        assert passage.meta == {"category": cells[3]}
    answered = [row for row in rows if row[1].strip() and row[2].strip()]
    assert squeezed("".join(p.text for p in passages)) == squeezed(
        "".join(row[1] + row[2] for row in answered)
    )


def faq_record(path: Path, passage) -> list[str]:
    """The one record that the anchor names."""
    start, end = int(passage.anchor.start), int(passage.anchor.end)
    assert passage.anchor.type == "faq"
    if path.suffix == ".xlsx":
        assert start == end
        assert (passage.anchor.unit, passage.anchor.part) == ("row", "Sheet")
        row = openpyxl_rows(path)[start - 1]
        return ["" if value is None else str(value) for value in row]
    (record,) = records_of(lines_of(path)[start - 1 : end], "\t" if path.suffix == ".tsv" else ",")
    return record[2]


_OPENED: dict[Path, list] = {}


def openpyxl_rows(path: Path) -> list:
    if path not in _OPENED:
        _OPENED[path] = list(openpyxl.load_workbook(path)["Sheet"].iter_rows(values_only=True))
    return _OPENED[path]


@pytest.mark.parametrize("name", ["faq_covidbert.csv", "faq_200322_16.tsv", "faq_200327.tsv"])
def test_real_entries_of_tables(shared, read_file, name):
    path = shared / f"faq/covid_en/data/faqs/{name}"
    lines = lines_of(path)
    delimiter = "\t" if name.endswith(".tsv") else ","
    header, *records = records_of(lines, delimiter)
    passages = read_file(path).passages
    for passage in some(passages):
        (record,) = records_of(
            lines[int(passage.anchor.start) - 1 : int(passage.anchor.end)], delimiter
        )
        row = dict(zip(header[2], record[2], strict=False))
        assert squeezed(passage.text) in squeezed(row["question"] + row["answer"])
        assert passage.meta["lang"] == row["lang"]
    rows = [dict(zip(header[2], record[2], strict=False)) for record in records]
    answered = [row for row in rows if row["question"].strip() and row["answer"].strip()]
    assert squeezed("".join(p.text for p in passages)) == squeezed(
        "".join(r["question"] + r["answer"] for r in answered)
    )


# --- FAQ data -------------------------------------------------------------------------------------


def faq_items(count: int) -> list[dict]:
    return [
        {
            **({"id": f"f-{n}"} if n % 3 else {}),
            "question": f'What is "number" {n}? 第{n}个？',
            "answer": [f"It is {n}.\nTwice.", f"先算账{n}。"]
            if n % 2
            else f"It is {n}:\n\n- 先算账{n}。\n",
            "tags": ["a", "b"],
        }
        for n in range(1, count + 1)
    ]


def written(kind: str, items: list[dict]) -> tuple[str, str]:
    """(file name, text): the items as a list, in a mapping, in two sections, a line each, in YAML
    of several styles.
    """
    if kind == "list":
        return "a.json", json.dumps(items, ensure_ascii=False, indent=2)
    if kind == "mapping":
        return "a.json", json.dumps({"title": "x", "items": items}, indent="\t")
    if kind == "sections":
        half = len(items) // 2
        return "a.json", json.dumps(
            {"One": items[:half], "二": {"faqs": items[half:]}}, ensure_ascii=False, indent=1
        )
    if kind == "lines":
        return "a.jsonl", "\n\n".join(json.dumps(item) for item in items)
    if kind == "yaml":
        return "a.yaml", "# first\n" + yaml.safe_dump(items, allow_unicode=True, sort_keys=False)
    if kind == "nested yaml":
        dumped = yaml.safe_dump(
            items, allow_unicode=True, sort_keys=False, default_style="|", width=30
        )
        return "a.yml", "faqs:\n" + "".join(
            f"  {line}\n" if line else "\n" for line in dumped.split("\n")
        ) + "# end\nx: y\n"
    return "a.yaml", "".join(
        f"- {json.dumps(item, ensure_ascii=False)}\n\n# next\n" for item in items
    )


@pytest.mark.parametrize("chars", [8, 900])
@pytest.mark.parametrize(
    "kind", ["list", "mapping", "sections", "lines", "yaml", "nested yaml", "flow yaml"]
)
def test_entries_of_data(write, read_file, kind, chars):
    items = faq_items(210)
    name, text = written(kind, items)
    path = write(name, text)
    lines = lines_of(path)
    passages = read_file(path, chars=chars).passages
    assert len(passages) >= len(items)
    for passage in some(passages):
        item = its_own(lines[int(passage.anchor.start) - 1 : int(passage.anchor.end)], name)
        answer = item["answer"]
        assert squeezed(passage.text) in squeezed(
            item["question"] + (answer if isinstance(answer, str) else "".join(answer))
        )
        assert passage.headings[-1] == item["question"]
        assert passage.anchor.entry == item.get("id", str(items.index(item) + 1))
    answers = [
        item["answer"] if isinstance(item["answer"], str) else "".join(item["answer"])
        for item in items
    ]
    whole = "".join(item["question"] + answer for item, answer in zip(items, answers, strict=True))
    assert squeezed("".join(passage.text for passage in passages)) == squeezed(whole)


def its_own(lines: list[str], name: str) -> dict:
    """What is in those lines, read alone: one item, nothing before it, nothing after it."""
    assert lines[0].strip()
    assert lines[-1].strip()
    assert not lines[-1].strip().startswith("#")
    if name.endswith((".json", ".jsonl")):
        return json.loads("\n".join(lines).strip().rstrip(","))
    (item,) = yaml.load("\n".join(lines), Loader=yaml.BaseLoader)
    return {key: value for key, value in item.items() if key != "tags"} | {"tags": ["a", "b"]}


@pytest.mark.parametrize("ending", [".json", ".yaml"])
def test_questions_as_keys(write, read_file, ending):
    asked = {f"What is {n}? 第{n}？": f"It is {n}.\n\n先算账{n}。" for n in range(220)}
    if ending == ".json":
        text = json.dumps(asked, ensure_ascii=False, indent=1)
    else:
        text = yaml.safe_dump(asked, allow_unicode=True, default_style="|", width=20)
    path = write(f"a{ending}", text)
    lines = lines_of(path)
    passages = read_file(path).passages
    assert [passage.headings[-1] for passage in passages] == list(yaml.safe_load(text))
    for passage in passages:
        own = "\n".join(lines[int(passage.anchor.start) - 1 : int(passage.anchor.end)])
        (pair,) = yaml.safe_load(
            own.rstrip(",").strip() if ending == ".yaml" else f"{{{own.strip(',{} ')}}}"
        ).items()
        assert squeezed(passage.text) == squeezed("".join(pair))


# --- one question a file, and tables of cues ------------------------------------------------------


@sizes
def test_a_file_with_one_question(write, read_file, chars):
    answer = "".join(f"Step {n}: count. 先算账{n}。\n\n" for n in range(300))
    path = write("join.md", f"---\nquestion: How?\ntags: [a]\n---\n\n{answer}")
    lines = lines_of(path)
    passages = read_file(path, chars=chars).passages
    for passage in some(passages):
        start, end = int(passage.anchor.start), int(passage.anchor.end)
        assert (passage.anchor.type, passage.anchor.entry, start) == ("faq", "join", 6)
        assert passage.text in "\n".join(lines[start - 1 : end])
        assert lines[end - 1] == "Step 299: count. 先算账299。"
    assert squeezed("".join(passage.text for passage in passages)) == squeezed(answer)


@sizes
@pytest.mark.parametrize("ending", [".tsv", ".csv"])
def test_cues_of_tables(write, read_file, ending, chars):
    cues = [
        (
            n * 2000,
            n * 2000 + 1500 + n % 500,
            f'Words {n}, "said" 先算账{n}。',
            "Ines" if n % 5 else "苏禾",
        )
        for n in range(400)
    ]
    out = io.StringIO()
    if ending == ".tsv":
        out.write(
            "start\tend\ttext\n"
            + "".join(f"{start}\t{end}\t{text}\n" for start, end, text, _ in cues)
        )
    else:
        writer = csv.writer(out)
        writer.writerow(["Speaker", "Start", "End", "Text"])
        writer.writerows(
            [who, f"{start / 1000:.3f}", f"{end / 1000:.3f}", text]
            for start, end, text, who in cues
        )
    passages = read_file(write(f"talk{ending}", out.getvalue()), chars=chars).passages
    by_time = {start / 1000: (end / 1000, text, who) for start, end, text, who in cues}
    for passage in some(passages):
        assert passage.anchor.type == "time"
        for number, (offset, start, end) in enumerate(passage.places):
            following = (
                passage.places[number + 1][0]
                if number + 1 < len(passage.places)
                else len(passage.text)
            )
            said_until, text, who = by_time[start]
            assert passage.text[offset:following].strip() in text
            assert end == said_until
            assert passage.speaker_at(offset) == (who if ending == ".csv" else None)
        assert (passage.anchor.start, passage.anchor.end) == (
            passage.places[0][1],
            passage.places[-1][2],
        )
    whole = "".join(passage.text for passage in passages)
    assert squeezed(whole) == squeezed("".join(text for _, _, text, _ in cues))
