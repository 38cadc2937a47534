"""Introductions: drafts for both sides that wait for a person. Nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from kb.errors import KbError
from kb.journal import Journal
from kb.journal.held_answers import RULES, Hold, HoldReason
from kb.knowledge import KnowledgeBase
from kb.text import language
from kb.types import Answer, Hit, Results
from retrieval.exchange import Receipt, held, search_options
from retrieval.people.matching import Match
from retrieval.people.profiles import Profile, person_id, without_contacts
from retrieval.question.question import weigh

INTRODUCTION = "introduction"  # the channel, and the kind of the reason, of all that are held
MOST_A_WEEK = 2  # introductions of one person, either side, that were not declined
_WEEK = timedelta(days=7)
_DRAFTS = {
    "en": (
        "To {to}:\n\nHello {to}, {other} is looking for: {need}. Your profile says: {reason}"
        " ({citation}). May we introduce the two of you? Only if you say yes will either of you get"
        " the other's contact.",
        "To {to}:\n\nHello {to}, {other} may fit what you look for: {need}. Their profile says:"
        " {reason} ({citation}). We are asking them; shall we introduce you if they say yes?",
    ),
    "zh": (
        "致 {to}：\n\n{to}，你好！{other} 正在找：{need}。你的资料里写着：{reason}（{citation}）。"
        "可以介绍你们认识吗？只有你同意，双方才会拿到对方的联系方式。",
        "致 {to}：\n\n{to}，你好！{other} 也许正合你的需要：{need}。对方的资料里写着："
        "{reason}（{citation}）。我们正在征求对方的意见；如果对方同意，可以介绍你们认识吗？",
    ),
}


def person_called(profiles: Sequence[Profile], name: str) -> Profile:
    """The profile of somebody, by name or id. Raises KbError in the same words for a person without
    one and for one who may not be shown.
    """
    wanted = {name.strip(), person_id(name)}
    found = next((profile for profile in profiles if profile.id in wanted), None)
    if found is None:
        raise KbError(f"there is nobody called {name} here", "see: kb people list")
    return found


def introduced(
    kb: KnowledgeBase, journal: Journal, match: Match, asker: Profile, need: str
) -> Hold:
    """An introduction of the asker of a need to somebody who fits it, drafted for both and held.

    Raises KbError where either was introduced as often as one may be in a week.
    """
    if asker.id == match.profile.id:
        raise KbError(f"{asker.name} can't be introduced to themselves")
    for profile in (match.profile, asker):
        _check_cap(journal, profile)
    began = time.perf_counter()
    asked = without_contacts(need)
    text = "\n\n---\n\n".join(_drafts(match, asker, asked))
    title = f"{asker.name} → {match.profile.name}: {asked}"
    answer = Answer(title, "answered", text, (), (), match.score, RULES)
    hits = _hits(kb, (match.profile, asker))
    results = Results(weigh(kb, title), hits, lambda: match.score, 0.0)
    receipt = Receipt(
        title, "", journal, began, search_options(kb, 0, (), None), None, INTRODUCTION, asker.name
    )
    reasons = [HoldReason(INTRODUCTION, profile.id) for profile in (match.profile, asker)]
    hold = held(kb, results, answer, receipt, reasons).hold
    if hold is None:  # `held` gives one or raises
        raise KbError("the introduction could not be held")
    return hold


def _drafts(match: Match, asker: Profile, need: str) -> list[str]:
    """What each side would be written, each in the language of their own profile."""
    reason, profile = match.reasons[0], match.profile
    values = {"need": need, "reason": reason.text, "citation": reason.citation}
    first = _DRAFTS[_language(profile)][0].format(to=profile.name, other=asker.name, **values)
    second = _DRAFTS[_language(asker)][1].format(to=asker.name, other=profile.name, **values)
    return [first, second]


def _language(profile: Profile) -> str:
    written = language(" ".join([profile.name, *profile.offers, *profile.seeks]))
    return written if written in _DRAFTS else "en"


def _hits(kb: KnowledgeBase, profiles: Sequence[Profile]) -> tuple[Hit, ...]:
    """The passages that profiles stand in: who may not see one of them doesn't see the draft."""
    passages = kb.catalog.passages([profile.passage for profile in profiles if profile.passage])
    hits = []
    for rank, profile in enumerate(profiles, start=1):
        passage = passages.get(profile.passage)
        document = kb.catalog.document(profile.document)
        if passage is not None and document is not None:
            hits.append(Hit(rank, 1.0, passage, document))
    return tuple(hits)


def _check_cap(journal: Journal, profile: Profile) -> None:
    after = (datetime.now(UTC) - _WEEK).isoformat()
    count = sum(
        hold.at >= after and hold.state != "declined" and _is_of(hold, profile)
        for hold in journal.holds.all()
    )
    if count >= MOST_A_WEEK:
        raise KbError(
            f"{profile.name} was introduced {MOST_A_WEEK} times within a week, which is the most",
            "try again next week, or decline one that waits: kb review list",
        )


def _is_of(hold: Hold, profile: Profile) -> bool:
    return any(each.kind == INTRODUCTION and each.detail == profile.id for each in hold.reasons)
