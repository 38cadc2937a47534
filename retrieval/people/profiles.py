"""Profiles: what members say of themselves in front matter, a table or a form's export.

They are read from the catalog each time, so there is no second truth: who takes a row out of the
table is gone with the next ingest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from kb.catalog import Catalog
from kb.knowledge import KnowledgeBase
from kb.privacy.recognisers import RECOGNISERS
from kb.text import compatible, simplified
from kb.types import Document, Passage
from retrieval.people.field_words import CONSENTS, Consent, consent_of, field_of
from retrieval.people.optouts import opted_out
from retrieval.people.ranges import MoneyRange, money_range

_LISTS = ("offers", "seeks", "industry", "stage", "city", "language", "contact")
_PARTS = re.compile(r"[;；,，、\n|]| / ")
_CONTACTS = ("email", "wechat", "qq", "phone")
_LEFT_OUT = "[…]"


@dataclass(frozen=True, slots=True)
class Profile:
    """A member as a row or front matter of theirs has it.

    `id` is made from the name alone, so that it stays with the person through every ingest. `source`
    and `label` are where it stands, `passage` is what cites it; empty where the document has none.
    """

    id: str
    name: str
    consent: Consent
    source: str
    label: str
    document: str
    passage: str
    offers: tuple[str, ...] = ()
    seeks: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    ticket: MoneyRange | None = None
    ticket_text: str = ""

    @property
    def citation(self) -> str:
        """Where it stands, as people are shown it."""
        return f"{self.source} {self.label}".strip()


def person_id(name: str) -> str:
    """The id of whoever has this name, in any case, width and script of Chinese."""
    plainly = " ".join(simplified(compatible(name)).lower().split())
    return f"m_{sha256(plainly.encode()).hexdigest()[:12]}"


def shown_profiles(kb: KnowledgeBase) -> list[Profile]:
    """The profiles that a caller may see, by name: nobody's that is private or opted out, and
    contacts only of those who made theirs public.

    Of a person who stands in several places, the strictest consent holds everywhere, also one that
    stands in a source which this caller doesn't see.
    """
    gone, consents = opted_out(kb.home.path), _consents(kb)
    shown = []
    for profile in _profiles(kb.catalog):
        consent = consents.get(profile.id, "private")
        if consent != "private" and profile.id not in gone:
            shown.append(_within(replace(profile, consent=consent)))
    return sorted(shown, key=lambda profile: (profile.name, profile.source, profile.label))


def hidden_count(kb: KnowledgeBase) -> int:
    """How many people have profiles that are not shown, for the owner of the home alone."""
    if kb.sight is not None:
        return 0
    return len(_consents(kb).keys() - {profile.id for profile in shown_profiles(kb)})


def _consents(kb: KnowledgeBase) -> dict[str, Consent]:
    whole = kb.catalog if kb.sight is None else Catalog(kb.home.catalog, kb.notify)
    try:
        strictest: dict[str, Consent] = {}
        for profile in _profiles(whole):
            before = strictest.get(profile.id, "public")
            strictest[profile.id] = min(before, profile.consent, key=CONSENTS.index)
        return strictest
    finally:
        if whole is not kb.catalog:
            whole.close()


def _profiles(catalog: Catalog) -> Iterator[Profile]:
    for document in catalog.documents():
        values = _values(document.meta.items())
        if _is_profile(values):
            first = catalog.passages_of(document.id, range(1))
            passage = first[0].id if first else ""
            yield _profile(values, document, "", passage)
        yield from _rows(catalog, document)


def _rows(catalog: Catalog, document: Document) -> Iterator[Profile]:
    for table in catalog.tables_of(document.id):
        fields = [field_of(column) for column in table.columns]
        if "name" not in fields or not {"offers", "seeks"} & set(fields):
            continue
        rows = catalog.rows_of(table)
        passages = catalog.passages({row.passage for row in rows})
        for row in rows:
            values = _values(zip(table.columns, row.cells, strict=False))
            passage = passages.get(row.passage)
            if passage is not None and _is_profile(values):
                label = _label(passage, row.start, row.end)
                yield _profile(values, document, label, row.passage)


def _label(passage: Passage, start: float, end: float) -> str:
    return replace(passage.anchor, start=start, end=end).label


def _values(pairs: Iterable[tuple[str, object]]) -> dict[str, list[str]]:
    """The values of a profile's fields; several columns of one field join."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        field = field_of(str(name))
        texts = value if isinstance(value, list | tuple) else [value]
        kept = [str(text).strip() for text in texts if str(text).strip()]
        if field and kept:
            values.setdefault(field, []).extend(kept)
    return values


def _is_profile(values: Mapping[str, list[str]]) -> bool:
    return "name" in values and bool({"offers", "seeks"} & values.keys())


def _profile(
    values: Mapping[str, list[str]], document: Document, label: str, passage: str
) -> Profile:
    name = values["name"][0]
    lists = {
        field: tuple(part.strip() for text in values.get(field, ()) for part in _PARTS.split(text)
                     if part.strip())
        for field in _LISTS
    }  # fmt: skip
    ticket_text = " ".join(values.get("ticket", ()))
    consents = [consent_of(text) for text in values.get("consent", ())] or ["private"]
    return Profile(
        person_id(name), name, min(consents, key=CONSENTS.index), document.source, label,
        document.id, passage, **lists, ticket=money_range(ticket_text, unmarked=True),
        ticket_text=ticket_text,
    )  # fmt: skip


def _within(profile: Profile) -> Profile:
    """The profile without what its consent does not give: of one that is not public, contacts,
    also where they were written among something else.
    """
    if profile.consent == "public":
        return profile
    fields: dict[str, tuple[str, ...]] = {
        field: tuple(without_contacts(text, profile.contact) for text in getattr(profile, field))
        for field in _LISTS
        if field != "contact"
    }
    name = without_contacts(profile.name, profile.contact)
    ticket = without_contacts(profile.ticket_text, profile.contact)
    return replace(profile, **fields, name=name, ticket_text=ticket, contact=())  # type: ignore[arg-type]


def without_contacts(text: str, known: Collection[str] = ()) -> str:
    """A text without mail addresses, telephone numbers and accounts of chats, and without these."""
    for contact in sorted(known, key=len, reverse=True):
        if len(contact) > 2:
            text = re.sub(re.escape(contact), _LEFT_OUT, text, flags=re.I)
    for kind in _CONTACTS:
        for datum in reversed(list(RECOGNISERS[kind](text))):
            text = text[: datum.start] + _LEFT_OUT + text[datum.end :]
    return text
