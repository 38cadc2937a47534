"""Taking a FAQ file into the journal: new entries are added, changed ones get a version, and nobody
is overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.catalog import Catalog
from kb.errors import KbError
from kb.faq import support
from kb.journal import Journal
from kb.journal.faq_entries import Outdated, asked_by, worded
from kb.journal.ids import is_day, is_name
from kb.types import FaqEntry, Support


class _NotTaken(Exception):
    """The entry is not here any more, or has a name that none has."""


@dataclass(slots=True)
class Taken:
    """What came of an import. `refused` says why an entry was not taken; `missing` names sources
    that are not here.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def had(self, given: FaqEntry, answer: str | None, why: str) -> None:
        """Count an entry whose question had an answer: as unchanged where it is the same, else as
        refused for `why`.
        """
        if given.answer == answer:
            self.unchanged += 1
        else:
            self.refused.append(f"{given.question}: {why}")


def take_in(
    journal: Journal,
    catalog: Catalog,
    entries: Sequence[FaqEntry],
    by: str | None,
    user: str | None = None,
) -> Taken:
    """Keep what is new or changed in these entries. Entries that are not among them stay as they
    are.

    An entry without an id whose question is here must have the answer that is here: it can't tell
    which version it comes from. None gets a question that another one has: of two answers to it,
    only one could come first. `by` stands behind what is new or changed, else whom the file names
    for that, else the `user`.
    """
    taking = _Import(journal, catalog, by, user)
    for given in entries:
        taking.take(given)
    return taking.taken


class _Import:
    """One import: what it has taken, and what the entries that are here ask and answer."""

    def __init__(
        self, journal: Journal, catalog: Catalog, by: str | None, user: str | None
    ) -> None:
        self.taken = Taken()
        self._journal = journal
        self._catalog = catalog
        self._by = by
        self._user = user
        self._here = {entry.id: entry for entry in journal.faq.entries()}
        self._by_question = asked_by(list(self._here.values()))
        self._answers: dict[str, str] = {}  # of entries of the file without an id

    def take(self, given: FaqEntry) -> None:
        """Keep an entry where it is new or changed, or say why it is not taken."""
        given = self._recognised(given)
        if self._is_doubled(given) or self._is_refused(given):
            return
        kept = self.taken.added + self.taken.updated
        try:
            self._keep(given)
        except (Outdated, _NotTaken) as error:
            self.taken.refused.append(str(error))
        if self.taken.added + self.taken.updated > kept:
            self.taken.missing += self._missing(given)

    def _recognised(self, given: FaqEntry) -> FaqEntry:
        """The entry, without an id that nothing here has and whose version nobody can tell."""
        tells = given.version and given.at
        if given.id and not tells and not self._journal.faq.versions(given.id):
            return replace(given, id="", version=0)
        return given

    def _is_doubled(self, given: FaqEntry) -> bool:
        """Whether an entry without an id has the question of an earlier one of the file."""
        asked = worded(given.question)
        if given.id:
            return False
        if asked in self._answers:
            why = "stands in the file twice, with different answers"
            self.taken.had(given, self._answers[asked], why)
            return True
        self._answers[asked] = given.answer
        return False

    def _is_refused(self, given: FaqEntry) -> bool:
        """Whether an entry would get the question that another one here has."""
        asked = worded(given.question)
        asking, known = self._by_question.get(asked), self._known(given)
        if not asking or not _is_anothers(asked, given, known, asking, self._here):
            return False
        says = f"{asking.id} has that question already; change its answer: kb faq edit {asking.id}"
        self.taken.had(given, None if known not in (None, asking) else asking.answer, says)
        return True

    def _known(self, given: FaqEntry) -> FaqEntry | None:
        return self._here.get(given.id) if given.id else None

    def _keep(self, given: FaqEntry) -> None:
        known = self._known(given)
        if known is None:
            entry = _added(self._journal, self._catalog, given, self._by, self._user)
            self._by_question.setdefault(worded(given.question), entry)
            self.taken.added += 1
        else:
            _change(self._journal, self._catalog, given, known, self._by, self._user, self.taken)

    def _missing(self, given: FaqEntry) -> list[str]:
        """The sources of an entry that are not here, one line each."""
        return [
            f"{given.question}: no source here is called {support.source!r}"
            for support in given.sources
            if not self._catalog.documents_called(support.source)
            and not self._catalog.passages([support.source])
        ]


