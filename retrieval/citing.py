"""Citing: the [n] of a draft resolved to exact quotes, with the place of each in its source."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from kb.text import normalise, sentences, words
from kb.types import Anchor, Citation, Hit, Passage, Question, Sentence

_ONE_MARK = r"[ \t]*[\[【［]\^?\d{1,4}(?:[ ]?[,，、;][ ]?\d{1,4})*[\]】］]"
_MARK = re.compile(f"(?:{_ONE_MARK})+")
_UNFINISHED = re.compile(rf"(?:{_ONE_MARK})*[ \t]*(?:[\[【［][\^\d ,，、;]{{0,40}})?\Z")
_FIGURE = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d{2,}")
_NUMBERS = re.compile(r"\d+")
_LONGEST_QUOTE = 1500
_NO_CITATION = "cites no source"


class Marks:
    """Renumbers the [n] of a draft in order of appearance, as it streams, and drops those that name no hit."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._by_rank = {hit.rank: hit for hit in hits}
        self._order: dict[int, int] = {}

    def apply(self, pieces: Iterable[str]) -> Iterator[str]:
        """The draft with its final numbers, in pieces that never cut a mark in two."""
        held = ""
        for piece in pieces:
            held += piece
            unfinished = _UNFINISHED.search(held)
            cut = unfinished.start() if unfinished else len(held)
            if cut:
                yield _MARK.sub(self._renumber, held[:cut])
            held = held[cut:]
        if held:
            yield _MARK.sub(self._renumber, held)

    def _renumber(self, match: re.Match[str]) -> str:
        marks = ""
        for rank in dict.fromkeys(int(number) for number in _NUMBERS.findall(match[0])):
            if rank in self._by_rank:
                if rank not in self._order:
                    self._order[rank] = len(self._order) + 1
                marks += f"[{self._order[rank]}]"
        return f" {marks}" if marks else ""

    @property
    def cited(self) -> list[Hit]:
        """The hits cited so far: the first is [1]."""
        return [self._by_rank[rank] for rank in self._order]


def resolve(text: str, cited: Sequence[Hit], question: Question) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """The sentences of a finished draft with what each cites, and the quote behind every [n].

    A sentence that cites nothing is marked as unsupported.
    """
    parts = tuple(_supported(part, cited) for part in _sentences(text))
    quotes = []
    for n, hit in enumerate(cited, start=1):
        citing = [part.text for part in parts if n in part.citations]
        start, end = _quote(hit.passage, citing, question)
        anchor = narrow(hit.passage, start, end)
        quotes.append(Citation(n, hit, hit.passage.text[start:end], anchor, link(hit, anchor)))
    return parts, tuple(quotes)


def _sentences(text: str) -> Iterator[Sentence]:
    """Each sentence with the marks inside it and directly after its full stop."""
    pending: tuple[str, list[int]] | None = None
    for start, end in sentences(text):
        piece = text[start:end]
        leading = re.match(r"(?:[ \t]*\[\d+\])+", piece)
        if pending and leading:
            pending[1].extend(map(int, _NUMBERS.findall(leading[0])))
            piece = piece[leading.end() :]
        shown = re.sub(r"\s+([。.!?！？；;,，])", r"\1", _MARK.sub("", piece)).strip()
        if not any(char.isalpha() for char in shown) and "[" not in piece:
            continue  # a list's number, a rule
        if pending:
            yield _sentence(*pending)
        pending = (
            " ".join(shown.split()),
            [int(n) for mark in _MARK.finditer(piece) for n in _NUMBERS.findall(mark[0])],
        )
    if pending:
        yield _sentence(*pending)


def _sentence(text: str, numbers: Sequence[int]) -> Sentence:
    citations = tuple(dict.fromkeys(numbers))
    return Sentence(text, citations, bool(citations), None if citations else _NO_CITATION)


