"""The sources that an exchange cites, as they were cited and as they are now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.knowledge import KnowledgeBase
from kb.types import Exchange, Passage, Support
from retrieval.search.bad_sources import stale_passage_ids

_AROUND = 240  # characters of context on either side of a quote
_MARK = re.compile(r"[ \t]*\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A source that an answer cites or, for a refusal, one of the closest passages. `n` is its
    number in the answer, from 1.

    `before` and `after` are the text around the quote today. `changed`: the passage is gone or has
    another text. `stale`: a reviewer called it a bad source.
    """

    n: int
    passage: str
    text_hash: str
    source: str
    title: str
    label: str
    quote: str
    before: str = ""
    after: str = ""
    changed: bool = False
    stale: bool = False

    @property
    def support(self) -> Support:
        """The source as the support of a FAQ entry."""
        return Support(self.source, self.passage, self.text_hash, self.label, self.quote)


def cited_sources(
    kb: KnowledgeBase, exchange: Exchange, marks: Mapping[str, str]
) -> tuple[CitedSource, ...]:
    """The sources that an exchange cites, in order; the closest passages where it cites none.

    `marks` has the text hash of each passage that was called a bad source, by passage id: see
    `stale_passage_ids`.
    """
    cited: list[Mapping[str, Any]] = list(exchange.payload.get("citations") or ())
    shown = cited or [
        {**hit, "n": number, "quote": hit.get("text", "")}
        for number, hit in enumerate(exchange.payload.get("closest") or (), start=1)
    ]
    hashes = {
        str(hit["passage"]): str(hit.get("text_hash", ""))
        for hit in exchange.payload.get("retrieved") or ()
    }
    ids = [str(each["passage"]) for each in shown]
    now, stale = kb.catalog.passages(ids), stale_passage_ids(kb.catalog, marks, ids)
    return tuple(_cited_source(kb, each, hashes, now, stale) for each in shown)


def without_marks(answer: str, sources: Sequence[CitedSource]) -> str:
    """An answer without its citation marks [n]. Other numbers in brackets stay."""
    numbers = {str(source.n) for source in sources}
    return _MARK.sub(lambda mark: "" if mark[1] in numbers else mark[0], answer).strip()


def _cited_source(
    kb: KnowledgeBase,
    cited: Mapping[str, Any],
    hashes: Mapping[str, str],
    now: Mapping[str, Passage],
    stale: set[str],
) -> CitedSource:
    name, quote = str(cited["passage"]), str(cited["quote"])
    passage = now.get(name)
    before, after = _context(kb, passage, quote) if passage else ("", "")
    return CitedSource(
        int(cited["n"]), name, hashes.get(name, ""), str(cited["source"]), str(cited["title"]),
        str(cited["anchor"]["label"]), quote, before, after, passage is None, name in stale,
    )  # fmt: skip


def _context(kb: KnowledgeBase, passage: Passage, quote: str) -> tuple[str, str]:
    """The text before and after a quote, taken from neighbouring passages too."""
    at = passage.text.find(quote)
    if at < 0:
        return "", ""
    before, after = passage.text[:at], passage.text[at + len(quote) :]
    near = kb.catalog.passages_of(
        passage.document, range(max(0, passage.ordinal - 1), passage.ordinal + 2)
    )
    texts = {
        each.ordinal - passage.ordinal: each.text
        for each in near
        if each.headings == passage.headings
    }
    before, after = f"{texts.get(-1, '')}\n{before}".strip(), f"{after}\n{texts.get(1, '')}".strip()
    if len(before) > _AROUND:
        before = f"…{before[-_AROUND:].lstrip()}"
    return before, after if len(after) <= _AROUND else f"{after[:_AROUND].rstrip()}…"
