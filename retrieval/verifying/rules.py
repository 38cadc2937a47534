"""Judging by rules: whether passages hold what a sentence says, word for word or in the other
language.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.glossary import Glossary
from kb.marks import unnumbered
from kb.text import flat, language, terms, words
from kb.types import TRUSTED, Hit
from retrieval.verifying.contrast import another, renamed
from retrieval.verifying.figures import Figures, comparable, figures
from retrieval.verifying.names import (
    addresses_lacking,
    capitals_lacking,
    missing,
    nouns_lacking,
    novel,
)
from retrieval.verifying.polarity import DENIES, polarity
from retrieval.verifying.records import Record, claims, records
from retrieval.verifying.told import Told, squash, verbatim
from retrieval.widening import widen

_KEPT = 64  # passages taken apart that are kept
_ENOUGH = 0.5  # the share of a sentence's words that what it cites must hold
_ENOUGH_ACROSS = 0.35  # the same across languages, where the glossary knows two words of three
_SOME = 0.2  # the share that each passage must hold by itself to be cited instead of another
_PIVOTED = 0.7  # what a word is worth that only means the same as one that is told
_NEAR = 0.6  # the share of words from which a sentence of the source is what the sentence rests on
_QUOTED = 0.75  # the share from which it is nearly quoted
_TOLD_OF = 0.4  # the share from which a sentence with the same figures is of the same matter
_NEARER = 0.04  # how much nearer by cosine a claim must be to another record, across languages
_LONGEST = 4000
_NARROWS = re.compile(
    r"\b(?:only|just|unless|until|except|without|instead|rather|free|but|before|yet|hardly|rarely)\b|只|仅|才|除|免|但|而|前"
)

OTHERWISE = "what it cites says otherwise"
"""How the reason begins where the source denies a sentence."""


class Rules:
    """Holds figures, names, terms, denials and words against the cited passages. Keeps the passages
    it took apart.
    """

    name = "rules"

    def __init__(self, glossary: Callable[[], Glossary | None] = lambda: None) -> None:
        self._open = glossary
        self._records: OrderedDict[str, list[Record]] = OrderedDict()
        self._told: OrderedDict[tuple[str, ...], Told] = OrderedDict()

    def objection(
        self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()
    ) -> str | None:
        """Why the hits together don't support a sentence; None when they do.

        `others` are hits that it doesn't cite, which may tell a figure of the very thing that it
        speaks of.
        """
        if self._quotes(sentence, hits):
            return None
        return self._lacking(sentence, hits) or self._of_another(sentence, hits, others)

    def _quotes(self, sentence: str, hits: Sequence[Hit]) -> bool:
        """Whether a sentence stands in the hits word for word."""
        told = self._taken_apart(hits)
        written = flat(sentence)[:_LONGEST]
        ways = (comparable(unnumbered(written)), comparable(written))
        return not addresses_lacking(sentence, told) and any(
            verbatim(way) in told.whole for way in ways
        )

    def _of_another(self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit]) -> str | None:
        """Why a figure of a sentence is another thing's: where a hit tells a different one of its
        own thing.
        """
        said = comparable(unnumbered(flat(sentence)[:_LONGEST]))
        claimed = list(claims(said))
        if not claimed:
            return None
        cited = [record for hit in hits for record in self._recorded(hit)]
        rest = [record for hit in others if hit not in hits for record in self._recorded(hit)]
        other = another(claimed, cited, [*cited, *rest], language(said), _nearer)
        return (
            f"figures not in what it cites: {other[0]} of this, but: “{_short(other[1].text)}”"
            if other
            else None
        )

    def _recorded(self, hit: Hit) -> list[Record]:
        key = hit.passage.id
        found = self._records.pop(key, None)
        self._records[key] = records(hit) if found is None else found
        if len(self._records) > _KEPT:
            self._records.popitem(last=False)
        return self._records[key]

    def _lacking(self, sentence: str, hits: Sequence[Hit]) -> str | None:
        """Why the hits by themselves don't support a sentence: what it says is not in them, or
        otherwise.
        """
        told = self._taken_apart(hits)
        if wrong := addresses_lacking(sentence, told):
            return f"addresses not in what it cites: {', '.join(wrong)}"
        said = comparable(unnumbered(flat(sentence)[:_LONGEST]))
        claimed = figures(said)
        if lacking := told.figures.lacking(claimed):
            if set(lacking).issubset(told.figures.opposing(claimed)):
                return f"figures that what it cites means otherwise: {', '.join(lacking)}"
            return f"figures not in what it cites: {', '.join(lacking)}"
        if unknown := missing(said, told, lambda: self._glossary):
            return f"names not in what it cites: {', '.join(unknown)}"
        if not self._about_it(said, claimed, told):
            return "what it cites is about something else"
        if denied := _denied(said, claimed, told):
            return f"{OTHERWISE}: “{_short(denied)}”"
        resting = _resting(said, told)
        if resting is None:
            return None
        if changed := _changed(claimed, resting, told):
            return f"figures not in what it cites: {', '.join(changed)} in: “{_short(resting.texts[0])}”"
        mine = polarity(said)
        if all(
            mine.contradicts(polarity(text), resting.alike) for text in resting.texts
        ):
            return f"{OTHERWISE}: “{_short(resting.texts[0])}”"
        if other := self._substituted(said, claimed, resting, told):
            return f"names not in what it cites: {', '.join(other)}"
        return None

    def vouches(self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()) -> bool:
        """Whether the hits support a sentence that cites others: each with words of its own,
        together half of all.
        """
        if self.objection(sentence, hits, others) is not None:
            return False
        said = comparable(unnumbered(flat(sentence)[:_LONGEST]))
        cited = [
            record
            for hit in hits
            for record in self._recorded(hit)
            if record.lang == language(said)
        ]
        if renamed(list(claims(said)), cited, self._taken_apart(hits).words):
            return False
        claimed = figures(said)
        if self._share(said, claimed, self._taken_apart(hits))[0] < _ENOUGH:
            return False
        return all(self._share(said, claimed, self._taken_apart([hit]))[0] >= _SOME for hit in hits)

    def denies(self, sentence: str, hits: Sequence[Hit]) -> bool:
        """Whether the hits say the opposite of a sentence."""
        return (self.objection(sentence, hits) or "").startswith(OTHERWISE)

    @cached_property
    def _glossary(self) -> Glossary | None:
        return self._open()

    def _taken_apart(self, hits: Sequence[Hit]) -> Told:
        key = tuple(hit.passage.id for hit in hits)
        told = self._told.pop(key, None) or Told.of(hits)
        self._told[key] = told
        if len(self._told) > _KEPT:
            self._told.popitem(last=False)
        return told

    def _about_it(self, said: str, claimed: Figures, told: Told) -> bool:
        """Whether enough of the words that carry the topic are told, in either language."""
        share, foreign = self._share(said, claimed, told)
        return share >= _ENOUGH + (_ENOUGH_ACROSS - _ENOUGH) * foreign

    def _share(self, said: str, claimed: Figures, told: Told) -> tuple[float, float]:
        """The share of the words that carry the topic which is told, and the share that is in
        another language.
        """
        counted = {word for text in claimed.written() for word in words(text)}
        topic = [
            word for word in terms(said) if word not in counted | DENIES and not word[0].isdigit()
        ]
        if not topic:
            return 1.0, 0.0
        rest = [
            word
            for word in topic
            if word not in told.words and not (word[0] >= "\u3400" and word in told.squashed)
        ]
        held = float(len(topic) - len(rest))
        if not rest or held >= _ENOUGH * len(topic) or self._glossary is None:
            return held / len(topic), 0.0
        foreign = {word for word in rest if told.languages and _lang(word) not in told.languages}
        explained: set[str] = set()
        if foreign:
            for groups in widen(said, told.languages, self._glossary).values():
                for group in groups:
                    if any(_stands(way, told) for way in group.ways):
                        explained.update(group.of)
            held += sum(1 for word in rest if word in explained)
        left = [word for word in rest if word not in explained and word not in foreign]
        if left:
            meant = told.meanings(self._glossary)
            said_otherwise = self._glossary.translations((word,) for word in left)
            held += _PIVOTED * sum(
                1
                for ways in said_otherwise.values()
                if any(w >= TRUSTED and way in meant for way, w in ways.items())
            )
        return held / len(topic), len(foreign) / len(topic)

    def _unknown(self, nouns: Iterable[str]) -> list[str]:
        """Those of which the dictionary lacks a word."""
        listed = list(nouns)
        known = (
            self._glossary.translations((word,) for noun in listed for word in words(noun))
            if self._glossary
            else {}
        )
        return [noun for noun in listed if not all((word,) in known for word in words(noun))]

    def _substituted(self, said: str, claimed: Figures, resting: _Resting, told: Told) -> list[str]:
        """Chinese nouns and capitalised words that stand nowhere in the passage, in what is nearly
        quoted.
        """
        nouns = nouns_lacking(said, told)
        if resting.alike >= _QUOTED:
            nouns += self._unknown(run for run in novel(said, told) if run not in nouns)
        else:  # in what is put more freely a noun that the dictionary knows is no name
            nouns = self._unknown(nouns)
        counted = "".join(claimed.written())
        source = " ".join(resting.texts)
        left_out = set(terms(source)).difference(
            terms(said)
        )  # else the noun was added, and stands for nothing else
        found = [noun for noun in nouns if left_out and noun not in counted]
        if capitals_lacking(
            source, frozenset(words(said)), squash(said)
        ):  # a name of the source was left out
            found += capitals_lacking(said, told.words, told.squashed)
        rest = set(terms(said)).difference(*map(words, found))
        near = [frozenset(words(text)) for text in resting.texts]
        if not found or not any(len(rest & held) >= _QUOTED * len(rest) for held in near):
            return []
        if self._glossary is None:
            return found
        meant = told.meanings(self._glossary)
        ways = self._glossary.translations((word,) for word in found)
        return [word for word in found if not any(way in meant for way in ways.get((word,), {}))]


def _stands(way: Sequence[str], told: Told) -> bool:
    """Whether all words of a translation are told; Chinese ones also where the text is cut
    otherwise.
    """
    return all(
        word in told.words or (_lang(word) == "zh" and word in told.squashed) for word in way
    )


def _lang(word: str) -> str:
    return "zh" if "\u3400" <= word[0] <= "\u9fff" else "en"


@dataclass(frozen=True, slots=True)
class _Resting:
    """The sentences of the source that one rests on, its share of words that they hold, and how
    alike they are.
    """

    texts: tuple[str, ...]
    share: float
    alike: float


def _resting(said: str, told: Told) -> _Resting | None:
    """What a sentence rests on, where it keeps close to the source's words."""
    own = frozenset(word for word in terms(said) if not word[0].isdigit())
    if not own:
        return None
    shares = [
        (len(own & found) / len(own), len(own & found) / len(own | found))
        for _, found in told.sentences
    ]
    share, alike = max(shares, default=(0.0, 0.0))
    if share < _NEAR:
        return None
    texts = [
        text
        for (text, _), found in zip(told.sentences, shares, strict=True)
        if found[0] >= 0.9 * share
    ]
    return _Resting(tuple(texts), share, alike)


