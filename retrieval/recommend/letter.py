"""What a letter to the community can tell: what came in, what reviewers stand behind, what helped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.text import terms
from kb.types import FAQ_PREFIX, Document, Exchange, FaqEntry
from retrieval.feedback.exchange_status import ExchangeStatuses
from retrieval.recommend.ranking import next_sources
from retrieval.recommend.reasons import quote
from retrieval.recommend.source_profiles import SourceProfile, read_profiles


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """Where something stands: a source's name, the label of an anchor, a passage's id; the last two
    may be empty.
    """

    source: str
    label: str
    passage: str


@dataclass(frozen=True, slots=True)
class CitedLine:
    """A line of a letter, with at least one citation.

    `id` is that of the source's document, the FAQ entry or the exchange; `day` when it came to be so.
    """

    id: str
    title: str
    text: str
    day: str
    citations: tuple[CitedPlace, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """The lines of a letter about the days from `first` to `last`; `more` counts the new sources
    that it leaves out.
    """

    first: date
    last: date
    sources: tuple[CitedLine, ...]
    entries: tuple[CitedLine, ...]
    answers: tuple[CitedLine, ...]
    more: int = 0


def write_letter(kb: KnowledgeBase, first: date, last: date, most: int) -> Letter:
    """What a letter tells of these days (UTC), at most so many lines of each kind.

    Of many new sources those that differ most. An answer is told of where most verdicts on it are
    up, one of them in these days, and all that it cites is still there.
    """
    sources, more = _sources(kb, first, last, most)
    journal = kb.journal
    entries = _newest(_entries(kb, journal, first, last), most) if journal else ()
    answers = _newest(_answers(kb, journal, first, last), most) if journal else ()
    return Letter(first, last, sources, entries, answers, more)


def _newest(lines: Iterator[CitedLine], most: int) -> tuple[CitedLine, ...]:
    return tuple(sorted(lines, key=lambda line: (line.day, line.id), reverse=True)[:most])


def _within(time: str, first: date, last: date) -> bool:
    return first.isoformat() <= time[:10] <= last.isoformat()


def _sources(
    kb: KnowledgeBase, first: date, last: date, most: int
) -> tuple[tuple[CitedLine, ...], int]:
    came = {
        document.id: at
        for document, _, at in kb.catalog.overview()
        if _within(at, first, last) and not document.path.startswith(FAQ_PREFIX)
    }
    profiles = read_profiles(kb)
    rows = profiles.rows(came)
    chosen = next_sources(profiles, dict.fromkeys(rows, 1.0), (), most)
    lines = (_source(kb, profiles.sources[row], came) for row in chosen)
    left_out = len(set(rows) - profiles.with_versions(chosen))
    return tuple(line for line in lines if line), left_out


def _source(kb: KnowledgeBase, profile: SourceProfile, came: dict[str, str]) -> CitedLine | None:
    """The line of a source, by the sentence of its opening that has most words of its title."""
    document = profile.document
    opening = kb.catalog.passages_of(document.id, range(1))
    if not opening:
        return None
    passage, title = opening[0], document.title or document.source
    place = CitedPlace(document.source, passage.anchor.label, passage.id)
    text = quote(passage.text, terms(title))
    return CitedLine(document.id, title, text, came[document.id][:10], (place,))


def _entries(kb: KnowledgeBase, journal: Journal, first: date, last: date) -> Iterator[CitedLine]:
    documents = {document.source: document for document in kb.catalog.documents()}
    for entry in journal.faq.entries():
        if _within(entry.at, first, last):
            places = tuple(_supports(entry, documents))
            own = CitedPlace(f"faq/{entry.id}", "", "")
            text = quote(entry.answer)
            yield CitedLine(entry.id, entry.question, text, entry.at[:10], (own, *places))


def _supports(entry: FaqEntry, documents: dict[str, Document]) -> Iterator[CitedPlace]:
    """Those of the sources of an entry that the reader of the letter can open."""
    for support in entry.sources:
        if support.source in documents:
            yield CitedPlace(support.source, support.label, support.passage)


def _answers(kb: KnowledgeBase, journal: Journal, first: date, last: date) -> Iterator[CitedLine]:
    verdicts = journal.verdicts()
    named = Counter(
        verdict.exchange
        for verdict in verdicts
        if verdict.value == "up" and _within(verdict.at, first, last)
    )
    newest = {verdict.exchange: verdict.at for verdict in reversed(verdicts)}
    statuses = ExchangeStatuses(journal)
    told: set[str] = set()
    for name in sorted(named, key=lambda name: (-named[name], name)):
        exchange = journal.exchange(name)
        line = _answer(kb, exchange, newest[name])
        if line and statuses.of(exchange).confirmed and line.title.casefold() not in told:
            told.add(line.title.casefold())
            yield line


def _answer(kb: KnowledgeBase, exchange: Exchange, at: str) -> CitedLine | None:
    """The first supported sentence of an answer; None where there is none, or where something that
    the answer cites is not there any more.
    """
    citations = {each["n"]: each for each in exchange.payload.get("citations", ())}
    ids = {each["passage"] for each in citations.values()}
    if exchange.status != "answered" or not ids or len(kb.catalog.passages(ids)) < len(ids):
        return None
    for sentence in exchange.payload.get("sentences", ()):
        cited = [citations[n] for n in sentence["citations"] if n in citations]
        if sentence["supported"] and cited:
            places = tuple(
                CitedPlace(each["source"], each["anchor"]["label"], each["passage"])
                for each in cited
            )
            return CitedLine(exchange.id, exchange.question, sentence["text"], at[:10], places)
    return None
