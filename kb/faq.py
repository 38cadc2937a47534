"""FAQ entries against the catalog: which sources support them, whether those still say the same,
and whether the catalog has every entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from kb.catalog import Catalog
from kb.errors import KbError
from kb.home import Notify
from kb.journal import Journal
from kb.journal.faq_entries import worded
from kb.journal.ids import text_hash
from kb.journal.reviews import Misfit
from kb.text import flat, terms
from kb.types import FAQ_PREFIX, Document, FaqEntry, Passage, Support

_NAMED = 3
_ENOUGH = 0.5  # of a quote's words
_LONGEST_QUOTE = 1000  # a longer passage that is cut anew counts as changed


def path(entry: str) -> str:
    """The path under which the catalog keeps the document of an entry; there is no such file."""
    return f"{FAQ_PREFIX}{entry}.md"


def behind(catalog: Catalog, journal: Journal) -> bool:
    """True where the catalog lacks a version that the journal has. With 1,000 entries it takes 4
    ms; every question calls it.
    """
    return catalog.faq_versions() != {
        path(entry): version for entry, version in journal.faq.newest().items()
    }


def support(catalog: Catalog, name: str) -> Support:
    """A reference to the source of that name, or to the passage of that id, with the hash of its
    present text. Raises KbError that names similar sources.
    """
    if name.startswith("p_"):
        passage = catalog.passages([name]).get(name)
        document = catalog.document(passage.document) if passage else None
        if passage is None or document is None:
            raise KbError(
                f"no passage is called {name}", "passages are named by: kb search QUESTION"
            )
        quote = flat(passage.text) if len(passage.text) <= _LONGEST_QUOTE else ""
        return Support(
            document.source, passage.id, text_hash(passage.text), passage.anchor.label, quote
        )
    documents = catalog.documents_called(name)
    if len(documents) == 1:
        return Support(documents[0].source, text_hash=_hash_of(catalog, documents[0]))
    if documents:
        named = ", ".join(document.source for document in documents[:_NAMED])
        raise KbError(
            f"{name} could be any of: {named}", "give the whole name; see: kb sources list"
        )
    near = get_close_matches(name, catalog.sources(), _NAMED, 0.5)
    raise KbError(
        f"no source is called {name!r}",
        f"close to it: {', '.join(near)}" if near else "see: kb sources list",
    )


def refreshed(catalog: Catalog, entry: FaqEntry, notify: Notify) -> tuple[Support, ...]:
    """The supports of an entry, brought up to date for a reviewer who confirms it; sources that are
    gone are left out.

    A passage that is gone is replaced by the most similar one of its source; where there is none,
    `notify` gets a line.
    """
    supports: list[Support] = []
    for before in entry.sources:
        now = _again(catalog, before)
        if now is None:
            notify(f"{entry.id} does not rest on {before.source} any more, which is gone")
            continue
        if before.passage and not now.passage:
            earlier = " ".join(filter(None, (before.source, before.label)))
            notify(
                f"{entry.id} rests on all of {now.source} from now on: nothing there is like what {earlier} said"
            )
        supports.append(now)
    return tuple(supports)


def due(catalog: Catalog, journal: Journal, entries: Iterable[FaqEntry]) -> dict[str, list[str]]:
    """The entries that are due for review, by id, each with its reasons.

    A source is gone or has changed, or a reviewer called the entry a bad source for one of its own
    questions.
    """
    misfits = standing(catalog, journal.reviews.misfits())
    blamed = {
        mark.entry: {worded(mark.question) for mark in marks}
        for marks in misfits.values()
        for mark in marks
    }
    why = {
        entry.id: lapses(catalog, entry.sources)
        + [
            f"a bad source for {way!r}"
            for way in (entry.question, *entry.also)
            if worded(way) in blamed.get(entry.id, ())
        ]
        for entry in entries
    }
    return {entry: reasons for entry, reasons in why.items() if reasons}


def standing(catalog: Catalog, misfits: Iterable[Misfit]) -> dict[str, list[Misfit]]:
    """The misfits that still apply, by the document of their entry: those of a text that has not
    changed since.

    A misfit about one of the entry's own questions lapses when the entry is reviewed again.
    """
    misfits_by_document: dict[str, list[Misfit]] = {}
    marks = list(misfits)
    if not marks:
        return misfits_by_document
    now = catalog.passages([mark.passage for mark in marks])
    versions = catalog.faq_versions()
    ways: dict[str, set[str]] = {}
    for way in catalog.faq_questions():
        ways.setdefault(way.passage, set()).add(worded(way.question))
    for mark in marks:
        passage = now.get(mark.passage)
        if passage is None or mark.text_hash not in ("", text_hash(passage.text)):
            continue
        first = catalog.passages_of(passage.document)[0].id
        _, at = versions.get(path(mark.entry), (0, ""))
        if mark.at > at or worded(mark.question) not in ways.get(first, ()):
            misfits_by_document.setdefault(passage.document, []).append(mark)
    return misfits_by_document


def lapses(catalog: Catalog, supports: Sequence[Support]) -> list[str]:
    """The supports that are gone or have changed, one line each."""
    lapsed = []
    for support in supports:
        document = _document(catalog, support.source)
        if document is None:
            lapsed.append(f"{support.source} is gone")
        elif not _stands(catalog, document, support):
            lapsed.append(f"{' '.join(filter(None, (support.source, support.label)))} has changed")
    return lapsed


def _stands(catalog: Catalog, document: Document, support: Support) -> bool:
    """True where the source still has the supported text: the passage, its quote in another place,
    or the whole source.
    """
    if not support.passage:
        return not support.text_hash or support.text_hash == _hash_of(catalog, document)
    passage = catalog.passages([support.passage]).get(support.passage)
    if passage is not None and support.text_hash in ("", text_hash(passage.text)):
        return True
    texts = [other.text for other in catalog.passages_of(document.id)]
    if support.text_hash in map(text_hash, texts):
        return True
    quote = flat(support.quote)
    return bool(quote) and quote in " ".join(map(flat, texts))


def _again(catalog: Catalog, before: Support) -> Support | None:
    document = _document(catalog, before.source)
    if document is None:
        return None
    if not before.passage:
        return Support(before.source, text_hash=_hash_of(catalog, document))
    if catalog.passages([before.passage]):
        at = before.passage
    else:
        quote = flat(before.quote)
        there = catalog.passages_of(document.id)
        holding = [passage for passage in there if quote and quote in flat(passage.text)]
        if not holding:
            like = _most_like(quote, there)
            return (
                support(catalog, like)
                if like
                else Support(before.source, text_hash=_hash_of(catalog, document))
            )
        at = holding[0].id
    now = catalog.passages([at])[at]
    return Support(before.source, at, text_hash(now.text), now.anchor.label, before.quote)


def _most_like(quote: str, passages: Iterable[Passage]) -> str:
    """The passage that has most of a quote's words, if that is half of them; empty where none has."""
    quoted = set(terms(quote))
    shares = (
        {passage.id: len(quoted.intersection(terms(passage.text))) for passage in passages}
        if quoted
        else {}
    )
    best = max(shares, key=lambda pid: shares[pid], default="")
    return best if best and shares[best] >= _ENOUGH * len(quoted) else ""


def _document(catalog: Catalog, source: str) -> Document | None:
    return next(
        (document for document in catalog.documents_called(source) if document.source == source),
        None,
    )


def _hash_of(catalog: Catalog, document: Document) -> str:
    return text_hash("\n".join(passage.text for passage in catalog.passages_of(document.id)))
