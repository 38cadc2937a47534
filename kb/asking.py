"""Whether somebody asks, with or without a question mark, and the gist of what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from kb.text import flat, sentences

MARKS = ("?", "？")
_READ = 1000  # characters
_LONGEST_GIST = 200


def asks(text: str) -> bool:
    """Whether any sentence of what somebody says asks for something."""
    text = text[-_READ:]
    return any(is_question(text[start:end]) for start, end in sentences(text))


def is_question(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip("”’\"')）」』*_` ").endswith(MARKS)


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
