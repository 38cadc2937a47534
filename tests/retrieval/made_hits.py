"""Hits made for tests, each of a document of its own."""

from __future__ import annotations

from kb.text import language
from kb.types import Anchor, Document, Hit, Passage


def hit(text, rank=1, title="Notes", headings=(), speaker=None, at=None, meta=None, kind="doc"):
    lang = language(text)
    document = Document(f"d_{rank}", f"{rank}.md", f"/{rank}.md", title, kind, lang, meta or {})
    anchor = Anchor("time" if speaker else "lines", 1, 1, speaker, at=at)
    return Hit(
        rank,
        1.0 / rank,
        Passage(f"p_{rank}_{hash(text)}", document.id, 0, text, headings, lang, anchor),
        document,
    )
