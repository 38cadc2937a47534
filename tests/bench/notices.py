"""How often prose is mistaken for a notice, whose lines are facts of their own.

    python -m tests.bench.notices

Paragraphs of SQuAD and CMRC, broken into lines of several widths as mail and terminals do, and the
text files of the data sets as they are. None of them is a notice.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from unicodedata import east_asian_width

from ingest.parsed import File, Unreadable
from ingest.parsing.notices import is_notice
from ingest.readers import choose_format
from kb.text import language
from tests.bench.data import CMRC, SQUAD, need, squad_like

WIDTHS = (30, 50, 72, 100)


def main() -> None:
    need(CMRC, SQUAD, "transcripts", "nasty")
    for name, path in (("SQuAD", SQUAD), ("CMRC", CMRC)):
        for width in WIDTHS:
            wrapped = [wrap(text, width) for text in paragraphs(path)]
            wrong = sum(map(is_notice, wrapped))
            print(f"{name:6} in lines of {width:3}: {wrong} of {len(wrapped)} mistaken")
    texts = list(text_files())
    print(f"text files: {sum(map(is_notice, texts))} of {len(texts)} mistaken")


def paragraphs(name: str) -> Iterator[str]:
    """The paragraphs of a data set."""
    (path,) = need(name)
    for _, paragraphs_ in squad_like(path).articles:
        yield from paragraphs_


def wrap(text: str, width: int) -> str:
    """A text in lines of that width, in Latin letters; Chinese is broken between any characters."""
    if language(text) != "zh":
        return textwrap.fill(text, width)
    lines, room = [""], width
    for char in text:
        wide = 2 if east_asian_width(char) in "WF" else 1
        if room < wide:
            lines.append("")
            room = width
        lines[-1] += char
        room -= wide
    return "\n".join(lines)


def text_files() -> Iterator[str]:
    """The texts of files that are read as plain text."""
    for folder in need("transcripts", "nasty"):
        for path in sorted(folder.rglob("*.txt")):
            file = File(path.name, path=str(path))
            try:
                if choose_format(file, None).reader == "plain":
                    yield file.text
            except Unreadable:
                continue


if __name__ == "__main__":
    main()
