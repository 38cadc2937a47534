"""Whether what is forgotten is gone, and all else as it was.

    python -m tests.bench.forgetting [--talks 50] [--articles 848] [--people 50] [--sources 50]
        [--questions 120] [--rounds 5] [--seed 0]

A home is made of Founders Talk's transcripts and of articles of CMRC 2018, each a file, and asked
questions of the articles. People are drawn from the speakers of the transcripts and from the titles
of the articles (most are of people, and whatever they are of is a name in texts), sources from all
others. They are forgotten in rounds by `kb.erasure.forgetting`. Then the home's files are searched
for every name and for slices of every source that went, by code of its own: in UTF-8, UTF-16 and as
JSON escapes, whatever their case. Questions that cite nothing that went or was changed are asked
again; their answers, and the places that they cite, are held against those of before.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from ingest.pipeline import ingest
from kb.doctor import examine
from kb.erasure.forgetting import Receipt, Target, forget
from kb.home import Home
from kb.journal import open_journal
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.writers.extractive import Extractive
from retrieval.ask import ask
from tests.bench.data import CMRC, need, squad_like

_NAME = re.compile(r"[\u4e00-\u9fff]{3,5}")
_SPEAKER = re.compile(r"^\*\*([A-Z][a-z]+ [A-Z][a-z]+):\*\*", re.M)
_SLICE = 40  # characters of a source that nothing else holds
_HITS = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be forgotten: names, and sources with slices that stand in no other."""

    people: list[str]
    sources: list[str]
    slices: dict[str, list[str]]


