"""Whether somebody asks, with or without a question mark, and the gist of what is asked.

A short list of cues; `python -m tests.bench.asking` tells how it does on 300 turns that were
labelled by hand, without their question marks; they were read before the cues were written, so
others may do worse. A linear model over words and characters, fitted on
205,000 sentences by whether they end in a question mark, was tried: F1 0.68 where the cues have 0.85.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kb.text import HAN, flat, sentences
from kb.types import Passage

MARKS = ("?", "？")
_CLOSING = "”’\"')）」』*_`~ \t\n"
_STOPS = ("。", ".", "!", "！", "…", ";", "；")
_READ = 1000  # characters
_ASKING = 4  # sentences at the end of what is said
_LONGEST_GIST = 200
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_CLAUSES = 2  # at the end of a sentence, where what is asked stands
_CLAUSE_ENDS = re.compile(rf"\s{{2,}}|[，,；;](?=\s|[{HAN}])|(?<=[{HAN}])\s+(?=[{HAN}])")
_PLAIN_ZH = re.compile(r"吗|请问|请教|求(?:推荐|助|问|介绍)|有没有人|有人(?:知道|用过|了解|认识)")
_ASKING_ZH = re.compile(
    r"什么(?!之类|的话)|怎么|怎样|如何|哪(?!怕)|谁(?!都)|几(?:个|天|点|年|次|分|楼|号|位|家|折)|多少|多久|多大|多贵"
    r"|是不是|有没有|能不能|可不可以|会不会|要不要|好不好|对不对|行不行|有人|为什么|为啥|可否|能否|是否|咋"
    r"|(?:[呢么否]|[是对好行]吧|没有|没)[啊呀]?\s*\Z"
    r"|请.{0,20}(?:谈|说|讲|介绍|分享|交流|发表|回答|来)|听一?听"
)
_PLAIN_EN = re.compile(
    r"\b(?:any(?:one|body) (?:know|use|have|tried|got|here)|does any(?:one|body)"
    r"|any (?:recommendation|suggestion|tip|idea)s?|can any(?:one|body)"
    r"|looking for (?:a|an|some|any|recommendations?))\b",
    re.I,
)
_WHEN = re.compile(
    r"几点|何时|(?:什么|啥)时[候间]|几[月号]|哪[一]?[天日]|[周月]几"
    r"|\b(?:when|what (?:time|date|day)|which day)\b",
    re.I,
)
_LEAD_IN = (
    r"(?:(?:so|and|but|or|ok|okay|well|wait|yeah|um|uh|right|now|then|hey|hi|hello|all|everyone|just"
    r"|for my understanding|quick question|question)\b[\s,:]*)*"
)
_ASKING_EN = re.compile(
    rf"\A\W*{_LEAD_IN}(?:what|how|why|who|where|when|which|whose|is|are|was|were|do|does|did|can|could|will|would"
    r"|should|shall|have|has|had|may|any|anyone|anybody|isn't|aren't|don't(?= (?:you|we|they|i)\b)"
    r"|doesn't|didn't|can't|couldn't|won't|wouldn't|haven't|hasn't)\b(?![*_]*[:：]| (?:if|that))"
    r"|(?:,? (?:right|huh)|is that right|or something|, or|isn't it|is it|aren't they|don't you)[\s.]*\Z",
    re.I,
)


# What any of the cues above needs: most messages have none of it.
_MAYBE = re.compile(
    r"[?？吗呢么吧否没谁哪几多怎何为求请有是能可会要好对行什咋听]"
    r"|\b(?:what|how|why|who|whose|where|when|which|is|are|was|were|do|does|did|can|could|will|would|should|shall"
    r"|have|has|had|may|any\w*|looking|isn't|aren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|haven't"
    r"|hasn't|right|huh|or)\b",
    re.I,
)
_ENDS = re.compile(r"(?<=[。！？!?…\n])|(?<=\.)\s")


@lru_cache(maxsize=4096)  # a message is looked at again once it is known what answers it
def asks(text: str) -> bool:
    """Whether one of the last sentences of what somebody says asks for something."""
    text = text[-_READ:]
    if not _MAYBE.search(text):
        return False
    return any(map(is_question, _said(text)[-_ASKING:]))


def _said(text: str) -> list[str]:
    """The sentences at the end of what somebody says."""
    return [sentence for sentence in _ENDS.split(text[-_READ:]) if sentence.strip()]


def is_question(sentence: str) -> bool:
    """Whether a sentence asks. One that ends in a full stop does only where that is plain."""
    bare = sentence.rstrip(_CLOSING)
    if bare.endswith(MARKS):
        return True
    chinese = 4 * len(_HAN_CHARACTER.findall(bare)) > len(bare)
    clauses = [clause for clause in _CLAUSE_ENDS.split(bare) if clause.strip()][-_CLAUSES:]
    asking = _ASKING_ZH if chinese else _ASKING_EN
    if any(_PLAIN_ZH.search(clause) or _PLAIN_EN.search(clause) for clause in clauses):
        return True
    return not bare.endswith(_STOPS) and any(asking.search(clause) for clause in clauses)


def only_asks(text: str) -> bool:
    """Whether all that somebody says is a question."""
    said = _said(text)
    return bool(said) and all(map(is_question, said))


def is_asking(passage: Passage) -> bool:
    """Whether a passage is what somebody asked in a chat or a recording, so that it answers
    nothing.
    """
    return passage.meta.get("turn") == "question"


def gist(messages: Sequence[str]) -> str:
    """What somebody asked in some messages: the last sentences up to the last question that fit
    into 200 characters; where none asks, the first ones.
    """
    said = [
        flat(text[start:end])
        for text in (message[-_READ:] for message in messages)
        for start, end in sentences(text)
    ]
    last = max((n for n, sentence in enumerate(said) if is_question(sentence)), default=-1)
    if last < 0:
        return " ".join(said)[:_LONGEST_GIST]
    first = last
    while first and sum(map(len, said[first - 1 : last + 1])) <= _LONGEST_GIST:
        first -= 1
    return " ".join(said[first : last + 1])[-_LONGEST_GIST:]


def asks_when(text: str) -> bool:
    """Whether a question asks for a day or a time."""
    return _WHEN.search(text) is not None
