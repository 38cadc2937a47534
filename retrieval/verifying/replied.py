"""Whether a question that a source answers with yes or no was answered so as a sentence says: Can I
sublet? No.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.text import HAN, terms
from retrieval.verifying.polarity import DENIES, polarity

_REPLY = re.compile(
    r"\?[\"”*_]*\s*(?:[^\s:]{1,20}: *)?"
    r"(?:(?P<no>nope|no|never|not (?:yet|really|at all)|不(?:用|行|可以?|能|需要?|必|要|会|是|得)?的?|没有?的?|无需|否)"
    r"|yes|yep|sure|of course|certainly|是的?|可以的?|能的?|会的?|需?要的?|有的?|对的?|行|当然(?:可以)?|没问题)"
    r"(?=\s*[,.!;。\n]|\s+-|\s*\Z)",
    re.I,
)
_ASKED = re.compile(r"[^.!?。！\n]{2,200}\Z")
_HAN = re.compile(f"[{HAN}]")
_VOICE = re.compile(r"\A\s*[^\s:]{1,20}: +")
_CHOICE = re.compile(r"([可能会要需有是该])[不没]\1(?:以|要|有)?|可不可以|需不需要|是否|能否")
_MOSTLY = 0.75  # the share of a sentence's words that the question must have
_HALF = 0.5  # the share of the question's that the sentence must have


def replies(said: str, told: str) -> bool | None:
    """Whether a sentence says what a text replies to a question, or its opposite; None where no
    reply is to it.
    """
    found = {
        answer is (polarity(said).denials == 0)
        for asked, answer in _exchanges(told)
        if _same(said, asked)
    }
    return (
        found.pop()
        if len(found) == 1 and polarity(said).denials < 2 and not said.rstrip().endswith("?")
        else None
    )


def _exchanges(text: str) -> Iterator[tuple[str, bool]]:
    for match in _REPLY.finditer(text):
        question = _ASKED.search(text, max(0, match.start() - 200), match.start())
        asked = _CHOICE.sub(" ", _VOICE.sub("", question[0])) if question else ""
        if asked and not polarity(asked).denials:
            yield asked, not match["no"]


def _same(said: str, asked: str) -> bool:
    """Whether a sentence is what was asked, by its words, or where Chinese is cut otherwise by all
    its characters.
    """
    own, other = (frozenset(terms(text)) - DENIES for text in (said, asked))
    both = len(own & other)
    if both >= _MOSTLY * len(own) and both >= _HALF * len(other):
        return both > 0
    mine, theirs = (frozenset("".join(filter(_HAN.match, each))) for each in (own, other))
    return (
        len(mine) > 1
        and mine <= theirs
        and len(mine) >= _HALF * len(theirs)
        and not any(map(str.isascii, own))
    )
