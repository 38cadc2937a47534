"""Citations: the marks [n] of a draft resolved to exact quotes, with the place of each in its
source.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from kb.anchors import around
from kb.injection import spoken
from kb.text import flat, sentences, words
from kb.types import Anchor, Citation, Hit, Passage, Question, Sentence, Voice
from kb.writers import MARKS, ranks, unnumbered

_OPEN = re.compile(r"[\[【［][^\[\]【】［］\n]{0,40}\Z")  # what may yet become a mark
_SPACE = re.compile(r"\s*")
_LOOSE_SIGN = re.compile(r"(?<!\s)\s+([。.!?！？；;,，])")  # what a mark stood before
_LONGEST_QUOTE = 1500
_LONG = 1000  # characters that end no sentence: blanks, marks
_AHEAD = 3  # characters of the next sentence that show where this one ended
_CLOSING = re.compile(r"(?<![。.!?！？…])[。.!?！？…]+[”’」』）)\"'*_`]*\s*\Z")


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A piece of a draft: one sentence with the space after it, or text between sentences.

    `claim` is the sentence without marks, empty where the piece is none; `ranks` are the ranks of
    the hits that it cites.
    """

    text: str
    claim: str
    ranks: tuple[int, ...]

    def without(self, token: str) -> DraftPart:
        """The part without a control word such as NO_ANSWER, and the quotes around that."""
        around = r"[*_`\"'“”‘’「」『』()（）\[\]【】]*"
        return _part(re.sub(rf"[ \t]*{around}{re.escape(token)}{around}[.。!！]?", "", self.text))

    def citing(self, ranks: Sequence[int]) -> DraftPart:
        """The part with other citations, at the place of its own, or before its full stop."""
        marks = "".join(f"[{rank}]" for rank in ranks)
        first = MARKS.search(self.text)
        bare = MARKS.sub("", self.text)
        if first is not None:
            at = first.start()
        else:
            body = bare.rstrip()
            closing = _CLOSING.search(body)
            at = closing.start() if closing and closing.start() else len(body)
        return replace(self, text=f"{bare[:at]} {marks}{bare[at:]}", ranks=tuple(ranks))


def draft_parts(pieces: Iterable[str]) -> Iterator[DraftPart]:
    """The sentences of a draft, each as soon as it is complete, however the draft is cut into
    pieces.

    Marks after a full stop belong to the sentence before it.
    """
    held = ""
    enough = 0
    for piece in pieces:
        held += piece
        if len(held) < enough:
            continue
        cuts = _ends(held)
        start = 0
        for end in cuts:
            if len("".join(MARKS.sub("", held[end:]).split())) < _AHEAD or _OPEN.search(held[end:]):
                break
            yield _part(held[start:end])
            start = end
        held = held[start:]
        # Or each of many pieces would have all of it read again.
        enough = len(held) * 5 // 4 if len(held) > _LONG else 0
    start = 0
    for end in [*_ends(held), len(held)]:
        if end > start:
            yield _part(held[start:end])
            start = end


def _ends(text: str) -> list[int]:
    """The ends of all sentences but the last, after the marks and the space that follow them."""
    ends: list[int] = []
    for start, end in sentences(text)[1:]:
        leading = MARKS.match(text, start)
        if leading is None:
            ends.append(start)
        elif leading.end() < end:
            after = _SPACE.match(text, leading.end())
            ends.append(after.end() if after else leading.end())
    return ends


def _part(text: str) -> DraftPart:
    claim = " ".join(_LOOSE_SIGN.sub(r"\1", MARKS.sub("", text)).split())
    cited = ranks(" ".join(mark[0] for mark in MARKS.finditer(text)))
    says = cited or any(
        char.isalnum() for char in unnumbered(flat(claim))
    )  # "1." alone only opens an item
    return DraftPart(text, claim if says else "", cited)


