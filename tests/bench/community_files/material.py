"""The files of a community as people export them, and a knowledge base of them.

What Office programs and chat programs pack is kept as text in the repository, and packed when it is
read: `NAME.xlsx.tsv` (a line `# Sheet` begins a sheet), `NAME.docx.md` (headings, paragraphs and
tables), `NAME.docx.txt` (a paragraph a line), `NAME.pptx.md` (a heading begins a slide), and a
folder `NAME.zip`.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.pipeline import ingest
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings

HERE = Path(__file__).parent
COMMUNITIES = ("zh", "en")
_NUMBER = re.compile(r"-?[\d,]*\d(?:\.\d+)?%?")
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")


def files(community: str) -> Iterator[tuple[Path, Path]]:
    """Each file or packed folder of a community, and its path within the community as exported."""
    folder = HERE / community
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        packed = any(parent.suffix == ".zip" for parent in within.parents)
        if not packed and (path.is_file() or path.suffix == ".zip"):
            yield path, within.with_suffix("") if _maker(path.name) else within


def export(community: str, folder: Path) -> None:
    """Write all files of a community below `folder`, packed as programs pack them."""
    for path, name in files(community):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        make = _maker(path.name)
        if path.is_dir():
            _pack(path, target)
        elif make:
            make(path.read_text("utf-8"), target)
        else:
            shutil.copyfile(path, target)


def knowledge_base(community: str, folder: Path, settings: Settings | None = None) -> KnowledgeBase:
    """A knowledge base of a community's files, made below `folder`, by default with the default
    settings.

    Raises ValueError when a file was skipped: the questions are about all of them.
    """
    export(community, folder / community)
    kb = open_knowledge_base(Home(folder / f"{community}.kb"), settings or Settings(), create=True)
    report = ingest(kb, [folder / community])
    if report.skipped:
        raise ValueError(f"not read: {report.skipped}")
    return kb


def _maker(name: str) -> Callable[[str, Path], None] | None:
    """What makes an Office file of the text in a file so named; None where it stays as it is."""
    makers = {
        ".xlsx.tsv": _workbook,
        ".docx.md": _document,
        ".docx.txt": _transcript,
        ".pptx.md": _slides,
    }
    return next((make for ending, make in makers.items() if name.endswith(ending)), None)


def _pack(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


def _workbook(text: str, target: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for line in text.splitlines():
        if line.startswith("# "):
            sheet = book.create_sheet(line[2:])
        else:
            sheet.append([_value(cell) for cell in line.split("\t")])
    book.save(target)


def _value(cell: str) -> str | float:
    """A cell as a number, where it is one; a percentage stays text."""
    if not _NUMBER.fullmatch(cell) or cell.endswith("%"):
        return cell
    number = float(cell.replace(",", ""))
    return int(number) if number.is_integer() else number


def _document(text: str, target: Path) -> None:
    from docx import Document

    document = Document()
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            if not _RULE.fullmatch(line):
                rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            table = document.add_table(len(rows), len(rows[0]))
            for row, cells in zip(table.rows, rows, strict=True):
                for cell, value in zip(row.cells, cells, strict=True):
                    cell.text = value
            rows = []
        if heading := re.match(r"(#+) (.*)", line):
            document.add_heading(heading[2], len(heading[1]))
        elif line:
            document.add_paragraph(line)
    document.save(str(target))


def _transcript(text: str, target: Path) -> None:
    from docx import Document

    document = Document()
    for line in filter(None, text.splitlines()):
        document.add_paragraph(line)
    document.save(str(target))


def _slides(text: str, target: Path) -> None:
    from pptx import Presentation

    show = Presentation()
    for line in text.splitlines():
        if line.startswith("# "):
            slide = show.slides.add_slide(show.slide_layouts[1])
            slide.shapes.title.text = line[2:]
            body = slide.placeholders[1].text_frame
        elif not body.text:
            body.text = line
        else:
            body.add_paragraph().text = line
    show.save(str(target))
