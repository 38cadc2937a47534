"""The values that flow through the program, each made once, frozen, referring to earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from kb.anchors import Anchor as Anchor
from kb.anchors import AnchorType as AnchorType
from kb.anchors import Box
from kb.anchors import Place as Place
from kb.anchors import Voice as Voice
from kb.revisions import Revision

Kind = Literal["doc", "transcript", "faq"]
KINDS: tuple[Kind, ...] = ("doc", "transcript", "faq")
Status = Literal["answered", "abstained", "unsupported", "held"]
Outcome = Literal["answered", "abstained", "unsupported", "held", "error"]
Decided = Literal["fine", "promoted", "bad_source", "gap", "skip", "undo"]
Meta = Mapping[str, Any]
Phrase = tuple[str, ...]  # index words that belong together
Ways = Mapping[Phrase, float]  # ways to say one thing, each with its weight: above 0, at most 1
# the key of a passage's metadata for what in it speaks to a model (see kb.injection)
SUSPICIOUS = "suspicious"
# begins the path of the document of a FAQ entry, which is no file
FAQ_PREFIX = "curated:"
TRUSTED = 0.5  # translations that weigh less don't tell that a passage speaks of a word


@dataclass(frozen=True, slots=True)
class Document:
    """A source as the catalog knows it. `source` is the short name people see; `path` the file's
    absolute path.
    """

    id: str
    source: str
    path: str
    title: str
    kind: Kind
    lang: str
    meta: Meta = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece that can be cited: an exact slice of its document's text.

    `places` are (offset in `text`, start, end) triples in the anchor's measure, so that a quote
    gets its own second, page or row; empty where the text is the source's own lines. `meta` holds
    what belongs to this piece alone, such as the further columns of a FAQ row. `context` is found
    and embedded with the passage, but is no part of it and never cited: the question that a turn of
    a transcript answers. `voices` tell who says what, where a turn is interrupted or several
    messages stand together; the anchor's speaker is who says most, or nobody where several people wrote.
    `boxes` are where on its page each of the `places` is, of pages that were read as pictures.
    """

    id: str
    document: str
    ordinal: int
    text: str
    headings: tuple[str, ...]
    lang: str
    anchor: Anchor
    places: tuple[Place, ...] = ()
    meta: Meta = field(default_factory=dict)
    context: str = ""
    voices: tuple[Voice, ...] = ()
    boxes: tuple[Box, ...] = ()

    def speaker_at(self, offset: int) -> str | None:
        """The speaker at that offset of the text, who may have interrupted the passage's own."""
        before = (voice.speaker for voice in reversed(self.voices) if voice.offset <= offset)
        return next(before, self.anchor.speaker)


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that was not read, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Wordings of one thing asked, of which a passage's best counts; `of` are the question's own."""

    of: Phrase
    ways: Ways


@dataclass(frozen=True)
class Question:
    """A question, its language, and what its topic words weigh in the knowledge base at hand (idf
    as in BM25).

    `otherwise` is the question put in the other languages that the knowledge base holds, `dates`
    what its relative dates (next Thursday) mean today.
    """

    text: str
    lang: str
    weights: Mapping[str, float]
    otherwise: tuple[Group, ...] = ()
    dates: tuple[Group, ...] = ()

    def coverage(self, stems: Collection[str]) -> float:
        """The share, by weight, of the question's words that stand among `stems`, or a translation
        of them; 0 to 1.
        """
        return self.share(self.covered(stems))

    def share(self, covered: Collection[str]) -> float:
        """The share, by weight, that these words are of the question's; 0 to 1."""
        if not covered:
            return 0.0
        return sum(weight for word, weight in self.weights.items() if word in covered) / sum(
            self.weights.values()
        )

    def covered(self, stems: Collection[str]) -> frozenset[str]:
        """The question's words that stand among `stems`, themselves or a translation of them."""
        here = self._telling.intersection(stems)
        covered = {word for word in self.weights if word in here}
        for of, ways in self._trusted if here else ():
            if not covered.issuperset(of) and any(way <= here for way in ways):
                covered.update(word for word in of if word in self.weights)
        return frozenset(covered)

    @cached_property
    def _trusted(self) -> tuple[tuple[Phrase, tuple[frozenset[str], ...]], ...]:
        """The question's words with translations that are sure enough to count as them, or with what
        they mean as relative dates.
        """
        return tuple(
            (
                group.of,
                tuple(frozenset(way) for way, weight in group.ways.items() if weight >= TRUSTED),
            )
            for group in (*self.otherwise, *self.dates)
        )

    @cached_property
    def _telling(self) -> frozenset[str]:
        """All words that can count: few of a sentence's, and thousands of sentences are asked
        about.
        """
        return frozenset(self.weights).union(*(way for _, ways in self._trusted for way in ways))


