"""Pairs of a question and a passage for training a reader: does the passage answer, and with what?

    python -m tests.training.reading_pairs OUT.jsonl [--seed 0]

Answered and, in SQuAD 2.0, unanswerable questions are those of the data sets. The other
unanswerable ones are made from answered ones:

- `changed`: a number, date, name or place of the question, which the passage holds, becomes another
  of the same kind from another question, which the passage does not hold;
- `neighbour`: the paragraph of the same article that shares most words with the question, and does
  not hold the answer; where an article has one paragraph, one of the three such of other articles;
- `asked again`: a conversation in which a member asks the question and another talks of something
  else; in its counterpart, `replied`, the other says the sentence that answers;
- `no column`: a row of a table with named cells, asked for a column that is not there; in `column`,
  for one that is.

Questions are those of even articles of the sets that benchmarks report on, of which they report the
odd ones, and all of the part of CMRC 2018 that no benchmark reads (`trial`).
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import log
from pathlib import Path

from kb.text import flat, language, sentences, words
from tests.bench.data import CMRC, DRCD, SQUAD, need

SETS = {
    "cmrc": CMRC,
    "drcd": DRCD,
    "squad": SQUAD,
    "cmrc trial": "qa/cmrc2018/squad-style-data/cmrc2018_trial.json",
}
REPORTED = ("cmrc", "drcd", "squad")
MADE = ("changed", "neighbour", "asked again", "replied", "no column", "column")
# Speakers, columns and cells that are clearly made up.
_SPEAKERS = {"zh": ("阿禾", "木木", "小满", "青团"), "en": ("Ember", "Juniper", "Wren", "Tarn")}
_COLUMNS = {
    "zh": ("负责人", "价格", "地点", "开始日期", "名额", "联系电话", "状态", "预算"),
    "en": ("owner", "price", "venue", "start date", "seats", "phone", "status", "budget"),
}
_ASKS = {
    "zh": ("{name}的{column}是多少？", "{name}的{column}是什么？", "请问{name}的{column}？"),
    "en": (
        "What is the {column} of {name}?",
        "{name}: what's the {column}?",
        "{column} for {name}?",
    ),
}
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")
_TAGS = {"nr": "person", "ns": "place", "nt": "organisation", "nz": "name"}


@dataclass(frozen=True, slots=True)
class ReadingPair:
    """A question and a passage. The answer is passage[start:end]; both are None without one."""

    question: str
    title: str
    passage: str
    start: int | None
    end: int | None
    kind: str
    set: str
    article: int

    @property
    def answer(self) -> str:
        """The words that answer; empty without an answer."""
        return self.passage[self.start : self.end] if self.start is not None else ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a question is about that could be otherwise: its kind, and the words."""

    kind: str
    text: str


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.training.reading_pairs",
        description="Writes pairs of a question and a passage, answered and unanswerable.",
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    with given.out.open("w", encoding="utf-8") as file:
        for name, path in zip(SETS, need(*SETS.values()), strict=True):
            real = of_set(name, path)
            for pair in (*real, *made(real, dice)):
                file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")


def of_set(name: str, path: Path) -> list[ReadingPair]:
    """The questions of a data set in the form of SQuAD that may be trained on."""
    articles = json.loads(path.read_text("utf-8"))["data"]
    return [
        pair
        for number, article in enumerate(articles)
        if name not in REPORTED or number % 2 == 0
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
        if (pair := _asked(name, number, article, paragraph["context"], asked))
    ]


def _asked(name: str, number: int, article: dict, passage: str, asked: dict) -> ReadingPair | None:
    """The pair of one question; None where its answer does not stand in the passage."""
    title = article.get("title", "").replace("_", " ")
    pair = ReadingPair(asked["question"], title, passage, None, None, "real", name, number)
    if asked.get("is_impossible"):
        return replace(pair, kind="impossible")
    answer = asked["answers"][0]
    start, text = answer["answer_start"], answer["text"]
    if passage[start : start + len(text)] != text:
        start = passage.find(text)
    return replace(pair, start=start, end=start + len(text)) if text and start >= 0 else None


def made(real: Sequence[ReadingPair], dice: random.Random) -> Iterator[ReadingPair]:
    """The pairs that are made from the answered ones of a set."""
    answered = [pair for pair in real if pair.start is not None]
    attributes = {pair.question: attributes_of(pair.question) for pair in answered}
    others: dict[str, list[str]] = defaultdict(list)
    for found in attributes.values():
        for each in found:
            others[each.kind].append(each.text)
    paragraphs: dict[int, list[str]] = defaultdict(list)
    for pair in real:
        if pair.passage not in paragraphs[pair.article]:
            paragraphs[pair.article].append(pair.passage)
    everywhere = Paragraphs.of(real)
    for pair in answered:
        alone = len(paragraphs[pair.article]) == 1
        candidates = (
            changed(pair, attributes[pair.question], others, dice),
            everywhere.neighbour(pair, dice)
            if alone
            else neighbour(pair, paragraphs[pair.article]),
            *conversation(pair, dice.choice(answered), dice),
            *row(pair.title or pair.answer, language(pair.question), pair, dice),
        )
        yield from (each for each in candidates if each)


def attributes_of(question: str) -> list[Attribute]:
    """The numbers, years and names of a question."""
    found = [
        Attribute("year" if re.fullmatch(r"1\d{3}|20\d\d", text) else "number", text)
        for text in _NUMBER.findall(question)
    ]
    if language(question) != "zh":
        return [*found, *(Attribute("name", text) for text in _NAME.findall(question))]
    from rjieba import tag

    return [
        *found,
        *(Attribute(_TAGS[t], w) for w, t in tag(question) if t in _TAGS and len(w) > 1),
    ]


