"""The sentences of a source, each with who says it and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kb.injection import spoken
from kb.relative_dates import said_on
from kb.text import has_words, sentences
from kb.types import Document, Hit, Passage
from retrieval.answer.citations import link, narrow
from retrieval.digest.parts import Line


def lines_of(document: Document, passages: Iterable[Passage]) -> tuple[Line, ...]:
    """The sentences of these passages in order, without those that speak to a model."""
    return tuple(_numbered(document, passages))


def since(document: Document, passages: Sequence[Passage], day: str) -> list[Passage]:
    """The passages that were said or written on a day, as ISO 8601, or later. Of a source that does
    not tell its days there are none.
    """
    return [passage for passage in passages if _said(document, passage)[: len(day)] >= day]


def _said(document: Document, passage: Passage) -> str:
    """The last day that a passage tells of itself, else that of its source."""
    times = [voice.at for voice in passage.voices if voice.at] or [passage.anchor.at or ""]
    return max(times)[:10] or said_on(document.meta, passage.meta)


def _numbered(document: Document, passages: Iterable[Passage]) -> Iterator[Line]:
    number = 0
    for passage in passages:
        hit = Hit(1, 0.0, passage, document)
        instructions = set(spoken(passage))
        for start, end in _within_voices(passage):
            text = passage.text[start:end]
            if (start, end) in instructions or not has_words(text):
                continue
            anchor = narrow(passage, start, end)
            speaker = passage.speaker_at(start)
            url = link(hit, anchor, start, end)
            yield Line(number, text, speaker, passage, document, start, end, anchor, url)
            number += 1


def _within_voices(passage: Passage) -> Iterator[tuple[int, int]]:
    """The sentences of a passage, none of which goes over from one speaker to the next."""
    begins = [voice.offset for voice in passage.voices if voice.offset > 0]
    for first, last in zip([0, *begins], [*begins, len(passage.text)], strict=True):
        for start, end in sentences(passage.text[first:last]):
            yield first + start, first + end
