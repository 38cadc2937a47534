"""What stands around hits: the reply to a question that was found, and the rest of a thought that
was cut in two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.knowledge import KnowledgeBase
from kb.tokens import tokens
from kb.types import Hit, Passage

_ASKS = ("?", "？")
_FRAME = 50  # tokens that a source takes in a prompt beside its text
_LONGEST_SILENCE = 30.0


def with_replies(kb: KnowledgeBase, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits, each question of a dialogue followed by the turn that replies, which counts as well
    found.
    """
    offered: list[Hit] = []
    known = {hit.passage.id for hit in hits}
    for hit in hits:
        offered.append(hit)
        reply = _reply(kb, hit)
        if reply is not None and reply.id not in known:
            known.add(reply.id)
            offered.append(_beside(hit, reply, len(known)))
    return tuple(offered)


def with_neighbours(
    kb: KnowledgeBase, hits: Sequence[Hit], count: int, room: int
) -> tuple[Hit, ...]:
    """The hits among up to `count` neighbours each side, of the same section or turn, in the order
    of their source.

    Neighbours are hits with further numbers and anchors of their own. The best hits get theirs
    first, as long as all texts fit into `room` tokens; no hit gives way to a neighbour.
    """
    room -= sum(_size(hit.passage) for hit in hits)
    known = {hit.passage.id for hit in hits}
    around: dict[str, list[Hit]] = {}
    for hit in hits:
        around[hit.passage.id] = [hit]
        for passage in _continuing(kb, hit, count):
            if passage.id in known or _size(passage) > room:
                continue
            room -= _size(passage)
            known.add(passage.id)
            around[hit.passage.id].append(_beside(hit, passage, len(known)))
    return tuple(
        each
        for group in around.values()
        for each in sorted(group, key=lambda hit: hit.passage.ordinal)
    )


def _reply(kb: KnowledgeBase, hit: Hit) -> Passage | None:
    """The next turn, of another speaker, after one that ends with a question."""
    speaker = hit.passage.anchor.speaker
    if (
        hit.document.kind != "transcript"
        or not speaker
        or not hit.passage.text.rstrip().endswith(_ASKS)
    ):
        return None
    following = hit.passage.ordinal + 1
    found = kb.catalog.passages_of(hit.document.id, range(following, following + 1))
    return next(
        (passage for passage in found if passage.anchor.speaker not in (None, speaker)), None
    )


def _continuing(kb: KnowledgeBase, hit: Hit, count: int) -> Iterator[Passage]:
    """The passages next to a hit that go on with it, nearest first, those after it before those
    before it.
    """
    if count < 1 or hit.passage.anchor.type == "faq":
        return
    here = hit.passage.ordinal
    found = kb.catalog.passages_of(hit.document.id, range(max(0, here - count), here + count + 1))
    by_ordinal = {passage.ordinal: passage for passage in found}
    for step in (1, -1):
        last = hit.passage
        for ordinal in range(here + step, here + step * (count + 1), step):
            passage = by_ordinal.get(ordinal)
            if passage is None or not _goes_on(*((last, passage) if step > 0 else (passage, last))):
                break
            yield passage
            last = passage


def _goes_on(before: Passage, after: Passage) -> bool:
    """Whether two adjacent passages are of one section, and of one turn where somebody speaks."""
    one, other = before.anchor, after.anchor
    same = (one.type, one.part, one.speaker) == (other.type, other.part, other.speaker)
    silent = one.type == "time" and other.start - one.end > _LONGEST_SILENCE
    return same and before.headings == after.headings and not silent


def _beside(hit: Hit, passage: Passage, number: int) -> Hit:
    return replace(hit, rank=number, passage=passage, also=(), twins=(), stale=False)


def _size(passage: Passage) -> int:
    return tokens(passage.text) + _FRAME
