"""The screening of an answer before anybody reads it: by the community's rules, and by the policy
of the channel that it was asked in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kb.held_wording import refused
from kb.journal.held_answers import REVIEWER, RULES, HoldReason
from kb.knowledge import KnowledgeBase
from kb.text import language
from kb.types import Answer, Hit, Results
from retrieval.answer.answer import OnText, StreamedText, ignore_text
from retrieval.contract import outcome_text
from retrieval.exchange import Receipt
from retrieval.holding.policy import ChannelPolicy, Community, Disclaimer, Rules, load_community
from retrieval.holding.stored_answers import stored_answer
from retrieval.holding.topics import links_found, touched_topics, words_found


@dataclass(frozen=True, slots=True)
class Screened:
    """An answer as it may be shown or, with `reasons`, as it is held. `added` ends its text, and
    was not written with it; `kept` goes into the journal beside it.
    """

    answer: Answer
    reasons: tuple[HoldReason, ...] = ()
    added: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)


class Screening:
    """The rules and the policy that hold for one question."""

    def __init__(
        self, kb: KnowledgeBase, community: Community, results: Results, receipt: Receipt
    ) -> None:
        self._kb = kb
        self._rules: Rules = community.rules
        self._policy: ChannelPolicy = community.channel(receipt.channel)
        self._results = results
        self._receipt = receipt
        self._asked = list(dict.fromkeys((receipt.question, results.question.text)))
        self._topics = touched_topics(self._rules.forbidden_topics, self._asked)
        self._settled: Screened | None = None

    @property
    def _withholds(self) -> bool:
        """Whether nothing may be shown before the whole answer was screened."""
        return self._policy.holds or self._rules.forbids_wording or self._settled is not None

    def settled(self) -> Answer | None:
        """The answer where no writer is needed for it: the refusal of a forbidden topic, or what a
        person decided when the same was asked before.
        """
        if self._policy.holds:
            self._settled = self._precedent()
        elif self._topics:
            topics = [HoldReason("forbidden_topic", topic) for topic in self._topics]
            self._settled = self._refusal(topics)
        return self._settled.answer if self._settled else None

    def stream(self, on_text: OnText) -> OnText:
        """Where the answer goes while it is written: nowhere, if it may yet be held."""
        return ignore_text if self._withholds else on_text

    def screened(self, answer: Answer) -> Screened:
        """The answer with its disclaimers, or the refusal or the reasons that stand in its way."""
        if self._settled is not None:
            return self._settled
        allowed = [hit for hit in answer.closest if not found_in(self._rules, [*_texts_of(hit)])]
        answer = replace(answer, closest=tuple(allowed))
        forbidden = [HoldReason("forbidden_topic", topic) for topic in self._topics]
        forbidden += found_in(self._rules, list(_shown_texts(answer)))
        if forbidden and not self._policy.holds:
            return self._refusal(forbidden)
        whole = with_disclaimers(self._rules.disclaimers, answer)
        reasons = [*forbidden, *self._policy_reasons(answer)] if self._policy.holds else []
        return Screened(whole, tuple(reasons), whole.text.removeprefix(answer.text))

    def show(self, screened: Screened, on_text: OnText) -> None:
        """Hand on what `stream` kept back, or what was added to the answer."""
        if screened.answer.status == "abstained":
            return
        if self._withholds:
            on_text(StreamedText(screened.answer.text, screened.answer.citations))
        elif screened.added:
            on_text(StreamedText(screened.added))

    def _policy_reasons(self, answer: Answer) -> Iterator[HoldReason]:
        policy = self._policy
        if policy.hold == "always":
            yield HoldReason("always")
            return
        if answer.confidence < policy.below:
            yield HoldReason("unsure", f"{answer.confidence:.2f}")
        if answer.status == "unsupported":
            yield HoldReason("unsupported")
        for topic in touched_topics(policy.topics, [*self._asked, answer.text]):
            yield HoldReason("topic", topic)
        if self._is_new_writer():
            yield HoldReason("new_writer", self._receipt.asker)

    def _is_new_writer(self) -> bool:
        """Whether few answers to the asker were held; who asks without a name is always new."""
        few, journal = self._policy.new_writers, self._receipt.journal
        if not few or not self._receipt.asker or journal is None:
            return bool(few)
        return journal.holds.count(self._receipt.channel, self._receipt.asker) < few

    def _precedent(self) -> Screened | None:
        """What was decided about the same question in this channel: its note where it was declined;
        the answer where that was let out, in this language, and its sources are what they were.
        """
        journal, options = self._receipt.journal, self._receipt.options
        if journal is None or not journal.holds.precedents(self._receipt.channel):
            return None
        from retrieval.holding.precedents import precedents  # which loads the encoder

        question = self._results.question.text
        for hold in precedents(self._kb, journal, question, self._receipt.channel):
            kept = {"precedent": hold.exchange}
            if hold.released is None:
                return Screened(self._without_answer(outcome_text(hold), REVIEWER), kept=kept)
            if language(hold.asked_as) != self._results.question.lang:
                continue
            asked = journal.exchange(hold.exchange).payload.get("asked") or {}
            if {**asked, "k": 0} != {**options, "k": 0}:  # it may rest on what is hidden here
                continue
            confidence = self._results.confidence
            answer = stored_answer(
                self._kb, self._receipt.question, confidence, REVIEWER, hold.released
            )
            if answer is None or self._topics:
                continue
            if not found_in(self._rules, list(_shown_texts(answer))):
                return Screened(answer, kept=kept)
        return None

    def _without_answer(self, text: str, writer: str) -> Answer:
        question, confidence = self._receipt.question, self._results.confidence
        return Answer(question, "abstained", text, (), (), confidence, writer)

    def _refusal(self, reasons: Sequence[HoldReason]) -> Screened:
        answer = self._without_answer(refused(language(self._receipt.question)), RULES)
        forbidden = [f"{reason.kind.replace('_', ' ')}: {reason.detail}" for reason in reasons]
        return Screened(answer, kept={"refused_for": forbidden})


def open_screening(kb: KnowledgeBase, results: Results, receipt: Receipt) -> Screening:
    """The screening of a question's answer. Raises KbError where the community's file is wrong."""
    return Screening(kb, load_community(kb.home.path), results, receipt)


def found_in(rules: Rules, texts: Sequence[str]) -> list[HoldReason]:
    """The forbidden words and links that stand in these texts."""
    return [
        *(HoldReason("forbidden_word", word) for word in words_found(rules.forbidden_words, texts)),
        *(HoldReason("forbidden_link", link) for link in links_found(rules.forbidden_links, texts)),
    ]


def disclaimers_of(disclaimers: Sequence[Disclaimer], answer: Answer) -> list[Disclaimer]:
    """The disclaimers that belong to an answer."""
    texts = (answer.question, answer.text)
    return [each for each in disclaimers if not each.when or touched_topics(each.when, texts)]


def with_disclaimers(disclaimers: Sequence[Disclaimer], answer: Answer) -> Answer:
    """The answer with its disclaimers at the end, each once; a refusal stays as it is."""
    if answer.status == "abstained":
        return answer
    added = [each for each in disclaimers_of(disclaimers, answer) if each.text not in answer.text]
    return replace(answer, text="\n\n".join([answer.text, *(each.text for each in added)]))


def _shown_texts(answer: Answer) -> Iterator[str]:
    """All that the asker of an answer gets to read."""
    yield answer.text
    for citation in answer.citations:
        yield from (citation.quote, citation.hit.document.title, citation.url or "")
    yield from (value for each in answer.differing for _, value in each.values)
    for hit in answer.closest:
        yield from _texts_of(hit)


def _texts_of(hit: Hit) -> Iterator[str]:
    yield from (hit.document.title, *hit.passage.headings, hit.passage.text)
    yield str(hit.meta.get("url") or "")
