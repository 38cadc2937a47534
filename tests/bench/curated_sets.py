"""Curated entries with the ways people ask for them, other questions near them, and sources to
promote them among.

Ours are in `curated.jsonl`, written by hand: of each entry's paraphrases, half are `near` its
question in words and half `far` or, of those for fitting, `mid`, in both languages. Those of
covid_en are labelled question pairs; of Milvus' FAQ, the same question in the other language. Of
Wikipedia's paragraphs, an entry is a question with the sentence that holds its known answer, and
what it does not answer are the other questions of its paragraph whose answer stands elsewhere: the
hardest to tell apart. Those of articles with an even number are for fitting, some put anew by hand
in both languages (`reworded_fit.jsonl`). Those in `reworded.jsonl`, put anew in the same way, are
another part, and nothing is fitted on them.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.text import sentences
from retrieval.facts.text import holds
from tests.bench.data import CMRC, SQUAD, Asked, need, squad_like

OURS = Path(__file__).with_name("curated.jsonl")
COVID = "faq/covid_en/data"
MILVUS = "faq/milvus_zh_en/site"
REWORDED = Path(__file__).with_name("reworded.jsonl")
REWORDED_FIT = Path(__file__).with_name("reworded_fit.jsonl")
FIT, HELD, TEST = "fit", "held", "reworded"
_PARAGRAPHS = 150  # of a set and part that have an entry
_OTHERS = 3  # other questions of such a paragraph


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that somebody asks, its language and how it is put."""

    text: str
    lang: str
    kind: str


@dataclass(frozen=True, slots=True)
class Case:
    """An entry to be, other ways to ask it, and questions of the same topic that it does not
    answer.
    """

    id: str
    set: str
    part: str
    lang: str
    question: str
    answer: str
    asked: tuple[Ask, ...]
    others: tuple[Ask, ...]


def cases() -> list[Case]:
    """All cases, split by entry: what is fitted on, and what is held back."""
    return [*_ours(), *_covid(), *_milvus(), *_wikipedia()]


def _ours() -> Iterator[Case]:
    for line in OURS.read_text("utf-8").splitlines():
        held = json.loads(line)
        asked = tuple(Ask(each["text"], each["lang"], each["kind"]) for each in held["asked"])
        others = tuple(Ask(each["text"], each["lang"], "other") for each in held["others"])
        yield Case(
            held["id"],
            "ours",
            held["part"],
            held["lang"],
            held["question"],
            held["answer"],
            asked,
            others,
        )


def _covid() -> Iterator[Case]:
    (folder,) = need(COVID)
    with (folder / "eval_question_similarity_en.csv").open(encoding="utf-8", newline="") as file:
        pairs = [
            (row["question_1"].strip(), row["question_2"].strip(), row["similar"])
            for row in csv.DictReader(file)
        ]
    answers = covid_answers()
    asked: dict[str, list[str]] = defaultdict(list)
    for question, other, similar in pairs:
        if similar == "1" and question in answers:
            asked[question].append(other)
    for number, (question, ways) in enumerate(asked.items()):
        told = tuple(Ask(way, "en", "labelled") for way in dict.fromkeys(ways))
        part = FIT if number % 2 else HELD
        yield Case(
            f"covid-{number:03d}", "covid_en", part, "en", question, answers[question], told, ()
        )


def covid_answers() -> dict[str, str]:
    """The answers of covid_en's FAQ by question."""
    (folder,) = need(COVID)
    with (folder / "faqs" / "faq_covidbert.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["question"].strip(): row["answer"].strip()
            for row in csv.DictReader(file)
            if row["answer"].strip()
        }


