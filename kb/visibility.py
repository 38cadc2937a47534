"""What a caller sees of a knowledge base: decided once, from the audiences of all sources and of
the FAQ entries that rest on them, and then kept by the stores themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.audience import AudienceRules, Viewer, named, read_rules
from kb.catalog import Catalog
from kb.catalog.rows import Origin
from kb.covered_index import CoveredIndex
from kb.knowledge import KnowledgeBase
from kb.sight import Sight
from kb.types import FAQ_PREFIX, FaqEntry, Support
from kb.visible_index import VisibleIndex

if TYPE_CHECKING:
    from kb.privacy.cover import Cover

_KEPT = 16  # sets of audiences, of each thread of a server


def narrowed(kb: KnowledgeBase, viewer: Viewer) -> KnowledgeBase:
    """The knowledge base as a viewer sees it; itself for one who sees everything. Raises KbError
    for wrong rules.
    """
    return narrowed_to(kb, read_rules(kb.home.path).seen_by(viewer))


def narrowed_to(kb: KnowledgeBase, audiences: frozenset[str] | None) -> KnowledgeBase:
    """The knowledge base as one sees it who has these audiences; itself for None. Raises KbError
    for wrong rules.
    """
    if audiences is None:
        return kb
    sight = _sight(kb, read_rules(kb.home.path), audiences)
    if cover := _cover(kb, audiences):
        sight = _covered(sight, kb, cover)
    if sight.documents is None:
        return replace(kb, sight=sight)
    catalog = Catalog(kb.home.catalog, kb.notify, sight)
    index = VisibleIndex(kb.index, catalog.passage_ids())
    if cover:
        index = CoveredIndex(index, kb.catalog, catalog)
    return replace(kb, catalog=catalog, index=index, sight=sight)


class Narrowings:
    """What one thread has narrowed, kept for further questions for as long as the rules, the sources
    and the FAQ stay as they are.
    """

    def __init__(self) -> None:
        self._kept: dict[frozenset[str], tuple[object, int, KnowledgeBase]] = {}

    def narrowed(self, kb: KnowledgeBase, viewer: Viewer) -> KnowledgeBase:
        """As the function of that name."""
        rules = read_rules(kb.home.path)
        audiences = rules.seen_by(viewer)
        if audiences is None:
            return kb
        state = _state(kb, rules)  # before it is looked at what is seen: what comes later is new
        before, version, kept = self._kept.get(audiences, (None, 0, None))
        if kept is None or before != state or version != kept.catalog.data_version:
            self._drop(audiences)
            if len(self._kept) >= _KEPT:
                self._drop(next(iter(self._kept)))
            kept = narrowed_to(kb, audiences)
            # Of what this thread writes through `kb`, only another connection is told.
            self._kept[audiences] = state, kept.catalog.data_version, kept
        return kept.renewed()

    def _drop(self, audiences: frozenset[str]) -> None:
        *_, kept = self._kept.pop(audiences, (None, 0, None))
        if kept is not None:
            if kept.sight is not None and kept.sight.documents is not None:
                kept.catalog.close()
            if journal := kept.__dict__.get("journal"):
                journal.close()


def _state(kb: KnowledgeBase, rules: AudienceRules) -> object:
    """What decides what is seen, to tell whether it has changed."""
    return rules, kb.catalog.data_version, kb.journal.faq.state() if kb.journal else None


def audiences_of(kb: KnowledgeBase) -> dict[str, frozenset[str]]:
    """The audiences of every source, by document: of FAQ entries those that all of what they rest
    on has, and of all only those of the caller where the knowledge base is narrowed.
    """
    rules, own = read_rules(kb.home.path), kb.catalog.own_audiences()
    origins = kb.catalog.origins()
    by_name = {
        origin.source: _audiences(rules, own, origin)
        for origin in origins
        if not origin.path.startswith(FAQ_PREFIX)
    }
    for entry in kb.journal.faq.entries() if kb.journal else ():
        names = [by_name.get(support.source, frozenset()) for support in entry.sources]
        by_name[f"faq/{entry.id}"] = frozenset.intersection(*names) if names else rules.default
    only = kb.sight.audiences if kb.sight else None
    return {
        origin.document: names if only is None else names & only
        for origin in origins
        for names in (by_name.get(origin.source, frozenset()),)
    }


def _audiences(
    rules: AudienceRules, own: Mapping[str, frozenset[str]], origin: Origin
) -> frozenset[str]:
    return own.get(origin.document) or rules.of(origin.path, origin.source) or rules.default


def _sight(kb: KnowledgeBase, rules: AudienceRules, audiences: frozenset[str]) -> Sight:
    own = kb.catalog.own_audiences()
    if not own and not rules.paths and audiences & rules.default:
        return Sight(audiences)
    origins = kb.catalog.origins()
    sources = [origin for origin in origins if not origin.path.startswith(FAQ_PREFIX)]
    visible = {origin.document for origin in sources if audiences & _audiences(rules, own, origin)}
    passages = frozenset(
        name for name, names in own.items() if name.startswith("p_") and not audiences & names
    )
    entries = kb.journal.faq.entries() if kb.journal else []
    foundations = _Foundations(kb.catalog, rules, audiences, visible, passages, origins, entries)
    seen = frozenset(entry.id for entry in entries if foundations.are_visible(entry))
    visible |= {
        origin.document
        for origin in origins
        if origin.source.removeprefix("faq/") in seen and origin.path.startswith(FAQ_PREFIX)
    }
    hidden = [origin for origin in origins if origin.document not in visible]
    names = frozenset(name for origin in hidden for name in (origin.document, origin.source))
    return Sight(audiences, visible, names, passages, seen, is_shared=False)


def _cover(kb: KnowledgeBase, audiences: frozenset[str]) -> Cover | None:
    """What hides personal data from these audiences; None where they see them. Raises KbError."""
    if not kb.settings.privacy_answers:
        return None
    if audiences & named(kb.settings.privacy_unmasked.replace("，", ",").split(",")):
        return None
    from kb.privacy.cover import Cover
    from kb.privacy.masking import shown_masking

    return Cover(shown_masking(kb.home.path, kb.settings.privacy_answers))


def _covered(sight: Sight, kb: KnowledgeBase, cover: Cover) -> Sight:
    """The sight with personal data covered. What the owner asked before there were audiences was
    answered without a cover, so it isn't shown.
    """
    if sight.documents is not None:
        return replace(sight, cover=cover, is_shared=False)
    everything = {origin.document for origin in kb.catalog.origins()}
    return replace(sight, cover=cover, is_shared=False, documents=everything)


class _Foundations:
    """Whether all that a FAQ entry rests on is visible. What is gone is not: nobody knows any more
    who might have seen it.
    """

    def __init__(
        self,
        catalog: Catalog,
        rules: AudienceRules,
        audiences: frozenset[str],
        visible: set[str],
        hidden_passages: frozenset[str],
        origins: Iterable[Origin],
        entries: Iterable[FaqEntry],
    ) -> None:
        self._catalog = catalog
        self._rules = rules
        self._audiences = audiences
        self._visible = visible
        self._hidden_passages = hidden_passages
        self._documents = {origin.source: origin.document for origin in origins}
        self._entries = {f"faq/{entry.id}": entry for entry in entries}

    def are_visible(self, entry: FaqEntry, above: tuple[str, ...] = ()) -> bool:
        """Whether the caller may see an entry; `above` are entries that rest on it."""
        rule = self._rules.of(f"faq/{entry.id}")
        if rule is None and not entry.sources:
            rule = self._rules.default
        if entry.id in above or (rule is not None and not self._audiences & rule):
            return False
        return all(self._is_visible(support, (*above, entry.id)) for support in entry.sources)

    def _is_visible(self, support: Support, above: tuple[str, ...]) -> bool:
        if support.source in self._entries:
            return self.are_visible(self._entries[support.source], above)
        document = self._documents.get(support.source) or self._moved(support.passage)
        return document in self._visible and support.passage not in self._hidden_passages

    def _moved(self, passage: str) -> str:
        """The document that a passage is in, whatever it is called now; empty for none."""
        known = self._catalog.passages([passage]).get(passage) if passage else None
        return known.document if known else ""