def _denied(said: str, claimed: Figures, told: Told) -> str | None:
    """What of the source has the figures of a sentence that denies them, where all of that denies
    nothing.
    """
    mine = polarity(said)
    plain = all(number.is_plain for number in claimed.numbers)
    if (
        mine.denials != 1
        or not mine.heads
        or not claimed.numbers
        or not plain
        or _NARROWS.search(said.lower())
    ):
        return None
    own = frozenset(word for word in terms(said) if not word[0].isdigit()) - DENIES
    of_it = [
        text
        for text, found in told.sentences
        if own and len(own & found) >= _TOLD_OF * len(own)
        if not figures(text, everything=True).lacking(claimed)
    ]
    if any(polarity(text).denials or _NARROWS.search(text.lower()) for text in of_it):
        return None
    return of_it[0] if of_it else None


def _changed(claimed: Figures, resting: _Resting, told: Told) -> list[str]:
    """Figures that stand elsewhere in the passage, where the sentence that is nearly quoted has
    another.
    """
    if resting.share < _QUOTED:
        return []
    beside = figures(comparable("\n".join((*resting.texts, told.around))), everything=True)
    lacking = beside.lacking(claimed)
    if not lacking:
        return _repeated(claimed, resting)
    sorts = {sort for sort, text in claimed.sorted() if text in lacking}
    instead = figures(comparable("\n".join(resting.texts)))
    left_out = set(claimed.widened().lacking(instead))
    return (
        lacking
        if any(sort in sorts and text in left_out for sort, text in instead.sorted())
        else _repeated(claimed, resting)
    )


def _repeated(claimed: Figures, resting: _Resting) -> list[str]:
    """Numbers that a sentence has more often than the one that it nearly quotes, which has others
    in their place.
    """
    if resting.alike < _QUOTED or len(resting.texts) > 1:
        return []
    told = Counter(number.base for number in figures(comparable(resting.texts[0])).numbers)
    said = Counter(number.base for number in claimed.numbers)
    if not told - said:
        return []
    more = said - told
    return list(dict.fromkeys(number.text for number in claimed.numbers if number.base in more))


def _nearer(said: str, one: str, other: str) -> bool:
    """Whether the encoder puts a text nearer to the other than to the one."""
    from kb.embedders.contextual import ContextualEmbedder

    said_vector, one_vector, other_vector = ContextualEmbedder().passages([said, one, other])
    return float(said_vector @ other_vector) - float(said_vector @ one_vector) >= _NEARER


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119].rstrip() + "…"