def _milvus() -> Iterator[Case]:
    (folder,) = need(MILVUS)
    number = 0
    for name in ("operational", "performance", "product"):
        zh, en = (_entries(folder / lang / "faq" / f"{name}_faq.md") for lang in ("zh-CN", "en"))
        for one, other in zip(
            zh, en, strict=True
        ):  # the pages have the same questions in the same order
            if one[0] in _NO_QUESTION:
                continue
            number += 1
            own, theirs, lang, asked_in = (
                (one, other, "zh", "en") if number % 2 else (other, one, "en", "zh")
            )
            part = FIT if number // 2 % 2 else HELD
            told = (Ask(theirs[0], asked_in, "translation"),)
            yield Case(f"milvus-{number:03d}", "milvus", part, lang, *own, told, ())


def _wikipedia() -> Iterator[Case]:
    reworded, for_fitting = map(_rewordings, (REWORDED, REWORDED_FIT))
    for name, lang, path in zip(("squad", "cmrc"), ("en", "zh"), need(SQUAD, CMRC), strict=True):
        data = squad_like(path)
        by_place: dict[tuple[int, int], list[Asked]] = defaultdict(list)
        for each in data.questions:
            by_place[each.article, each.paragraph].append(each)
        places = sorted(by_place)
        random.Random(0).shuffle(places)
        count = {FIT: 0, HELD: 0}
        for article, paragraph in places:
            text, there = data.articles[article][1][paragraph], by_place[article, paragraph]
            ways = [each for each in there if each.id in reworded]
            part = TEST if ways else (HELD if article % 2 else FIT)
            if part != TEST:
                count[part] += 1
                if count[part] > _PARAGRAPHS:
                    continue
            for each in ways or there[:1]:
                said = sentence_of(text, each)
                apart = (
                    other for other in there if other not in ways
                )  # those have entries of their own
                others = [
                    other for other in apart if not any(holds(said, gold) for gold in other.golds)
                ]
                put = (reworded if ways else for_fitting).get(each.id, {})
                asked = [
                    Ask(put[kind], _LANGS[lang, kind], kind) for kind in ("same", "other") if put
                ]
                told = tuple(Ask(other.text, lang, "neighbour") for other in others[:_OTHERS])
                yield Case(
                    f"{name}-{each.id}", name, part, lang, each.text, said, tuple(asked), told
                )


def _rewordings(path: Path) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}


_LANGS = {("en", "same"): "en", ("zh", "same"): "zh", ("en", "other"): "zh", ("zh", "other"): "en"}


def sentence_of(paragraph: str, asked: Asked) -> str:
    """The sentence of the paragraph that holds the known answer; the paragraph where none does by
    itself.
    """
    found = (paragraph[start:end] for start, end in sentences(paragraph))
    return next(
        (each for each in found if any(holds(each, gold) for gold in asked.golds)), paragraph
    )


def _entries(path: Path) -> list[tuple[str, str]]:
    text = path.read_text("utf-8")
    found = re.findall(r"^#### +([^\n]+)\n(.*?)(?=^#### |\Z)", text, re.M | re.S)
    return [(question.strip(), answer.strip()) for question, answer in found if answer.strip()]


_NO_QUESTION = ("Still have questions?", "仍有问题没有得到解答？")


def write_sources(folder: Path) -> None:
    """The raw sources: Wikipedia paragraphs in both languages, and what covid_en's answers say,
    without questions.
    """
    for name, path in zip(("squad", "cmrc"), need(SQUAD, CMRC), strict=True):
        for number, (title, paragraphs) in enumerate(squad_like(path).articles):
            _write(
                folder / name / f"{number:04d}.md",
                f"# {title}\n\n" + "\n\n".join(paragraphs) + "\n",
            )
    for number, answer in enumerate(covid_answers().values()):
        _write(folder / "covid" / f"{number:03d}.md", f"{answer}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def wikipedia_questions(size: int, seed: int, taken: Collection[str]) -> list[Ask]:
    """Questions about the raw paragraphs, half of them Chinese, but for those `taken`."""
    found = []
    for lang, path in zip(("en", "zh"), need(SQUAD, CMRC), strict=True):
        asked = [each for each in squad_like(path).sample(size, seed) if each.text not in taken]
        found += [Ask(each.text, lang, "wikipedia") for each in asked[: size // 2]]
    random.Random(seed).shuffle(found)
    return found
