"""The writer that needs nothing: it picks the sentences that answer best and quotes them, each with
its [n].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.asking import asks_when, is_asking, is_question
from kb.editions import edition, standing_edition
from kb.home import Notify, silent
from kb.index_words import findable_words
from kb.injection import spoken
from kb.lists import ITEM_MARK, lists
from kb.relative_dates import said_on
from kb.revision_cues import revision_kind
from kb.settings import Settings
from kb.superseded import supersedes
from kb.text import OPEN_ENDS, flat, is_fragment, sentences, words
from kb.types import Hit, Question
from kb.writers import disarmed
from kb.writers.candidate import Candidate
from kb.writers.outcomes import PROPOSES, outcome, settled_by
from kb.writers.prompts import earlier

_HITS = 5
_ALIKE = 0.6
_ANSWER_MARK = re.compile(r"^(?:A|Answer|答案?|回答)[ \t]*\d{0,3}[ \t]*[:：][ \t]*", re.I)
_FULL_STOP = re.compile(r"[。.!?！？…][”’」』）)\"']*\Z")
_HEADER = re.compile(
    r"[ \t]*\n(?=[^\n]*-)[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-*:?[ \t]*(?:\n|\Z)"
)  # a rule below
_LIST_MARK = re.compile(rf"^{ITEM_MARK}\s+")
_ASKS_HOW = re.compile(
    r"怎么|怎样|如何|咋|步骤|流程|手续|先.{1,8}[后再]"
    r"|\b(?:how (?:do|to|can|should|does|would)|steps|procedure|what now)\b",
    re.I,
)
# What counts beside the question's words in the sentence itself, where nothing was read
# (`kb.embedders.late_interaction`):
_AROUND = 0.6  # words that stand only in the title or headings
_SUBJECT = 0.3  # a title that is about the question
_ENOUGH = 0.6  # the share of the best sentence's evidence that another one needs
_CLOSE = 1.0  # of sentences that were read: how far below the best another one may be
_RANK = 2.0  # how well the whole passage was found
_SHAPE = 0.5  # share of all words, figures aside, that two sentences of one shape have in common
_EDITION = 1.5  # how far below the best sentence that of a later edition may be
_LONGEST_LIST = 12  # sentences of one that is quoted whole


def configured(settings: Settings, notify: Notify = silent) -> Extractive:
    """The writer as the settings want it; it has nothing to notify of."""
    return Extractive(settings.sentences, reads=settings.reads)


class Extractive:
    """Quotes up to `limit` sentences of the best hits, in reading order; of a fitting FAQ entry,
    its answer.

    What a reviewer answered to the very question is given whole.
    """

    name = "extractive"

    def __init__(self, limit: int, *, reads: bool = True) -> None:
        self._limit, self._reads = limit, reads

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The chosen sentences, one piece each."""
        if (
            hits and hits[0].passage.anchor.reviewed
        ):  # first because it answers the very question: all of it
            yield from _whole([hit for hit in hits if hit.document.id == hits[0].document.id])
            return
        hits = [
            hit for hit in hits if not hit.passage.anchor.reviewed
        ]  # the others answer other questions
        if not hits:
            return
        chosen = self._choose(question, hits)
        lead = ""
        for candidate in [*chosen, *_earlier(question, chosen, hits)]:
            # Without its markup a quoted sentence may read as several: each carries the mark.
            for start, end in sentences(candidate.text):
                quoted = disarmed(candidate.text[start:end])
                yield f"{lead}{quoted} [{candidate.hit.rank}]"
                lead = (
                    " " if _FULL_STOP.search(quoted) else "\n\n"
                )  # a row of a table must not run into the next

    def check(self) -> None:
        """Nothing that it needs can be missing."""

    def best(self, question: Question, hits: Sequence[Hit]) -> Candidate | None:
        """The sentence that answers best; None where there is none, or a reviewed entry answers."""
        if any(hit.passage.anchor.reviewed for hit in hits[:1]):
            return None
        candidates = self._candidates(question, hits)
        return max(candidates, key=lambda c: c.score, default=None)

    def _candidates(self, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
        """The sentences of the first hits that could be quoted, with what they are worth."""
        standing = [hit for hit in hits if not any(supersedes(question, h, hit) for h in hits)]
        chosen = [
            candidate
            for hit in standing[:_HITS]
            for candidate in _candidates(question, hit, hits[0].score)
        ]
        revised = [
            candidate
            for hit in (hits[:_HITS] if asks_when(question.text) else ())
            if hit not in standing
            for candidate in _sentences(question, hit, hits[0].score)
        ]
        if self._reads:
            from kb.embedders.late_interaction import read

            worth = read(question, hits).worth
            chosen, revised = (
                [replace(c, score=worth.get((c.hit.passage.id, c.start), c.score)) for c in each]
                for each in (chosen, revised)
            )
        chosen = _heirs(chosen, revised)
        return _telling(question, [c for c in chosen if not c.text.endswith(OPEN_ENDS)] or chosen)

    def _choose(self, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
        candidates = self._candidates(question, hits)
        if not candidates:
            return []
        best = _standing(question, max(candidates, key=lambda c: c.score), candidates)
        while (later := settled_by(best, candidates)) is not None:
            candidates = [
                c
                for c in candidates
                if c.hit is not best.hit or (c.hit is later.hit and c.start >= later.start)
            ]
            best = later
        if best.hit.passage.anchor.type == "faq":
            return [c for c in candidates if c.hit is best.hit][: self._limit]
        present = edition(best.hit)
        candidates = [c for c in candidates if not present.is_later(edition(c.hit))]
        if steps := _steps(question, best, candidates):
            return steps
        if not any(map(PROPOSES.search, (best.text, question.text))):
            # What was only proposed must not stand beside what holds.
            candidates = [c for c in candidates if not PROPOSES.search(c.text)]
        chosen = [best, *outcome(best, candidates)][: self._limit]
        covered = set(best.words)
        # What somebody who asks says besides is what they ask about: it fills no answer up.
        telling = [c for c in candidates if not is_asking(c.hit.passage)]
        while len(chosen) < self._limit:
            rest = [c for c in telling if c not in chosen and not _repeats(c, chosen)]
            following = (
                _best_read(rest, chosen)
                if self._reads
                else _best_matched(question, rest, chosen, covered)
            )
            if following is None:
                break
            chosen.append(following)
            covered |= following.words
        return sorted(chosen, key=lambda c: (c.hit is not best.hit, c.hit.rank, c.start))


def _earlier(
    question: Question, chosen: Sequence[Candidate], hits: Sequence[Hit]
) -> Iterator[Candidate]:
    """Of what the first chosen sentence revises, the sentence that says most of the question, called
    earlier.
    """
    if not chosen:
        return
    revised = [hit for hit in hits if supersedes(question, chosen[0].hit, hit)]
    said = [c for hit in revised[:1] for c in _candidates(question, hit, hits[0].score)]
    if said:
        best = max(said, key=lambda c: c.evidence)
        yield replace(best, text=earlier(best.text, question.lang))


def _heirs(chosen: Sequence[Candidate], revised: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, of which those that say what became of a revised sentence are worth as much as
    it was. What is asked for must be what changes most, a time: elsewhere links are less sure.
    """
    worth: dict[str, float] = {}
    for candidate in revised:
        if (link := candidate.hit.revision) is not None:
            worth[link.later] = max(candidate.score, worth.get(link.later, candidate.score))
    return [
        replace(c, score=max(c.score, worth[c.hit.passage.id]))
        if c.hit.passage.id in worth and revision_kind(c.text)
        else c
        for c in chosen
    ]


def _whole(hits: Sequence[Hit]) -> Iterator[str]:
    """The answer of a FAQ entry, passage by passage, sentence by sentence, its lists as lists."""
    lead = ""
    for hit in hits:
        text, before, unsaid = hit.passage.text, 0, spoken(hit.passage)
        for start, end in sentences(text):
            raw = text[start:end]
            shown = disarmed(_LIST_MARK.sub("", flat(raw)))
            if not words(shown) or (start, end) in unsaid:
                continue
            if lead:
                lead = (
                    "\n\n" if not before else "\n" * min(2, text.count("\n", before, start)) or " "
                )
            item = _LIST_MARK.match(raw)
            yield f"{lead}{item[0] if item else ''}{shown} [{hit.rank}]"
            before, lead = end, " "


def _candidates(question: Question, hit: Hit, best_score: float) -> Iterator[Candidate]:
    """The sentences of a hit that could be an answer; of a message or turn that asks, what it says
    besides.
    """
    found = _sentences(question, hit, best_score)
    if not is_asking(hit.passage):
        return found
    # A message begins with its author's name.
    return (c for c in found if not any(map(is_question, (c.text, c.text.partition(": ")[2]))))


def _sentences(question: Question, hit: Hit, best_score: float) -> Iterator[Candidate]:
    """The sentences of a hit; of a FAQ entry, those of its answer."""
    text = hit.passage.text
    subject = frozenset(findable_words(hit.document.title))
    stands_under = (hit.document.title, *hit.passage.headings, hit.passage.context)
    around = frozenset(findable_words(" ".join(stands_under)))
    is_faq = hit.passage.anchor.type == "faq"
    unsaid = spoken(hit.passage)
    heading = flat(hit.passage.headings[-1]) if is_faq and hit.passage.headings else ""
    for number, (start, end) in enumerate(sentences(text)):
        shown = _LIST_MARK.sub("", flat(text[start:end]))
        shown = _ANSWER_MARK.sub("", shown) if is_faq else shown
        if heading and shown == heading:
            continue
        if (start, end) in unsaid:
            continue  # said to a model, not to the reader
        if text[start] == "|" and _HEADER.match(text, end):
            continue
        stems = frozenset(findable_words(shown, said_on(hit.document.meta, hit.passage.meta)))
        if not stems or (not is_faq and is_fragment(text, start, stems)):
            continue
        near = frozenset(findable_words(heading)) if is_faq else around
        evidence = question.coverage(stems) + _AROUND * question.coverage(near - stems)
        evidence += _SUBJECT * question.coverage(subject) + (0.03 if number == 0 else 0.0)
        yield Candidate(
            hit, start, shown, stems, evidence, evidence + _RANK * hit.score / (best_score or 1.0)
        )


def _telling(question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without those that a rival outdoes: one that has all of their words of the
    question, and more.

    Rivals are rows of a table, such as another event's, and sentences of a passage that share half
    of their words, figures aside.
    """
    weighted = frozenset(question.weights)
    covered = [weighted & c.words for c in candidates]

    def rivals(first: Candidate, other: Candidate) -> bool:
        if first.hit is not other.hit or first.is_row != other.is_row:
            return False
        own, its = _figureless(first.text), _figureless(other.text)
        return first.is_row or len(own & its) >= _SHAPE * len(own | its)

    def outdone(number: int) -> bool:
        candidate = candidates[number]
        return any(
            covered[number] < more and rivals(candidate, other)
            for more, other in zip(covered, candidates, strict=True)
        )

    return [candidate for number, candidate in enumerate(candidates) if not outdone(number)]


def _standing(question: Question, best: Candidate, candidates: Sequence[Candidate]) -> Candidate:
    """The sentence that answers about as well in the edition that stands, as far as editions are
    known.
    """
    close = [c for c in candidates if c.score >= best.score - _EDITION]
    close.sort(key=lambda c: -c.score)
    hit = standing_edition(question.text, best.hit, [c.hit for c in close])
    return best if hit is best.hit else next(c for c in close if c.hit is hit)


def _steps(question: Question, best: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Where it is asked how to do something, the best sentence and the whole list of its document
    that says most of it: a step left out, or out of its order, misleads.
    """
    if not _ASKS_HOW.search(question.text):
        return []
    found = [
        items
        for hit in {c.hit.passage.id: c.hit for c in candidates}.values()
        if hit.document.id == best.hit.document.id
        for span in lists(hit.passage.text)
        if (items := [c for c in candidates if c.hit is hit and span.start <= c.start < span.end])
        and len(items) <= _LONGEST_LIST
    ]
    steps = max(found, key=lambda items: max(c.score for c in items), default=[])
    return steps if not steps or best in steps else [best, *steps]


def _figureless(text: str) -> frozenset[str]:
    return frozenset(word for word in words(text) if not word[0].isdigit())


def _best_read(rest: Sequence[Candidate], chosen: Sequence[Candidate]) -> Candidate | None:
    """The next sentence where they were read: one that is nearly as good as the best, rather beside
    a chosen one.
    """
    close = [c for c in rest if c.score >= chosen[0].score - _CLOSE]
    return max(
        close, key=lambda c: c.score + max(_nearness(c, other) for other in chosen), default=None
    )


def _best_matched(
    question: Question, rest: Sequence[Candidate], chosen: Sequence[Candidate], covered: set[str]
) -> Candidate | None:
    """The next sentence by its words: one that adds some of the question's, or is beside the best."""
    adding = [c for c in rest if _adds(c, chosen[0])]
    return max(
        adding,
        key=lambda c: c.score + _gain(question, covered, c) + _nearness(c, chosen[0]),
        default=None,
    )


def _gain(question: Question, covered: set[str], candidate: Candidate) -> float:
    """What a sentence adds to what is already covered."""
    return question.coverage(candidate.words - covered)


def _adds(candidate: Candidate, best: Candidate) -> bool:
    """Whether a sentence adds to the best one: it is about the question too, or continues it."""
    return candidate.evidence >= _ENOUGH * best.evidence or _nearness(candidate, best) > 0


def _nearness(candidate: Candidate, best: Candidate) -> float:
    """Sentences beside the best one are likely to go on with its thought."""
    apart = abs(candidate.start - best.start)
    return (
        0.15
        if candidate.hit is best.hit and apart < 2 * max(len(best.text), len(candidate.text))
        else 0.0
    )


def _repeats(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    return any(
        len(candidate.words & c.words) > _ALIKE * min(len(candidate.words), len(c.words))
        for c in chosen
    )