def _supported(sentence: Sentence, cited: Sequence[Hit]) -> Sentence:
    """The sentence, no longer supported when it has figures of two or more digits that what it cites lacks."""
    hits = [cited[n - 1] for n in sentence.citations]
    told = " ".join(" ".join((h.document.title, *h.passage.headings, h.passage.text)) for h in hits)
    missing = sorted(_figures(sentence.text) - _figures(told))
    if not sentence.supported or not missing:
        return sentence
    return replace(sentence, supported=False, reason=f"figures not in what it cites: {', '.join(missing)}")


def _figures(text: str) -> set[str]:
    return {figure.replace(",", "") for figure in _FIGURE.findall(normalise(text))}


def _quote(passage: Passage, citing: Sequence[str], question: Question) -> tuple[int, int]:
    """The slice of the passage that the citing sentences rest on: what they share most words with."""
    spans = sentences(passage.text)
    if not spans:
        return 0, len(passage.text)
    cut = [set(words(passage.text[start:end])) for start, end in spans]
    chosen = set()
    for sentence in citing:
        said = set(words(sentence))
        shares = [len(said & found) / (len(said | found) or 1) for found in cut]
        if max(shares) > 0:
            chosen.add(shares.index(max(shares)))
    if not chosen:  # written in another language: what fits the question best
        covers = [question.coverage(found) for found in cut]
        chosen.add(covers.index(max(covers)))
    start, end = spans[min(chosen)][0], spans[max(chosen)][1]
    if end - start <= _LONGEST_QUOTE and not (passage.places and len(_runs(chosen)) > 1):
        return start, end
    # Where places are told apart, a quote from one to another would point to neither.
    best = max(_runs(chosen), key=lambda run: question.coverage(set().union(*(cut[number] for number in run))))
    start, end = spans[best[0]][0], spans[best[-1]][1]
    return (start, end) if end - start <= _LONGEST_QUOTE else spans[best[0]]


def _runs(chosen: Collection[int]) -> list[list[int]]:
    """The numbers in order, those that follow one another together."""
    runs: list[list[int]] = []
    for number in sorted(chosen):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def narrow(passage: Passage, start: int, end: int) -> Anchor:
    """The anchor of the slice [start, end) of a passage: its own lines, seconds, rows or whatever is counted.

    Where several speak in the slice, it is the speaker of the passage who goes on.
    """
    anchor = passage.anchor
    heard = {speaker for offset, stop, speaker in _voices(passage) if offset < end and stop > start}
    if len(heard) == 1:
        anchor = replace(anchor, speaker=heard.pop())
    if passage.places:
        ends = [offset for offset, _, _ in passage.places[1:]] + [len(passage.text) + 1]
        touched = [place for place, stop in zip(passage.places, ends, strict=True) if place[0] < end and stop > start]
        if touched:
            return replace(anchor, start=min(place[1] for place in touched), end=max(place[2] for place in touched))
    elif anchor.type == "lines":
        first = anchor.start + passage.text.count("\n", 0, start)
        return replace(anchor, start=first, end=first + passage.text.count("\n", start, end))
    return anchor


def _voices(passage: Passage) -> Iterator[tuple[int, int, str | None]]:
    """(start, end, speaker) of what each says, where there are several."""
    ends = [offset for offset, _ in passage.voices[1:]] + [len(passage.text)]
    return ((offset, end, speaker) for (offset, speaker), end in zip(passage.voices, ends, strict=bool(passage.voices)))


def link(hit: Hit, anchor: Anchor) -> str | None:
    """The source's own URL, for a recording at the quote's second."""
    url = str(hit.meta.get("url") or hit.meta.get("link") or "")
    if not url.lower().startswith(("http://", "https://")):
        return None
    if anchor.type != "time":
        return url
    second = int(anchor.start)
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host in ("youtube.com", "youtu.be", "bilibili.com"):
        query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "t"]
        return urlunsplit(parts._replace(query=urlencode([*query, ("t", str(second))])))
    return urlunsplit(parts._replace(fragment=f"t={second}"))  # W3C Media Fragments: what players go by