def same(one: FaqEntry, other: FaqEntry) -> bool:
    """Whether two versions say the same."""
    return _said(one) == _said(other)


def named(
    catalog: Catalog, given: Sequence[Support], known: Sequence[Support]
) -> tuple[Support, ...]:
    """The supports that a file names, each as it is known, or now looked up. Raises KbError for
    what is not there.
    """
    by_name = {(each.source, each.passage): each for each in known}
    return tuple(
        each
        if each.text_hash
        else by_name.get((each.source, each.passage))
        or support(catalog, each.passage or each.source)
        for each in given
    )


def _said(entry: FaqEntry) -> tuple[object, ...]:
    return entry.question, entry.also, entry.answer, entry.sources


def _is_anothers(
    asked: str,
    given: FaqEntry,
    known: FaqEntry | None,
    asking: FaqEntry,
    here: Mapping[str, FaqEntry],
) -> bool:
    """Whether an entry would get the question of another one, `asking`.

    Two of one file that have ids of their own stay two: where it comes from they are.
    """
    if not given.id:
        return True
    if known is None:
        return asking.id in here
    return asking.id != known.id and asked != worded(known.question)


def _added(
    journal: Journal, catalog: Catalog, given: FaqEntry, by: str | None, user: str | None
) -> FaqEntry:
    """An entry that is not here: new, or another journal's. Raises _NotTaken."""
    if given.id:
        removed = journal.faq.versions(given.id)
        if removed:
            raise _NotTaken(f"{given.id} was removed meanwhile (version {removed[-1].version})")
        if not is_name("f", given.id):
            raise _NotTaken(
                f"{given.question}: {given.id[:40]!r} is no id of an entry; leave it away for a new one"
            )
        return journal.faq.restore(replace(given, by=given.by or by))
    sources = _found(catalog, given.sources)
    return journal.faq.add(
        given.question,
        given.answer,
        also=given.also,
        sources=sources,
        exchange=given.exchange,
        by=by or given.by or user,
        at=given.at,
    )


def _change(
    journal: Journal,
    catalog: Catalog,
    given: FaqEntry,
    known: FaqEntry,
    by: str | None,
    user: str | None,
    taken: Taken,
) -> None:
    given = replace(given, sources=_found(catalog, given.sources, known.sources))
    if same(given, known):
        taken.unchanged += 1
    elif not 0 < given.version <= known.version:  # who wrote it can't have seen what is here
        says = f"version {given.version}" if given.version else "no version"
        taken.refused.append(
            f"{given.id} has {says} in the file, and version {known.version} here: export it again"
        )
    elif given.version < known.version:
        versions = {kept.version: kept for kept in journal.faq.versions(known.id)}
        before = versions.get(given.version)
        if before is None or not same(given, before):
            raise Outdated(known)
        taken.unchanged += 1  # the file is older, and nobody changed it
    elif given.at not in ("", known.at) and not is_day(
        given.at
    ):  # another journal's version of that number
        raise Outdated(known)
    else:
        by = by or (given.by if given.by != known.by else None) or user
        journal.faq.edit(
            known,
            question=given.question,
            answer=given.answer,
            also=given.also,
            sources=given.sources,
            by=by,
        )
        taken.updated += 1


def _found(
    catalog: Catalog, given: Sequence[Support], known: Sequence[Support] = ()
) -> tuple[Support, ...]:
    """The same, where a source that is not here is kept by its name: it may come."""
    found: list[Support] = []
    for each in given:
        try:
            found += named(catalog, [each], known)
        except KbError:
            found.append(each)
    return tuple(found)
