"""What a community's rules look for in questions and answers: topics, words and links.

A topic is touched where one sentence has all of its index words, so that it is found in any
inflection and order; a word is found only as it is written, and a domain with all below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kb.text import flat, normalise, sentences, simplified, terms, words

_HAN = "\u3400-\u9fff"
_BEFORE, _AFTER = rf"(?<![^\W{_HAN}])", rf"(?![^\W{_HAN}])"  # no letter but a Chinese one


def touched_topics(topics: Iterable[str], texts: Iterable[str]) -> list[str]:
    """The topics that one of the texts touches."""
    wanted = [(topic, set(terms(topic) or words(topic))) for topic in topics]
    if not wanted:
        return []
    spoken = [set(words(text[start:end])) for text in texts for start, end in sentences(text)]
    return [topic for topic, needed in wanted if needed and any(needed <= each for each in spoken)]


def words_found(forbidden: Sequence[str], texts: Iterable[str]) -> list[str]:
    """The forbidden words and phrases that one of the texts has, in either Chinese script."""
    read = [_comparable(text) for text in texts] if forbidden else []
    return [word for word in forbidden if any(_pattern(word).search(text) for text in read)]


def links_found(domains: Sequence[str], texts: Iterable[str]) -> list[str]:
    """The forbidden domains that one of the texts links to or names, or one below them."""
    read = [normalise(text) for text in texts] if domains else []
    return [
        domain
        for domain in domains
        if any(
            re.search(rf"(?<![a-z0-9-]){re.escape(domain)}(?![a-z0-9-]|\.[a-z0-9])", text)
            for text in read
        )
    ]


def _comparable(text: str) -> str:
    return flat(simplified(normalise(text)))


def _pattern(word: str) -> re.Pattern[str]:
    found = _comparable(word)
    before = _BEFORE if re.match(rf"[^\W{_HAN}]", found) else ""
    after = _AFTER if re.search(rf"[^\W{_HAN}]\Z", found) else ""
    return re.compile(before + re.escape(found) + after)
