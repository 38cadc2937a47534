"""What a passage tells, with what it stands under, taken apart once for all sentences that cite it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.citation_marks import unnumbered
from kb.glossary import Glossary
from kb.injection_filter import disregarding
from kb.text import HAN, flat, plain, sentences, terms, words
from kb.types import TRUSTED, Hit, Phrase
from retrieval.verifying.figures import Figures, comparable, figures

_HAN_CHAR = re.compile(f"[{HAN}]")
_MARK = re.compile(r"^(?:[-*+•](?!\d)|(?:A|Answer|答案?|回答)[ \t]*\d{0,3}[ \t]*[:：])[ \t]*", re.I)
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_UNREAD = re.compile(r"(?<!\d)[.,:/-]|[.,:/-](?!\d)|[^\w$€£¥₩₹%‰°+.,:/-]|_")
_BARRED = str.maketrans(
    {"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)


@dataclass(frozen=True)
class Told:
    """The text of some passages: `around` is their titles, headings, speakers and dates, `body`
    what they say.
    """

    around: str
    body: str
    raw: str

    @classmethod
    def of(cls, hits: Sequence[Hit]) -> Told:
        """What the hits tell together; what they say to a language model tells nobody anything."""
        hits = disregarding(hits)
        around = "\n".join(dict.fromkeys(part for hit in hits for part in _around(hit)))
        return cls(
            comparable(around),
            comparable("\n\n".join(plain(hit.passage.text) for hit in hits)),
            _raw(hits),
        )

    @cached_property
    def text(self) -> str:
        return f"{self.around}\n{self.body}"

    @cached_property
    def squashed(self) -> str:
        return squash(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.text))

    @cached_property
    def figures(self) -> Figures:
        return figures(self.text, everything=True)

    @cached_property
    def sentences(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Each sentence of the body with the words that carry its topic."""
        cut = [self.body[start:end] for start, end in sentences(self.body)]
        return tuple(
            (each, frozenset(word for word in terms(each) if not word[0].isdigit())) for each in cut
        )

    @cached_property
    def whole(self) -> frozenset[str]:
        """The sentences, as `verbatim` gives them, with and without a list's mark: one of these
        says the same.
        """
        cut = [text for text, _ in self.sentences]
        cut += [comparable(flat(self.raw[start:end])) for start, end in sentences(self.raw)]
        return frozenset(
            verbatim(each) for text in cut for each in (text, unnumbered(_MARK.sub("", text)))
        )

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that a good part of it is written in: `zh`, `en`. A few terms of the other
        make no part.
        """
        han = len(_HAN_CHAR.findall(self.body)) / 1.7  # characters in a word
        latin = len(_LATIN_WORD.findall(self.body))
        least = 0.25 * (han + latin)
        return frozenset(
            lang for lang, held in (("zh", han), ("en", latin)) if held and held >= least
        )

    def meanings(self, glossary: Glossary) -> frozenset[Phrase]:
        """What its words mean in the other language."""
        known = self.__dict__.get("_known")
        if known is None:
            said = glossary.translations((word,) for word in terms(self.text))
            known = frozenset(
                way for ways in said.values() for way, weight in ways.items() if weight >= TRUSTED
            )
            self.__dict__["_known"] = known
        return known


def verbatim(text: str) -> str:
    """What must be the same for a quotation: all but case, space and the marks that no figure is
    written with.
    """
    return _UNREAD.sub("", text.casefold())


def squash(text: str) -> str:
    """Letters and digits alone, in lower case, without accents: what two ways to set the same words
    share.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_BARRED)  # Temür is Temur
    return "".join(char for char in text.casefold() if char.isalnum())


def _around(hit: Hit) -> list[str]:
    anchor = hit.passage.anchor
    voices = [who for _, who in hit.passage.voices if who]
    meta = [
        str(value)
        for value in hit.meta.values()
        if isinstance(value, str | int | float) and len(str(value)) <= 200
    ]
    return [
        hit.document.title,
        *hit.passage.headings,
        *(anchor.speaker or "", *voices),
        anchor.at or "",
        *meta,
    ]


def _raw(hits: Sequence[Hit]) -> str:
    return "\n".join(hit.passage.text for hit in hits)