@dataclass(frozen=True, slots=True)
class Twin:
    """The same place of a page in another language: its passage, that one's source name and
    language.
    """

    passage: str
    source: str
    lang: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. `score` orders hits of one question; larger is better.

    `also` names other sources that say the same thing nearly word for word, `twins` its versions in
    other languages. `stale`: a reviewer called it a bad source. `revision`: what became of it later.
    """

    rank: int
    score: float
    passage: Passage
    document: Document
    also: tuple[str, ...] = ()
    twins: tuple[Twin, ...] = ()
    stale: bool = False
    revision: Revision | None = None

    @property
    def meta(self) -> dict[str, Any]:
        """The document's metadata with the passage's own on top."""
        return {**self.document.meta, **self.passage.meta}


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found, in how many seconds.

    `confidence` in 0..1 is comparable across questions; abstention is decided on it. It takes
    reading the hits, so it is made by `judged` when it is asked for; whoever makes that remembers
    what came of it.
    """

    question: Question
    hits: tuple[Hit, ...]
    judged: Callable[[], float]
    seconds: float

    @property
    def confidence(self) -> float:
        """How likely the hits hold an answer."""
        return self.judged()


@dataclass(frozen=True, slots=True)
class Citation:
    """`[n]` resolved: `quote` is an exact slice of the passage and `anchor` is where that quote
    stands.
    """

    n: int
    hit: Hit
    quote: str
    anchor: Anchor
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the citations it carries, and whether it is supported (else why
    not).
    """

    text: str
    citations: tuple[int, ...]
    supported: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Differing:
    """What sources contradict each other in: of each its citation's number, the value as written."""

    values: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets: an answer, or (status `abstained`) a refusal with the closest hits, which
    do not answer.

    One that waits for a person (status `held`) has a text that says so, and nothing else. `error`
    says why the text breaks off, where it does. `differing` is what other sources say
    otherwise; those are among the citations, though no sentence carries their number.
    """

    question: str
    status: Status
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    confidence: float
    writer: str
    closest: tuple[Hit, ...] = ()
    error: str = ""
    differing: tuple[Differing, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with all that was answered, as journalled. `payload` is the JSON of the contract
    plus `retrieved`.

    The status of a question that got no answer because something failed is `error`.
    """

    id: str
    at: str
    question: str
    status: Outcome
    confidence: float
    answer: str
    writer: str
    seconds: float
    terminal: str
    payload: Meta


@dataclass(frozen=True, slots=True)
class Verdict:
    """Feedback on an exchange. `value` is `up` or `down`.

    `uid` names it in every journal, `client` is what a program that imported it calls it.
    """

    id: int
    exchange: str
    value: Literal["up", "down"]
    comment: str | None
    correct: str | None
    by: str | None
    at: str
    uid: str = ""
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided about an exchange. `id` orders decisions, `undoes` is the uid of the
    one taken back.

    `detail` of `promoted`: `entry` and `version` of the FAQ entry that came of it. Of `bad_source`:
    `passage`, `source` and `text_hash` of the passage that is not to be trusted.
    """

    id: int
    uid: str
    exchange: str
    kind: Decided
    by: str | None
    at: str
    detail: Meta = field(default_factory=dict)
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """A source of a FAQ entry when it was written or confirmed: its name and, where known, the
    passage and its text's hash.
    """

    source: str
    passage: str = ""
    text_hash: str = ""
    label: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A version of a FAQ entry, reviewed by `by` at `at`. `also` are other ways to ask its
    question.

    `exchange` is the one that it was promoted from, if it was.
    """

    id: str
    version: int
    action: Literal["add", "edit", "remove"]
    question: str
    also: tuple[str, ...]
    answer: str
    sources: tuple[Support, ...]
    exchange: str | None
    by: str | None
    at: str
