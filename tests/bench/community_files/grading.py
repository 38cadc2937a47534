"""The questions of the benchmark, and how an answer to one is graded.

Right: all that is needed stands in the answer, none of what is forbidden, and the files that say so
are cited. Partly: some of what is needed stands there, or is only who a citation names, or the file
is not cited. Superseded values may be told of only as what they are: in a sentence that says so or
gives the present value, or beside one that says to what they were changed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from kb.types import Answer

QUESTIONS = Path(__file__).with_name("questions.jsonl")
Grade = Literal["right", "partly", "wrong", "wrongly refused", "wrongly answered"]
Half = Literal["even", "odd"]
Alternatives = tuple[str, ...]

_MARK = re.compile(r"\[\d+\]")
_HAN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
_BY_HAN = re.compile(rf"(?<={_HAN})\s+|\s+(?={_HAN})")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_AFTER_COLON = re.compile(r":\s+")
_EARLIER = re.compile(
    r"\b(?:earlier|previously|formerly|originally|no longer|instead of|replaced|superseded"
    r"|used to)\b"
    r"|此前|之前|早先|早前|原来|原定|原为|旧|曾|更早|不再|去年"
)
_CHANGED = re.compile(
    r"\b(?:mov(?:e[sd]?|ing) to|moved it to|changed to|correction|instead|now)\b"
    r"|[改换推挪](?:到|成|为|至|明天|后天|周)|推迟到|更正|升为"
)


@dataclass(frozen=True, slots=True)
class CommunityQuestion:
    """A question to a community's files. `before` are the questions that it follows, in order.

    `needed` and `sources` are lists of alternatives, of each of which one must be there; a question
    that is to be refused has neither. `stale` are values that were superseded.
    """

    id: str
    community: str
    lang: str
    kind: str
    question: str
    before: tuple[str, ...]
    refuse: bool
    needed: tuple[Alternatives, ...]
    sources: tuple[Alternatives, ...]
    forbidden: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def half(self) -> Half:
        """The half of the questions that it is in, by a hash of its id."""
        return "odd" if blake2b(self.id.encode(), digest_size=1).digest()[0] % 2 else "even"


def questions() -> list[CommunityQuestion]:
    """All questions, in the order of the file."""
    rows = map(json.loads, QUESTIONS.read_text("utf-8").splitlines())
    return [
        CommunityQuestion(
            row["id"],
            row["community"],
            row["lang"],
            row["kind"],
            row["question"],
            tuple(row.get("before", ())),
            row.get("refuse", False),
            tuple(map(tuple, row.get("needed", ()))),
            tuple(map(tuple, row.get("sources", ()))),
            tuple(row.get("forbidden", ())),
            tuple(row.get("stale", ())),
        )
        for row in rows
    ]


def grade(asked: CommunityQuestion, answer: Answer) -> Grade:
    """How good an answer is."""
    refused = answer.status == "abstained"
    if asked.refuse:
        return "right" if refused else "wrongly answered"
    if refused:
        return "wrongly refused"
    text = _MARK.sub("", answer.text)
    if any(stands_in(each, text) for each in asked.forbidden) or _tells_stale(asked, answer):
        return "wrong"
    given = sum(_one_stands_in(needed, text) for needed in asked.needed)
    if given == len(asked.needed):
        cited = [citation.hit.document.source for citation in answer.citations]
        return "right" if _all_cited(asked.sources, cited) else "partly"
    return "partly" if given or _named_by_citation(asked, answer) else "wrong"


def cites_others(asked: CommunityQuestion, answer: Answer) -> bool:
    """Whether an answer cites a file that it does not need."""
    names = [name for alternatives in asked.sources for name in alternatives]
    cited = [citation.hit.document.source for citation in answer.citations]
    return any(not any(name in source for name in names) for source in cited)


def stands_in(wanted: str, text: str) -> bool:
    """Whether a text holds `wanted`, however it is spaced and cased; a figure counts only
    where it is not part of a longer one.
    """
    flat = _flat(wanted)
    pattern = re.escape(flat)
    if flat[:1].isdigit():
        pattern = rf"(?<![\d.]){pattern}"
    elif flat[:1].isascii() and flat[:1].isalpha():
        pattern = rf"(?<![a-z]){pattern}"
    if flat[-1:].isdigit():
        pattern = rf"{pattern}(?!\.?\d)"
    return re.search(pattern, _flat(text)) is not None


def _flat(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("*", "")
    text = text.replace("–", "-").replace("—", "-")
    text = _AFTER_COLON.sub(":", _THOUSANDS.sub("", text))
    return " ".join(_BY_HAN.sub("", text).split())


def _one_stands_in(alternatives: Sequence[str], text: str) -> bool:
    return any(stands_in(each, text) for each in alternatives)


def _named_by_citation(asked: CommunityQuestion, answer: Answer) -> bool:
    """Whether what is needed is told by a citation alone: who said what is quoted."""
    speakers = " ".join(citation.anchor.speaker or "" for citation in answer.citations)
    return any(_one_stands_in(needed, speakers) for needed in asked.needed)


def _all_cited(sources: Sequence[Alternatives], cited: Sequence[str]) -> bool:
    return all(any(name in source for name in names for source in cited) for names in sources)


def _tells_stale(asked: CommunityQuestion, answer: Answer) -> bool:
    """Whether an answer gives a superseded value as if it stood."""
    texts = [_MARK.sub("", sentence.text) for sentence in answer.sentences]
    present = [
        text for text in texts if any(_one_stands_in(needed, text) for needed in asked.needed)
    ]
    if any(_CHANGED.search(text.casefold()) for text in present):
        return False
    return any(
        _one_stands_in(asked.stale, text) and not _EARLIER.search(text.casefold())
        for text in texts
        if text not in present
    )
