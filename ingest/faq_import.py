"""Taking a FAQ file into the journal: new entries are added, changed ones get a version, and nobody is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kb.catalog import Catalog
from kb.curated import support
from kb.errors import KbError
from kb.journal import Journal
from kb.journal.curated import Outdated
from kb.text import normalise
from kb.types import FaqEntry, Support


@dataclass(slots=True)
class Taken:
    """What came of an import. `refused` says why an entry was not taken; `missing` names sources that are not here."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def take_in(journal: Journal, catalog: Catalog, entries: Sequence[FaqEntry], by: str | None) -> Taken:
    """Keep what is new or changed in these entries. Entries that are not among them stay as they are.

    An entry without an id is the one with the same question, if there is one.
    """
    taken = Taken()
    here = {entry.id: entry for entry in journal.faq.entries()}
    by_question = {normalise(entry.question): entry for entry in here.values()}
    for given in entries:
        if given.id and not (given.version and given.at) and not journal.faq.versions(given.id):
            given = replace(given, id="", version=0)  # nothing here is called so, and nobody can say what it is
        known = here.get(given.id) if given.id else by_question.get(normalise(given.question))
        kept = taken.added + taken.updated
        try:
            if known is None:
                _add(journal, catalog, given, by, taken)
            else:
                _change(journal, catalog, given, known, by, taken)
        except Outdated as error:
            taken.refused.append(str(error))
        if taken.added + taken.updated > kept:
            taken.missing += [
                f"{given.question}: no source here is called {each.source!r}"
                for each in given.sources
                if not catalog.documents_called(each.source) and not catalog.passages([each.source])
            ]
    return taken


def same(one: FaqEntry, other: FaqEntry) -> bool:
    """Whether two versions say the same."""
    return _said(one) == _said(other)


def named(catalog: Catalog, given: Sequence[Support], known: Sequence[Support]) -> tuple[Support, ...]:
    """The supports that a file names, each as it is known, or now looked up. Raises KbError for what is not there."""
    by_name = {(each.source, each.passage): each for each in known}
    return tuple(
        each
        if each.text_hash
        else by_name.get((each.source, each.passage)) or support(catalog, each.passage or each.source)
        for each in given
    )


def _said(entry: FaqEntry) -> tuple[object, ...]:
    return entry.question, entry.also, entry.answer, entry.sources


def _add(journal: Journal, catalog: Catalog, given: FaqEntry, by: str | None, taken: Taken) -> None:
    """An entry that is not here: new, another journal's, or one that was removed."""
    if given.id:
        removed = journal.faq.versions(given.id)
        if removed:
            taken.refused.append(f"{given.id} was removed meanwhile (version {removed[-1].version})")
            return
        journal.faq.restore(replace(given, by=given.by or by))
    else:
        sources = _found(catalog, given.sources)
        journal.faq.add(
            given.question, given.answer, also=given.also, sources=sources, exchange=given.exchange, by=by or given.by
        )
    taken.added += 1


def _change(journal: Journal, catalog: Catalog, given: FaqEntry, known: FaqEntry, by: str | None, taken: Taken) -> None:
    if not given.id:  # a FAQ from elsewhere tells the question and the answer, and nothing else
        given = replace(given, also=given.also or known.also, sources=given.sources or known.sources)
    given = replace(given, sources=_found(catalog, given.sources, known.sources))
    if same(given, known):
        taken.unchanged += 1
    elif given.id and not 0 < given.version <= known.version:  # who wrote it can't have seen what is here
        says = f"version {given.version}" if given.version else "no version"
        taken.refused.append(f"{given.id} has {says} in the file, and version {known.version} here: export it again")
    elif given.id and given.version < known.version:
        before = next((each for each in journal.faq.versions(known.id) if each.version == given.version), None)
        if before is None or not same(given, before):
            raise Outdated(known)
        taken.unchanged += 1  # the file is older, and nobody changed it
    else:
        journal.faq.edit(
            known, question=given.question, answer=given.answer, also=given.also, sources=given.sources, by=by
        )
        taken.updated += 1


def _found(catalog: Catalog, given: Sequence[Support], known: Sequence[Support] = ()) -> tuple[Support, ...]:
    """The same, where a source that is not here is kept by its name: it may come."""
    found: list[Support] = []
    for each in given:
        try:
            found += named(catalog, [each], known)
        except KbError:
            found.append(each)
    return tuple(found)
