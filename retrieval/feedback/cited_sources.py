"""What an exchange's answer rested on: its sources as they were cited, and as they stand now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.knowledge import KnowledgeBase
from kb.types import Exchange, Passage, Support
from retrieval.search.bad_sources import stale_among

_AROUND = 240  # characters of context on either side of a quote
_MARK = re.compile(r"[ \t]*\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class Source:
    """A source of an answer or, of a refusal, what came closest; `n` is its number there, from 1.

    `before` and `after` are what stands around the quote now. `changed`: the passage is gone or
    says something else.
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
        """As what a FAQ entry rests on."""
        return Support(self.source, self.passage, self.text_hash, self.label, self.quote)


def rested_on(
    kb: KnowledgeBase, exchange: Exchange, marks: Mapping[str, str]
) -> tuple[Source, ...]:
    """The citations of an answer, or what came closest, in their order. `marks`: see `stale_among`."""
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
    now, stale = kb.catalog.passages(ids), stale_among(kb.catalog, marks, ids)
    return tuple(_source(kb, each, hashes, now, stale) for each in shown)


def unmarked(answer: str, sources: Sequence[Source]) -> str:
    """An answer without its [n]; other numbers in brackets are its own."""
    numbers = {str(source.n) for source in sources}
    return _MARK.sub(lambda mark: "" if mark[1] in numbers else mark[0], answer).strip()


def _source(
    kb: KnowledgeBase,
    cited: Mapping[str, Any],
    hashes: Mapping[str, str],
    now: Mapping[str, Passage],
    stale: set[str],
) -> Source:
    name, quote = str(cited["passage"]), str(cited["quote"])
    passage = now.get(name)
    before, after = _around(kb, passage, quote) if passage else ("", "")
    return Source(
        int(cited["n"]), name, hashes.get(name, ""), str(cited["source"]), str(cited["title"]),
        str(cited["anchor"]["label"]), quote, before, after, passage is None, name in stale,
    )  # fmt: skip


def _around(kb: KnowledgeBase, passage: Passage, quote: str) -> tuple[str, str]:
    """What stands before and after a quote, from the next passages too where its own is short."""
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