def main() -> None:
    """Print what is left and what changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("talks", 50), ("articles", 848), ("people", 50), ("sources", 50), ("questions", 120), ("rounds", 5), ("seed", 0)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    talks, articles = need("transcripts/changelog", CMRC)
    drawn_by = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="kb-forgetting-") as folder:
        sources = Path(folder) / "sources"
        texts, questions = write_sources(talks, articles, sources, given.talks, given.articles)
        kb = made(Path(folder) / "home", sources)
        drawn = draw(texts, given.people, given.sources, drawn_by)
        asked = drawn_by.sample(questions, min(given.questions, len(questions)))
        before = answered(kb, asked)
        receipts, seconds = forgotten(kb, drawn, given.rounds)
        report(kb, drawn, receipts, seconds)
        compare(kb, drawn, before)


def write_sources(
    talks: Path, articles: Path, folder: Path, most_talks: int, most_articles: int
) -> tuple[dict[str, str], list[str]]:
    """Write a file for each transcript and article; gives their texts by name, and questions."""
    folder.mkdir()
    paths = sorted(talks.rglob("founders*.md"))[:most_talks]
    texts = {path.name: path.read_text("utf-8") for path in paths}
    data = squad_like(articles)
    for number, (title, paragraphs) in enumerate(data.articles[:most_articles]):
        texts[f"article-{number:04d}.md"] = "\n\n".join((f"# {title}", *paragraphs)) + "\n"
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return texts, [asked.text for asked in data.questions if asked.article < most_articles]


def made(home: Path, sources: Path) -> KnowledgeBase:
    """The home of the sources; vectors are of no matter here, so they are the quick ones."""
    kb = open_knowledge_base(Home(home), Settings(embedder="static"), create=True)
    began = perf_counter()
    ingest(kb, [sources])
    counts = kb.catalog.counts()
    print(
        f"{counts.documents} sources, {counts.passages} passages ({perf_counter() - began:.0f} s)"
    )
    return kb


def draw(texts: dict[str, str], people: int, sources: int, drawn_by: random.Random) -> Drawn:
    """People of both languages, and sources whose text names none of them."""
    speakers = sorted({name for text in texts.values() for name in _SPEAKER.findall(text)})
    titles = sorted({t for text in texts.values() if _NAME.fullmatch(t := text.split("\n")[0][2:])})
    english = drawn_by.sample(speakers, min(people // 2, len(speakers)))
    names = english + drawn_by.sample(titles, min(people - len(english), len(titles)))
    free = [name for name, text in texts.items() if not any(each in text for each in names)]
    chosen = drawn_by.sample(sorted(free), min(sources, len(free)))
    return Drawn(names, chosen, {name: list(_slices(texts, name)) for name in chosen})


def _slices(texts: dict[str, str], name: str) -> Iterator[str]:
    """Up to ten slices of a source that stand in no other, each within a line."""
    lines = [line for line in texts[name].split("\n") if len(line) > 2 * _SLICE]
    for line in lines[:: max(1, len(lines) // 10)]:
        piece = line[_SLICE // 2 :][:_SLICE].strip()
        if sum(piece in text for text in texts.values()) == 1:
            yield piece


def answered(kb: KnowledgeBase, questions: Sequence[str]) -> dict[str, Any]:
    """The answers to questions, each as the JSON of the contract; they are journalled."""
    journal = open_journal(kb.home.journal, kb.settings)
    answers = {}
    for question in questions:
        done = ask(kb, Extractive(3), question, limit=_HITS, terminal="bench", journal=journal)
        answers[question] = done.exchange.payload
    journal.close()
    return answers


def forgotten(kb: KnowledgeBase, drawn: Drawn, rounds: int) -> tuple[list[Receipt], float]:
    """Forget all in some rounds; gives the receipts, and the seconds of a round."""
    receipts, began = [], perf_counter()
    for number in range(rounds):
        names = drawn.sources[number::rounds]
        documents = [document for name in names for document in kb.catalog.documents_called(name)]
        people = tuple(drawn.people[number::rounds])
        receipts.append(forget(kb, Target(documents=tuple(documents), people=people), "bench"))
    return receipts, (perf_counter() - began) / rounds


def report(kb: KnowledgeBase, drawn: Drawn, receipts: Sequence[Receipt], seconds: float) -> None:
    """Print what the receipts say and what is left in bytes."""
    for name in receipts[0].counts:
        print(f"{name:16} {sum(receipt.counts[name] for receipt in receipts)}")
    traces = [trace for receipt in receipts for trace in receipt.traces]
    print(f"traces that the probe found: {len(traces)}", *traces[:5])
    needles = [*drawn.people, *(piece for pieces in drawn.slices.values() for piece in pieces)]
    left = [(needle, path.name) for path in files(kb) for needle in held(path, needles)]
    print(f"{len(drawn.people)} people, {len(drawn.sources)} sources, {len(needles)} needles")
    print(f"needles left in bytes: {len(left)}", *left[:5])
    problems = [finding.part for finding in examine(kb) if finding.problem]
    print(f"problems that kb doctor finds: {problems}   seconds a round: {seconds:.0f}")


def files(kb: KnowledgeBase) -> Iterator[Path]:
    """All files of the home."""
    yield from (path for path in sorted(kb.home.path.rglob("*")) if path.is_file())


def held(path: Path, needles: Sequence[str]) -> Iterator[str]:
    """The needles that stand in the bytes of a file, whatever their case, and not within a word."""
    content = path.read_bytes().lower()
    for needle in needles:
        low = needle.lower()
        escaped = json.dumps(low)[1:-1].encode()
        forms = {low.encode(), escaped, low.encode("utf-16-le"), low.encode("utf-16-be")}
        if any(_whole(content, form, low.isascii()) for form in forms):
            yield needle


def _whole(content: bytes, form: bytes, ascii_only: bool) -> bool:
    start = content.find(form)
    while start >= 0:
        around = content[start - 1 : start] + content[start + len(form) :][:1]
        if not ascii_only or not re.search(rb"[a-z0-9]", around):
            return True
        start = content.find(form, start + 1)
    return False


def compare(kb: KnowledgeBase, drawn: Drawn, before: dict[str, Any]) -> None:
    """Ask again what cited nothing that went or was changed, and print how much is as it was."""
    texts = {p.id for d in kb.catalog.documents() for p in kb.catalog.passages_of(d.id)}
    named = [question for question in before if any(name in question for name in drawn.people)]
    same = [
        question
        for question, answer in before.items()
        if question not in named
        and answer["citations"]
        and all(citation["passage"] in texts for citation in answer["citations"])
    ]
    after = answered(kb, same)
    kept = ("answer", "status")
    changed = [
        question
        for question in same
        if any(before[question][key] != after[question][key] for key in kept)
        or _cited(before[question]) != _cited(after[question])
    ]
    refused = [q for q, answer in before.items() if answer["status"] == "abstained"]
    print(
        f"{len(before)} questions: {len(refused)} refused, {len(same)} that cite nothing forgotten"
    )
    print(f"of those, answered otherwise: {len(changed)}")
    for question in changed[:5]:
        print(f"  {question}")
        for answer in (before[question], after[question]):
            print(f"    {answer['confidence']}  {answer['answer']}")


def _cited(answer: Any) -> list[tuple[str, str]]:
    return [(citation["source"], citation["quote"]) for citation in answer["citations"]]


if __name__ == "__main__":
    main()