def changed(
    pair: ReadingPair,
    attributes: Sequence[Attribute],
    others: dict[str, list[str]],
    dice: random.Random,
) -> ReadingPair | None:
    """The question with one attribute that the passage holds made one that it doesn't."""
    held = [each for each in attributes if _holds(pair.passage, each.text)]
    if not held:
        return None
    old = dice.choice(held)
    for new in dice.sample(others[old.kind], min(20, len(others[old.kind]))):
        if new not in pair.passage and new not in old.text and old.text not in new:
            question = _word(old.text).sub(lambda _, new=new: new, pair.question)
            return replace(pair, question=question, start=None, end=None, kind="changed")
    return None


def _word(text: str) -> re.Pattern[str]:
    """The text where it is no part of a longer word or number in Latin script."""
    return re.compile(rf"(?<![A-Za-z\d]){re.escape(text)}(?![A-Za-z\d])")


def _holds(passage: str, text: str) -> bool:
    return _word(text).search(passage) is not None


def neighbour(pair: ReadingPair, paragraphs: Sequence[str]) -> ReadingPair | None:
    """The question with the paragraph of its article that is nearest in words without answering."""
    asked = set(words(pair.question))
    without = [each for each in paragraphs if pair.answer not in each]
    shared = [(len(asked & set(words(each))), each) for each in without]
    most, passage = max(shared, default=(0, ""))
    if not most:
        return None
    return replace(pair, passage=passage, start=None, end=None, kind="neighbour")


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """The paragraphs of a set with their titles, and in which of them each word stands."""

    listed: tuple[tuple[str, str], ...]
    holding: dict[str, list[int]]

    @classmethod
    def of(cls, pairs: Sequence[ReadingPair]) -> Paragraphs:
        """Those of some pairs."""
        listed = tuple({pair.passage: pair.title for pair in pairs}.items())
        holding: dict[str, list[int]] = defaultdict(list)
        for number, (passage, _) in enumerate(listed):
            for word in set(words(passage)):
                holding[word].append(number)
        return cls(listed, holding)

    def neighbour(self, pair: ReadingPair, dice: random.Random) -> ReadingPair | None:
        """The question with one of the three paragraphs of other articles that share most of its
        words, rare ones counting more, and do not hold the answer.
        """
        shared: Counter[int] = Counter()
        for word in set(words(pair.question)):
            numbers = self.holding.get(word, ())
            for number in numbers:
                shared[number] += log(len(self.listed) / len(numbers))
        near = [
            self.listed[number]
            for number, _ in shared.most_common(6)
            if self.listed[number][0] != pair.passage and pair.answer not in self.listed[number][0]
        ]
        if not near:
            return None
        passage, title = dice.choice(near[:3])
        return replace(pair, passage=passage, title=title, start=None, end=None, kind="neighbour")


def conversation(
    pair: ReadingPair, other: ReadingPair, dice: random.Random
) -> Iterator[ReadingPair]:
    """A member asks the question; another says what answers it, or something else."""
    asking, replying = dice.sample(_SPEAKERS["zh" if language(pair.question) == "zh" else "en"], 2)
    asked = f"{asking}: {pair.question}\n{replying}: "
    reply = _sentence_of(pair)
    start = len(asked) + reply.find(pair.answer)
    if pair.answer in reply:
        yield replace(
            pair,
            title="",
            passage=asked + reply,
            start=start,
            end=start + len(pair.answer),
            kind="replied",
        )
    elsewhere = _sentence_of(other)
    if pair.answer not in elsewhere and other.article != pair.article:
        yield replace(
            pair, title="", passage=asked + elsewhere, start=None, end=None, kind="asked again"
        )


def _sentence_of(pair: ReadingPair) -> str:
    """The sentence that holds the answer, in one line."""
    assert pair.start is not None
    start, end = next(
        (each for each in sentences(pair.passage) if each[0] <= pair.start < each[1]),
        (0, len(pair.passage)),
    )
    return flat(pair.passage[start:end])


def row(name: str, spoken: str, pair: ReadingPair, dice: random.Random) -> Iterator[ReadingPair]:
    """A row of a table about `name`, asked for one of its columns and for one that it lacks."""
    spoken = "zh" if spoken == "zh" else "en"
    columns = dice.sample(_COLUMNS[spoken], 5)
    *there, absent = columns
    cells = [(column, _cell(spoken, dice)) for column in there]
    wanted, value = dice.choice(cells)
    passage = "; ".join(f"{column}: {cell}" for column, cell in (("", name), *cells)).lstrip(": ")
    ask = dice.choice(_ASKS[spoken])
    start = passage.index(f"{wanted}: {value}") + len(wanted) + 2
    base = replace(pair, title="", passage=passage, start=None, end=None)
    yield replace(base, question=ask.format(name=name, column=absent), kind="no column")
    yield replace(
        base,
        question=ask.format(name=name, column=wanted),
        start=start,
        end=start + len(value),
        kind="column",
    )


def _cell(spoken: str, dice: random.Random) -> str:
    """A number, a name or a day."""
    day = f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    return dice.choice((str(dice.randint(2, 980)), dice.choice(_SPEAKERS[spoken]), day))


if __name__ == "__main__":
    main()
