"""The surroundings of hits: the reply to a question in a dialogue, and the passages that a hit
continues in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.knowledge import KnowledgeBase
from kb.types import Hit, Passage, Results
from kb.writers import Writer
from kb.writers.prompts import tokens

_ASKS = ("?", "？")
_FRAME = 50  # tokens that a source takes in a prompt beside its text
_LONGEST_SILENCE = 30.0


def with_surroundings(kb: KnowledgeBase, results: Results, writer: Writer) -> Results:
    """The results with the passages around their hits that a writer is given too: replies and, for
    a language model, neighbours. The hits keep their own ranks.
    """
    hits = with_replies(kb, results.hits)
    if writer.name != "extractive":
        hits = with_neighbours(kb, hits, kb.settings.neighbours, kb.settings.context_tokens)
    return replace(results, hits=hits)


def with_replies(kb: KnowledgeBase, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits, each question of a dialogue followed by its reply as a hit of its own."""
    offered: list[Hit] = []
    known = {hit.passage.id for hit in hits}
    for hit in hits:
        offered.append(hit)
        reply = _reply(kb, hit)
        if reply is not None and reply.id not in known:
            known.add(reply.id)
            offered.append(_neighbour_hit(hit, reply, len(known)))
    return tuple(offered)


def with_neighbours(
    kb: KnowledgeBase, hits: Sequence[Hit], count: int, room: int
) -> tuple[Hit, ...]:
    """The hits with up to `count` neighbours on each side, of the same section or turn, in the
    order of their source.

    Neighbours are hits with ranks and anchors of their own. The best hits get theirs first, as long
    as all texts fit into `room` tokens; no hit is dropped for a neighbour.
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
            around[hit.passage.id].append(_neighbour_hit(hit, passage, len(known)))
    return tuple(
        each
        for group in around.values()
        for each in sorted(group, key=lambda hit: hit.passage.ordinal)
    )


def _reply(kb: KnowledgeBase, hit: Hit) -> Passage | None:
    """The next turn of another speaker after a turn that ends with a question, or None."""
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
    """The passages that a hit continues in, nearest first, those after it first."""
    if count < 1 or hit.passage.anchor.type == "faq":
        return
    here = hit.passage.ordinal
    found = kb.catalog.passages_of(hit.document.id, range(max(0, here - count), here + count + 1))
    by_ordinal = {passage.ordinal: passage for passage in found}
    for step in (1, -1):
        last = hit.passage
        for ordinal in range(here + step, here + step * (count + 1), step):
            passage = by_ordinal.get(ordinal)
            if passage is None or not _are_continuous(
                *((last, passage) if step > 0 else (passage, last))
            ):
                break
            yield passage
            last = passage


def _are_continuous(before: Passage, after: Passage) -> bool:
    """Whether two adjacent passages are of one section, and of one turn where somebody speaks."""
    one, other = before.anchor, after.anchor
    same = (one.type, one.part, one.speaker) == (other.type, other.part, other.speaker)
    silent = one.type == "time" and other.start - one.end > _LONGEST_SILENCE
    return same and before.headings == after.headings and not silent


def _neighbour_hit(hit: Hit, passage: Passage, number: int) -> Hit:
    return replace(hit, rank=number, passage=passage, also=(), twins=(), stale=False)


def _size(passage: Passage) -> int:
    return tokens(passage.text) + _FRAME
