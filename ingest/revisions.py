"""What in a source corrects or decides what was said before in it: later blocks linked to earlier
ones.

A later block that shows which earlier one it speaks of, by the words that they share or by being
its author's next one, is linked to it; of the rest nothing is claimed. `python -m
tests.bench.corrections` tells how often that is right.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log

from ingest.parsed import Block, Parsed
from ingest.parsing.replies import topic_words
from kb.asking import gist, only_asks
from kb.revision_cues import revision_kind
from kb.revisions import Revision, RevisionKind

_BEFORE = 400  # blocks that are looked back over
_OWN = 12  # blocks within which somebody corrects a word of their own
_TYPO = re.compile(r"\*{1,2} ?\w[\w ]{0,40}\W*|\w[\w' ]{0,40}? ?\*{1,2}")
_SUBSTITUTION = re.compile(r"s/([^/\s][^/]{0,40})/[^/]{1,40}")
_PROPOSAL = re.compile(r"提案|提议|建议|动议|议案|议题|(?i:\bmotion\b|propos)")
_SLIP = re.compile(
    r"[说写发打记搞]错了|口误|(?i:scratch that|wrong (?:link|date|time|room|file|number)|\bi meant\b)"
)
_CALLED = re.compile(r"更正|勘误|(?i:\bcorrection\b)")
_DIGIT = re.compile(r"\d")
_FEWEST, _SHARE = 2, 0.5  # shared words, and their share of the weight of all that were said before
_FIGURES, _AUTHOR = 1.0, 0.5  # what an earlier block with figures, or by the same author, is worth


@dataclass(frozen=True, slots=True)
class Links:
    """For a later block, by where it begins in the text, the kind of link and where the earlier
    block begins.
    """

    earlier: Mapping[int, tuple[RevisionKind, int]] = field(default_factory=dict)

    @property
    def starts(self) -> frozenset[int]:
        """Where linked blocks begin."""
        return frozenset(self.earlier).union(start for _, start in self.earlier.values())


class PassageLinks:
    """Collects which passages revise which, while the passages of a document are made."""

    def __init__(self) -> None:
        self._links = Links()
        self._passages: dict[int, str] = {}

    def expect(self, links: Links) -> None:
        """Begin a part of the document, in which blocks are linked like this."""
        self._links, self._passages = links, {}

    def add(self, passage: str, start: int) -> None:
        """Take note of the passage that begins at an offset of the text."""
        if start in self._links.starts:
            self._passages[start] = passage

    def taken(self) -> list[Revision]:
        """The links of which both passages are known, since this was last asked."""
        known = self._passages
        both = {
            later: link
            for later, link in self._links.earlier.items()
            if later in known and link[1] in known
        }
        self._links = Links({n: link for n, link in self._links.earlier.items() if n not in both})
        return [
            Revision(kind, known[earlier], known[later]) for later, (kind, earlier) in both.items()
        ]


def linked(parsed: Parsed) -> tuple[Parsed, Links]:
    """A source with each linked block as a passage of its own, which is found with what it revises;
    and the links.
    """
    if parsed.kind == "faq":
        return parsed, Links()
    texts = [_said(parsed, block) for block in parsed.blocks]
    blocks = list(parsed.blocks)
    found = revised([b.speaker for b in blocks], texts, [b.headings for b in blocks])
    if not found:
        return parsed, Links()
    apart = {*found, *(target for _, target in found.values())}
    for number in apart:
        blocks[number] = replace(blocks[number], group=-1 - number)
    for number, (_, target) in found.items():
        about = [blocks[number].context, gist([texts[target]])]
        blocks[number] = replace(blocks[number], context="\n".join(filter(None, about)))
    starts = {blocks[n].start: (kind, blocks[to].start) for n, (kind, to) in found.items()}
    return replace(parsed, blocks=tuple(blocks)), Links(starts)


def revised(
    speakers: Sequence[str | None],
    texts: Sequence[str],
    headings: Sequence[tuple[str, ...]] = (),
) -> dict[int, tuple[RevisionKind, int]]:
    """By the number of a text that corrects or decides what another one says: how, and the number of
    that one. `headings` are what the texts stand under, where they have any: what stands under
    another heading is changed only by what is called a correction.
    """
    kinds = {n: kind for n, text in enumerate(texts) if text and (kind := revision_kind(text))}
    if not kinds:
        return {}
    earlier = _Earlier(speakers, texts)
    found: dict[int, tuple[RevisionKind, int]] = {}
    for number, kind in kinds.items():
        target = earlier.target(number, kind)
        if target is not None and _may_change(number, target, texts, headings):
            found[number] = (kind, target)
    return found


def _may_change(
    number: int, target: int, texts: Sequence[str], headings: Sequence[tuple[str, ...]]
) -> bool:
    """Whether a text may change another one, by the headings that both stand under."""
    if not headings or headings[number] == headings[target]:
        return True
    return _CALLED.search("\n".join((*headings[number], texts[number]))) is not None


def _said(parsed: Parsed, block: Block) -> str:
    """What a block says, without its author's name; nothing of rows of tables and FAQ entries."""
    if block.record is not None or (block.anchor and block.anchor.type == "faq"):
        return ""
    text = parsed.text[block.start : block.end]
    return text.removeprefix(f"{block.speaker}: ") if block.speaker else text


