"""What some passages say with what they stand under, read once for all comparisons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.injection import disregarding
from kb.text import HAN, flat, plain, sentences, terms, words
from kb.types import Hit, Phrase
from kb.writers import unnumbered
from retrieval.facts.figures import Figures, figures
from retrieval.facts.text import comparable, quotation_key, squash

_HAN_CHAR = re.compile(f"[{HAN}]")
_HAN_CHARS_IN_A_WORD = 1.7
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_LEAST_SHARE = 0.25  # of the words, from which a text counts as written in a language too
_MARK = re.compile(r"^(?:[-*+•](?!\d)|(?:A|Answer|答案?|回答)[ \t]*\d{0,3}[ \t]*[:：])[ \t]*", re.I)
_LONGEST_META = 200  # characters of a value that tells of a passage


@dataclass(frozen=True)
class SourceText:
    """The text of some passages.

    `around` are their titles, headings, speakers, dates and other metadata, `body` is what they
    say, both `comparable`; `raw` is the body as written.
    """

    around: str
    body: str
    raw: str

    @classmethod
    def of(cls, hits: Sequence[Hit]) -> SourceText:
        """The text of hits without what in them speaks to a language model."""
        hits = disregarding(hits)
        around = "\n".join(dict.fromkeys(part for hit in hits for part in _around(hit)))
        body = "\n\n".join(plain(hit.passage.text) for hit in hits)
        raw = "\n".join(hit.passage.text for hit in hits)
        return cls(comparable(around), comparable(body), raw)

    @cached_property
    def text(self) -> str:
        """All of it but for the raw body."""
        return f"{self.around}\n{self.body}"

    @cached_property
    def squashed(self) -> str:
        """Its letters and digits alone."""
        return squash(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its index words."""
        return frozenset(words(self.text))

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Its words that carry a topic."""
        return tuple(terms(self.text))

    def has_phrase(self, phrase: Phrase) -> bool:
        """Whether it has all words of a phrase; Chinese ones also where it is cut otherwise."""
        return all(
            word in self.words or (_HAN_CHAR.match(word) is not None and word in self.squashed)
            for word in phrase
        )

    @cached_property
    def figures(self) -> Figures:
        """All that may be a figure in it."""
        return figures(self.text, everything=True)

    @cached_property
    def sentences(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Each sentence of the body with the words that carry its topic."""
        cut = [self.body[start:end] for start, end in sentences(self.body)]
        return tuple((sentence, topic_words(sentence)) for sentence in cut)

    @cached_property
    def quotable(self) -> frozenset[str]:
        """The `quotation_key` of each sentence, with and without the mark of a list."""
        cut = [text for text, _ in self.sentences]
        cut += [comparable(flat(self.raw[start:end])) for start, end in sentences(self.raw)]
        bare = [unnumbered(_MARK.sub("", text)) for text in cut]
        return frozenset(map(quotation_key, (*cut, *bare)))

    @cached_property
    def languages(self) -> frozenset[str]:
        """Those of `zh` and `en` that a good part is written in; a few terms are no part."""
        han = len(_HAN_CHAR.findall(self.body)) / _HAN_CHARS_IN_A_WORD
        latin = len(_LATIN_WORD.findall(self.body))
        least = _LEAST_SHARE * (han + latin)
        return frozenset(
            lang for lang, count in (("zh", han), ("en", latin)) if count and count >= least
        )


def topic_words(text: str) -> frozenset[str]:
    """The words of a text that carry its topic, but for numbers."""
    return frozenset(word for word in terms(text) if not word[0].isdigit())


def _around(hit: Hit) -> list[str]:
    anchor = hit.passage.anchor
    voices = [voice.speaker for voice in hit.passage.voices if voice.speaker]
    meta = [
        str(value)
        for value in hit.meta.values()
        if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_META
    ]
    return [
        hit.document.title,
        *hit.passage.headings,
        *(anchor.speaker or "", *voices),
        anchor.at or "",
        *meta,
    ]