class CitationNumbers:
    """Numbers the citations of a draft in order of appearance, and drops those that name no hit."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._by_rank = {hit.rank: hit for hit in hits}
        self._order: dict[int, int] = {}

    def named(self, ranks: Iterable[int]) -> list[Hit]:
        """The hits of these ranks, without ranks that have none."""
        return [self._by_rank[rank] for rank in ranks if rank in self._by_rank]

    def forget(self) -> None:
        """Start over, as if nothing had been cited."""
        self._order.clear()

    def apply(self, text: str) -> str:
        """A piece of the draft, in which no mark is cut in two, with its final numbers."""
        return MARKS.sub(self._renumber, text)

    def numbers(self, hits: Iterable[Hit]) -> tuple[int, ...]:
        """The final numbers of hits that were cited, in order."""
        return tuple(self._order[hit.rank] for hit in hits)

    def _renumber(self, match: re.Match[str]) -> str:
        marks = ""
        for rank in ranks(match[0]):
            if rank in self._by_rank:
                if rank not in self._order:
                    self._order[rank] = len(self._order) + 1
                marks += f"[{self._order[rank]}]"
        return f" {marks}" if marks else ""

    @property
    def cited(self) -> list[Hit]:
        """The hits cited so far: the first is [1]."""
        return [self._by_rank[rank] for rank in self._order]


def quotes(
    answered: Sequence[Sentence], cited: Sequence[Hit], question: Question
) -> tuple[Citation, ...]:
    """The citations of the hits: exact slices of their passages, with anchor and link."""
    found = []
    for n, hit in enumerate(cited, start=1):
        start, end = _quote(
            hit.passage,
            [sentence.text for sentence in answered if n in sentence.citations],
            question,
        )
        anchor = narrow(hit.passage, start, end)
        url = link(hit, anchor, start, end)
        found.append(Citation(n, hit, hit.passage.text[start:end], anchor, url))
    return tuple(found)


def _quote(passage: Passage, citing: Sequence[str], question: Question) -> tuple[int, int]:
    """The slice of the passage closest to the sentences citing it, or else to the question."""
    spans = sentences(passage.text)
    instructions = set(spoken(passage))
    if instructions.issuperset(spans):
        return (spans[0][0], spans[-1][1]) if spans else (0, len(passage.text))
    cut = [
        set() if span in instructions else set(words(flat(passage.text[slice(*span)])))
        for span in spans
    ]
    chosen = set()
    for sentence in citing:
        claimed = set(words(sentence))
        shares = [len(claimed & found) / (len(claimed | found) or 1) for found in cut]
        if max(shares) > 0:
            chosen.add(shares.index(max(shares)))
    if not chosen:  # written in another language: what fits the question best
        covers = [
            -1.0 if span in instructions else question.coverage(found)
            for span, found in zip(spans, cut, strict=True)
        ]
        chosen.add(covers.index(max(covers)))
    start, end = spans[min(chosen)][0], spans[max(chosen)][1]
    # What lies between two sentences is quoted with them, or one would stand in no quote; but none
    # is ever drawn across what speaks to a model.
    if end - start <= _LONGEST_QUOTE and not any(start <= begin < end for begin, _ in instructions):
        return start, end
    best = max(
        _runs(chosen),
        key=lambda run: question.coverage(set().union(*(cut[number] for number in run))),
    )
    start, end = spans[best[0]][0], spans[best[-1]][1]
    return (start, end) if end - start <= _LONGEST_QUOTE else spans[best[0]]


def _runs(chosen: Collection[int]) -> list[list[int]]:
    """The numbers in order, consecutive ones grouped."""
    runs: list[list[int]] = []
    for number in sorted(chosen):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def narrow(passage: Passage, start: int, end: int) -> Anchor:
    """The anchor of the slice [start, end) of a passage: its own lines, seconds or rows, and when
    the first of its messages was sent.

    Where several people speak in the slice, the speaker stays that of the passage.
    """
    anchor = passage.anchor
    voices = _voices(passage, start, end)
    if len({voice.speaker for voice in voices}) == 1:
        anchor = replace(anchor, speaker=voices[0].speaker)
    if voices:
        anchor = replace(anchor, at=voices[0].at)
    if passage.places:
        ends = [offset for offset, _, _ in passage.places[1:]] + [len(passage.text) + 1]
        touched = [
            number
            for number, (place, stop) in enumerate(zip(passage.places, ends, strict=True))
            if place[0] < end and stop > start
        ]
        if touched:
            boxes = [passage.boxes[number] for number in touched] if passage.boxes else []
            return replace(
                anchor,
                start=min(passage.places[number][1] for number in touched),
                end=max(passage.places[number][2] for number in touched),
                box=around(boxes) if boxes else anchor.box,
            )
    elif anchor.type == "lines":
        first = anchor.start + passage.text.count("\n", 0, start)
        return replace(anchor, start=first, end=first + passage.text.count("\n", start, end))
    return anchor


def _voices(passage: Passage, start: int, end: int) -> list[Voice]:
    """Those who speak in the slice [start, end) of a passage of several turns or messages."""
    ends = [voice.offset for voice in passage.voices[1:]] + [len(passage.text)]
    return [
        voice
        for voice, stop in zip(passage.voices, ends, strict=bool(passage.voices))
        if voice.offset < end and stop > start
    ]


def link(hit: Hit, anchor: Anchor, start: int, end: int) -> str | None:
    """The URL of the slice [start, end) of a hit: of its first message that has one, else of the
    source; for a recording, at the second of the quote.
    """
    voices = _voices(hit.passage, start, end)
    # Of several messages the passage has the link of the first alone.
    meta = hit.document.meta if any(voice.at for voice in voices) else hit.meta
    own = next((voice.url for voice in voices if voice.url), None)
    url = str(own or meta.get("url") or meta.get("link") or "")
    if not url.lower().startswith(("http://", "https://")):
        return None
    if anchor.type != "time":
        return url
    second = int(anchor.start)
    try:
        parts = urlsplit(url)
    except (
        ValueError
    ):  # "https://[your-host]/talk": shown as it is, and made no link where formats look at it
        return url
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host in ("youtube.com", "youtu.be", "bilibili.com"):
        query = [
            (key, value)
            for key, value in parse_qsl(parts.query, keep_blank_values=True)
            if key != "t"
        ]
        return urlunsplit(parts._replace(query=urlencode([*query, ("t", str(second))])))
    return urlunsplit(
        parts._replace(fragment=f"t={second}")
    )  # W3C Media Fragments: what players go by
