"""The texts that the second encoder is trained on: passages, questions and sentences of people and
manuals, in both languages. Nothing that kb is measured on.

From ../shared/data: the turns of meetings (VCSum, QMSum), articles and questions of COVID-QA, and
of the parts of SQuAD 2.0 and CMRC 2018 that no benchmark reads (`test`, `trial`). Further texts, as
from the manuals of a Linux distribution, come as JSON lines with the fields text, lang and kind.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from kb.text import language
from tests.training.pairs import Pair

LANGUAGES = ("zh", "en")
KINDS = ("passage", "question", "sentence")
_SHORTEST, _LONGEST = (
    120,
    900,
)  # letters of a passage that is made of parts; a Han character is three
_HAN = re.compile("[\u4e00-\u9fff]")
_SENTENCES = re.compile(r"(?<=[.!?] )|(?<=[。！？])")
_NOISE = re.compile(r"\{\w+\}")  # {vocalsound} and the like, of QMSum


@dataclass(frozen=True, slots=True)
class Text:
    """A text, which language it is in, and which of KINDS it is."""

    text: str
    language: str
    kind: str


def read(path: Path) -> list[Text]:
    """Texts from JSON lines with the fields text, lang and kind."""
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [Text(row["text"], row["lang"], row["kind"]) for row in rows]


def shared(folder: Path, dice: random.Random) -> list[Text]:
    """The texts of ../shared/data, each once, in random order."""
    found = [
        *_chinese_meetings(folder / "meetings/vcsum", dice),
        *_english_meetings(folder / "meetings/qmsum", dice),
        *_question_set(folder / "qa/squad2_dev/data/test-v2.0.json", dice),
        *_question_set(folder / "qa/cmrc2018/squad-style-data/cmrc2018_trial.json", dice),
        *_question_set(folder / "faq/covid_en/data/question-answering/200423_covidQA.json", dice),
    ]
    once = list({each.text: each for each in found if _usable(each)}.values())
    dice.shuffle(once)
    return once


def _usable(text: Text) -> bool:
    return len(text.text) > 3 and text.language in LANGUAGES


def mixed(alone: Sequence[Text], pairs: Sequence[Pair]) -> list[Text]:
    """A text alone and both sides of a pair, in turns; when one ends, the rest of the other."""
    found: list[Text] = []
    for text, pair in zip_longest(alone, pairs):
        if text:
            found.append(text)
        if pair:
            found += [Text(pair.zh, "zh", "sentence"), Text(pair.en, "en", "sentence")]
    return found


def runs(parts: Iterable[str], dice: random.Random, between: str = "\n") -> Iterator[str]:
    """The parts in a row, joined to passages of many lengths."""
    run: list[str] = []
    length, aim = 0, dice.uniform(_SHORTEST, _LONGEST)
    for part in parts:
        run.append(part)
        length += len(part) + 2 * len(_HAN.findall(part))
        if length >= aim:
            yield between.join(run)
            run, length, aim = [], 0, dice.uniform(_SHORTEST, _LONGEST)
    if length >= _SHORTEST:
        yield between.join(run)


def _chinese_meetings(folder: Path, dice: random.Random) -> Iterator[Text]:
    for part in ("dev", "test"):
        for row in _rows(folder / f"short_{part}.txt"):
            for passage in runs((said for turn in row["context"] for said in turn), dice, ""):
                yield Text(passage, "zh", "passage")


def _english_meetings(folder: Path, dice: random.Random) -> Iterator[Text]:
    for part in ("val", "test"):
        for row in _rows(folder / f"{part}.jsonl"):
            turns = (f"{t['speaker']}: {t['content']}" for t in row["meeting_transcripts"])
            for passage in runs((_NOISE.sub("", turn) for turn in turns), dice):
                yield Text(passage, "en", "passage")
            for query in (*row["general_query_list"], *row["specific_query_list"]):
                yield Text(query["query"], "en", "question")
                yield Text(query["answer"], "en", "passage")


def _question_set(path: Path, dice: random.Random) -> Iterator[Text]:
    for article in json.loads(path.read_text("utf-8"))["data"]:
        title = article.get("title", "").replace("_", " ")
        for paragraph in article["paragraphs"]:
            for passage in runs(_SENTENCES.split(paragraph["context"]), dice, ""):
                named = f"{title}\n{passage}" if title and dice.random() < 0.5 else passage
                yield Text(named, language(passage), "passage")
            for asked in paragraph["qas"]:
                yield Text(asked["question"], language(asked["question"]), "question")


def _rows(path: Path) -> Iterator[dict]:
    return (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
