"""A simulated community: does feedback make the knowledge base better, and on questions that nobody
reviewed too?

    python -m tests.bench.community [--paragraphs 150] [--reviews 60] [--rounds 3] [--seed 0]

Paragraphs of CMRC 2018 and SQuAD 2.0 are ingested, but for a random third of them: what the
community knows and has not written down. Each week members ask a share of the questions. Seven in
ten say how the answer was: up when what it cites holds a known answer, down when it doesn't or when
there was none; one verdict in ten is turned around. Then a reviewer works through the first
exchanges of the queue. They know the paragraphs: what was answered right is fine, and else they
promote the question with the sentence that holds the known answer, as it stands in its paragraph.

Measured before and after each round, always with the same questions: those that were never asked
(half of every paragraph's), those asked, and rewordings of promoted questions, in their own
language and in the other one, which were written by hand (`reworded.jsonl`) and are never put into
an entry. At the end the figures of `kb feedback report` are held against the simulation's own
count.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Literal

from ingest.faq_entries import publish
from ingest.pipeline import ingest
from kb.home import Home
from kb.journal import Journal
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.text import sentences
from kb.types import Answer, Exchange, FaqEntry
from kb.writers.extractive import Extractive
from retrieval.ask import ask
from retrieval.evaluation import auroc
from retrieval.facts.text import holds
from retrieval.feedback.cited_sources import cited_sources
from retrieval.feedback.report import report
from retrieval.feedback.review import decide, promote
from retrieval.feedback.review_queue import case, queue
from tests.bench.data import CMRC, SQUAD, Asked, need, squad_like

REWORDED = Path(__file__).with_name("reworded.jsonl")
MISSING = 1 / 3  # the share of paragraphs that were never written down
SAYING = 0.7  # the share of askers who say how the answer was
NOISE = 0.1  # the share of verdicts that say the opposite
HITS = 8
MEASURED = 250  # questions of a kind, at most: a fixed sample
REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, what answers it, the paragraph where that stands, and whether that was ever
    ingested.
    """

    text: str
    golds: tuple[str, ...]
    id: str
    place: tuple[str, int, int]
    paragraph: str
    there: bool

    @property
    def sentence(self) -> str:
        """The sentence of the paragraph that holds the answer; the paragraph where none does by
        itself.
        """
        found = (self.paragraph[start:end] for start, end in sentences(self.paragraph))
        return next(
            (each for each in found if any(holds(each, gold) for gold in self.golds)),
            self.paragraph,
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """How a question fared: whether it was answered, and right."""

    wanted: Wanted
    answered: bool
    right: bool
    confidence: float


@dataclass
class Count:
    """What the simulation did, by its own count."""

    asked: int = 0
    answered: int = 0
    abstained: int = 0
    up: int = 0
    down: int = 0
    decided: Counter[str] = field(default_factory=Counter)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.community", description="Simulates a community."
    )
    parser.add_argument("--paragraphs", type=int, default=150, help="of each of the two data sets")
    parser.add_argument(
        "--reviews", type=int, default=60, help="exchanges that are reviewed in a round"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = perf_counter()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        world = list(_world(given.paragraphs, given.seed))
        community = Community.found(Path(folder), world, given.seed)
        print(
            f"{len({each.place for each in world})} paragraphs, {MISSING:.0%} of them left out; {len(world)} questions"
        )
        community.measure("before")
        for number in range(1, given.rounds + 1):
            community.week(number, given.rounds)
            community.review(given.reviews)
            community.measure(f"after {number}")
        agree = community.compare()
    print(f"({perf_counter() - began:.0f} s)")
    return 0 if agree else 1


def _world(paragraphs: int, seed: int) -> Iterator[Wanted]:
    """The questions of some paragraphs of both sets, first of those that questions with rewordings
    are about.
    """
    reworded = {row["id"] for row in _rewordings()}
    for path in need(CMRC, SQUAD):
        data = squad_like(path)
        by_place: dict[tuple[int, int], list[Asked]] = {}
        for each in data.questions:
            by_place.setdefault((each.article, each.paragraph), []).append(each)
        places = sorted(by_place)
        random.Random(seed).shuffle(places)
        places.sort(key=lambda place: not any(each.id in reworded for each in by_place[place]))
        chosen = places[:paragraphs]
        missing = set(random.Random(seed + 1).sample(sorted(chosen), round(len(chosen) * MISSING)))
        for article, paragraph in chosen:
            text = data.articles[article][1][paragraph]
            for each in by_place[article, paragraph]:
                place = (path.stem, article, paragraph)
                yield Wanted(
                    each.text, each.golds, each.id, place, text, (article, paragraph) not in missing
                )


def _rewordings() -> list[dict[str, str]]:
    return [json.loads(line) for line in REWORDED.read_text("utf-8").splitlines()]


@dataclass
class Community:
    """A knowledge base, those who ask it, and the one who reviews."""

    kb: KnowledgeBase
    journal: Journal
    to_ask: list[Wanted]
    unasked: list[Wanted]
    chance: random.Random
    seed: int
    asked: dict[str, Wanted] = field(default_factory=dict)  # by exchange
    promoted: dict[str, FaqEntry] = field(default_factory=dict)  # by the id of the question
    count: Count = field(default_factory=Count)

    @classmethod
    def found(cls, folder: Path, world: Sequence[Wanted], seed: int) -> Community:
        """Ingest what was written down, a file for each paragraph."""
        for each in world:
            if each.there:
                name, article, paragraph = each.place
                path = folder / "docs" / f"{name} {article} {paragraph}.txt"
                path.parent.mkdir(exist_ok=True)
                path.write_text(each.paragraph, "utf-8")
        home = Home(folder / "kb")
        kb = open_knowledge_base(home, Settings(), create=True)
        ingest(kb, [folder / "docs"])
        reworded = {row["id"] for row in _rewordings()}
        chance = random.Random(seed + 2)
        to_ask, unasked = [], []
        # questions that were reworded are asked: one must be promoted before its rewordings tell
        for each in world:
            (to_ask if each.id in reworded or chance.random() < 0.5 else unasked).append(each)
        chance.shuffle(to_ask)
        return cls(kb, Journal(home.journal), to_ask, unasked, chance, seed)

    def week(self, number: int, weeks: int) -> None:
        """A share of the questions is asked, and some askers say how the answer was."""
        for wanted in self.to_ask[number - 1 :: weeks]:
            asked = ask(
                self.kb,
                Extractive(3),
                wanted.text,
                limit=HITS,
                journal=self.journal,
                terminal=f"week {number}",
            )
            self.asked[asked.exchange.id] = wanted
            self.count.asked += 1
            self.count.answered += asked.answer.status == "answered"
            self.count.abstained += asked.answer.status == "abstained"
            if self.chance.random() < SAYING:
                good = _is_right(asked.answer, wanted) != (self.chance.random() < NOISE)
                value: Literal["up", "down"] = "up" if good else "down"
                self.journal.add_verdict(asked.exchange.id, value, by="member")
                setattr(self.count, value, getattr(self.count, value) + 1)

    def review(self, reviews: int) -> None:
        """The first exchanges of the queue are decided."""
        for name in [each.exchange.id for each in queue(self.journal, REVIEWER)[:reviews]]:
            shown, wanted = case(self.journal, name), self.asked[name]
            if _was_right(shown.exchange, wanted):
                decide(self.journal, shown, "fine", REVIEWER)
                self.count.decided["fine"] += 1
            else:
                sources = cited_sources(self.kb, shown.exchange, {})
                entry, _ = promote(
                    self.kb, self.journal, shown, sources, wanted.text, wanted.sentence, REVIEWER
                )
                self.promoted[wanted.id] = entry
                self.count.decided["promoted"] += 1
        publish(self.kb, self.journal)

    # --- measuring --------------------------------------------------------------------------------

    def measure(self, when: str) -> None:
        """Ask all questions again, and tell how they fare."""
        rows = [row for row in _rewordings() if row["id"] in self.promoted]
        by_id = {each.id: each for each in self.to_ask}
        sets = {
            "never asked": [(each.text, each) for each in self._some(self.unasked)],
            "asked": [(each.text, each) for each in self._some(self.to_ask)],
            "promoted, reworded": [(row["same"], by_id[row["id"]]) for row in rows],
            "promoted, in the other language": [(row["other"], by_id[row["id"]]) for row in rows],
        }
        print(f"{when}: {len(self.promoted)} entries")
        for name, questions in sets.items():
            if questions:
                print(
                    f"  {name:32}{_told([self._try(text, wanted) for text, wanted in questions])}",
                    flush=True,
                )

    def _some(self, questions: Sequence[Wanted]) -> list[Wanted]:
        """The same sample of the questions each time."""
        return random.Random(self.seed).sample(questions, min(MEASURED, len(questions)))

    def _try(self, text: str, wanted: Wanted) -> Tried:
        given = ask(self.kb, Extractive(3), text, limit=HITS).answer
        return Tried(
            wanted, given.status != "abstained", _is_right(given, wanted), given.confidence
        )

    def compare(self) -> bool:
        """Hold the report's figures against the simulation's own count; gives whether they agree."""
        told, mine = report(self.journal, self.kb), self.count
        pairs = {
            "asked": (told.figures.exchanges, mine.asked),
            "answered": (told.figures.answered, mine.answered),
            "abstained": (told.figures.abstained, mine.abstained),
            "up": (told.figures.up, mine.up),
            "down": (told.figures.down, mine.down),
            **{
                kind: (told.decisions.get(kind, 0), number) for kind, number in mine.decided.items()
            },
            "entries": (told.faq, len(self.promoted)),
        }
        shown = ", ".join(f"{name} {theirs}/{own}" for name, (theirs, own) in pairs.items())
        agree = all(theirs == own for theirs, own in pairs.values())
        print(f"report/own count: {shown}: {'all agree' if agree else 'THEY DIFFER'}")
        return agree


def _told(tried: Sequence[Tried]) -> str:
    """The figures of some questions. Which ones the sources answer is what was ingested, with or
    without feedback.
    """
    right = sum(each.right for each in tried) / len(tried)
    wrong = sum(each.answered and not each.right for each in tried) / len(tried)
    there = [each.confidence for each in tried if each.right]
    silent = [each.confidence for each in tried if not each.right]
    apart = auroc(there, silent)
    shown = "-" if apart is None else f"{apart:.3f}"
    return f"{len(tried):4} questions: right {right:.3f}, wrong {wrong:.3f}, confidence tells right ones: AUROC {shown}"


def _is_right(given: Answer, wanted: Wanted) -> bool:
    cited = [sentence.text for sentence in given.sentences if sentence.citations]
    return any(holds(text, gold) for text in cited for gold in wanted.golds)


def _was_right(exchange: Exchange, wanted: Wanted) -> bool:
    cited = [
        sentence["text"] for sentence in exchange.payload["sentences"] if sentence["citations"]
    ]
    return any(holds(text, gold) for text in cited for gold in wanted.golds)


if __name__ == "__main__":
    sys.exit(main())
