"""Writers: a question and its hits become a draft, in pieces, whose [n] name the hits by rank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from kb.errors import KbError
from kb.types import Hit, Question

NO_ANSWER = "NO_ANSWER"
"""What a writer yields, alone, when the hits do not answer the question."""

THOUGHT = "</think>"
"""A piece of a draft by itself: what came before it was thought aloud after all, and is no part of
the draft.
"""


class Writer(Protocol):
    """Writes drafts. `name` is what answers are logged under."""

    @property
    def name(self) -> str: ...

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft in pieces as they come; [n] cites the hit of rank n.

        Raises KbError when it can't be written, BrokenOff when only a part could be.
        """

    def check(self) -> None:
        """Try it with one short request, within half a minute. Raises KbError when it would not
        answer.
        """


@runtime_checkable
class Converses(Protocol):
    """A writer with a language model behind it, which can be asked for more than drafts."""

    def reply(self, chat: Sequence[dict[str, str]]) -> Iterator[str]:
        """The model's answer to chat messages (`role`, `content`), in pieces. Raises KbError when
        there is none.
        """


@runtime_checkable
class WritesTogether(Protocol):
    """A writer that is quicker with several questions at once; `together` is how many it takes."""

    together: int

    def write_all(self, questions: Sequence[tuple[Question, Sequence[Hit]]]) -> list[str | KbError]:
        """The drafts in their order; in place of one that can't be written, what is wrong."""


# --- citation marks: the [n] of a draft, in the forms that models give it -------------------------

_NAME = r"(?:(?:sources?|passages?|ref(?:erence)?s?|citations?|n|资料|来源|出处|文献|参考)[ ]?[:：=#]?[ ]?)?"
_TO = r"[ ]?(?:[-–—~～至到]|to)[ ]?"
_ITEM = rf"{_NAME}\^?(?:\d{{1,3}}{_TO}\d{{1,3}}|\d{{1,4}})"  # years are no range of sources
_MARK = rf"[\[【［]{_ITEM}(?:[ ]?(?:[,，、;；&]|and|和|与|及)[ ]?{_ITEM})*[\]】］]"
_ONE = re.compile(_MARK, re.I)
_RANKS = re.compile(rf"(\d+)(?:{_TO}(\d+))?", re.I)
_LONGEST = 100  # sources that a range names: no answer has as many hits
_TENS = "一二三四五六七八九十"
_ENUMERATOR = re.compile(
    r"\s*(?:[-*+•·]\s+)?"
    rf"(?:\d{{1,3}}[.)、．）](?!\d)|[(（](?:\d{{1,3}}|[{_TENS}]{{1,3}})[)）]|[\u2460-\u249b]"
    # 三、四月 are two months
    rf"|第(?:\d{{1,2}}|[{_TENS}]{{1,3}})点?[，、：,:]|[{_TENS}]{{1,3}}、(?![{_TENS}\d])"
    r"|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?:ly)?[,:，：])\s*",
    re.I,
)

MARKS = re.compile(rf"(?:(?:(?<![ \t])[ \t]+)?{_MARK})+", re.I)
"""Marks in a row, with the space before them: [2], 【1】[3], [1-3], [Source 1, Source 2], [n=1],
[资料1].
"""


def ranks(marks: str) -> tuple[int, ...]:
    """The numbers that marks name, ranges expanded, each once, in order."""
    numbers: dict[int, None] = {}
    for match in _RANKS.finditer(marks):
        first, last = int(match[1]), int(match[2] or match[1])
        numbers |= dict.fromkeys(
            range(first, min(last, first + _LONGEST) + 1) if first <= last else (first, last)
        )
    return tuple(numbers)


def disarmed(text: str) -> str:
    """A source's text in which nothing reads as a mark of ours: (2) for [2]."""
    return _ONE.sub(lambda match: f"({match[0][1:-1].lstrip('^')})", text)


def unnumbered(text: str) -> str:
    """A sentence without what only numbers it as an item: 3., (3), ③, 第三，, Third, and the like."""
    return _ENUMERATOR.sub("", text, count=1) if _ENUMERATOR.match(text) else text