def _distinct(words: Collection[str]) -> int:
    """How many words these are, where pairs of Chinese characters that overlap are of one."""
    return sum(not any(word[0] == other[-1] for other in words) or len(word) != 2 for word in words)


class _Earlier:
    """What was said in a source, by its words."""

    def __init__(self, speakers: Sequence[str | None], texts: Sequence[str]) -> None:
        self._speakers, self._texts = speakers, texts
        self._words = [topic_words(text) for text in texts]
        self._of: dict[str, list[int]] = defaultdict(list)
        for number, its in enumerate(self._words):
            for word in its:
                self._of[word].append(number)

    def target(self, number: int, kind: RevisionKind) -> int | None:
        """The number of what a text speaks of; None where nothing shows it."""
        text = self._texts[number].strip()
        if match := _SUBSTITUTION.match(text):
            return self._own(number, match[1])
        if _TYPO.fullmatch(text) or (kind == "corrected" and len(self._words[number]) < 2):
            return self._own(number)
        if kind != "corrected" and len(self._words[number]) < 3 and number:
            return number - 1 if _PROPOSAL.search(self._texts[number - 1]) else None
        alike = self._alike(number)
        return self._own(number) if alike is None and _SLIP.search(text) else alike

    def _own(self, number: int, containing: str = "") -> int | None:
        """The last text of the same speaker, where there is one."""
        speaker = self._speakers[number]
        before = range(number - 1, max(-1, number - 1 - _OWN), -1)
        mine = (n for n in before if speaker and self._speakers[n] == speaker)
        return next((n for n in mine if self._words[n] and containing in self._texts[n]), None)

    def _alike(self, number: int) -> int | None:
        """The text before that shares most with one, where that is enough."""
        # What a correction puts in place of something is new: only known words tell what of.
        known = (word for word in self._words[number] if self._of[word][0] < number)
        own = {word: self._weight(word) for word in known}
        shared: dict[int, dict[str, float]] = defaultdict(dict)
        for word, weight in own.items():
            its = self._of[word]
            for n in its[bisect_left(its, number - _BEFORE) : bisect_left(its, number)]:
                shared[n][word] = weight
        least = _SHARE * sum(own.values())
        figures = _DIGIT.search(self._texts[number]) is not None
        best: tuple[float, int] | None = None
        for n, weights in shared.items():
            weight = sum(weights.values())
            both = figures and _DIGIT.search(self._texts[n]) is not None
            same = self._speakers[n] == self._speakers[number]
            # Paragraphs share a name more easily than messages do.
            shared_words = len(weights) if self._speakers[number] else _distinct(weights)
            if shared_words < _FEWEST or weight < least or (only_asks(self._texts[n]) and not both):
                continue
            worth = weight + _AUTHOR * same
            worth += _FIGURES * both
            best = max(best or (worth, n), (worth, n))
        return best[1] if best else None

    def _weight(self, word: str) -> float:
        """How telling a word is: as inverse document frequency."""
        return log(1 + len(self._texts) / len(self._of[word]))
