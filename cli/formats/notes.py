"""An answer as blocks: its text, what of it no source supports, and its sources as footnotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cli.formats.inert import live_url, visible
from cli.formats.markup import Block, Span, blocks, literal, spans
from kb.text import flat, language
from kb.types import Answer, Citation, Hit
from kb.writers.prompts import differ
from retrieval.answer.draft_review import UNREAD

_TITLE = 120
_QUOTE = 160
_ENGLISH = {
    "sources": "Sources",
    "closest": "Closest, but not an answer:",
    "unsupported": "⚠ not in the sources: {sentence}",
    "one unread": f"⚠ the rest ({{count}} sentence) was {UNREAD}",
    "unread": f"⚠ the rest ({{count}} sentences) was {UNREAD}",
    "stale": "⚠ stale",
}
_CHINESE = {
    "sources": "来源",
    "closest": "最接近的资料，但没有回答这个问题：",
    "unsupported": "⚠ 资料里没有依据：{sentence}",
    "one unread": "⚠ 回答太长，其余 {count} 句没有核对",
    "unread": "⚠ 回答太长，其余 {count} 句没有核对",
    "stale": "⚠ 已过时",
}


def whole(answer: Answer) -> list[Block]:
    """The answer and its footnotes."""
    return [*blocks(answer.text), *under(answer)]


def under(answer: Answer) -> list[Block]:
    """The footnotes of an answer: unsupported sentences, differences between sources, then its
    citations or, of a refusal, the closest passages.
    """
    marked = [sentence for sentence in answer.sentences if not sentence.supported]
    wording = _wording(answer)
    lines = [
        wording["unsupported"].format(sentence=sentence.text)
        for sentence in marked
        if sentence.reason != UNREAD
    ]
    if unread := len(marked) - len(lines):
        message = wording["unread" if unread > 1 else "one unread"]
        lines.append(message.format(count=f"{unread:,}"))
    unsupported = [Block("text", literal(flat(visible(line)))) for line in lines]
    lang = language(answer.question)
    differing = [
        Block("text", spans(flat(visible(f"⚠ {differ(difference.values, lang)}"))))
        for difference in answer.differing
    ]
    lead = [Block("blank")] if unsupported or differing else []
    return [
        *lead,
        *unsupported,
        *differing,
        *(_closest(answer) if answer.status == "abstained" else _sources(answer)),
    ]


def _sources(answer: Answer) -> Iterator[Block]:
    wording = _wording(answer)
    if not answer.citations:
        return
    yield Block("blank")
    yield Block("label", (Span(wording["sources"]),))
    for citation in answer.citations:
        yield _note(citation, wording["stale"])
        yield Block("cited", literal(_clip(citation.quote, _QUOTE)))


def _note(citation: Citation, stale: str) -> Block:
    """Title, file and place of a citation; only the host is a link, since a title may claim
    another.
    """
    live = live_url(citation.url) if citation.url else None
    link = (Span(live[1], "link", url=live[0]),) if live else ()
    return Block(
        "note",
        (*_where(citation.hit, _clip(citation.anchor.label, _TITLE), stale), *link),
        str(citation.n),
    )


def _closest(answer: Answer) -> Iterator[Block]:
    wording = _wording(answer)
    if not answer.closest:
        return
    yield Block("blank")
    yield Block("label", (Span(wording["closest"]),))
    for hit in answer.closest:
        place = _where(hit, _clip(hit.passage.anchor.label, _TITLE), wording["stale"])
        yield Block("item", place, "-")


def _where(hit: Hit, label: str, stale: str) -> tuple[Span, ...]:
    source = " ".join(visible(hit.document.source).split())
    mark = (Span(f"  {stale}"),) if hit.stale else ()
    named = literal(_clip(hit.document.title, _TITLE))
    return (*named, Span(" — "), Span(source, "code"), Span("  "), *literal(label), *mark)


def _wording(answer: Answer) -> Mapping[str, str]:
    """What stands around an answer, in the language of its question: who reads it asked in that."""
    return _CHINESE if language(answer.question) == "zh" else _ENGLISH


def _clip(text: str, length: int) -> str:
    """Text of a source on one line, cut to `length` characters."""
    line = flat(visible(text))
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
